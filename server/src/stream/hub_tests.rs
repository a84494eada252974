//! What a subscriber of the hub gets, however slow he is.

use artipul_common::{
    Money,
    auctions::{Outcome, Phase},
    events::{AuctionEventKind, AuctionState, Notice, NoticeKind},
};
use chrono::Utc;
use futures_util::{FutureExt, StreamExt};

use super::{
    super::mailbox::{BACKLOG, NOTICE_BACKLOG},
    *,
};

pub(in crate::stream) const AUCTION: AuctionId = AuctionId::new(7);

pub(in crate::stream) fn snapshot(auction: AuctionId, seq: u64) -> Snapshot {
    let now = Utc::now();
    Snapshot {
        seller: UserId::new(1),
        leader: None,
        genre: 3,
        starts_at: now,
        state: AuctionState {
            auction_id: auction,
            seq,
            price: Some(Money::new(1_000 * i64::try_from(seq).unwrap())),
            min_next: None,
            bid_count: seq,
            leader: None,
            reserve_met: true,
            phase: Phase::Open,
            outcome: None,
            ends_at: now + chrono::TimeDelta::hours(1),
            server_time: now,
        },
    }
}

pub(in crate::stream) fn news(auction: AuctionId, seq: u64) -> News {
    News::auction(AuctionEventKind::TopBid, snapshot(auction, seq))
}

pub(in crate::stream) fn closed(auction: AuctionId, seq: u64) -> News {
    let mut snapshot = snapshot(auction, seq);
    snapshot.state.outcome = Some(Outcome::Sold);
    News::auction(AuctionEventKind::Closed, snapshot)
}

fn notice(user: UserId, id: i64) -> News {
    News::Notice {
        user,
        kind: NoticeKind::Outbid,
        notice: Box::new(Notice {
            notification_id: NotificationId::new(id),
            auction_id: Some(AUCTION),
            title: None,
            price: None,
            at: Utc::now(),
        }),
    }
}

pub(in crate::stream) fn follow(hub: &Hub, auctions: &[AuctionId]) -> Subscription {
    let interest = Interest { auctions: auctions.to_vec(), ..Interest::default() };
    hub.subscribe(interest)
}

/// A stream of one auction, which ends with it.
pub(in crate::stream) fn follow_one(hub: &Hub) -> Subscription {
    let auctions = vec![AUCTION];
    hub.subscribe(Interest { auctions, ends_with_auction: true, ..Interest::default() })
}

/// Delivers, and waits until it has arrived.
pub(in crate::stream) fn deliver(hub: &Hub, news: &[News]) {
    hub.deliver(news);
    hub.settle();
}

/// What waits for a subscriber: the names and ids of the events, and whether the stream is over.
fn waiting(subscription: &mut Subscription) -> (Vec<String>, bool) {
    let mut events = Vec::new();
    loop {
        match subscription.next().now_or_never() {
            None => return (events, false),
            Some(None) => return (events, true),
            Some(Some(Ok(bytes))) => {
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                let field = |name: &str| {
                    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default()
                };
                events.push(format!("{} {}", field("event: "), field("id: ")).trim().to_owned());
            }
        }
    }
}

#[test]
fn nothing_is_given_out_before_the_state() {
    let hub = Hub::start();
    let mut subscription = follow(&hub, &[AUCTION]);
    deliver(&hub, &[news(AUCTION, 5)]);
    assert_eq!(waiting(&mut subscription), (vec![], false));
    let mut subscription = subscription.begin(vec![Frame::state(&snapshot(AUCTION, 4))]);
    assert_eq!(waiting(&mut subscription).0, ["resync 4", "top-bid 5"]);
}

#[test]
fn what_the_state_has_already_is_not_told_again() {
    let hub = Hub::start();
    let subscription = follow(&hub, &[AUCTION]);
    deliver(&hub, &[news(AUCTION, 4), news(AUCTION, 5)]);
    let mut subscription = subscription.begin(vec![Frame::state(&snapshot(AUCTION, 5))]);
    assert_eq!(waiting(&mut subscription).0, ["resync 5"]);
}

