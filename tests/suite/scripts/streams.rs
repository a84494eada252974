//! Events as lines: each once, in order, over every cut.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use artipul_common::{Money, client::new_idempotency_key, limits};
use artipul_tests::{
    Backend, Process, Running, Shell, Wire, World, draft, eventually, on_every_backend,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::typed;
use crate::process::{join, sign_in};

fn events(running: &Running) -> Vec<Value> {
    running.out().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn sequence(running: &Running) -> Vec<u64> {
    events(running).iter().map(|event| event["seq"].as_u64().unwrap()).collect()
}

/// No change of an auction was told twice, and none after a later one.
fn only_once(running: &Running) {
    let mut last = HashMap::new();
    for event in events(running) {
        let (id, seq) = (typed(&event["auction_id"]), event["seq"].as_u64().unwrap());
        let before = last.insert(id, seq).unwrap_or(0);
        assert!(before < seq, "{before} before {event}");
    }
}

fn host(url: &str) -> &str {
    url.trim_start_matches("http://")
}

async fn wired(world: &World) -> (Wire, Shell) {
    let wire = Wire::to(world.url().trim_start_matches("http://").to_owned()).await;
    let shell = Shell::new(&format!("http://{}", wire.address()));
    (wire, shell)
}

on_every_backend! {
    async fn every_change_is_told_once_whatever_happens_to_the_connection(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(5_000).await, world.bidder(5_000).await);
        let id = artist.list(|work| work.buy_now_price = Some(Money::new(2_000_000))).await.id;
        let (wire, shell) = wired(world).await;
        let mut watch = shell.start(&["watch", &id.to_string(), "--json"]);
        watch.says("\"resync\"").await;
        // Somebody else keeps the server's memory of this auction awake.
        let elsewhere = Shell::new(&world.url());
        let direct = elsewhere.start(&["watch", &id.to_string(), "--json"]);
        direct.says("\"resync\"").await;
        for round in 0..3_u32 {
            let base = i64::from(round) * 100;
            anna.bid(id, 20 + base).await;
            bora.bid(id, 70 + base).await;
            let seq = artist.see(id).await.seq;
            watch.says(&format!("\"seq\":{seq},")).await;
            wire.cut();
            watch.notes("connection lost", round as usize + 1).await;
            anna.bid(id, 80 + base).await;
            wire.mend();
            let seq = artist.see(id).await.seq;
            watch.says(&format!("\"seq\":{seq},")).await;
        }
        bora.buy(id, 2_000).await.unwrap();
        assert_eq!(watch.ended().await, Some(0), "it ends with the auction: {:?}", watch.err());
        watch.says("\"closed\"").await;
        let last = artist.see(id).await.seq;
        assert_eq!(sequence(&watch), (1..=last).collect::<Vec<_>>(), "{:?}", watch.out());
        let closed = events(&watch).pop().unwrap();
        assert_eq!((&closed["event"], &closed["outcome"]), (&json!("closed"), &json!("sold")));
        for event in events(&watch) {
            for field in ["auction_id", "price", "min_next", "bid_count", "leader", "phase", "ends_at", "server_time", "received_at"] {
                assert!(event.get(field).is_some(), "{event} has no {field}");
            }
        }
    }

    async fn a_state_that_was_told_is_not_told_again(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let (one, other) = (artist.list(|_| {}).await.id, artist.list(|_| {}).await.id);
        let (wire, shell) = wired(world).await;
        // Of a genre every connection begins with all states.
        let mut watch = shell.start(&["watch", "--genre", "painting", "--json"]);
        for id in [one, other] {
            watch.says(&format!("\"auction_id\":{id},")).await;
        }
        for times in 1..=2 {
            wire.cut();
            watch.notes("connection lost", times).await;
            wire.mend();
            watch.notes("live", times + 1).await;
        }
        // Behind this nothing can come of what was before.
        anna.bid(one, 20).await;
        watch.says("\"top-bid\"").await;
        let told: Vec<_> =
            events(&watch).iter().map(|event| (typed(&event["auction_id"]), event["seq"].clone())).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(told[2], (one.to_string(), json!(2)));
        watch.signal("TERM").await;
        assert_eq!(watch.ended().await, Some(143));
    }

    async fn what_closed_in_a_genre_while_one_was_away_is_told(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let sold = artist.list(|work| work.buy_now_price = Some(Money::new(50_000))).await.id;
        let (wire, shell) = wired(world).await;
        let watch = shell.start(&["watch", "--genre", "painting", "--json"]);
        watch.says("\"resync\"").await;
        wire.cut();
        watch.notes("connection lost", 1).await;
        anna.buy(sold, 50).await.unwrap();
        wire.mend();
        let closed: Value = serde_json::from_str(&watch.says("\"closed\"").await).unwrap();
        assert_eq!((&closed["auction_id"], &closed["outcome"]), (&json!(sold), &json!("sold")));
        only_once(&watch);
    }

    async fn more_auctions_than_a_stream_carries_are_all_told_of(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(500).await);
        let mut ids = Vec::new();
        for _ in 0..17 {
            let listings = join_all((0..30).map(|_| artist.list(|_| {}))).await;
            ids.extend(listings.into_iter().map(|auction| auction.id));
        }
        assert!(ids.len() > 2 * limits::MAX_STREAM_AUCTIONS);
        let shell = Shell::new(&world.url());
        let named: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let words = ["watch", "--json"].into_iter().chain(named.iter().map(String::as_str));
        let by_name = shell.start(&words.collect::<Vec<_>>());
        let by_genre = shell.start(&["watch", "--genre", "painting", "--json"]);
        for watch in [&by_name, &by_genre] {
            eventually("each is told", async || (watch.out().len() == ids.len()).then_some(())).await;
        }
        let bid_for = [ids[0], ids[limits::MAX_STREAM_AUCTIONS], ids[ids.len() - 1]];
        for id in bid_for {
            anna.bid(id, 20).await;
        }
        for watch in [&by_name, &by_genre] {
            eventually("each bid is told", async || {
                (watch.out().len() == ids.len() + bid_for.len()).then_some(())
            }).await;
            only_once(watch);
            let told: HashSet<_> = events(watch).iter().map(|event| typed(&event["auction_id"])).collect();
            assert_eq!(told, named.iter().cloned().collect());
        }
    }

    async fn it_ends_when_all_auctions_are_closed(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(5_000).await;
        // Few have a stream each, many share one.
        for count in [2, 9] {
            let mut ids = Vec::new();
            for _ in 0..count {
                let work = artist.list(|work| work.buy_now_price = Some(Money::new(50_000))).await;
                ids.push(work.id);
            }
            let typed: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let words = ["watch", "--json"].into_iter().chain(typed.iter().map(String::as_str));
            let mut watch = Shell::new(&world.url()).start(&words.collect::<Vec<_>>());
            watch.notes("live", 1).await;
            for id in ids {
                anna.buy(id, 50).await.unwrap();
            }
            assert_eq!(watch.ended().await, Some(0), "{:?}", watch.err());
            eventually("all are told", async || {
                let closed = events(&watch).iter().filter(|event| event["event"] == "closed").count();
                (closed == count).then_some(())
            }).await;
        }
    }

    async fn a_screen_reader_hears_sentences(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let id = artist.list(|work| work.title = "Sea\u{202e} at Night".to_owned()).await.id;
        let shell = Shell::new(&world.url());
        let mut english = shell.start(&["watch", &id.to_string(), "--plain"]);
        english.says("Sea at Night: no bid yet, ends in ").await;
        let korean = shell.start(&["watch", &id.to_string(), "--plain", "--lang", "ko"]);
        korean.says("아직 입찰 없음").await;
        anna.bid(id, 30).await;
        english.says("Sea at Night: new price ₩10,000, 1 bid, ends in ").await;
        korean.says("새 가격 ₩10,000").await;
        let all = english.out().concat();
        assert!(!all.contains(['\u{1b}', '\u{202e}']), "{all:?}");
        english.signal("INT").await;
        assert_eq!(english.ended().await, Some(130));
    }

    async fn ones_own_notices_come_as_they_happen(world: &World) {
        let id = world.artist().await.list(|_| {}).await.id;
        let (anna, bora) = (world.bidder(500).await, world.bidder(500).await);
        let shell = Shell::of(&anna, &world.url()).await;
        let mut notices = shell.start(&["notices", "--live", "--json"]);
        notices.notes("live", 1).await;
        anna.bid(id, 20).await;
        bora.bid(id, 50).await;
        let line = notices.says("\"outbid\"").await;
        let event: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&event["auction_id"], &event["title"]), (&json!(id), &json!("A work")));
        notices.signal("INT").await;
        assert_eq!(notices.ended().await, Some(130));
    }

    async fn whoever_has_read_enough_hears_no_complaint(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let id = artist.list(|_| {}).await.id;
        let shell = Shell::new(&world.url());
        for command in [&["browse"][..], &["browse", "--json"], &["completions", "zsh"], &["man"]] {
            let mut child = shell.command(command).spawn().unwrap();
            drop(child.stdout.take());
            let output = child.wait_with_output().await.unwrap();
            let err = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{command:?}");
        }
        let mut child = shell.command(&["watch", &id.to_string(), "--json"]).spawn().unwrap();
        drop(child.stdout.take());
        anna.bid(id, 20).await;
        let ended = tokio::time::timeout(Duration::from_secs(20), child.wait()).await.unwrap();
        assert_eq!(ended.unwrap().code(), Some(0));
    }
}

