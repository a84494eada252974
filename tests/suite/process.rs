//! The server as users run it: flags, signals, crashes, restarts.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Instant};

use artipul_common::{
    Money,
    accounts::{Secret, SignInRequest, SignUpRequest, User, VerifyPhoneRequest},
    auctions::Outcome,
    client::{Client, ClientError, new_idempotency_key, stream::Item, tokens::MemoryTokens},
};
use artipul_tests::{Process, binary, draft, eventually, http, within};
use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
};

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap()
}

const PASSWORD: &str = "correct horse";

/// Signs up as anybody would: phone code, account, session.
pub(crate) async fn join(server: &Process, nickname: &str, phone: &str, is_artist: bool) -> Client {
    let client = Client::new(server.url(), MemoryTokens::default()).unwrap();
    client.request_phone_code(phone).await.unwrap();
    let code = Secret::new(server.phone_code(phone).await);
    let request = VerifyPhoneRequest { phone: phone.to_owned(), code };
    let phone_token = client.verify_phone(&request).await.unwrap().phone_token;
    let user: User = client
        .sign_up(&SignUpRequest {
            email: format!("{nickname}@example.com"),
            password: Secret::new(PASSWORD),
            nickname: nickname.to_owned(),
            name: nickname.to_owned(),
            phone_token,
            is_artist,
            college: None,
        })
        .await
        .unwrap();
    assert_eq!(user.phone, phone);
    sign_in(server, nickname).await
}

pub(crate) async fn sign_in(server: &Process, nickname: &str) -> Client {
    let client = Client::new(server.url(), MemoryTokens::default()).unwrap();
    let email = format!("{nickname}@example.com");
    client.sign_in(&SignInRequest { email, password: Secret::new(PASSWORD) }).await.unwrap();
    client
}

/// An access token, for requests by hand.
async fn token(server: &Process, nickname: &str) -> String {
    let email = format!("{nickname}@example.com");
    let request = serde_json::json!({"email": email, "password": PASSWORD});
    let request = http().post(format!("{}/v1/sessions", server.url())).json(&request);
    let session: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    session["access_token"].as_str().unwrap().to_owned()
}

async fn audit(data_dir: &Path) -> Option<i32> {
    let mut command = Command::new(binary("artipul-server"));
    command.arg("audit").arg("--data-dir").arg(data_dir).env_clear();
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    output.status.code()
}

#[tokio::test]
async fn it_starts_with_nothing_and_stops_when_it_is_told() {
    let folder = folder();
    let server = Process::start(folder.path(), &[]).await;
    let health = http().get(format!("{}/healthz", server.url())).send().await.unwrap();
    assert_eq!(health.status(), 200);
    assert_eq!(server.terminate().await, Some(0));
}

#[tokio::test]
async fn a_stream_is_ended_with_a_hint_when_the_server_stops() {
    let folder = folder();
    let server = Process::start(folder.path(), &["--soft-close", "0s"]).await;
    let artist = join(&server, "artist", "+821011112222", true).await;
    let id = artist.list_work(&draft(), &new_idempotency_key()).await.unwrap().id;
    let mut stream = artist.follow_auction(id);
    let live = within("it is live", stream.next()).await;
    assert_eq!(live, Some(Item::Live));
    let stopping = Instant::now();
    assert_eq!(server.terminate().await, Some(0));
    assert!(stopping.elapsed().as_secs() < 10, "an open stream does not hold it up");
    let lost = within("the end of the stream", async {
        loop {
            if let Some(Item::Lost { retry_in, .. }) = stream.next().await {
                return retry_in;
            }
        }
    })
    .await;
    assert!(lost.as_millis() < 5_000, "soon, and at random: {lost:?}");
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = folder();
    let server = Process::start(folder.path(), &[]).await;
    let artist = join(&server, "artist", "+821011112222", true).await;
    let anna = join(&server, "anna", "+821033334444", false).await;
    anna.charge(Money::new(500_000), &new_idempotency_key()).await.unwrap();
    let id = artist.list_work(&draft(), &new_idempotency_key()).await.unwrap().id;
    anna.bid(id, Money::new(50_000), &new_idempotency_key()).await.unwrap();
    let before = (anna.auction(id).await.unwrap(), anna.wallet().await.unwrap());
    assert_eq!(server.terminate().await, Some(0));
    let server = Process::start(folder.path(), &[]).await;
    let anna = sign_in(&server, "anna").await;
    assert_eq!((anna.auction(id).await.unwrap(), anna.wallet().await.unwrap()), before);
    server.terminate().await;
}

