//! Live prices: what a watcher sees, in which order, and after which gaps.

mod connections;

use artipul_common::{
    AuctionId, Money,
    auctions::{Outcome, Phase},
    client::stream::{AuctionEvent, Item, Subscription, UserEvent},
    events::{AuctionEventKind, EventsQuery, NoticeKind},
};
use artipul_tests::{Person, on_every_backend, within};
use chrono::{TimeDelta, Utc};
use futures_util::{StreamExt, future::join_all};
use reqwest::{Method, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The next event, whatever comes between.
async fn next<E>(stream: &mut Subscription<E>) -> E {
    within("an event", async {
        loop {
            match stream.next().await {
                Some(Item::Event(event)) => return event,
                Some(Item::Live | Item::Lost { .. }) => {}
                _ => panic!("the stream ended"),
            }
        }
    })
    .await
}

/// The events up to the one with this price.
async fn up_to(stream: &mut Subscription<AuctionEvent>, thousands: i64) -> Vec<AuctionEvent> {
    let mut events = Vec::new();
    loop {
        let event = next(stream).await;
        let is_last = event.state.price == Some(Money::new(thousands * 1_000));
        events.push(event);
        if is_last {
            return events;
        }
    }
}

fn only_rise(events: &[AuctionEvent]) {
    for pair in events.windows(2) {
        assert!(pair[0].state.seq < pair[1].state.seq, "the sequence grows");
        assert!(pair[0].state.price <= pair[1].state.price, "the price never falls");
        assert!(pair[0].state.ends_at <= pair[1].state.ends_at, "the end never moves back");
    }
}

/// A stream by hand.
async fn open(person: &Person, path: &str, last: Option<u64>) -> Response {
    let mut request = person.request(Method::GET, path);
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last.to_string());
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    response
}

/// The text of a stream that ends.
async fn whole(person: &Person, path: &str, last: Option<u64>) -> String {
    let response = open(person, path, last).await;
    within("the end of the stream", response.text()).await.unwrap()
}