#[test]
fn a_state_that_is_remembered_is_told_once_to_each() {
    let hub = Hub::start();
    let mut early = follow(&hub, &[AUCTION]).begin(vec![]);
    let late = follow(&hub, &[AUCTION]);
    hub.remember(&[news(AUCTION, 5)]);
    let (known, unknown) = late.known_states(Utc::now(), 0);
    assert_eq!((known[0].state.seq, unknown.len()), (5, 0));
    let mut late = late.begin(known.iter().map(Frame::state).collect());
    deliver(&hub, &[news(AUCTION, 5), news(AUCTION, 6)]);
    assert_eq!(waiting(&mut early).0, ["top-bid 5", "top-bid 6"]);
    assert_eq!(waiting(&mut late).0, ["resync 5", "top-bid 6"]);
}

#[test]
fn an_older_state_is_never_told_after_a_newer_one() {
    let hub = Hub::start();
    let mut subscription = follow(&hub, &[AUCTION]).begin(vec![]);
    deliver(&hub, &[news(AUCTION, 5), news(AUCTION, 3), news(AUCTION, 5), news(AUCTION, 6)]);
    assert_eq!(waiting(&mut subscription).0, ["top-bid 5", "top-bid 6"]);
}

#[test]
fn a_slow_subscriber_is_skipped_forward_to_the_newest_states() {
    let hub = Hub::start();
    let other = AuctionId::new(8);
    let mut subscription = follow(&hub, &[AUCTION, other]).begin(vec![]);
    deliver(&hub, &[news(other, 2)]);
    for seq in 1..=500 {
        deliver(&hub, &[news(AUCTION, seq)]);
    }
    let (events, _) = waiting(&mut subscription);
    assert!(events.len() <= BACKLOG + 1, "{} events wait", events.len());
    assert_eq!(events[0], "top-bid 2", "the other auction's newest is kept");
    assert_eq!(events.last().unwrap(), "top-bid 500");
    let seqs: Vec<u64> = events[1..].iter().map(|event| event[8..].parse().unwrap()).collect();
    assert!(seqs.is_sorted());
}

#[test]
fn a_stream_of_one_auction_ends_with_it_and_one_of_many_does_not() {
    let hub = Hub::start();
    let mut one = follow_one(&hub).begin(vec![]);
    let mut many = follow(&hub, &[AUCTION]).begin(vec![]);
    deliver(&hub, &[closed(AUCTION, 9), news(AUCTION, 10)]);
    assert_eq!(waiting(&mut one), (vec!["closed 9".to_owned()], true));
    assert_eq!(waiting(&mut many), (vec!["closed 9".to_owned(), "top-bid 10".to_owned()], false));
}

#[test]
fn a_genre_is_followed_as_a_whole() {
    let hub = Hub::start();
    let interest = Interest { genres: vec![3], ..Interest::default() };
    let mut subscription = hub.subscribe(interest).begin(vec![]);
    let mut elsewhere = snapshot(AuctionId::new(9), 1);
    elsewhere.genre = 4;
    deliver(&hub, &[news(AUCTION, 1), News::auction(AuctionEventKind::TopBid, elsewhere)]);
    assert_eq!(waiting(&mut subscription).0, ["top-bid 1"]);
}

#[test]
fn a_notice_is_told_once_and_to_its_user_only() {
    let hub = Hub::start();
    let (anna, bora) = (UserId::new(1), UserId::new(2));
    let listen =
        |user| hub.subscribe(Interest { user: Some(user), ..Interest::default() }).begin(vec![]);
    let (mut of_anna, mut of_bora) = (listen(anna), listen(bora));
    deliver(&hub, &[notice(anna, 1), notice(anna, 1), notice(anna, 2)]);
    assert_eq!(waiting(&mut of_anna).0, ["outbid 1", "outbid 2"]);
    assert_eq!(waiting(&mut of_bora), (vec![], false));
}

