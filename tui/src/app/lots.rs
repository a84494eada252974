//! What is known of each auction that some screen shows: one copy, kept up to date by answers and
//! by events, whichever is newer.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use artipul_common::{
    AuctionId, Timestamp,
    auctions::{Auction, Image, MyPart, Outcome, Phase},
    bids::{BidReceipt, BidResult},
    client::stream::AuctionEvent,
    events::{AuctionEventKind, AuctionState, NoticeKind},
    text::mask_nickname,
};
use chrono::TimeDelta;

/// How long a change stays marked.
pub(crate) const FLASH: Duration = Duration::from_millis(1_200);
/// How long it is said that the end was moved.
const EXTENDED: Duration = Duration::from_secs(8);

/// One auction as it is known here.
#[derive(Debug, Clone)]
pub(crate) struct Lot {
    pub(crate) auction: Auction,
    /// Until when its price is shown as just changed.
    pub(crate) flash_until: Option<Duration>,
    /// Until when its end is shown as just moved.
    pub(crate) extended_until: Option<Duration>,
}

/// How the user stands in an auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// He has nothing to do with it.
    Stranger,
    /// He watches it.
    Watching,
    /// He sells it.
    Seller,
    /// He leads, or has won.
    Leading,
    /// Somebody else leads, or has won.
    Outbid,
}

impl Lot {
    /// Where it stands at this moment: an auction starts and ends by the clock, also where no
    /// event has said so yet.
    pub(crate) fn phase(&self, now: Timestamp) -> Phase {
        match self.auction.phase {
            Phase::Upcoming if now >= self.auction.starts_at => Phase::Open,
            phase => phase,
        }
    }

    /// What is left until it starts or ends; `None` when nothing is counted down.
    pub(crate) fn left(&self, now: Timestamp) -> Option<TimeDelta> {
        match self.phase(now) {
            Phase::Upcoming => Some(self.auction.starts_at - now),
            Phase::Open if now < self.auction.ends_at => Some(self.auction.ends_at - now),
            _ => None,
        }
    }

    pub(crate) fn standing(&self, me: Option<artipul_common::UserId>) -> Standing {
        if me == Some(self.auction.seller.id) {
            return Standing::Seller;
        }
        match self.auction.me {
            Some(MyPart { leading: true, .. }) => Standing::Leading,
            Some(MyPart { participating: true, .. }) => Standing::Outbid,
            Some(MyPart { watching: true, .. }) => Standing::Watching,
            _ => Standing::Stranger,
        }
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.auction.me.is_some_and(|part| part.watching)
    }

    /// What a bid must be at least, if one can be placed now.
    pub(crate) fn takes_bids(&self, now: Timestamp) -> bool {
        self.phase(now) == Phase::Open && now < self.auction.ends_at
    }

    pub(crate) fn can_be_bought(&self, now: Timestamp) -> bool {
        self.takes_bids(now) && self.auction.buy_now_price.is_some()
    }

    /// The price that is shown: what the leader would pay, or where bidding starts.
    pub(crate) fn shown_price(&self) -> artipul_common::Money {
        self.auction.price.unwrap_or(self.auction.start_price)
    }

    pub(crate) fn was_sold(&self) -> bool {
        self.auction.outcome == Some(Outcome::Sold)
    }

    fn part(&mut self) -> &mut MyPart {
        self.auction.me.get_or_insert(MyPart {
            leading: false,
            maximum: None,
            watching: false,
            participating: false,
        })
    }
}

/// The auctions known here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lots {
    map: HashMap<AuctionId, Lot>,
    /// With more than this, the unused ones are looked for again.
    many: usize,
}

/// With fewer, nothing is forgotten.
const MANY: usize = 3_000;

/// What an event changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    /// The public state is newer than what was known.
    pub(crate) newer: bool,
    /// Somebody may lead whose mask is the user's own; only the server can tell.
    pub(crate) unsure: bool,
}

impl Lots {
    pub(crate) fn get(&self, id: AuctionId) -> Option<&Lot> {
        self.map.get(&id)
    }

    /// Takes an auction from an answer. What an event has said since stays.
    pub(crate) fn put(&mut self, mut auction: Auction) {
        let Some(known) = self.map.get_mut(&auction.id) else {
            let id = auction.id;
            let lot = Lot { auction, flash_until: None, extended_until: None };
            self.map.insert(id, lot);
            return;
        };
        if known.auction.seq > auction.seq {
            let leading = known.auction.me.map(|part| part.leading);
            let newer = &known.auction;
            auction.price = newer.price;
            auction.min_next = newer.min_next;
            auction.bid_count = newer.bid_count;
            auction.leader.clone_from(&newer.leader);
            auction.reserve_met = newer.reserve_met;
            auction.phase = newer.phase;
            auction.outcome = newer.outcome;
            auction.ends_at = newer.ends_at;
            auction.seq = newer.seq;
            if let (Some(part), Some(leading)) = (&mut auction.me, leading) {
                part.leading = leading;
            }
        }
        known.auction = auction;
    }