#[tokio::test]
async fn a_token_is_good_after_a_restart_and_its_secret_is_nobody_elses() {
    let folder = folder();
    let server = Process::start(folder.path(), &[]).await;
    join(&server, "anna", "+821033334444", false).await;
    let token = token(&server, "anna").await;
    server.terminate().await;
    let mode = fs::metadata(folder.path().join("secret")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let server = Process::start(folder.path(), &[]).await;
    let me = http().get(format!("{}/v1/me", server.url())).bearer_auth(token).send().await.unwrap();
    assert_eq!(me.status(), 200);
    server.terminate().await;
}

#[tokio::test]
async fn no_acknowledged_bid_is_lost_when_the_server_is_killed() {
    let folder = folder();
    let server = Process::start(folder.path(), &[]).await;
    let artist = join(&server, "artist", "+821011112222", true).await;
    let id = artist.list_work(&draft(), &new_idempotency_key()).await.unwrap().id;
    let mut bidders = Vec::new();
    for (number, nickname) in ["anna", "bora", "chan", "dana"].into_iter().enumerate() {
        let client = join(&server, nickname, &format!("+82103333444{number}"), false).await;
        client.charge(Money::new(10_000_000), &new_idempotency_key()).await.unwrap();
        bidders.push(client);
    }
    // Everybody bids until the server is gone; it is killed once some bids are acknowledged.
    let (sender, mut acknowledged) = tokio::sync::mpsc::unbounded_channel();
    let bidding = bidders.into_iter().map(|client| {
        let sender = sender.clone();
        tokio::spawn(async move {
            loop {
                let Ok(auction) = client.auction(id).await else { return };
                let amount = auction.min_next.unwrap();
                match client.bid(id, amount, &new_idempotency_key()).await {
                    Ok(receipt) => sender.send(receipt).unwrap(),
                    Err(ClientError::Problem(_)) => {}
                    Err(_) => return,
                }
            }
        })
    });
    let bidding: Vec<_> = bidding.collect();
    let mut receipts = Vec::new();
    while receipts.len() < 60 {
        receipts.push(within("an acknowledgement", acknowledged.recv()).await.unwrap());
    }
    server.kill().await;
    drop(sender);
    for outcome in within("the bidders give up", join_all(bidding)).await {
        outcome.unwrap();
    }
    while let Ok(receipt) = acknowledged.try_recv() {
        receipts.push(receipt);
    }
    let server = Process::start(folder.path(), &[]).await;
    let client = sign_in(&server, "anna").await;
    let seen = client.auction(id).await.unwrap();
    let last = receipts.iter().max_by_key(|receipt| receipt.seq).unwrap();
    assert!(seen.seq >= last.seq && seen.price >= Some(last.price));
    server.terminate().await;
    assert_eq!(audit(folder.path()).await, Some(0));
}

/// A core that this process may use.
fn some_core() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let cores = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    cores.trim().chars().take_while(char::is_ascii_digit).collect()
}

