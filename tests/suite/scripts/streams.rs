//! Events as lines: each once, in order, over every cut.

use std::time::Duration;

use artipul_common::Money;
use artipul_tests::{Running, Shell, Wire, World, eventually, on_every_backend};
use serde_json::{Value, json};

use super::typed;

fn events(running: &Running) -> Vec<Value> {
    running.out().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn sequence(running: &Running) -> Vec<u64> {
    events(running).iter().map(|event| event["seq"].as_u64().unwrap()).collect()
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