    /// Takes what a stream said. `nickname` is the user's own.
    pub(crate) fn apply(
        &mut self,
        event: &AuctionEvent,
        uptime: Duration,
        nickname: Option<&str>,
    ) -> Change {
        let state = &event.state;
        let unchanged = Change { newer: false, unsure: false };
        let Some(lot) = self.map.get_mut(&state.auction_id) else { return unchanged };
        // A clash of sequence numbers happens only after the state that is known: same content.
        if state.seq <= lot.auction.seq {
            return unchanged;
        }
        let price_moved = state.price != lot.auction.price;
        let leader_changed = state.leader != lot.auction.leader;
        if price_moved || leader_changed {
            lot.flash_until = Some(uptime + FLASH);
        }
        if event.kind == AuctionEventKind::Extended {
            lot.extended_until = Some(uptime + EXTENDED);
        }
        copy_state(&mut lot.auction, state);
        // As long as it is not known who the user is, any mask may be his.
        let mask_is_mine =
            nickname.is_none_or(|nickname| state.leader == Some(mask_nickname(nickname)));
        let part = lot.auction.me.filter(|part| part.participating);
        if part.is_some() && !mask_is_mine {
            lot.part().leading = false;
        }
        Change { newer: true, unsure: part.is_some() && mask_is_mine && leader_changed }
    }

    /// Takes what the user was told of himself.
    pub(crate) fn notice(&mut self, id: AuctionId, kind: NoticeKind) {
        let Some(lot) = self.map.get_mut(&id) else { return };
        match kind {
            NoticeKind::Leading | NoticeKind::Won => {
                lot.part().leading = true;
                lot.part().participating = true;
            }
            NoticeKind::Outbid | NoticeKind::Lost => {
                lot.part().leading = false;
                lot.part().participating = true;
            }
            NoticeKind::Sold
            | NoticeKind::Unsold
            | NoticeKind::Charged
            | NoticeKind::EndingSoon
            | NoticeKind::Updated
            | NoticeKind::Refunded => {}
            NoticeKind::Withdrawn => lot.part().leading = false,
        }
    }

    /// Takes what came of the user's own bid. The public state comes with the event.
    pub(crate) fn receipt(&mut self, receipt: &BidReceipt) {
        if let Some(lot) = self.map.get_mut(&receipt.auction_id) {
            let part = lot.part();
            part.participating = true;
            part.maximum = Some(receipt.maximum);
            part.leading = receipt.result != BidResult::Outbid;
        }
    }

    /// Takes the pictures of a work, in their order.
    pub(crate) fn set_images(&mut self, id: AuctionId, images: Vec<Image>) {
        if let Some(lot) = self.map.get_mut(&id) {
            lot.auction.images = images;
        }
    }

    pub(crate) fn set_watching(&mut self, id: AuctionId, watching: bool) {
        if let Some(lot) = self.map.get_mut(&id)
            && lot.is_watched() != watching
        {
            lot.part().watching = watching;
            let watchers = lot.auction.watchers;
            lot.auction.watchers = if watching { watchers + 1 } else { watchers.saturating_sub(1) };
        }
    }

    /// Forgets what belongs to nobody any more.
    pub(crate) fn forget_me(&mut self) {
        for lot in self.map.values_mut() {
            lot.auction.me = None;
        }
    }

    /// Whether there are so many that those should be forgotten that nobody shows.
    pub(crate) fn are_many(&self) -> bool {
        self.map.len() > self.many.max(MANY)
    }

    /// Forgets all but these. While all are in use, they are many only when they have doubled.
    pub(crate) fn keep_only(&mut self, used: &HashSet<AuctionId>) {
        self.map.retain(|id, _| used.contains(id));
        self.many = self.map.len() * 2;
    }

    /// The next moment at which a mark goes out.
    pub(crate) fn next_change(&self, uptime: Duration) -> Option<Duration> {
        self.map
            .values()
            .flat_map(|lot| [lot.flash_until, lot.extended_until])
            .flatten()
            .filter(|until| *until > uptime)
            .min()
    }
}

fn copy_state(auction: &mut Auction, state: &AuctionState) {
    auction.seq = state.seq;
    auction.price = state.price;
    auction.min_next = state.min_next;
    auction.bid_count = state.bid_count;
    auction.leader.clone_from(&state.leader);
    auction.reserve_met = state.reserve_met;
    auction.phase = state.phase;
    auction.outcome = state.outcome;
    auction.ends_at = state.ends_at;
}

