//! Bids over HTTP: on one hot auction, over many, refused ones, and one alone.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use crate::{
    Bench, Outcome, floor,
    latency::{Latencies, median},
    load::{Line, Load, Measured},
    process::Program,
    report::{Report, Target},
    script::{self, Auctions, Bids},
    seed::{self, Ends, Lots, People, START_PRICE, STEP},
    stage::{Stage, tokens},
};

/// Names of the points.
pub(crate) const NAMES: [&str; 4] = ["hot", "spread", "low", "single"];

/// Whoever bids.
pub(crate) const PEOPLE: People = People { bidders: 20_000, artists: 100 };
/// Auctions over which bids are spread.
pub(crate) const SPREAD: i64 = 2_000;
/// The auctions after those: hot ones, one for each round, then these two, and then some on which
/// nobody has bid.
const HOT: i64 = SPREAD + 1;
const LOW: i64 = SPREAD + 100;
const SINGLE: i64 = SPREAD + 101;
const FRESH: i64 = SPREAD + 102;
const LAST: i64 = FRESH + 9_999;

const CONNECTIONS: usize = 64;

/// Load without a pause between a connection's requests.
pub(crate) fn closed_loop(bench: &Bench) -> Load {
    let warm_up = bench.plan.warm_up;
    Load { connections: CONNECTIONS, pace: None, warm_up, window: bench.plan.window }
}

/// Measures those points that were asked for.
pub(crate) fn run(bench: &mut Bench) -> Outcome<()> {
    let stage = bench.stores.stage("bids")?;
    let lots = Lots { count: LAST, bids: 0, ends: Ends::Later };
    stage.look(|conn| {
        seed::plain_table(conn)?;
        seed::fill(conn, PEOPLE, &[lots])
    })?;
    let tokens: Rc<[String]> = tokens(PEOPLE.bidders)?.into();
    let server = stage.serve()?;
    under_load(bench, &server, &tokens)?;
    server.stop()?;
    if bench.wants("single") {
        // Another one, which remembers nobody.
        let server = stage.serve()?;
        single(bench, &stage, &server, &tokens)?;
        server.stop()?;
    }
    bench.audit("the audit after the bids", &stage)?;
    stage.remove()
}

/// One kind of bids, and what it did in each round: bids for each second of processor time, with
/// the floor's requests, and bids a second.
struct Kind {
    name: &'static str,
    title: &'static str,
    at_least: f64,
    rounds: Vec<(f64, f64)>,
    per_second: Vec<f64>,
}

impl Kind {
    fn new(name: &'static str, title: &'static str, at_least: f64) -> Self {
        Self { name, title, at_least, rounds: Vec::new(), per_second: Vec::new() }
    }

    fn script(&self, tokens: &Rc<[String]>, round: i64, reached: &mut i64) -> Bids {
        match self.name {
            "hot" => Bids::rising(tokens, Auctions::one(HOT + round), 0),
            "low" => Bids::too_low(tokens, LOW),
            _ => {
                let auctions = Auctions { first: 1, count: SPREAD, apart: 1 };
                // Each round begins over what the last can have reached.
                *reached += 1_000_000;
                Bids::rising(tokens, auctions, *reached)
            }
        }
    }

    fn report(&self, report: &mut Report) {
        let unit = "per CPU second";
        report.ratio(self.title, unit, &self.rounds, Target::AtLeast(self.at_least));
        if self.name != "low" {
            let per_second = median(self.per_second.iter().copied());
            report.value(self.title, "a second", per_second, Target::AtLeast(10_000.0));
        }
    }
}

fn under_load(bench: &mut Bench, server: &Program, tokens: &Rc<[String]>) -> Outcome<()> {
    let mut kinds = vec![
        Kind::new("hot", "bids on one hot auction", 0.5),
        Kind::new("spread", "bids over 2,000 auctions", 0.5),
        Kind::new("low", "refused bids", 0.8),
    ];
    kinds.retain(|kind| bench.wants(kind.name));
    if kinds.is_empty() {
        return Ok(());
    }
    let plain = floor::http(bench.stores.folder())?;
    raise(server, tokens, LOW)?;
    let mut reached = 0;
    for round in 0..bench.plan.rounds as i64 {
        let mut empty = Bids::rising(tokens, Auctions::one(HOT), 0);
        let floor = closed_loop(bench).run(plain.address(), &mut empty, || plain.cpu())?;
        let per_cpu = floor.per_cpu_second(empty.tally.accepted);
        bench.report.run("empty POST", &floor, empty.tally.accepted, "");
        for kind in &mut kinds {
            let mut script = kind.script(tokens, round, &mut reached);
            let load = closed_loop(bench);
            let measured = load.run(server.address(), &mut script, || server.cpu())?;
            let tally = &script.tally;
            let is_low = kind.name == "low";
            let count = if is_low { tally.refused } else { tally.accepted };
            kind.rounds.push((measured.per_cpu_second(count), per_cpu));
            kind.per_second.push(measured.per_second(count));
            bench.report.run(kind.title, &measured, count, tally.note());
        }
    }
    kinds.iter().for_each(|kind| kind.report(&mut bench.report));
    plain.stop()
}

