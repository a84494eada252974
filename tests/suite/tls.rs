//! TLS in the server: its certificate, both versions of HTTP over it, and those who come without.

use std::{fs, path::Path};

use artipul_common::{AuctionId, client::new_idempotency_key};
use artipul_tests::{
    Answer, Authority, Backend, CertificateFiles, Feed, Mentions, PASSWORD, World, eventually,
    within,
};
use reqwest::{Client, Method, Version, tls};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Runs a test on a server that shows a certificate of an authority, in files of a folder.
fn run(
    backend: Backend,
    settings: &[(&'static str, &str)],
    test: impl AsyncFnOnce(&World, &Authority, &Path),
) {
    let (authority, folder) = (Authority::default(), TempDir::new().unwrap());
    let CertificateFiles { certificate, key } = authority.sign_into(folder.path());
    let files = [("tls-certificate", &certificate), ("tls-key", &key)];
    let files = files.map(|(name, path)| (name, path.to_str().unwrap()));
    let settings = [files.as_slice(), settings].concat();
    World::run(backend, &settings, async |world| test(world, &authority, folder.path()).await);
}

/// Where a server is, as host and port.
fn address(world: &World) -> String {
    world.url().strip_prefix("https://").unwrap().to_owned()
}

async fn post(client: &Client, url: &str, token: Option<&str>, body: Value) -> Value {
    let mut request = client.post(url).json(&body).header("idempotency-key", new_idempotency_key());
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = Answer::to(request).await;
    assert!((200..300).contains(&answer.status), "{url}: {}", answer.text());
    answer.json()
}

/// Signs somebody in over TLS; his access token.
async fn sign_in(client: &Client, world: &World, is_artist: bool) -> String {
    let email = format!("{}@example.com", world.account(is_artist).await);
    let body = json!({ "email": email, "password": PASSWORD });
    let session = post(client, &format!("{}/v1/sessions", world.url()), None, body).await;
    session["access_token"].as_str().unwrap().to_owned()
}

/// Lists a work over TLS.
async fn list(client: &Client, world: &World) -> AuctionId {
    let artist = sign_in(client, world, true).await;
    let work = serde_json::to_value(artipul_tests::draft()).unwrap();
    let auction = post(client, &format!("{}/v1/auctions", world.url()), Some(&artist), work).await;
    AuctionId::new(auction["id"].as_i64().unwrap())
}

/// Bids and streams over both versions of HTTP.
async fn a_bid_is_streamed(world: &World, authority: &Authority) {
    let both = [authority.client(), authority.client().http1_only()];
    for (builder, version) in both.into_iter().zip([Version::HTTP_2, Version::HTTP_11]) {
        let client = builder.build().unwrap();
        let id = list(&client, world).await;
        let anna = sign_in(&client, world, false).await;
        let url = world.url();
        post(&client, &format!("{url}/v1/me/charges"), Some(&anna), json!({ "amount": 90_000 }))
            .await;
        let feed = Feed::of(client.get(format!("{url}/v1/auctions/{id}/events"))).await;
        assert_eq!(feed.version, version);
        feed.until("event: resync").await;
        let bids = format!("{url}/v1/auctions/{id}/bids");
        post(&client, &bids, Some(&anna), json!({ "amount": 10_000 })).await;
        feed.until("event: top-bid").await;
        let answer = Answer::to(client.get(format!("{url}/v1/auctions"))).await;
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=63072000"));
    }
}

#[test]
fn a_bid_is_streamed_over_tls_embedded() {
    run(Backend::Embedded, &[], async |world, authority, _| {
        a_bid_is_streamed(world, authority).await;
    });
}

#[test]
fn a_bid_is_streamed_over_tls_shared() {
    run(Backend::Shared, &[], async |world, authority, _| {
        a_bid_is_streamed(world, authority).await;
    });
}

#[test]
fn tls_is_spoken_from_1_2_on_and_shown_to_be_right() {
    run(Backend::Embedded, &[], async |world, authority, _| {
        let url = format!("{}/healthz", world.url());
        for version in [tls::Version::TLS_1_2, tls::Version::TLS_1_3] {
            let client = authority.client().tls_version_min(version).tls_version_max(version);
            let answer = client.build().unwrap().get(&url).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{version:?}");
        }
        let stranger = Authority::default().client().build().unwrap();
        let error = stranger.get(&url).send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        // A hello of TLS 1.1, with a cipher of its time.
        let mut hello = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
        hello.extend([7; 32]);
        hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
        let mut socket = TcpStream::connect(address(world)).await.unwrap();
        socket.write_all(&hello).await.unwrap();
        let mut answer = Vec::new();
        within("the end", socket.read_to_end(&mut answer)).await.unwrap();
        assert_eq!(answer[0], 21, "an alert: {answer:?}");
    });
}

#[test]
fn a_new_certificate_is_shown_without_a_restart_and_a_broken_one_is_not() {
    run(Backend::Embedded, &[], async |world, authority, folder| {
        let url = format!("{}/healthz", world.url());
        // Each looks with a new connection.
        let trusts = async |authority: &Authority| {
            let client = authority.client().build().unwrap();
            client.get(&url).send().await.is_ok()
        };
        assert!(trusts(authority).await);
        let logged = Mentions::of("the new certificate is of no use");
        fs::write(folder.join("certificate.pem"), "nonsense").unwrap();
        eventually("it is logged", async || (!logged.lines().is_empty()).then_some(())).await;
        assert!(trusts(authority).await, "the old one stays");
        // A key that is another's.
        let (certificate, _) = authority.sign();
        fs::write(folder.join("certificate.pem"), certificate).unwrap();
        eventually("it is logged", async || (logged.lines().len() > 1).then_some(())).await;
        assert!(trusts(authority).await);
        let successor = Authority::default();
        successor.sign_into(folder);
        eventually("the new one is shown", async || trusts(&successor).await.then_some(())).await;
        assert!(!trusts(authority).await);
    });
}

#[test]
fn whoever_shakes_no_hands_is_cut_off_and_holds_up_nobody() {
    let settings = [("header-timeout", "300ms"), ("max-connections", "2")];
    run(Backend::Embedded, &settings, async |world, authority, _| {
        let mut silent = TcpStream::connect(address(world)).await.unwrap();
        let client = authority.client().build().unwrap();
        let url = format!("{}/healthz", world.url());
        assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        let mut bytes = Vec::new();
        within("it is cut off", silent.read_to_end(&mut bytes)).await.unwrap();
        assert!(bytes.is_empty());
        let mut plain = TcpStream::connect(address(world)).await.unwrap();
        plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        within("it is cut off", plain.read_to_end(&mut bytes)).await.unwrap();
        assert!(!bytes.starts_with(b"HTTP"), "nothing is said without TLS");
    });
}

#[test]
fn whoever_comes_without_tls_is_sent_to_it() {
    let settings = [("http-redirect", "127.0.0.1:0")];
    run(Backend::Embedded, &settings, async |world, authority, _| {
        let client = authority.client().build().unwrap();
        let url = format!("{}/v1/auctions?sort=ending", world.redirect_url());
        for method in [Method::GET, Method::POST] {
            let answer = Answer::to(client.request(method, &url)).await;
            assert_eq!(answer.status, 308, "the method stays");
            let location = answer.header("location").unwrap();
            assert_eq!(location, format!("{}/v1/auctions?sort=ending", world.url()));
            assert_eq!(answer.header("strict-transport-security"), None, "it would not count");
        }
        let location = Answer::to(client.get(&url)).await;
        let followed = client.get(location.header("location").unwrap()).send().await.unwrap();
        assert_eq!(followed.status(), 200);
    });
}

#[test]
fn streams_over_tls_end_when_the_server_stops() {
    run(Backend::Shared, &[], async |world, authority, _| {
        let other = world.another_instance().await;
        let client = authority.client().http1_only().build().unwrap();
        let id = list(&client, world).await;
        let feed = Feed::of(client.get(format!("{}/v1/auctions/{id}/events", other.url()))).await;
        feed.until("event: resync").await;
        within("the end of the server", other.stop()).await;
        feed.until("retry:").await;
    });
}

#[test]
fn a_server_that_cannot_speak_tls_does_not_start() {
    World::run(Backend::Embedded, &[], async |world| {
        let folder = TempDir::new().unwrap();
        let CertificateFiles { certificate, key } = Authority::default().sign_into(folder.path());
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let half = world.sources().set("tls-certificate", path(&certificate)).config().unwrap_err();
        assert!(half.to_string().contains("both of them or none"), "{half}");
        let redirect = world.sources().set("http-redirect", "127.0.0.1:0").config().unwrap_err();
        assert!(redirect.to_string().contains("http-redirect"), "{redirect}");
        let nowhere = folder.path().join("nowhere");
        let (another, _) = Authority::default().sign();
        fs::write(&key, Authority::default().sign().1).unwrap();
        fs::write(folder.path().join("another.pem"), another).unwrap();
        for key in [nowhere, key, folder.path().join("another.pem")] {
            let elsewhere = format!("sqlite:{}", folder.path().join("db.sqlite3").display());
            let config = world
                .sources()
                .set("database-url", elsewhere)
                .set("tls-certificate", path(&certificate))
                .set("tls-key", path(&key))
                .config()
                .unwrap();
            let started = artipul_server::app::Server::start(config).await;
            assert!(started.is_err(), "{}", key.display());
        }
    });
}
