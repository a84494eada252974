//! What the live state promises, over both implementations.

use std::time::{Duration, Instant};

use artipul_common::{
    AuctionId, Money, UserId,
    auctions::Phase,
    events::{AuctionEventKind, AuctionState},
};
use artipul_server::live::{
    CodeCheck, Live, News, Pace, Signal, Snapshot, Tries, local::Local, redis::Redis,
};
use artipul_tests::{eventually, redis_url, within};
use chrono::Utc;
use futures_util::future::join_all;

/// Of a code.
const TRIES: Tries = Tries { each: 5, all: 12 };
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(30);

fn prefix() -> String {
    format!("t{:016x}:", rand::random::<u64>())
}

fn redis() -> Live {
    Live::Redis(Box::new(Redis::new(&redis_url(), &prefix()).unwrap()))
}

/// Makes a test of each function for both implementations.
macro_rules! promises {
    ($(async fn $name:ident($live:ident: Live) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn test($live: Live) $body

            #[tokio::test]
            async fn local() {
                test(Live::Local(Local::default())).await;
            }

            #[tokio::test]
            async fn shared() {
                test(redis()).await;
            }
        }
    )*};
}

fn snapshot(seq: u64) -> Snapshot {
    let now = artipul_common::micros(Utc::now());
    Snapshot {
        seller: UserId::new(1),
        leader: Some(UserId::new(2)),
        genre: 3,
        starts_at: now,
        state: AuctionState {
            auction_id: AuctionId::new(7),
            seq,
            price: Some(Money::new(31_000)),
            min_next: Some(Money::new(32_000)),
            bid_count: 4,
            leader: Some("달***".to_owned()),
            reserve_met: true,
            phase: Phase::Open,
            outcome: None,
            ends_at: now,
            server_time: now,
        },
    }
}