/// The text of a stream up to a point.
async fn read_until(person: &Person, path: &str, last: Option<u64>, until: &str) -> String {
    let response = open(person, path, last).await;
    let mut chunks = response.bytes_stream();
    let mut text = String::new();
    within("the text of the stream", async {
        while !text.contains(until) {
            let chunk = chunks.next().await.expect("the stream goes on").unwrap();
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    })
    .await;
    text
}

on_every_backend! {
    async fn a_watcher_sees_every_price_and_the_end(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let ends_at = Utc::now() + TimeDelta::milliseconds(1_800);
        let listed = artist.list(|work| work.ends_at = ends_at).await;
        let mut stream = bora.client.follow_auction(listed.id);
        let first = next(&mut stream).await;
        assert_eq!(first.kind, AuctionEventKind::Resync, "the state comes first");
        assert_eq!((first.state.seq, first.state.price), (listed.seq, None));
        assert_eq!(first.state.min_next, Some(Money::new(10_000)));

        anna.bid(listed.id, 20).await;
        let event = next(&mut stream).await;
        assert_eq!(event.kind, AuctionEventKind::TopBid);
        assert_eq!(event.state.price, Some(Money::new(10_000)));
        assert_eq!(event.state.leader.as_deref(), Some("b***"));
        bora.bid(listed.id, 50).await;
        assert_eq!(next(&mut stream).await.state.price, Some(Money::new(21_000)));

        let closed = next(&mut stream).await;
        assert_eq!(closed.kind, AuctionEventKind::Closed);
        assert_eq!((closed.state.phase, closed.state.outcome), (Phase::Ended, Some(Outcome::Sold)));
        assert_eq!(closed.state.min_next, None);
        let end = within("the stream ends with its auction", stream.next()).await;
        assert_eq!(end, Some(Item::Ended));
    }

    async fn the_stream_of_an_ended_auction_says_so_and_ends(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(50_000))).await.id;
        anna.buy(id, 50).await.unwrap();
        let mut stream = artist.client.follow_auction(id);
        assert_eq!(next(&mut stream).await.kind, AuctionEventKind::Closed);
        assert_eq!(within("its end", stream.next()).await, Some(Item::Ended));
    }

    async fn a_late_bid_is_told_as_price_and_as_extension(world: &World)
    with ["soft-close" = "1h", "max-extension" = "2h"]
    {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let listed = artist.list(|_| ()).await;
        let mut stream = anna.client.follow_auction(listed.id);
        next(&mut stream).await;
        anna.bid(listed.id, 20).await;
        let (price, end) = (next(&mut stream).await, next(&mut stream).await);
        assert_eq!((price.kind, end.kind), (AuctionEventKind::TopBid, AuctionEventKind::Extended));
        assert_eq!((price.state.seq, end.state.seq), (listed.seq + 1, listed.seq + 2));
        assert!(end.state.ends_at > listed.ends_at);
        assert_eq!(end.state.price, price.state.price);
    }

    async fn a_raise_is_not_told(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        let mut stream = bora.client.follow_auction(id);
        next(&mut stream).await;
        anna.bid(id, 20).await;
        anna.bid(id, 100).await;
        bora.bid(id, 30).await;
        let events = up_to(&mut stream, 31).await;
        let seqs: Vec<u64> = events.iter().map(|event| event.state.seq).collect();
        let expected: Vec<u64> = (seqs[0]..seqs[0] + seqs.len() as u64).collect();
        assert_eq!(seqs, expected, "no gap tells of it either");
        only_rise(&events);
    }

    async fn whoever_comes_back_gets_what_he_missed(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let listed = artist.list(|_| ()).await;
        let path = format!("/v1/auctions/{}/events", listed.id);
        // Somebody keeps following, so the server remembers the latest events.
        let mut follower = bora.client.follow_auction(listed.id);
        next(&mut follower).await;
        let mut seqs = Vec::new();
        for (person, thousands) in [(&anna, 20), (&bora, 40), (&anna, 60), (&bora, 80)] {
            seqs.push(person.bid(listed.id, thousands).await.seq);
            next(&mut follower).await;
        }
        let last = format!("id: {}\n", seqs[3]);
        let text = read_until(&anna, &path, Some(seqs[1]), &last).await;
        assert!(!text.contains("resync") && !text.contains(&format!("id: {}\n", seqs[1])), "{text}");
        assert!(text.contains(&format!("id: {}\n", seqs[2])), "{text}");
        // A number from the future, or from before what is remembered: the state instead.
        for strange in [seqs[3] + 100, 0] {
            let text = read_until(&anna, &path, Some(strange), &last).await;
            assert!(text.starts_with("event: resync\n"), "{text}");
        }
    }

    async fn whoever_missed_nothing_hears_only_news(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        let mut follower = bora.client.follow_auction(id);
        next(&mut follower).await;
        let seq = anna.bid(id, 20).await.seq;
        next(&mut follower).await;
        let path = format!("/v1/auctions/{id}/events");
        let reading = read_until(&anna, &path, Some(seq), "event:");
        let bidding = async { bora.bid(id, 40).await };
        let (text, receipt) = tokio::join!(reading, bidding);
        assert!(text.contains(&format!("id: {}\n", receipt.seq)), "{text}");
    }

    async fn one_connection_carries_many_auctions(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(9_000).await;
        let listings = (0..30).map(|_| artist.list(|_| ()));
        let mut ids: Vec<AuctionId> =
            join_all(listings).await.into_iter().map(|auction| auction.id).collect();
        ids.sort_unstable();
        let query = EventsQuery { auctions: ids.clone(), genres: Vec::new() };
        let mut stream = anna.client.follow(&query);
        let mut first: Vec<_> = Vec::new();
        for _ in &ids {
            first.push(next(&mut stream).await.state.auction_id);
        }
        first.sort_unstable();
        assert_eq!(first, ids, "the state of each comes first");
        join_all(ids.iter().map(|id| anna.bid(*id, 20))).await;
        let mut seen = Vec::new();
        while seen.len() < ids.len() {
            let event = next(&mut stream).await;
            assert_eq!(event.state.price, Some(Money::new(10_000)));
            seen.push(event.state.auction_id);
        }
        seen.sort_unstable();
        assert_eq!(seen, ids);
    }

    async fn a_genre_brings_its_open_auctions_and_new_ones(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let ceramics = |work: &mut artipul_common::auctions::ListWorkRequest| {
            work.genre = "ceramics".to_owned();
        };
        let old = artist.list(ceramics).await.id;
        let other = artist.list(|_| ()).await.id;
        let query = EventsQuery { auctions: Vec::new(), genres: vec!["ceramics".to_owned()] };
        let mut stream = anna.client.follow(&query);
        assert_eq!(next(&mut stream).await.state.auction_id, old);
        anna.bid(other, 20).await;
        let new = artist.list(ceramics).await.id;
        assert_eq!(next(&mut stream).await.state.auction_id, new, "not the other genre's");
        anna.bid(new, 20).await;
        let event = next(&mut stream).await;
        assert_eq!((event.kind, event.state.auction_id), (AuctionEventKind::TopBid, new));
    }

    async fn one_is_told_what_concerns_oneself_and_nothing_else(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = artist.list(|work| {
            work.title = "달항아리".to_owned();
            work.buy_now_price = Some(Money::new(200_000));
        }).await.id;
        let mut of_anna = anna.client.follow_me();
        let mut of_bora = bora.client.follow_me();
        let mut of_artist = artist.client.follow_me();
        for stream in [&mut of_anna, &mut of_bora, &mut of_artist] {
            let first = within("it is live", stream.next()).await;
            assert_eq!(first, Some(Item::Live));
        }
        anna.bid(id, 20).await;
        let leading = next(&mut of_anna).await;
        assert_eq!(leading.kind, NoticeKind::Leading);
        assert_eq!(leading.notice.title.as_deref(), Some("달항아리"));
        assert_eq!(leading.notice.auction_id, Some(id));
        bora.bid(id, 50).await;
        assert_eq!(next(&mut of_anna).await.kind, NoticeKind::Outbid);
        assert_eq!(next(&mut of_bora).await.kind, NoticeKind::Leading);
        anna.buy(id, 200).await.unwrap();
        assert_eq!(next(&mut of_anna).await.kind, NoticeKind::Won);
        assert_eq!(next(&mut of_bora).await.kind, NoticeKind::Lost);
        let sold = next(&mut of_artist).await;
        assert_eq!((sold.kind, sold.notice.price), (NoticeKind::Sold, Some(Money::new(200_000))));
        bora.charge(5).await;
        assert_eq!(next(&mut of_bora).await.kind, NoticeKind::Charged);
    }

    async fn notices_that_were_missed_come_after_a_reconnect(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        let mut stream = anna.client.follow_me();
        within("it is live", stream.next()).await;
        anna.bid(id, 20).await;
        let last = next(&mut stream).await.notice.notification_id;
        drop(stream);
        bora.bid(id, 50).await;
        let text = read_until(&anna, "/v1/me/events", Some(last.get().unsigned_abs()), "outbid").await;
        assert!(!text.contains(&format!("id: {last}\n")), "that one is known: {text}");
    }

    async fn drafts_and_nonsense_have_no_stream(world: &World) {
        let artist = world.artist().await;
        let hidden = artist.list(|work| work.draft = true).await.id;
        for (path, status, code) in [
            (format!("/v1/auctions/{hidden}/events"), 404, "auction-not-found"),
            ("/v1/auctions/999999/events".to_owned(), 404, "auction-not-found"),
            ("/v1/events".to_owned(), 400, "invalid-query"),
            ("/v1/events?genre=nonsense".to_owned(), 400, "invalid-query"),
            ("/v1/events?auction=x".to_owned(), 400, "invalid-query"),
            ("/v1/events?auction=999999".to_owned(), 404, "auction-not-found"),
            ("/v1/events?colour=red".to_owned(), 400, "invalid-query"),
        ] {
            let response = artist.request(Method::GET, &path).send().await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            let problem: serde_json::Value = response.json().await.unwrap();
            assert_eq!(problem["code"], code, "{path}");
        }
    }

    async fn a_draft_is_told_to_nobody_until_it_is_listed(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let query = EventsQuery { auctions: Vec::new(), genres: vec!["craft".to_owned()] };
        let mut stream = anna.client.follow(&query);
        assert_eq!(within("it is live", stream.next()).await, Some(Item::Live));
        let draft = artist.list(|work| {
            work.genre = "craft".to_owned();
            work.draft = true;
        }).await;
        let edit = artipul_common::auctions::EditAuctionRequest {
            start_price: Some(Money::new(20_000)),
            ..Default::default()
        };
        artist.client.edit_auction(draft.id, &edit).await.unwrap();
        let publish = artipul_common::auctions::EditAuctionRequest {
            draft: Some(false),
            ..Default::default()
        };
        artist.client.edit_auction(draft.id, &publish).await.unwrap();
        let event = next(&mut stream).await;
        assert_eq!((event.state.auction_id, event.state.phase), (draft.id, Phase::Open));
        assert_eq!(event.state.min_next, Some(Money::new(20_000)));
    }

    async fn whoever_has_seen_the_end_is_told_so_again(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(50_000))).await.id;
        let seq = anna.buy(id, 50).await.unwrap().seq;
        let path = format!("/v1/auctions/{id}/events");
        for last in [seq - 1, seq, seq + 1] {
            let text = whole(&anna, &path, Some(last)).await;
            assert!(text.starts_with("event: closed\n"), "{text}");
        }
    }

    async fn an_auction_comes_once_though_its_genre_is_followed_as_well(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let listed = artist.list(|_| ()).await;
        let genres = vec![listed.genre.clone()];
        let mut stream = anna.client.follow(&EventsQuery { auctions: vec![listed.id], genres });
        for thousands in [10, 20, 30] {
            assert_eq!(next(&mut stream).await.state.bid_count, thousands / 10 - 1);
            world.bidder(900).await.bid(listed.id, i64::try_from(thousands).unwrap()).await;
        }
    }

    async fn the_stream_of_ones_own_events_ends_with_the_sign_out(world: &World) {
        let anna = world.bidder(900).await;
        let response = open(&anna, "/v1/me/events", None).await;
        anna.client.sign_out().await.unwrap();
        within("the end of the stream", response.bytes()).await.unwrap();
    }

    async fn a_client_goes_on_with_the_next_token(world: &World)
    with ["access-token-ttl" = "5s"]
    {
        let anna = world.bidder(900).await;
        let mut stream = anna.client.follow_me();
        for _ in 0..2 {
            let mut item = within("it is live", stream.next()).await;
            // He has just been told of his charge, if he was not told before.
            if let Some(Item::Event(UserEvent { kind: NoticeKind::Charged, .. })) = item {
                item = within("it is live", stream.next()).await;
            }
            assert_eq!(item, Some(Item::Live));
        }
    }

    async fn the_stream_of_ones_own_events_ends_with_the_token(world: &World)
    with ["access-token-ttl" = "2s"]
    {
        let anna = world.bidder(900).await;
        whole(&anna, "/v1/me/events", None).await;
    }

    async fn whoever_says_that_he_has_asked_all_is_answered(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| {}).await.id;
        let url = world.url();
        let mut socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
        let request = format!("GET /v1/auctions/{id} HTTP/1.1\r\nhost: h\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answer = String::new();
        within("the whole answer", socket.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.ends_with('}'), "{answer}");
    }

    async fn a_request_behind_a_stream_holds_up_no_event(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let id = artist.list(|_| {}).await.id;
        let url = world.url();
        let mut socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
        let requests = format!(
            "GET /v1/auctions/{id}/events HTTP/1.1\r\nhost: h\r\n\r\n\
             GET /v1/genres HTTP/1.1\r\nhost: h\r\n\r\n"
        );
        socket.write_all(requests.as_bytes()).await.unwrap();
        let mut text = String::new();
        for (until, then) in [("event: resync", Some(20)), ("\"price\":10000", None)] {
            within(until, async {
                while !text.contains(until) {
                    let mut bytes = [0; 4_096];
                    let count = socket.read(&mut bytes).await.unwrap();
                    assert!(count > 0, "the stream goes on");
                    text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
                }
            })
            .await;
            if let Some(thousands) = then {
                anna.bid(id, thousands).await;
            }
        }
    }

    async fn a_storm_of_bids_reaches_every_watcher_in_order(world: &World) {
        let artist = world.artist().await;
        let mut bidders = Vec::new();
        for _ in 0..6 {
            bidders.push(world.bidder(90_000).await);
        }
        let id = artist.list(|_| ()).await.id;
        let mut watchers: Vec<_> = (0..10).map(|_| artist.client.follow_auction(id)).collect();
        for watcher in &mut watchers {
            next(watcher).await;
        }
        let storm = bidders.iter().enumerate().map(|(number, bidder)| async move {
            for round in 0..15 {
                // Most are too low by the time they arrive; that is the point.
                let _ = bidder.try_bid(id, 10 + (round * 6 + number as i64) * 7).await;
            }
        });
        join_all(storm).await;
        let final_price = artist.see(id).await.price.unwrap().points() / 1_000;
        for watcher in &mut watchers {
            let events = up_to(watcher, final_price).await;
            only_rise(&events);
        }
    }
}
