//! A house that has grown: browsing it, and bidding in it as in an empty one.

use std::rc::Rc;

use super::bids::{PEOPLE, SPREAD, closed_loop};
use crate::{
    Bench, Outcome, floor,
    load::{Line, Load},
    process::Program,
    report::Target,
    script::{Auctions, Bids, Pages, get},
    seed::{self, Ends, GENRES, Lots},
    stage::{Stage, text, tokens},
};

/// Names of the points.
pub(crate) const NAMES: [&str; 2] = ["browse", "growth"];

/// Works on offer.
const OFFERED: i64 = 70_000;
/// Auctions that are over.
const OVER: i64 = 30_000;
/// Bids on each auction, on offer or over: a million in all.
const BIDS: i64 = 10;
/// Requests a second of people who browse.
const BROWSING: f64 = 200.0;
/// The page deep in a list, and how many items a page has.
const DEEP: usize = 1_000;
const ITEMS: usize = 20;

/// Measures those points that were asked for.
pub(crate) fn run(bench: &mut Bench) -> Outcome<()> {
    let grown = bench.stores.stage("grown")?;
    let lots = [
        Lots { count: OFFERED, bids: BIDS, ends: Ends::Later },
        Lots { count: OVER, bids: BIDS, ends: Ends::Earlier },
    ];
    grown.look(|conn| seed::fill(conn, PEOPLE, &lots))?;
    let server = grown.serve()?;
    if bench.wants("browse") {
        browse(bench, &grown, &server)?;
    }
    if bench.wants("growth") {
        growth(bench, &server)?;
    }
    server.stop()?;
    grown.remove()
}

fn browse(bench: &mut Bench, stage: &Stage, server: &Program) -> Outcome<()> {
    let paths = first_pages(stage)?;
    let people = Load { connections: 32, pace: Some(BROWSING), ..closed_loop(bench) };
    let mut pages = Pages::of(paths.clone());
    let measured = people.run(server.address(), &mut pages, || server.cpu())?;
    let title = "browsing by genre, 200 requests/s";
    bench.report.run(title, &measured, pages.tally.accepted, pages.tally.note());
    let p99 = measured.latency.p99.as_secs_f64() * 1e3;
    bench.report.value(title, "ms p99", p99, Target::AtMost(10.0));

    let plain = floor::http(bench.stores.folder())?;
    let mut rounds = Vec::new();
    for _ in 0..bench.plan.rounds {
        let mut empty = Pages::of(paths.clone());
        let floor = closed_loop(bench).run(plain.address(), &mut empty, || plain.cpu())?;
        let mut pages = Pages::of(paths.clone());
        let load = closed_loop(bench);
        let measured = load.run(server.address(), &mut pages, || server.cpu())?;
        let (asked, shown) = (empty.tally.accepted, pages.tally.accepted);
        rounds.push((measured.per_second(shown), floor.per_second(asked)));
        bench.report.run("empty GET", &floor, asked, "");
        bench.report.run("first pages by genre", &measured, shown, pages.tally.note());
    }
    bench.report.ratio("first pages by genre", "a second", &rounds, Target::AtLeast(0.3));
    plain.stop()
}

fn first_pages(stage: &Stage) -> Outcome<Vec<String>> {
    stage.look(|conn| {
        (1..=GENRES)
            .map(|id| {
                let slug =
                    text(conn, &format!("SELECT slug AS value FROM genres WHERE id = {id}"))?;
                Ok(format!("/v1/auctions?genre={slug}"))
            })
            .collect()
    })
}

/// The grown house against an empty one, in turns.
fn growth(bench: &mut Bench, grown: &Program) -> Outcome<()> {
    let stage = bench.stores.stage("empty")?;
    let lots = Lots { count: SPREAD, bids: 0, ends: Ends::Later };
    stage.look(|conn| seed::fill(conn, PEOPLE, &[lots]))?;
    let empty = stage.serve()?;
    compare_bids(bench, grown, &empty)?;
    compare_pages(bench, grown, &empty)?;
    empty.stop()?;
    stage.remove()
}

fn compare_bids(bench: &mut Bench, grown: &Program, empty: &Program) -> Outcome<()> {
    let tokens: Rc<[String]> = tokens(PEOPLE.bidders)?.into();
    let in_empty = Auctions { first: 1, count: SPREAD, apart: 1 };
    let in_grown = Auctions { apart: OFFERED / SPREAD, ..in_empty };
    let mut rounds = Vec::new();
    for round in 0..bench.plan.rounds as i64 {
        // Over what the last round can have reached, and over the bids that were there before.
        let from = 1_000_000 * (round + 1);
        let mut bid = |title, server: &Program, auctions| {
            let mut bids = Bids::rising(&tokens, auctions, from);
            let measured = closed_loop(bench).run(server.address(), &mut bids, || server.cpu())?;
            let accepted = bids.tally.accepted;
            bench.report.run(title, &measured, accepted, bids.tally.note());
            Outcome::Ok(measured.per_second(accepted))
        };
        let floor = bid("bids, empty house", empty, in_empty)?;
        let measured = bid("bids, 1,000,000 bids stored", grown, in_grown)?;
        rounds.push((measured, floor));
    }
    let title = "bids, 1,000,000 bids stored";
    bench.report.ratio(title, "a second", &rounds, Target::AtLeast(0.9));
    Ok(())
}

fn compare_pages(bench: &mut Bench, grown: &Program, empty: &Program) -> Outcome<()> {
    let first = format!("/v1/auctions?limit={ITEMS}");
    let deep = page_number(grown, &first, DEEP)?;
    let mut rounds = Vec::new();
    for _ in 0..bench.plan.rounds {
        let mut read = |title, server: &Program, path: &str| {
            let mut pages = Pages::of([path.to_owned()]);
            let measured = closed_loop(bench).run(server.address(), &mut pages, || server.cpu())?;
            let shown = pages.tally.accepted;
            bench.report.run(title, &measured, shown, pages.tally.note());
            Outcome::Ok(measured.per_second(shown))
        };
        let floor = read("first page, empty house", empty, &first)?;
        let measured = read("page 1,000", grown, &deep)?;
        rounds.push((measured, floor));
    }
    bench.report.ratio("page 1,000", "a second", &rounds, Target::AtLeast(0.9));
    Ok(())
}

/// The path of a page, found as people find it: by turning over.
fn page_number(server: &Program, first: &str, number: usize) -> Outcome<String> {
    let mut line = Line::to(server.address())?;
    let mut path = first.to_owned();
    for page in 1..number {
        let (status, body) = line.ask(&get(&path))?;
        let body: serde_json::Value = serde_json::from_slice(&body)?;
        let cursor = body["next_cursor"].as_str();
        let cursor = cursor.ok_or_else(|| format!("page {page}: {status}, no further page"))?;
        path = format!("{first}&cursor={cursor}");
    }
    Ok(path)
}
