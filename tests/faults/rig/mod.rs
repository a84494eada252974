//! What the faults are tried with: stores and servers as processes, a crowd, and a judge.

mod balancer;
mod crowd;
mod haproxy;
mod judge;
mod ledger;
mod pace;
mod site;
mod stores;
mod watcher;

pub(crate) use self::{
    balancer::Balancer,
    crowd::Crowd,
    haproxy::Haproxy,
    pace::{moment, rounds, say_loudly},
    site::{Instance, Site},
};