promises! {
    async fn a_snapshot_is_kept_as_it_was(live: Live) {
        assert_eq!(live.snapshot(AuctionId::new(7)).await.unwrap(), None);
        let kept = snapshot(5);
        live.put_snapshots(&[&kept]).await.unwrap();
        assert_eq!(live.snapshot(AuctionId::new(7)).await.unwrap(), Some(kept));
        assert_eq!(live.snapshot(AuctionId::new(8)).await.unwrap(), None);
    }

    async fn an_older_snapshot_replaces_nothing(live: Live) {
        let seq = async || live.snapshot(AuctionId::new(7)).await.unwrap().unwrap().state.seq;
        for (put, kept) in [(5, 5), (4, 5), (9, 9), (10, 10), (9, 10)] {
            live.put_snapshots(&[&snapshot(put)]).await.unwrap();
            assert_eq!(seq().await, kept, "after {put}");
        }
    }

    async fn of_many_who_put_a_snapshot_the_newest_stays(live: Live) {
        let snapshots: Vec<_> = (1..=50).map(|n| snapshot((n * 37) % 50 + 1)).collect();
        let puts = snapshots.iter().map(|one| async { live.put_snapshots(&[one]).await });
        for outcome in join_all(puts).await {
            outcome.unwrap();
        }
        assert_eq!(live.snapshot(AuctionId::new(7)).await.unwrap().unwrap().state.seq, 50);
    }

    async fn a_code_is_right_once(live: Live) {
        live.put_code("phone", "hash", LONG).await.unwrap();
        assert_eq!(live.check_code("phone", "hash", "here", TRIES).await.unwrap(), CodeCheck::Right);
        assert_eq!(live.check_code("phone", "hash", "here", TRIES).await.unwrap(), CodeCheck::Absent);
        assert_eq!(live.check_code("other", "hash", "here", TRIES).await.unwrap(), CodeCheck::Absent);
    }

    async fn of_many_who_know_a_code_one_gets_in(live: Live) {
        live.put_code("phone", "hash", LONG).await.unwrap();
        let checks = join_all((0..20).map(|_| live.check_code("phone", "hash", "here", TRIES))).await;
        let right = checks.into_iter().filter(|check| *check.as_ref().unwrap() == CodeCheck::Right);
        assert_eq!(right.count(), 1);
    }

    async fn each_has_his_own_tries_and_all_have_so_many(live: Live) {
        live.put_code("phone", "hash", LONG).await.unwrap();
        let guess = async |from| live.check_code("phone", "guess", from, TRIES).await.unwrap();
        for from in ["there", "elsewhere"] {
            for _ in 0..5 {
                assert_eq!(guess(from).await, CodeCheck::Wrong);
            }
            assert_eq!(guess(from).await, CodeCheck::Absent, "he has had his");
        }
        assert_eq!((guess("here").await, guess("here").await), (CodeCheck::Wrong, CodeCheck::Wrong));
        assert_eq!(live.check_code("phone", "hash", "home", TRIES).await.unwrap(), CodeCheck::Absent);
        // A new code has all its tries.
        live.put_code("phone", "hash", LONG).await.unwrap();
        for _ in 0..5 {
            assert_eq!(guess("here").await, CodeCheck::Wrong);
        }
        live.put_code("phone", "hash", LONG).await.unwrap();
        assert_eq!(live.check_code("phone", "hash", "here", TRIES).await.unwrap(), CodeCheck::Right);
    }

    async fn a_code_bears_so_many_tries(live: Live) {
        live.put_code("phone", "hash", LONG).await.unwrap();
        for _ in 0..5 {
            assert_eq!(live.check_code("phone", "guess", "here", TRIES).await.unwrap(), CodeCheck::Wrong);
        }
        assert_eq!(live.check_code("phone", "hash", "here", TRIES).await.unwrap(), CodeCheck::Absent);
        // The last try may be the right one.
        live.put_code("phone", "hash", LONG).await.unwrap();
        for _ in 0..4 {
            live.check_code("phone", "guess", "here", TRIES).await.unwrap();
        }
        assert_eq!(live.check_code("phone", "hash", "here", TRIES).await.unwrap(), CodeCheck::Right);
    }

    async fn a_new_code_replaces_the_old_one_and_its_tries(live: Live) {
        live.put_code("phone", "old", LONG).await.unwrap();
        for _ in 0..4 {
            live.check_code("phone", "guess", "here", TRIES).await.unwrap();
        }
        live.put_code("phone", "new", LONG).await.unwrap();
        assert_eq!(live.check_code("phone", "old", "here", TRIES).await.unwrap(), CodeCheck::Wrong);
        assert_eq!(live.check_code("phone", "new", "here", TRIES).await.unwrap(), CodeCheck::Right);
    }

    async fn codes_and_values_expire(live: Live) {
        live.put_code("phone", "hash", SHORT).await.unwrap();
        live.put_once("token", "value", SHORT).await.unwrap();
        eventually("the value expires", async || {
            live.peek_once("token").await.unwrap().is_none().then_some(())
        }).await;
        assert_eq!(live.take_once("token").await.unwrap(), None);
        // Both were given the same time.
        assert_eq!(live.check_code("phone", "hash", "here", TRIES).await.unwrap(), CodeCheck::Absent);
    }

    async fn of_many_who_take_a_value_one_gets_it(live: Live) {
        live.put_once("token", "value", LONG).await.unwrap();
        assert_eq!(live.peek_once("token").await.unwrap().as_deref(), Some("value"));
        let taken = join_all((0..20).map(|_| live.take_once("token"))).await;
        let got: Vec<_> = taken.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(got, ["value"]);
    }

    async fn a_signed_out_token_is_known_until_it_expires(live: Live) {
        live.remember_revoked(&[("old".to_owned(), LONG)]).await.unwrap();
        assert_eq!(live.is_any_revoked(["old"]).await.unwrap(), Some(true));
        assert_eq!(live.is_any_revoked(["new"]).await.unwrap(), Some(false));
        live.revoke("new", SHORT).await.unwrap();
        assert_eq!(live.is_any_revoked(["new"]).await.unwrap(), Some(true));
        eventually("it expires", async || {
            (live.is_any_revoked(["new"]).await.unwrap() == Some(false)).then_some(())
        }).await;
    }

    async fn tokens_that_are_signed_out_again_do_not_stand_for_all(live: Live) {
        let tokens = [("old".to_owned(), LONG)];
        assert!(!live.revoke_again(&tokens).await.unwrap(), "it has never been told of all");
        assert_eq!(live.is_any_revoked(["old"]).await.unwrap(), Some(true));
        assert_eq!(live.is_any_revoked(["new"]).await.unwrap(), None);
        live.remember_revoked(&[]).await.unwrap();
        assert!(live.revoke_again(&[]).await.unwrap());
        assert_eq!(live.is_any_revoked(["new"]).await.unwrap(), Some(false));
    }

    async fn a_store_without_memory_does_not_say_that_a_token_is_good(live: Live) {
        assert_eq!(live.is_any_revoked(["token"]).await.unwrap(), None);
        live.revoke("token", LONG).await.unwrap();
        assert_eq!(live.is_any_revoked(["token"]).await.unwrap(), Some(true), "that much is certain");
        assert_eq!(live.is_any_revoked(["another"]).await.unwrap(), None);
        live.remember_revoked(&[]).await.unwrap();
        assert_eq!(live.is_any_revoked(["another"]).await.unwrap(), Some(false));
    }

    async fn a_counter_counts_within_its_window(live: Live) {
        let window = Duration::from_millis(300);
        for expected in 1..=3 {
            let count = live.count("name", window).await;
            assert_eq!(count.count, expected);
            assert!(count.resets_in <= window);
        }
        assert_eq!(live.count("other", window).await.count, 1);
        eventually("the window ends", async || {
            (live.count("name", window).await.count == 1).then_some(())
        }).await;
    }

    async fn a_counter_misses_nobody(live: Live) {
        let counts = join_all((0..50).map(|_| live.count("name", LONG))).await;
        let mut counts: Vec<u64> = counts.into_iter().map(|count| count.count).collect();
        counts.sort_unstable();
        assert!(counts.into_iter().eq(1..=50));
    }

    async fn whoever_fails_has_to_wait_under_any_of_his_names(live: Live) {
        let strict = Pace { free: 1, first_wait: LONG, longest_wait: LONG, memory: LONG };
        let mild = Pace { free: 100, ..strict };
        let attempt = async |name| live.attempt(&[(name, strict), ("all", mild)]).await;
        for _ in 0..2 {
            assert_eq!(attempt("one").await, Ok(()));
        }
        let wait = attempt("one").await.unwrap_err();
        assert!(wait <= LONG && wait > LONG / 2, "{wait:?}");
        assert_eq!(attempt("another").await, Ok(()));
        assert!(live.attempt(&[("new", mild), ("one", mild)]).await.is_err());
        live.forget_attempts(&["one", "all"]).await;
        assert_eq!(attempt("one").await, Ok(()));
    }

    async fn whoever_has_waited_may_try_once_and_waits_longer(live: Live) {
        let pace = Pace { free: 0, first_wait: SHORT, longest_wait: LONG, memory: LONG };
        let attempt = async || live.attempt(&[("name", pace)]).await;
        assert_eq!(attempt().await, Ok(()));
        // Each that may be made doubles what the next has to wait.
        eventually("a longer wait", async || {
            attempt().await.err().filter(|wait| *wait > SHORT * 3)
        }).await;
    }

    async fn attempts_are_forgotten_in_time(live: Live) {
        let pace = Pace { free: 1, first_wait: LONG, longest_wait: LONG, memory: SHORT };
        assert_eq!(live.attempt(&[("name", pace)]).await, Ok(()));
        let started = Instant::now();
        eventually("the memory ends", async || (started.elapsed() > SHORT * 2).then_some(())).await;
        // The next is the first again.
        let lasting = Pace { memory: LONG, ..pace };
        assert_eq!(live.attempt(&[("name", lasting)]).await, Ok(()));
        assert_eq!(live.attempt(&[("name", lasting)]).await, Ok(()));
        assert!(live.attempt(&[("name", lasting)]).await.is_err());
    }

    async fn of_many_attempts_at_once_no_more_begin_than_may(live: Live) {
        let pace = Pace { free: 5, first_wait: LONG, longest_wait: LONG, memory: LONG };
        let names = [("name", pace)];
        let attempts = join_all((0..50).map(|_| live.attempt(&names))).await;
        assert_eq!(attempts.into_iter().filter(Result::is_ok).count(), 6);
    }

    async fn an_instance_does_not_hear_itself(live: Live) {
        let mut signals = live.listen();
        if matches!(live, Live::Redis(_)) {
            assert_eq!(within("the first signal", signals.recv()).await, Some(Signal::Lost));
            assert_eq!(within("it hears", signals.recv()).await, Some(Signal::Restored));
        }
        let news = News::auction(AuctionEventKind::TopBid, snapshot(5));
        live.publish(std::slice::from_ref(&news)).await.unwrap();
        live.ping().await.unwrap();
        assert!(signals.is_empty());
    }
}

