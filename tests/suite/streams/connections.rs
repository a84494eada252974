//! Streams as connections: over each version of HTTP, by hand, and within their bounds.

use artipul_common::{AuctionId, Money};
use artipul_tests::{Feed, Person, eventually, http, http2, on_every_backend, within};
use reqwest::{Client, Method, Version};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection to a server.
async fn connect(url: &str) -> TcpStream {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Reads until this has come.
async fn read_until(socket: &mut TcpStream, part: &str) -> String {
    let mut text = String::new();
    within(part, async {
        while !text.contains(part) {
            let mut bytes = [0; 4_096];
            let count = socket.read(&mut bytes).await.unwrap();
            assert!(count > 0, "it ends with {text}");
            text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
    })
    .await;
    text
}

/// A stream of a person over a client.
async fn follow(http: &Client, person: &Person, path: &str) -> Feed {
    let url = format!("{}{path}", person.client.base());
    Feed::of(http.get(url).bearer_auth(&person.token)).await
}

/// What was told after the states with which a stream begins, which tell the time.
fn news(feed: &Feed) -> String {
    let text = feed.text();
    let begins = text.find("event: top-bid").or(text.find("event: outbid"));
    text[begins.unwrap_or(text.len())..].replace(":\n\n", "")
}

/// An auction that was bought.
async fn sold(world: &artipul_tests::World) -> AuctionId {
    let (artist, anna) = (world.artist().await, world.bidder(900).await);
    let id = artist.list(|work| work.buy_now_price = Some(Money::new(50_000))).await.id;
    anna.buy(id, 50).await.unwrap();
    id
}

on_every_backend! {
    async fn both_versions_of_http_tell_the_same(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(300_000))).await.id;
        let paths = [
            format!("/v1/auctions/{id}/events"),
            format!("/v1/events?auction={id}"),
            "/v1/events?genre=painting".to_owned(),
            "/v1/me/events".to_owned(),
        ];
        let lasts = ["event: closed", "event: closed", "event: closed", "event: won"];
        let mut feeds = Vec::new();
        for path in &paths {
            feeds.push([follow(&http(), &anna, path).await, follow(&http2(), &anna, path).await]);
        }
        anna.bid(id, 20).await;
        bora.bid(id, 40).await;
        anna.buy(id, 300).await.unwrap();
        for ([one, two], last) in feeds.iter().zip(lasts) {
            assert_eq!((one.version, two.version), (Version::HTTP_11, Version::HTTP_2));
            for feed in [one, two] {
                feed.until(last).await;
                eventually("the last event is whole", async || feed.text().ends_with("\n\n").then_some(())).await;
            }
            assert_eq!(news(one), news(two));
            assert_ne!(news(one), "");
            for name in ["content-type", "cache-control", "x-accel-buffering"] {
                assert_eq!(one.headers[name], two.headers[name], "{name}");
            }
            assert_eq!(one.headers["x-request-id"].len(), two.headers["x-request-id"].len());
        }
    }

    async fn the_last_chunk_and_the_connections_end_follow_the_end(world: &World) {
        let id = sold(world).await;
        let request = format!("GET /v1/auctions/{id}/events HTTP/1.1\r\nhost: h\r\n\r\n");
        let answer = world.send_bytes(request.as_bytes()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(answer.header("date").unwrap().ends_with(" GMT"));
        assert!(answer.text().ends_with("\n\n\r\n0\r\n\r\n"), "{}", answer.text());
    }

    async fn an_older_client_gets_no_chunks(world: &World) {
        let id = sold(world).await;
        let request = format!("GET /v1/auctions/{id}/events HTTP/1.0\r\n\r\n");
        let answer = world.send_bytes(request.as_bytes()).await;
        assert_eq!((answer.status, answer.header("transfer-encoding")), (200, None));
        let text = answer.text();
        assert!(text.starts_with("event: closed\n") && text.ends_with("}\n\n"), "{text}");
    }

    async fn the_head_of_a_stream_leaves_the_connection_as_it_was(world: &World) {
        let mut socket = connect(&world.url()).await;
        let request = "/v1/events?genre=painting HTTP/1.1\r\nhost: h\r\n\r\n";
        socket.write_all(format!("HEAD {request}").as_bytes()).await.unwrap();
        let head = read_until(&mut socket, "\r\n\r\n").await;
        assert!(head.contains("content-type: text/event-stream\r\n"), "{head}");
        assert!(head.ends_with("\r\n\r\n"), "no body: {head}");
        socket.write_all(format!("GET {request}").as_bytes()).await.unwrap();
        read_until(&mut socket, "HTTP/1.1 200 OK").await;
    }

    async fn the_answers_before_a_stream_arrive_whole(world: &World) {
        let anna = world.bidder(900).await;
        let mut requests = "GET /v1/openapi.json HTTP/1.1\r\nhost: h\r\n\r\n".repeat(30);
        requests += "GET /v1/me/events HTTP/1.1\r\nhost: h\r\n";
        requests += &format!("authorization: Bearer {}\r\n\r\n", anna.token);
        let mut socket = connect(&world.url()).await;
        socket.write_all(requests.as_bytes()).await.unwrap();
        let text = read_until(&mut socket, "content-type: text/event-stream").await;
        assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 31);
        assert_eq!(text.matches("\"openapi\":").count(), 30);
        read_until(&mut socket, ":\n\n").await;
    }

    async fn whoever_hangs_up_is_forgotten_at_once(world: &World) {
        let anna = world.bidder(900).await;
        let request = format!("GET /v1/me/events HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\n\r\n", anna.token);
        // Half of a hang-up is one as well.
        for is_half in [false, true] {
            let mut socket = connect(&world.url()).await;
            socket.write_all(request.as_bytes()).await.unwrap();
            read_until(&mut socket, ":\n\n").await;
            assert!(world.app().hub.users().contains_key(&anna.id));
            let half = is_half.then_some(socket);
            if let Some(mut socket) = half {
                socket.shutdown().await.unwrap();
                let mut rest = Vec::new();
                within("the server's end", socket.read_to_end(&mut rest)).await.unwrap();
            }
            eventually("he is forgotten", async || {
                world.app().hub.users().is_empty().then_some(())
            })
            .await;
        }
    }

    async fn a_stream_keeps_its_place_until_it_ends(world: &World)
    with ["max-connections" = "2"]
    {
        let request = "GET /v1/events?genre=painting HTTP/1.1\r\nhost: h\r\n\r\n";
        let mut streams = Vec::new();
        for _ in 0..2 {
            let mut socket = connect(&world.url()).await;
            socket.write_all(request.as_bytes()).await.unwrap();
            read_until(&mut socket, "200 OK").await;
            streams.push(socket);
        }
        let mut refused = connect(&world.url()).await;
        read_until(&mut refused, "HTTP/1.1 503").await;
        streams.pop();
        eventually("there is a place again", async || {
            let mut socket = connect(&world.url()).await;
            let _ = socket.write_all(request.as_bytes()).await;
            let mut bytes = [0; 12];
            let _ = socket.read_exact(&mut bytes).await;
            (bytes == *b"HTTP/1.1 200").then_some(())
        })
        .await;
    }

    async fn a_stream_over_the_second_version_ends_with_its_auction(world: &World) {
        let id = sold(world).await;
        let url = format!("{}/v1/auctions/{id}/events", world.url());
        let response = http2().request(Method::GET, url).send().await.unwrap();
        let text = within("the end of the stream", response.text()).await.unwrap();
        assert!(text.starts_with("event: closed\n") && text.ends_with("}\n\n"), "{text}");
    }
}