#[tokio::test]
async fn a_server_that_was_started_again_is_followed_on() {
    let folder = tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap();
    let mut server = Process::start(folder.path(), &[]).await;
    let artist = join(&server, "artist", "+821011112222", true).await;
    let mut anna = join(&server, "anna", "+821033334444", false).await;
    anna.charge(Money::new(900_000), &new_idempotency_key()).await.unwrap();
    let work = || {
        let mut work = draft();
        work.buy_now_price = Some(Money::new(500_000));
        work
    };
    let id = artist.list_work(&work(), &new_idempotency_key()).await.unwrap().id;
    let wire = Wire::to(host(server.url()).to_owned()).await;
    let shell = Shell::new(&format!("http://{}", wire.address()));
    let mut by_name = shell.start(&["watch", &id.to_string(), "--json"]);
    let by_genre = shell.start(&["watch", "--genre", "painting", "--json"]);
    for restart in 0..3 {
        for watch in [&by_name, &by_genre] {
            watch.notes("live", restart + 1).await;
        }
        for step in 0..2 {
            let amount = Money::new(20_000 + 100_000 * restart as i64 + 50_000 * step);
            anna.bid(id, amount, &new_idempotency_key()).await.unwrap();
        }
        if restart == 1 {
            server.kill().await;
        } else {
            assert_eq!(server.terminate().await, Some(0));
        }
        for watch in [&by_name, &by_genre] {
            watch.notes("connection lost", restart + 1).await;
        }
        server = Process::start(folder.path(), &[]).await;
        wire.lead_to(host(server.url()));
        anna = sign_in(&server, "anna").await;
    }
    for watch in [&by_name, &by_genre] {
        watch.notes("live", 4).await;
    }
    anna.buy(id, Money::new(500_000), &new_idempotency_key()).await.unwrap();
    assert_eq!(by_name.ended().await, Some(0), "{:?}", by_name.err());
    by_name.says("\"closed\"").await;
    by_genre.says("\"closed\"").await;
    let last = anna.auction(id).await.unwrap().seq;
    for watch in [&by_name, &by_genre] {
        assert_eq!(sequence(watch), (1..=last).collect::<Vec<_>>(), "{:?}", watch.out());
    }
    server.terminate().await;
}