#[tokio::test]
async fn instances_hear_each_other() {
    let prefix = prefix();
    let instance = || Live::Redis(Box::new(Redis::new(&redis_url(), &prefix).unwrap()));
    let (one, two) = (instance(), instance());
    let stranger = redis();
    let mut signals = two.listen();
    let mut of_stranger = stranger.listen();
    for signals in [&mut signals, &mut of_stranger] {
        assert_eq!(within("the first signal", signals.recv()).await, Some(Signal::Lost));
        assert_eq!(within("it hears", signals.recv()).await, Some(Signal::Restored));
    }
    let news: Vec<_> =
        (1..=3).map(|seq| News::auction(AuctionEventKind::TopBid, snapshot(seq))).collect();
    one.publish(&news).await.unwrap();
    assert_eq!(within("the news", signals.recv()).await, Some(Signal::News(news)));
    assert!(of_stranger.is_empty(), "another house's news are not ours");
}

#[tokio::test]
async fn without_redis_everything_says_so_but_counters() {
    let live = Live::Redis(Box::new(Redis::new("redis://127.0.0.1:1", "x:").unwrap()));
    assert!(live.put_snapshots(&[&snapshot(1)]).await.is_err());
    assert!(live.snapshot(AuctionId::new(7)).await.is_err());
    assert!(live.put_code("phone", "hash", LONG).await.is_err());
    assert!(live.check_code("phone", "hash", "here", TRIES).await.is_err());
    assert!(live.is_any_revoked(["token"]).await.is_err());
    for expected in 1..=3 {
        assert_eq!(live.count("name", LONG).await.count, expected, "counted within the process");
    }
    let pace = Pace { free: 1, first_wait: LONG, longest_wait: LONG, memory: LONG };
    for may in [true, true, false] {
        assert_eq!(live.attempt(&[("name", pace)]).await.is_ok(), may);
    }
    assert!(live.ping().await.is_err());
    let mut signals = live.listen();
    assert_eq!(within("the first signal", signals.recv()).await, Some(Signal::Lost));
}