/// Gives an auction a price that the start price does not reach.
fn raise(server: &Program, tokens: &[String], auction: i64) -> Outcome<()> {
    let mut line = Line::to(server.address())?;
    // The last bidder leads, so that nobody of those who bid soon does.
    for (steps, token) in [(10, &tokens[0]), (20, &tokens[tokens.len() - 1])] {
        let mut request = Vec::new();
        script::bid(&mut request, token, auction, START_PRICE + steps * STEP);
        line.ask(&request)?;
    }
    Ok(())
}

/// One bid after the other, each by somebody else, against one committed row after the other: all on
/// one auction, and each on one of its own.
fn single(bench: &mut Bench, stage: &Stage, server: &Program, tokens: &[String]) -> Outcome<()> {
    let on_one = |number| (number, SINGLE, START_PRICE + number * STEP);
    let first = |number| (PEOPLE.bidders / 2 + number, FRESH + number, START_PRICE);
    let kinds: [(_, fn(i64) -> _); 2] =
        [("one bid alone", on_one), ("one bid alone, its auction's first", first)];
    let mut rounds = kinds.map(|_| Vec::new());
    let mut next = [0; 2];
    for round in 0..bench.plan.rounds as i64 {
        let window = bench.plan.window / 4;
        let floor = time_rows(stage, round, window)?;
        bench.report.run("one row alone, committed", &floor, floor.answers, "");
        let millis = |measured: &Measured| measured.latency.p50.as_secs_f64() * 1e3;
        for (((title, bid), rounds), next) in kinds.iter().zip(&mut rounds).zip(&mut next) {
            let bids = time_bids(server, tokens, next, bid, window)?;
            rounds.push((millis(&bids), millis(&floor)));
            bench.report.run(title, &bids, bids.answers, "");
        }
    }
    for ((title, _), rounds) in kinds.iter().zip(&rounds) {
        bench.report.ratio(title, "ms (median)", rounds, Target::AtMost(5.0));
    }
    Ok(())
}

fn time_rows(stage: &Stage, round: i64, window: Duration) -> Outcome<Measured> {
    stage.look(|conn| {
        let first = round * 10_000_000;
        timed(window, Duration::ZERO, |number| {
            let id = first + number;
            conn.execute(&format!("INSERT INTO bench_rows VALUES ({id}, {id}, {id})"))
        })
    })
}

fn time_bids(
    server: &Program,
    tokens: &[String],
    next: &mut i64,
    bid: impl Fn(i64) -> (i64, i64, i64),
    window: Duration,
) -> Outcome<Measured> {
    let mut line = Line::to(server.address())?;
    let (mut request, worked) = (Vec::new(), server.cpu()?);
    let mut measured = timed(window, Duration::ZERO, |_| -> Outcome<()> {
        request.clear();
        let (bidder, auction, amount) = bid(*next);
        let token = &tokens[bidder as usize % tokens.len()];
        script::bid(&mut request, token, auction, amount);
        *next += 1;
        match line.ask(&request)? {
            (201, _) => Ok(()),
            (status, body) => {
                Err(format!("a bid: {status} {}", String::from_utf8_lossy(&body)).into())
            }
        }
    })?;
    measured.cpu = server.cpu()? - worked;
    Ok(measured)
}

/// How long each of these takes, one after the other.
fn timed<E>(
    window: Duration,
    cpu: Duration,
    mut work: impl FnMut(i64) -> Result<(), E>,
) -> Result<Measured, E> {
    let (began, mut latencies, mut count) = (Instant::now(), Latencies::default(), 0);
    while began.elapsed() < window {
        let sent = Instant::now();
        work(count)?;
        latencies.add(sent.elapsed());
        count += 1;
    }
    let (answers, elapsed) = (count as u64, began.elapsed());
    Ok(Measured { answers, latency: latencies.summary(), began, elapsed, cpu })
}