#[test]
fn whoever_never_reads_his_notices_has_his_stream_ended() {
    let hub = Hub::start();
    let anna = UserId::new(1);
    let interest = Interest { user: Some(anna), ..Interest::default() };
    let mut subscription = hub.subscribe(interest).begin(vec![]);
    for id in 1..=2_000 {
        deliver(&hub, &[notice(anna, id)]);
    }
    let (events, is_over) = waiting(&mut subscription);
    assert!(is_over && events.len() <= NOTICE_BACKLOG + 1);
    assert_eq!(events[0], "outbid 1", "none is left out, so he can come back for the rest");
}

#[test]
fn what_was_missed_is_given_only_if_all_of_it_is_known() {
    let hub = Hub::start();
    let _follower = follow(&hub, &[AUCTION]);
    let last = u64::try_from(RECENT).unwrap() + 10;
    for seq in 1..=last {
        deliver(&hub, &[news(AUCTION, seq)]);
    }
    assert_eq!(hub.missed(AUCTION, last - 3).map(|frames| frames.len()), Some(3));
    assert_eq!(hub.missed(AUCTION, last).map(|frames| frames.len()), Some(0));
    assert!(hub.missed(AUCTION, 5).is_none(), "forgotten by now");
    assert!(hub.missed(AUCTION, last + 1).is_none(), "from another world");
    assert!(hub.missed(AuctionId::new(99), 1).is_none());
}

#[test]
fn what_the_only_follower_missed_while_he_was_away_is_known() {
    let hub = Hub::start();
    // Nobody follows it yet, so this is not kept, but nothing is missing after it.
    deliver(&hub, &[news(AUCTION, 4), news(AUCTION, 5)]);
    assert!(hub.missed(AUCTION, 4).is_none());
    drop(follow(&hub, &[AUCTION]));
    deliver(&hub, &[news(AUCTION, 6), news(AUCTION, 7)]);
    assert_eq!(hub.missed(AUCTION, 5).map(|frames| frames.len()), Some(2));
    assert!(hub.missed(AUCTION, 4).is_none());
}

#[test]
fn what_came_while_others_could_not_be_heard_is_not_taken_for_all_there_was() {
    let hub = Hub::start();
    let _follower = follow(&hub, &[AUCTION]);
    deliver(&hub, &[news(AUCTION, 1), news(AUCTION, 2)]);
    assert!(hub.missed(AUCTION, 1).is_some());
    hub.lose_hearing();
    deliver(&hub, &[news(AUCTION, 5)]);
    hub.regain_hearing();
    deliver(&hub, &[news(AUCTION, 8)]);
    assert!(hub.missed(AUCTION, 2).is_none(), "3 and 4 are missing");
    assert!(hub.missed(AUCTION, 5).is_none(), "6 and 7 are missing");
    deliver(&hub, &[news(AUCTION, 9)]);
    assert_eq!(hub.missed(AUCTION, 8).map(|frames| frames.len()), Some(1));
    hub.lose_hearing();
    hub.regain_hearing();
    hub.learn(&[snapshot(AUCTION, 9)]);
    assert!(hub.missed(AUCTION, 8).is_none(), "before that was noticed, something was missed");
    assert_eq!(hub.missed(AUCTION, 9).map(|frames| frames.len()), Some(0));
}

#[test]
fn while_others_cannot_be_heard_nothing_is_certain() {
    let hub = Hub::start();
    let subscription = follow(&hub, &[AUCTION]);
    deliver(&hub, &[news(AUCTION, 5)]);
    assert_eq!(hub.current(AUCTION).unwrap().state.seq, 5);
    hub.lose_hearing();
    assert_eq!(hub.current(AUCTION), None);
    assert_eq!(subscription.known_states(Utc::now(), 0).1, [AUCTION]);
    hub.learn(&[snapshot(AUCTION, 6)]);
    assert_eq!(hub.current(AUCTION), None, "it may be old already");
    hub.regain_hearing();
    hub.learn(&[snapshot(AUCTION, 6)]);
    assert_eq!(hub.current(AUCTION).unwrap().state.seq, 6);
    assert_eq!(hub.heard(AUCTION, |heard| heard.state.seq), Some(6));
}