#[cfg(test)]
mod tests {
    use artipul_common::Money;

    use super::*;
    use crate::samples;

    const T: Duration = Duration::from_secs(10);

    #[test]
    fn what_nobody_shows_is_forgotten_once_there_is_much_of_it() {
        let mut lots = Lots::default();
        let fill = |lots: &mut Lots, ids: std::ops::Range<i64>| {
            ids.for_each(|id| lots.put(samples::auction(id)));
        };
        let most = i64::try_from(MANY).unwrap();
        fill(&mut lots, 0..most);
        assert!(!lots.are_many());
        fill(&mut lots, most..most + 10);
        assert!(lots.are_many());
        let all: HashSet<AuctionId> = (0..most + 10).map(AuctionId::new).collect();
        lots.keep_only(&all);
        assert!(!lots.are_many(), "all are in use, and it is not looked again at once");
        fill(&mut lots, most + 10..2 * most + 30);
        assert!(lots.are_many());
        lots.keep_only(&all);
        assert!(lots.get(AuctionId::new(0)).is_some());
        assert!(lots.get(AuctionId::new(most + 10)).is_none());
    }

    fn event(auction: &Auction, seq: u64, price: i64, leader: &str) -> AuctionEvent {
        AuctionEvent {
            kind: AuctionEventKind::TopBid,
            state: AuctionState {
                seq,
                price: Some(Money::new(price)),
                leader: Some(leader.into()),
                ..samples::state(auction)
            },
        }
    }

    fn known(me: Option<MyPart>) -> (Lots, Auction) {
        let mut lots = Lots::default();
        let auction = Auction { seq: 5, me, ..samples::auction(1) };
        lots.put(auction.clone());
        (lots, auction)
    }

    const LEADING: MyPart = MyPart {
        leading: true,
        maximum: Some(Money::new(900_000)),
        watching: false,
        participating: true,
    };

    #[test]
    fn an_old_price_never_comes_after_a_new_one() {
        let (mut lots, auction) = known(None);
        assert!(lots.apply(&event(&auction, 7, 700_000, "a***"), T, None).newer);
        assert!(!lots.apply(&event(&auction, 6, 600_000, "b***"), T, None).newer);
        lots.put(Auction { seq: 6, price: Some(Money::new(600_000)), ..auction.clone() });
        assert_eq!(lots.get(auction.id).unwrap().auction.price, Some(Money::new(700_000)));
        lots.put(Auction { seq: 8, price: Some(Money::new(800_000)), ..auction.clone() });
        assert_eq!(lots.get(auction.id).unwrap().auction.price, Some(Money::new(800_000)));
    }

    #[test]
    fn a_changed_price_flashes_for_a_while() {
        let (mut lots, auction) = known(None);
        lots.apply(&event(&auction, 6, 600_000, "a***"), T, None);
        assert_eq!(lots.next_change(T), Some(T + FLASH));
        assert_eq!(lots.next_change(T + FLASH), None);
    }

    #[test]
    fn somebody_elses_mask_means_outbid() {
        let (mut lots, auction) = known(Some(LEADING));
        let change = lots.apply(&event(&auction, 6, 950_000, "z***"), T, Some("mina"));
        assert!(change.newer && !change.unsure);
        assert_eq!(lots.get(auction.id).unwrap().standing(None), Standing::Outbid);
    }

    #[test]
    fn the_own_mask_is_no_proof() {
        let outbid = MyPart { leading: false, ..LEADING };
        let (mut lots, auction) = known(Some(outbid));
        let change = lots.apply(&event(&auction, 6, 950_000, "m***"), T, Some("mina"));
        assert!(change.unsure);
        assert_eq!(lots.get(auction.id).unwrap().standing(None), Standing::Outbid);
        lots.notice(auction.id, NoticeKind::Leading);
        assert_eq!(lots.get(auction.id).unwrap().standing(None), Standing::Leading);
    }

    #[test]
    fn an_auction_starts_and_ends_by_the_clock() {
        let auction = Auction { phase: Phase::Upcoming, ..samples::auction(1) };
        let (start, end) = (auction.starts_at, auction.ends_at);
        let lot = Lot { auction, flash_until: None, extended_until: None };
        assert_eq!(lot.left(start - TimeDelta::minutes(1)), Some(TimeDelta::minutes(1)));
        assert!(!lot.takes_bids(start - TimeDelta::minutes(1)));
        assert!(lot.takes_bids(start));
        assert_eq!(lot.left(end - TimeDelta::seconds(1)), Some(TimeDelta::seconds(1)));
        assert!(!lot.takes_bids(end));
        assert_eq!(lot.left(end), None);
    }
}
