//! Streams: deliveries to thousands of readers of one auction, and what idle ones cost.

use std::{
    collections::HashMap,
    rc::Rc,
    sync::mpsc,
    time::{Duration, Instant},
};

use crate::{
    Bench, Outcome, floor,
    latency::{Latencies, Summary, median},
    load::{Load, Measured},
    nchan::Nchan,
    process::Program,
    report::Target,
    script::{Auctions, Bids, get},
    seed::{self, Ends, Lots, People},
    stage::tokens,
    streams::{Delivery, Readers},
};

/// Names of the points.
pub(crate) const NAMES: [&str; 3] = ["streams", "lag", "idle"];

const PEOPLE: People = People { bidders: 1_000, artists: 10 };
/// Readers of the auction.
const READERS: usize = 5_000;
/// Updates a second that every reader gets.
const STEADY: f64 = 20.0;
/// Updates a second that not every reader can get.
const FLOOD: f64 = 100.0;
/// Streams on which nothing happens.
const IDLE: usize = 10_000;
/// How long the last update may take to reach everybody.
const PATIENCE: Duration = Duration::from_secs(5);
/// A server rests when its memory has not become less for so long.
const REST: Duration = Duration::from_secs(3);
/// How long it has for that.
const RESTLESS: Duration = Duration::from_secs(60);

/// The auctions that are followed.
const STEADY_AUCTION: i64 = 1;
const FLOOD_AUCTION: i64 = 2;
const IDLE_AUCTION: i64 = 3;

/// Measures those points that were asked for.
pub(crate) fn run(bench: &mut Bench) -> Outcome<()> {
    let stage = bench.stores.stage("streams")?;
    let lots = Lots { count: 10, bids: 1, ends: Ends::Later };
    stage.look(|conn| seed::fill(conn, PEOPLE, &[lots]))?;
    if bench.wants("streams") {
        let server = stage.serve()?;
        steady(bench, &server)?;
        server.stop()?;
    }
    if bench.wants("lag") {
        let server = stage.serve()?;
        flood(bench, &server)?;
        server.stop()?;
    }
    if bench.wants("idle") {
        let server = stage.serve()?;
        idle(bench, &server)?;
        server.stop()?;
    }
    stage.remove()
}

fn follow(server: &Program, auction: i64, count: usize) -> Outcome<Readers> {
    let request = get(&format!("/v1/auctions/{auction}/events"));
    Readers::open(server.address(), std::iter::repeat_n(request, count))
}

/// What reached the readers in one window.
struct Delivered {
    measured: Measured,
    bytes_each: usize,
    /// Readers that never saw the last state.
    behind: usize,
}

impl Delivered {
    fn per_cpu_second(&self) -> f64 {
        self.measured.per_cpu_second(self.measured.answers)
    }
}

fn steady(bench: &mut Bench, server: &Program) -> Outcome<()> {
    let mut readers = follow(server, STEADY_AUCTION, READERS)?;
    let nchan = Nchan::find();
    let (mut rounds, mut nchan_rounds, mut p99, mut behind) =
        (Vec::new(), Vec::new(), Vec::new(), 0);
    for round in 0..bench.plan.rounds {
        let merged_before = readers.gaps().merged;
        let sent = deliver(bench, server, &mut readers, STEADY_AUCTION, STEADY, round)?;
        let raw = write_raw(bench, sent.bytes_each)?;
        rounds.push((sent.per_cpu_second(), raw.per_cpu_second()));
        p99.push(millis(sent.measured.latency.p99));
        behind += sent.behind;
        let merged = readers.gaps().merged - merged_before;
        let note = format!("{} bytes each, {merged} merged", sent.bytes_each);
        bench.report.run(
            "5,000 streams, 20 updates/s",
            &sent.measured,
            sent.measured.answers,
            note,
        );
        bench.report.run("raw writes of the same", &raw.measured, raw.measured.answers, "");
        if let Some(nchan) = &nchan {
            let told = tell_by_nchan(bench, nchan, sent.bytes_each)?;
            nchan_rounds.push((sent.per_cpu_second(), told.per_cpu_second()));
            let note = format!("{} bytes each", told.bytes_each);
            bench.report.run("nchan, as many", &told.measured, told.measured.answers, note);
        }
    }
    let gaps = readers.gaps();
    let (name, report) = ("5,000 streams, 20 updates/s", &mut bench.report);
    let per_cpu = median(rounds.iter().map(|(sent, _)| *sent));
    report.value(name, "deliveries/CPU s", per_cpu, Target::AtLeast(150_000.0));
    report.ratio(name, "deliveries/CPU s", &rounds, Target::AtLeast(0.85));
    if nchan_rounds.is_empty() {
        report.fact("nchan", "not there, so nothing is held against it");
    } else {
        let name = "the same, against nginx with nchan";
        report.ratio(name, "deliveries/CPU s", &nchan_rounds, Target::AtLeast(1.5));
    }
    report.value(name, "ms p99", median(p99), Target::AtMost(80.0));
    let lost = gaps.lost + gaps.backwards + behind as u64;
    report.value(name, "lost", lost as f64, Target::AtMost(0.0));
    Ok(())
}

fn flood(bench: &mut Bench, server: &Program) -> Outcome<()> {
    let mut readers = follow(server, FLOOD_AUCTION, READERS)?;
    let sent = deliver(bench, server, &mut readers, FLOOD_AUCTION, FLOOD, 0)?;
    let gaps = readers.gaps();
    let (name, report) = ("5,000 streams, 100 updates/s", &mut bench.report);
    let note = format!("{} skipped, {} merged", gaps.lost, gaps.merged);
    report.run(name, &sent.measured, sent.measured.answers, note);
    report.value(name, "ms p99 age", millis(sent.measured.latency.p99), Target::AtMost(150.0));
    let wrong = gaps.backwards + sent.behind as u64;
    report.value(name, "not the newest", wrong as f64, Target::AtMost(0.0));
    Ok(())
}

