//! Clients that behave badly, alone or by the thousand.

use std::{net::Ipv4Addr, time::Duration};

use artipul_common::client::{Client, tokens::MemoryTokens};
use artipul_tests::{patiently, within};
use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    process::Command,
    sync::{Mutex, MutexGuard},
    time::Instant,
};

use crate::rig::{Crowd, Site, rounds, say_loudly};

const PATIENCE: Duration = Duration::from_secs(60);
/// Connections that are opened at once.
const AT_ONCE: usize = 64;
/// Files that a process has open besides its connections.
const OTHER_FILES: usize = 500;

async fn connect(site: &Site) -> TcpStream {
    TcpStream::connect(site.servers[0].address()).await.unwrap()
}

/// What comes until the other side ends the connection.
async fn rest(mut connection: TcpStream) -> String {
    let mut bytes = Vec::new();
    // Ended by a reset, it is ended.
    let _ = connection.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until an answer's head is whole.
async fn head(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut buffer = [0; 512];
        let count = connection.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_request_is_given_up_and_holds_up_nobody() {
    let site = Site::embedded_under(&[], None, &["--header-timeout=1s"]).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        let halves = ["GET /v1/auc", "POST /v1/sessions HTTP/1.1\r\nhost: h\r\ncontent-le"];
        let body = "POST /v1/sessions HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n\
                    content-length: 400\r\n\r\n{\"email\":";
        let asked = Instant::now();
        let answers = (0..300).map(|number| {
            let text = if number % 3 == 2 { body } else { halves[number % 3] };
            let site = &site;
            async move {
                let mut connection = connect(site).await;
                connection.write_all(text.as_bytes()).await.unwrap();
                rest(connection).await
            }
        });
        let answers: Vec<String> =
            within("all are given up", stream::iter(answers).buffer_unordered(300).collect()).await;
        assert!(asked.elapsed() < Duration::from_secs(10), "after {:?}", asked.elapsed());
        for answer in answers {
            assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
        }
        crowd.carries_on().await;
    }
    let told = crowd.goes_home().await;
    assert_eq!(told.unanswered, 0, "nobody is held up");
    site.judges(told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_never_read_holds_up_nobody() {
    let site = Site::embedded().await;
    let crowd = Crowd::at(&site).await;
    let server = &site.servers[0];
    let before = server.metric("artipul_streams").await;
    let path = format!("/v1/auctions/{}/events", crowd.busiest());
    let mut deaf = Vec::new();
    for _ in 0..50 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(2_048).unwrap();
        let mut connection = socket.connect(server.address().parse().unwrap()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        deaf.push(connection);
    }
    patiently(PATIENCE, "they are streams", async || {
        (server.metric("artipul_streams").await >= before + 50.0).then_some(())
    })
    .await;
    for _ in 0..3 * rounds() {
        crowd.carries_on().await;
    }
    drop(deaf);
    patiently(PATIENCE, "they are gone", async || {
        (server.metric("artipul_streams").await <= before).then_some(())
    })
    .await;
    let told = crowd.goes_home().await;
    assert_eq!((told.unanswered, told.losses), (0, 0), "nobody is held up");
    site.judges(told).await;
}

/// The resident memory of a process, in bytes.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_streams_that_are_dropped_leave_nothing_behind() {
    let Room { most, _only } = room_for(5_000).await;
    let site = Site::embedded_under(&[], None, &["--header-timeout=60s"]).await;
    let crowd = Crowd::at(&site).await;
    let server = &site.servers[0];
    let before = server.metric("artipul_streams").await;
    let path = format!("/v1/auctions/{}/events", crowd.busiest());
    let mut after_first = None;
    for _ in 0..3 * rounds() {
        let opening = (0..most).map(|_| async {
            let mut connection = connect(&site).await;
            let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n");
            connection.write_all(request.as_bytes()).await.unwrap();
            let head = head(&mut connection).await;
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            connection
        });
        let open: Vec<_> = stream::iter(opening).buffer_unordered(AT_ONCE).collect().await;
        assert!(server.metric("artipul_streams").await >= before + most as f64);
        drop(open);
        patiently(PATIENCE, "the streams are gone", async || {
            (server.metric("artipul_streams").await <= before).then_some(())
        })
        .await;
        let memory = memory(server.process().pid());
        let first = *after_first.get_or_insert(memory);
        // What the first took is used again.
        assert!(memory < first + first / 2, "from {first} to {memory} bytes");
    }
    crowd.carries_on().await;
    let told = crowd.goes_home().await;
    assert_eq!((told.unanswered, told.losses), (0, 0), "nobody is held up");
    site.judges(told).await;
}

/// The files that this process may have open, for one test at a time: the others are done with
/// few.
struct Room {
    /// How many connections there is room for.
    most: usize,
    _only: MutexGuard<'static, ()>,
}

/// Waits until no other test needs many files, and lets this process have so many connections, or
/// as many as the system allows, and says so.
async fn room_for(connections: usize) -> Room {
    static ROOM: Mutex<()> = Mutex::const_new(());
    let only = ROOM.lock().await;
    let files = connections + OTHER_FILES;
    // The soft limit alone, which everybody may raise to the hard one; then both, which only root
    // may; then as far as it goes.
    for limits in [format!("{files}:"), format!("{files}:{files}"), limit("HARD").await + ":"] {
        if open_files().await >= files {
            break;
        }
        let _ = prlimit(&[&format!("--nofile={limits}")]).await;
    }
    let most = connections.min(open_files().await - OTHER_FILES);
    if most < connections {
        say_loudly(&format!(
            "only {most} of {connections} connections: the system allows no more open files"
        ));
    }
    Room { most, _only: only }
}

/// How many files this process may have open.
async fn open_files() -> usize {
    limit("SOFT").await.parse().unwrap_or(usize::MAX)
}

/// The `SOFT` or the `HARD` limit of open files, as `prlimit` prints it.
async fn limit(kind: &str) -> String {
    prlimit(&["--nofile", &format!("--output={kind}"), "--noheadings", "--raw"]).await
}

/// What `prlimit` prints of this process; nothing where it refuses.
async fn prlimit(words: &[&str]) -> String {
    let pid = std::process::id().to_string();
    let output = Command::new("prlimit").args(["--pid", &pid]).args(words).output().await.unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_server_takes_as_many_files_as_it_may() {
    let site = Site::embedded_under(&["prlimit", "--nofile=256:"], None, &[]).await;
    let pid = site.servers[0].process().pid();
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let [soft, hard] = line.split_whitespace().collect::<Vec<_>>()[3..5] else { panic!("{line}") };
    assert_eq!(soft, hard);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_thousand_connections_those_inside_are_served_and_the_next_is_sent_away() {
    let Room { most, _only } = room_for(20_000).await;
    let flags = [format!("--max-connections={most}"), "--header-timeout=120s".to_owned()];
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let site = Site::embedded_under(&[], None, &flags).await;
    let crowd = Crowd::at(&site).await;
    let server = &site.servers[0];
    let address = server.address().parse().unwrap();
    let mut inside = Vec::new();
    // The crowd has some places already, and takes and leaves some; the rest is filled up.
    let refused = loop {
        let places = most.saturating_sub(inside.len()).clamp(1, 1_000);
        let opening = (0..places).map(|number| async move {
            let socket = TcpSocket::new_v4().unwrap();
            // One address has not enough ports for all.
            let last = u8::try_from(number % 8 + 2).unwrap();
            socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).unwrap();
            socket.connect(address).await.unwrap()
        });
        let opened: Vec<_> = stream::iter(opening).buffer_unordered(AT_ONCE).collect().await;
        inside.extend(opened);
        if inside.len() < most / 2 {
            continue;
        }
        let mut next = connect(&site).await;
        let _ = next.write_all(b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n").await;
        let answer = within("an answer", head(&mut next)).await;
        if answer.starts_with("HTTP/1.1 503") {
            break answer;
        }
        inside.push(next);
    };
    assert!(refused.to_lowercase().contains("retry-after: "), "{refused}");
    let late = Client::new(&server.url(), MemoryTokens::default()).unwrap();
    let error = late.auction(crowd.busiest()).await.unwrap_err();
    assert!(error.is_passing(), "a client may try again: {error:?}");
    let mut served = 0;
    for connection in inside.iter_mut().step_by(most / 50) {
        if connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n").await.is_ok() {
            let answer = within("an answer inside", head(connection)).await;
            served += usize::from(answer.starts_with("HTTP/1.1 200"));
        }
    }
    assert!(served > 40, "{served} of 50 inside are served");
    crowd.carries_on().await;
    drop(inside);
    patiently(PATIENCE, "they are gone", async || {
        (server.metric("artipul_connections").await < 200.0).then_some(())
    })
    .await;
    assert!(late.auction(crowd.busiest()).await.is_ok(), "there is room again");
    crowd.carries_on().await;
    site.judges(crowd.goes_home().await).await;
}