#[test]
fn what_happened_while_an_instance_was_started_again_is_made_up_for() {
    World::run(Backend::Shared, &[], async |world| {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(900).await, world.bidder(900).await);
        let id = artist.list(|_| {}).await.id;
        let sold = artist.list(|work| work.buy_now_price = Some(Money::new(50_000))).await.id;
        let instance = world.another_instance().await;
        let wire = Wire::to(host(&instance.url()).to_owned()).await;
        let shell = Shell::new(&format!("http://{}", wire.address()));
        let by_name = shell.start(&["watch", &id.to_string(), &sold.to_string(), "--json"]);
        let by_genre = shell.start(&["watch", "--genre", "painting", "--json"]);
        let both = [&by_name, &by_genre];
        anna.bid(id, 20).await;
        for watch in both {
            watch.says(&format!("\"auction_id\":{id},\"seq\":2,")).await;
            watch.says(&format!("\"auction_id\":{sold},\"seq\":1,")).await;
        }
        instance.stop().await;
        for watch in both {
            watch.notes("connection lost", 1).await;
        }
        bora.bid(id, 50).await;
        anna.bid(id, 90).await;
        bora.buy(sold, 50).await.unwrap();
        let instance = world.another_instance().await;
        wire.lead_to(host(&instance.url()));
        for watch in both {
            watch.notes("live", 2).await;
            let seq = artist.see(id).await.seq;
            watch.says(&format!("\"auction_id\":{id},\"seq\":{seq},")).await;
            let seq = artist.see(sold).await.seq;
            watch.says(&format!("\"auction_id\":{sold},\"seq\":{seq},")).await;
        }
        bora.bid(id, 200).await;
        let seen = artist.see(id).await;
        for watch in both {
            let line = watch.says(&format!("\"auction_id\":{id},\"seq\":{},", seen.seq)).await;
            let event: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(event["price"], json!(seen.price));
            only_once(watch);
        }
        instance.stop().await;
    });
}
