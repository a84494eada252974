//! What arrives over a bare socket, however slow its reader is and whenever he comes.

use std::time::Duration;

use artipul_common::AuctionId;
use bytes::Bytes;
use chrono::Utc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

use super::{
    hub::Hub,
    hub::tests::{AUCTION, closed, deliver, follow, follow_one, news, snapshot},
    sse::Frame,
    subscription::{Framing, Subscription},
};

/// Both ends of a connection, of which the second takes little at once.
async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpSocket::new_v4().unwrap();
    client.set_recv_buffer_size(4_096).unwrap();
    let (client, server) =
        tokio::join!(client.connect(listener.local_addr().unwrap()), listener.accept());
    (server.unwrap().0, client.unwrap())
}

/// Starts the stream of a subscription; the client's end, after the head.
async fn start(subscription: Subscription, framing: Framing) -> TcpStream {
    let (server, mut client) = connection().await;
    tokio::spawn(subscription.write_to(server, framing, Bytes::from_static(b"head")));
    let mut head = [0; 4];
    client.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"head");
    client
}

/// The sequence numbers in the text of a stream, in which every event has to be whole.
fn seqs(text: &str) -> Vec<u64> {
    let mut events: Vec<&str> = text.split("\n\n").collect();
    assert_eq!(events.pop(), Some(""), "the last event is whole");
    events.retain(|event| *event != ":");
    let seq = |event: &&str| {
        let (head, data) = event.split_once("\ndata: ").unwrap();
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert!(head.ends_with(&format!("\nid: {}", data["seq"])), "{head}");
        data["seq"].as_u64().unwrap()
    };
    events.iter().map(seq).collect()
}

/// Waits for a future, but not for ever.
async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}

fn only_rise(seqs: &[u64]) {
    assert!(seqs.is_sorted_by(|one, next| one < next), "{seqs:?}");
}

#[tokio::test]
async fn whoever_stalls_gets_whole_events_and_then_the_newest() {
    let hub = Hub::start();
    let subscription = follow_one(&hub).begin(vec![Frame::state(&snapshot(AUCTION, 1))]);
    let mut client = start(subscription, Framing::Bare).await;
    let last = 40_000;
    for seq in 2..last {
        hub.deliver(&[news(AUCTION, seq)]);
        if seq % 50 == 0 {
            hub.settle();
        }
    }
    deliver(&hub, &[closed(AUCTION, last)]);
    let mut text = String::new();
    within(client.read_to_string(&mut text)).await.unwrap();
    let seqs = seqs(&text);
    only_rise(&seqs);
    assert_eq!((seqs[0], *seqs.last().unwrap()), (1, last));
    assert!(seqs.len() < last as usize / 2, "he was skipped forward: {}", seqs.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_one_comes_the_sequence_only_rises() {
    let hub = Hub::start();
    let mut readers = Vec::new();
    for round in 1..=300 {
        let (from, to) = (round * 7, round * 7 + 7);
        let telling = hub.clone();
        let telling = tokio::task::spawn_blocking(move || {
            for seq in from..to {
                telling.remember(&[news(AUCTION, seq)]);
                telling.deliver(&[news(AUCTION, seq)]);
            }
        });
        let subscription = follow_one(&hub);
        let (known, _) = subscription.known_states(Utc::now(), 0);
        let known_seq = known.first().map(|known| known.state.seq);
        // Every other one comes back with what he knows.
        let missed = known_seq.filter(|_| round % 2 == 0);
        let missed = missed.and_then(|seq| Some((seq, hub.missed(AUCTION, seq)?)));
        let (least, subscription) = match missed {
            Some((seq, missed)) => (seq + 1, subscription.resume(AUCTION, seq, missed)),
            None => (
                known_seq.unwrap_or_default(),
                subscription.begin(known.iter().map(Frame::state).collect()),
            ),
        };
        let mut client = start(subscription, Framing::Bare).await;
        readers.push(tokio::spawn(async move {
            let mut text = String::new();
            within(client.read_to_string(&mut text)).await.unwrap();
            (least, text)
        }));
        telling.await.unwrap();
    }
    let last = 10_000;
    hub.deliver(&[closed(AUCTION, last)]);
    for reader in readers {
        let (least, text) = reader.await.unwrap();
        let seqs = seqs(&text);
        only_rise(&seqs);
        assert!(seqs[0] >= least, "{} came after {least}", seqs[0]);
        assert_eq!(*seqs.last().unwrap(), last);
    }
}

#[tokio::test]
async fn chunks_are_whole_and_have_an_end() {
    let hub = Hub::start();
    let subscription = follow_one(&hub).begin(vec![Frame::heartbeat(), Frame::heartbeat()]);
    let mut client = start(subscription, Framing::Chunked).await;
    hub.close();
    let mut text = String::new();
    within(client.read_to_string(&mut text)).await.unwrap();
    let rest = text.strip_prefix("3\r\n:\n\n\r\n3\r\n:\n\n\r\n").unwrap();
    let (length, rest) = rest.split_once("\r\n").unwrap();
    let length = usize::from_str_radix(length, 16).unwrap();
    assert!(rest.starts_with("retry: ") && rest[length..] == *"\r\n0\r\n\r\n", "{rest}");
}

#[tokio::test]
async fn whoever_hangs_up_leaves_at_once_whatever_he_sent_before() {
    let hub = Hub::start();
    let (server, mut client) = connection().await;
    let subscription = follow(&hub, &[AuctionId::new(99)]).begin(vec![]);
    let stream = subscription.write_to(server, Framing::Chunked, Bytes::from_static(b"head"));
    client.write_all(&[b'x'; 100_000]).await.unwrap();
    drop(client);
    within(stream).await;
}

#[tokio::test]
async fn nothing_is_written_for_whoever_left() {
    let hub = Hub::start();
    let (server, mut client) = connection().await;
    let subscription = follow(&hub, &[AUCTION]).begin(vec![]);
    drop(subscription.write_to(server, Framing::Bare, Bytes::from_static(b"head")));
    deliver(&hub, &[news(AUCTION, 5)]);
    let mut bytes = Vec::new();
    within(client.read_to_end(&mut bytes)).await.unwrap();
    assert_eq!(bytes, b"");
}
