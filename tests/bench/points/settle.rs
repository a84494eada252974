//! Ten thousand auctions that end in the same second.

use std::time::{Duration, Instant};

use artipul_server::db::DbError;
use chrono::{TimeDelta, Utc};

use super::bids::PEOPLE;
use crate::{
    Bench, Outcome,
    latency::{Latencies, Summary},
    load::Measured,
    report::Target,
    script::get_as,
    seed::{self, Ends, Lots, listed},
    stage::{number, tokens},
    streams::Readers,
};

/// Names of the points.
pub(crate) const NAMES: [&str; 1] = ["settle"];

const AUCTIONS: i64 = 10_000;
/// Bids on each of the half that has bids: a winner and somebody who has lost.
const BIDS: i64 = 2;
/// Winner, loser and seller of one half; the seller of the other.
const NOTICES: i64 = AUCTIONS / 2 * 3 + AUCTIONS / 2;
/// How long filling the database and starting the server may take.
const AHEAD: TimeDelta = TimeDelta::seconds(25);
/// How long it is waited.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures it.
pub(crate) fn run(bench: &mut Bench) -> Outcome<()> {
    let stage = bench.stores.stage("settle")?;
    let end = Utc::now() + AHEAD;
    let half = |bids| Lots { count: AUCTIONS / 2, bids, ends: Ends::At(end) };
    stage.look(|conn| seed::fill(conn, PEOPLE, &[half(BIDS), half(0)]))?;
    let server = stage.serve()?;
    let tokens = tokens(PEOPLE.bidders + PEOPLE.artists)?;
    let artists = &tokens[PEOPLE.bidders as usize..];
    let requests = artists.iter().map(|token| get_as(token, "/v1/me/events"));
    let mut readers = Readers::open(server.address(), requests)?;
    let left = (end - Utc::now()).to_std().map_err(|_| "filling the database took too long")?;
    let began = Instant::now() + left;
    readers.read_until(began, |_| false)?;
    let worked = server.cpu()?;

    let settled = stage.look(|conn| {
        let all = AUCTIONS as usize;
        let mut settled = None;
        while began.elapsed() < PATIENCE && (settled.is_none() || readers.delivered() < all) {
            let until = Instant::now() + Duration::from_millis(20);
            readers
                .read_until(until, |_| false)
                .map_err(|error| DbError::Defect(error.to_string()))?;
            if settled.is_none() && listed(conn)? == 0 {
                settled = Some(began.elapsed());
            }
        }
        Ok(settled.unwrap_or(PATIENCE))
    })?;
    let (elapsed, cpu) = (began.elapsed(), server.cpu()? - worked);
    let (deliveries, _) = readers.take();
    let told = deliveries.iter().map(|delivery| delivery.at.saturating_duration_since(began));
    let mut ages = Latencies::default();
    told.clone().for_each(|age| ages.add(age));
    let slowest = told.max().unwrap_or(PATIENCE).max(settled);
    let (early, notices) = stage.look(|conn| {
        let early = "SELECT COUNT(*) AS value FROM auctions WHERE closed_at < ends_at";
        let notices = "SELECT COUNT(*) AS value FROM notifications";
        Ok((number(conn, early)?, number(conn, notices)?))
    })?;

    let (name, report) = ("10,000 auctions that end at once", &mut bench.report);
    let latency: Summary = ages.summary();
    let measured = Measured { answers: AUCTIONS as u64, latency, began, elapsed, cpu };
    let note = format!("settled after {:.2} s; ms: until sellers were told", settled.as_secs_f64());
    report.run(name, &measured, AUCTIONS as u64, note);
    report.value(name, "s, all told", slowest.as_secs_f64(), Target::AtMost(5.0));
    report.value(name, "too early", early as f64, Target::AtMost(0.0));
    let missing = (NOTICES - notices) + (AUCTIONS - deliveries.len() as i64).max(0);
    report.value(name, "notices missing", missing as f64, Target::AtMost(0.0));
    drop(readers);
    server.stop()?;
    bench.audit("the audit after the ends", &stage)?;
    stage.remove()
}
