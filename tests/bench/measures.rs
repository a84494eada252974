//! The benchmark's own measures, tested: it has no test harness itself.

mod latency;
mod wire;

use std::time::Duration;

use self::{
    latency::{Latencies, Summary, median},
    wire::{Answer, EventStream, answer, number},
};

const ANSWER: &[u8] =
    b"HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

#[test]
fn an_answer_is_taken_when_it_is_whole() {
    for end in 0..ANSWER.len() {
        assert_eq!(answer(&ANSWER[..end]), None, "{end} bytes are no answer");
    }
    let expected = Answer { status: 201, body: b"hello".as_slice() };
    assert_eq!(answer(ANSWER), Some((expected, ANSWER.len())));
}

#[test]
fn what_follows_an_answer_is_left() {
    let two = [ANSWER, ANSWER].concat();
    assert_eq!(answer(&two).map(|(_, length)| length), Some(ANSWER.len()));
}

#[test]
fn a_number_is_found_by_its_name() {
    let json = br#"{"price":12000,"seq":7,"ends":null}"#;
    assert_eq!(number(json, "seq"), Some(7));
    assert_eq!(number(json, "price"), Some(12_000));
    assert_eq!(number(json, "ends"), None);
    assert_eq!(number(json, "id"), None);
}

fn stream() -> Vec<u8> {
    let first = "event: resync\nid: 7\ndata: {\"id: \":1}\n\n";
    let second = ":\n\nevent: top-bid\nid: 12\ndata: {}\n\n";
    let chunk = |text: &str| format!("{:X}\r\n{text}\r\n", text.len());
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    [head, &chunk(first), &chunk(second), "0\r\n\r\n"].concat().into_bytes()
}

#[test]
fn events_are_told_however_they_are_cut() {
    for size in 1..stream().len() {
        let (mut events, mut ids) = (EventStream::default(), Vec::new());
        for piece in stream().chunks(size) {
            events.take(piece, |id| ids.push(id));
        }
        assert_eq!(ids, [7, 12], "in pieces of {size}");
        assert!(events.has_begun() && events.is_over());
    }
}

#[test]
fn events_without_chunks_are_told() {
    let stream = b"HTTP/1.1 200 OK\r\n\r\n: hi\n\nid: 7\ndata: {}\n\nid: 12\ndata: {}\n\n";
    for size in 1..stream.len() {
        let (mut events, mut ids) = (EventStream::plain(), Vec::new());
        for piece in stream.chunks(size) {
            events.take(piece, |id| ids.push(id));
        }
        assert_eq!(ids, [7, 12], "in pieces of {size}");
        assert!(events.has_begun() && !events.is_over());
    }
}

#[test]
fn an_event_is_told_when_its_last_byte_is_there() {
    let stream = stream();
    let end = stream.windows(2).position(|window| window == b"\n\n").unwrap();
    let (mut events, mut ids) = (EventStream::default(), Vec::new());
    events.take(&stream[..=end], |id| ids.push(id));
    assert_eq!(ids, [0; 0]);
    events.take(&stream[end + 1..end + 2], |id| ids.push(id));
    assert_eq!(ids, [7]);
}

fn of(micros: impl IntoIterator<Item = u64>) -> Summary {
    let mut latencies = Latencies::default();
    micros.into_iter().for_each(|micros| latencies.add(Duration::from_micros(micros)));
    latencies.summary()
}

#[test]
fn percentiles_are_latencies_that_were_there() {
    let summary = of((1..=1_000).rev());
    let micros = [summary.p50, summary.p99, summary.p999].map(|latency| latency.as_micros());
    assert_eq!(micros, [500, 990, 999]);
}

#[test]
fn of_few_the_longest_is_the_last_percentile() {
    let summary = of([5, 1, 9]);
    let micros = [summary.p50, summary.p99, summary.p999].map(|latency| latency.as_micros());
    assert_eq!(micros, [5, 9, 9]);
    assert_eq!(of([]), Summary::default());
}

#[test]
fn the_median_is_in_the_middle() {
    assert_eq!(median([9.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
    assert_eq!(median([4.0, 2.0]).to_bits(), 3.0_f64.to_bits());
    assert_eq!(median([]).to_bits(), 0.0_f64.to_bits());
}