fn millis(latency: Duration) -> f64 {
    latency.as_secs_f64() * 1e3
}

/// Bids on an auction at a rate, and sees what reaches its readers.
fn deliver(
    bench: &Bench,
    server: &Program,
    readers: &mut Readers,
    auction: i64,
    rate: f64,
    round: usize,
) -> Outcome<Delivered> {
    readers.take();
    let load = Load {
        connections: 32,
        pace: Some(rate),
        warm_up: bench.plan.warm_up,
        window: bench.plan.window,
    };
    let from = 1_000_000 * (round as i64 + 1);
    let (bids, published) = std::thread::scope(|scope| {
        let publisher = scope.spawn(|| -> Outcome<(Vec<(u64, Instant)>, Measured)> {
            let tokens: Rc<[String]> = tokens(PEOPLE.bidders)?.into();
            let mut bids = Bids::rising(&tokens, Auctions::one(auction), from).noted();
            let measured = load.run(server.address(), &mut bids, || server.cpu())?;
            Ok((bids.sent, measured))
        });
        let limit = Instant::now() + load.warm_up + load.window + Duration::from_secs(60);
        readers.read_until(limit, |_| publisher.is_finished())?;
        publisher.join().map_err(|_| "the publisher panicked")?
    })?;
    let last = bids.iter().map(|(seq, _)| *seq).max().unwrap_or_default();
    let limit = Instant::now() + PATIENCE;
    // Whoever lags may get several more; all are there once nobody is behind.
    while readers.behind(last) > 0 && Instant::now() < limit {
        readers.read_until(Instant::now() + Duration::from_millis(20), |_| false)?;
    }
    let behind = readers.behind(last);
    let (deliveries, bytes) = readers.take();
    let bytes_each = bytes as usize / deliveries.len().max(1);
    let (answers, latency) = ages(&deliveries, &bids.into_iter().collect(), &published);
    Ok(Delivered { measured: Measured { answers, latency, ..published }, bytes_each, behind })
}

/// How many deliveries there were in the window, and how long after its bid was sent each was there.
fn ages(
    deliveries: &[Delivery],
    sent: &HashMap<u64, Instant>,
    window: &Measured,
) -> (u64, Summary) {
    let end = window.began + window.elapsed;
    let (mut count, mut ages) = (0, Latencies::default());
    for delivery in deliveries.iter().filter(|delivery| (window.began..end).contains(&delivery.at))
    {
        count += 1;
        if let Some(sent) = sent.get(&delivery.id) {
            ages.add(delivery.at.saturating_duration_since(*sent));
        }
    }
    (count, ages.summary())
}

/// The same number of bytes to the same number of sockets, and nothing else.
fn write_raw(bench: &Bench, bytes: usize) -> Outcome<Delivered> {
    let raw = floor::writes(bench.stores.folder(), READERS, STEADY, bytes)?;
    let requests = std::iter::repeat_n(Vec::new(), READERS);
    let mut readers = Readers::open(raw.address(), requests)?;
    listen(bench, &raw, &mut readers)
}

/// An event of as many bytes to as many readers, as often, by nchan.
fn tell_by_nchan(bench: &Bench, nchan: &Nchan, bytes: usize) -> Outcome<Delivered> {
    let nchan = nchan.start(bench.stores.folder(), READERS)?;
    let mut readers = nchan.follow(READERS)?;
    let (enough, ends) = mpsc::channel();
    std::thread::scope(|scope| {
        let publisher = scope.spawn(|| nchan.publish(bytes, STEADY, ends));
        let told = listen(bench, &nchan.program, &mut readers);
        drop(enough);
        publisher.join().map_err(|_| "the publisher panicked")??;
        told
    })
}

/// What reaches readers of a program that tells them something by itself.
fn listen(bench: &Bench, program: &Program, readers: &mut Readers) -> Outcome<Delivered> {
    readers.read_until(Instant::now() + bench.plan.warm_up, |_| false)?;
    readers.take();
    let (began, worked) = (Instant::now(), program.cpu()?);
    readers.read_until(began + bench.plan.window, |_| false)?;
    let (elapsed, cpu) = (began.elapsed(), program.cpu()? - worked);
    let (deliveries, bytes) = readers.take();
    let answers = deliveries.len() as u64;
    let latency = Summary::default();
    let measured = Measured { answers, latency, began, elapsed, cpu };
    Ok(Delivered { measured, bytes_each: bytes as usize / deliveries.len().max(1), behind: 0 })
}

/// What a server's memory comes to: what is free is given back little by little.
fn memory_at_rest(server: &Program) -> Outcome<u64> {
    let began = Instant::now();
    let (mut least, mut since) = (server.memory()?, began);
    while since.elapsed() < REST && began.elapsed() < RESTLESS {
        std::thread::sleep(REST / 10);
        let memory = server.memory()?;
        if memory < least {
            (least, since) = (memory, Instant::now());
        }
    }
    server.memory()
}

fn idle(bench: &mut Bench, server: &Program) -> Outcome<()> {
    // Before the first stream of all: what remains of opening them is counted as theirs.
    let before = memory_at_rest(server)?;
    let readers = follow(server, IDLE_AUCTION, IDLE)?;
    let each = memory_at_rest(server)?.saturating_sub(before) as f64 / IDLE as f64;
    drop(readers);
    bench.report.value("10,000 idle streams", "bytes each", each, Target::AtMost(8_192.0));
    bench.report.fact("memory", format!("{} MB before the idle streams", before >> 20));
    Ok(())
}
