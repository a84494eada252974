//! The harness of the end-to-end suites: each test has a [`World`] of its own, with its own
//! database, its own servers on free ports, and people in it. A world ends with an audit. The
//! faults bring sites of their own and share the rest.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answer;
mod authority;
mod backend;
mod document;
mod feed;
mod live_keys;
mod log;
mod people;
mod process;
mod provider;
mod proxy;
mod raw;
mod schema;
mod shell;
mod stand;
mod tables;
mod terminal;
mod wait;
mod world;

pub use self::{
    answer::{Answer, http, http2},
    authority::{Authority, CertificateFiles},
    backend::{Backend, redis_url},
    document::{Document, Operation},
    feed::Feed,
    log::{Mentions, phone_code},
    people::{PASSWORD, Person, code, draft, in_ms, new_user, problem},
    process::{Process, signal},
    provider::{CLIENT_SECRET, PUBLIC_URL, Provider, Script, Signing},
    proxy::{Fate, Wire},
    shell::{Running, Said, Shell},
    stand::{Asked, Stand, Told, pairs},
    terminal::{Terminal, keys},
    wait::{eventually, patiently, within},
    world::{Neighbour, World, binary},
};

/// Makes a test of each function for every backend: `name::embedded` on SQLite and the in-process
/// live store, `name::shared` on MySQL (or MariaDB) and Redis. `with ["name" = "value"]` before
/// the body gives the servers settings of their own.
#[macro_export]
macro_rules! on_every_backend {
    ($(
        $(#[$attribute:meta])*
        async fn $name:ident($world:ident: &World)
        $(with [$($setting:literal = $value:expr),* $(,)?])?
        $body:block
    )*) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of them")]
            use super::*;

            const SETTINGS: &[(&str, &str)] = &[$($(($setting, $value)),*)?];

            async fn test($world: &$crate::World) $body

            #[test]
            fn embedded() {
                $crate::World::run($crate::Backend::Embedded, SETTINGS, test);
            }

            #[test]
            fn shared() {
                $crate::World::run($crate::Backend::Shared, SETTINGS, test);
            }
        }
    )*};
}

/// As [`on_every_backend`], with a [`Neighbour`] beside the servers, which are told of it.
#[macro_export]
macro_rules! beside_on_every_backend {
    ($(
        $(#[$attribute:meta])*
        async fn $name:ident($world:ident: &World, $neighbour:ident: &$kind:ident)
        $(with [$($setting:literal = $value:expr),* $(,)?])?
        $body:block
    )*) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of them")]
            use super::*;

            const SETTINGS: &[(&str, &str)] = &[$($(($setting, $value)),*)?];

            async fn test($world: &$crate::World, $neighbour: &$kind) $body

            #[test]
            fn embedded() {
                $crate::World::run_beside($crate::Backend::Embedded, SETTINGS, test);
            }

            #[test]
            fn shared() {
                $crate::World::run_beside($crate::Backend::Shared, SETTINGS, test);
            }
        }
    )*};
}