#[tokio::test]
async fn bids_that_wait_on_many_connections_are_decided_in_the_order_in_which_they_came() {
    // More than are taken from the sockets at once.
    const CONNECTIONS: i64 = 150;
    let folder = folder();
    // With few cores, one thread has all connections.
    let wrapper = ["taskset", "-c", &some_core()];
    let server = Process::start_under(&wrapper, folder.path(), &[]).await;
    let artist = join(&server, "artist", "+821011112222", true).await;
    let anna = join(&server, "anna", "+821033334444", false).await;
    anna.charge(Money::new(1_000_000), &new_idempotency_key()).await.unwrap();
    let token = token(&server, "anna").await;
    let id = artist.list_work(&draft(), &new_idempotency_key()).await.unwrap().id;
    let request = |amount: i64| {
        let body = serde_json::json!({"amount": amount}).to_string();
        format!(
            "POST /v1/auctions/{id}/bids HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let address = server.url().trim_start_matches("http://");
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n").await.unwrap();
        assert_eq!(status(&mut connection).await, "200");
        connections.push(connection);
    }
    server.signal("STOP").await;
    eventually("it stands still", async || is_stopped(server.pid()).then_some(())).await;
    for (connection, number) in connections.iter_mut().zip(1..) {
        let request = request(50_000 + 1_000 * number);
        connection.write_all(request.as_bytes()).await.unwrap();
    }
    server.signal("CONT").await;
    for (connection, number) in connections.iter_mut().zip(1..) {
        // After a higher one of her own, it would raise nothing.
        assert_eq!(status(connection).await, "201", "bid {number}");
    }
    assert_eq!(server.terminate().await, Some(0));
}

fn is_stopped(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().any(|line| line.starts_with("State:\tT"))
}

/// The status of the next answer, which is short.
async fn status(connection: &mut TcpStream) -> String {
    let mut buffer = [0; 4_096];
    let count = within("an answer", connection.read(&mut buffer)).await.unwrap();
    let answer = std::str::from_utf8(&buffer[..count]).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_auction_that_ended_while_the_server_was_down_is_settled_when_it_starts() {
    let folder = folder();
    let flags = ["--min-duration", "1ms", "--soft-close", "0s"];
    let server = Process::start(folder.path(), &flags).await;
    let artist = join(&server, "artist", "+821011112222", true).await;
    let anna = join(&server, "anna", "+821033334444", false).await;
    anna.charge(Money::new(500_000), &new_idempotency_key()).await.unwrap();
    let ends_at = Utc::now() + TimeDelta::milliseconds(900);
    let work = artipul_common::auctions::ListWorkRequest { ends_at, ..draft() };
    let id = artist.list_work(&work, &new_idempotency_key()).await.unwrap().id;
    anna.bid(id, Money::new(50_000), &new_idempotency_key()).await.unwrap();
    server.kill().await;
    eventually("its end passes", async || (Utc::now() > ends_at).then_some(())).await;
    let server = Process::start(folder.path(), &flags).await;
    let anna = sign_in(&server, "anna").await;
    // Nobody asks for the auction itself: its winner just looks into his purse.
    let wallet = eventually("it is paid", async || {
        Some(anna.wallet().await.unwrap()).filter(|wallet| wallet.held == Money::ZERO)
    })
    .await;
    assert_eq!(wallet.balance, Money::new(490_000));
    assert_eq!(anna.auction(id).await.unwrap().outcome, Some(Outcome::Sold));
    server.terminate().await;
    audit(folder.path()).await;
}

#[tokio::test]
async fn a_second_server_on_the_same_store_does_not_start() {
    let folder = folder();
    let server = Process::start(folder.path(), &[]).await;
    let (status, said) = Process::fail(folder.path(), &[]).await;
    assert_eq!(status, Some(1));
    assert!(said.contains("another server is running"), "{said}");
    server.terminate().await;
}

#[tokio::test]
async fn a_wrong_configuration_is_told_whole() {
    let folder = folder();
    let flags = ["--soft-close", "soon", "--database-url", "oracle://x", "--jwt-secret", "hunter2"];
    let (status, said) = Process::fail(folder.path(), &flags).await;
    assert_eq!(status, Some(1));
    for part in ["soft-close", "the flag --soft-close", "database-url", "jwt-secret", "32 bytes"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    assert!(!said.contains("hunter2"), "a secret is not repeated: {said}");
}

#[tokio::test]
async fn a_database_that_is_away_is_told() {
    let folder = folder();
    let flags = ["--database-url", "mysql://nobody:nothing@127.0.0.1:1/nowhere"];
    let (status, said) = Process::fail(folder.path(), &flags).await;
    assert_eq!(status, Some(1));
    assert!(said.contains("the database is away"), "{said}");
    assert!(!said.contains("nothing@"), "a password is not repeated: {said}");
}

#[tokio::test]
async fn a_port_in_use_is_told() {
    let (one, other) = (folder(), folder());
    let server = Process::start(one.path(), &[]).await;
    let address = server.url().trim_start_matches("http://");
    let (status, said) = Process::fail(other.path(), &["--listen", address]).await;
    assert_eq!(status, Some(1));
    assert!(said.contains("cannot listen"), "{said}");
    server.terminate().await;
}