#[test]
fn a_state_without_its_leader_s_name_is_good_for_its_price_only() {
    let hub = Hub::start();
    let mut subscription = follow(&hub, &[AUCTION]).begin(vec![]);
    deliver(&hub, &[news(AUCTION, 4)]);
    let mut led = snapshot(AUCTION, 5);
    led.leader = Some(UserId::new(9));
    hub.remember(&[News::auction(AuctionEventKind::TopBid, led.clone())]);
    assert_eq!(hub.heard(AUCTION, |heard| heard.state.seq), Some(5));
    assert_eq!(hub.current(AUCTION), None);

    led.state.leader = Some("a***".to_owned());
    deliver(&hub, &[News::auction(AuctionEventKind::TopBid, led.clone())]);
    assert_eq!(hub.current(AUCTION), Some(led));
    assert_eq!(waiting(&mut subscription).0, ["top-bid 4", "top-bid 5"]);
}

#[test]
fn whoever_comes_back_is_not_told_again_what_he_knows() {
    let hub = Hub::start();
    let _follower = follow(&hub, &[AUCTION]);
    deliver(&hub, &[news(AUCTION, 4)]);
    hub.remember(&[news(AUCTION, 6)]);
    let subscription = follow(&hub, &[AUCTION]);
    let missed = hub.missed(AUCTION, 6).unwrap();
    let mut subscription = subscription.resume(AUCTION, 6, missed);
    deliver(&hub, &[news(AUCTION, 5), news(AUCTION, 6), news(AUCTION, 7)]);
    assert_eq!(waiting(&mut subscription).0, ["top-bid 7"]);
}

#[test]
fn a_closed_hub_asks_everybody_to_come_back() {
    let hub = Hub::start();
    let mut before = follow(&hub, &[AUCTION]).begin(vec![]);
    hub.close();
    hub.settle();
    let mut after = follow(&hub, &[AUCTION]).begin(vec![]);
    for subscription in [&mut before, &mut after] {
        let bytes = subscription.next().now_or_never().unwrap().unwrap().unwrap();
        assert!(bytes.starts_with(b"retry: "), "{bytes:?}");
        assert!(subscription.next().now_or_never().unwrap().is_none());
    }
}

#[test]
fn nothing_stays_of_a_subscriber_who_left() {
    let hub = Hub::start();
    let interest = Interest {
        auctions: vec![AUCTION],
        genres: vec![3],
        user: Some(UserId::new(1)),
        ..Interest::default()
    };
    let subscription = hub.subscribe(interest).begin(vec![]);
    assert!(hub.users().contains_key(&UserId::new(1)));
    drop(subscription);
    assert!(hub.users().is_empty());
    let state = hub.state();
    assert!(state.topics.is_empty(), "nothing was ever heard of this auction");
    assert!(state.genres.values().chain(&state.groups).all(Members::is_empty));
}

#[test]
fn auctions_that_nobody_follows_are_forgotten_in_time() {
    let hub = Hub::start();
    let _follower = follow(&hub, &[AUCTION]).begin(vec![]);
    deliver(&hub, &[news(AUCTION, 1)]);
    let many = i64::try_from(REMEMBERED).unwrap() + 100;
    for id in 100..100 + many {
        deliver(&hub, &[news(AuctionId::new(id), 1)]);
    }
    assert!(hub.state().topics.len() <= REMEMBERED + 1);
    assert!(hub.current(AUCTION).is_some(), "a followed one is kept");
    assert!(hub.current(AuctionId::new(99 + many)).is_some(), "the latest one is kept");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_hears_a_heartbeat() {
    let hub = Hub::start();
    let mut subscriptions: Vec<_> =
        (0..40).map(|_| follow(&hub, &[AUCTION]).begin(vec![])).collect();
    let beating = tokio::spawn(hub.clone().beat());
    tokio::time::sleep(HEARTBEAT + Duration::from_millis(1)).await;
    hub.settle();
    for subscription in &mut subscriptions {
        let bytes = subscription.next().now_or_never().unwrap().unwrap().unwrap();
        assert!(bytes.starts_with(b":"), "a comment: {bytes:?}");
        assert_eq!(subscription.next().now_or_never(), None, "one in each turn");
    }
    beating.abort();
}
