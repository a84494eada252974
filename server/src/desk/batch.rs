//! One transaction of the desk: everything that waited, in order of arrival.
//!
//! Auctions are locked before wallets, both in the order of their ids; the clock is read when the
//! auctions are locked, so that of two commands the later one never has the earlier time. Bids that
//! are decided without locks are written in the same order, and so lock in it; their time is one that
//! the database's clock has passed after it had passed that of every earlier command.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use artipul_common::{
    AuctionId, Money, Timestamp, UserId,
    admin::ActionKind,
    bids::BidReceipt,
    events::{AuctionEventKind, AuctionState},
    text,
};

use super::{
    Answered, Basis, Command, DeskError, Job, Reply, edit,
    entry::Entry,
    images,
    memory::{Lesson, Memory, Remembered},
    notices,
    wallets::Wallets,
};
use crate::{
    auction::{Accepted, Auction, Bid, House, Purchase, Refusal, Status},
    db::{
        Conn, DbError, DbResult,
        admin::{self, NewAction},
        auctions::{self, AuctionRow, Locked, LockedAt},
        bids::{self, BidRow, Participation, ParticipationRow},
        houses::Houses,
        idempotency::{self, Answer, Known, RequestKey},
        notifications::{NewNotice, NoticeBatch},
        types::{BidKind, Named, column},
        wallets::{SaleRow, record_sales},
    },
    live::{News, Snapshot},
};

/// The answer to a bid or purchase, as it is stored under its key.
type Receipt = Result<BidReceipt, Refusal>;

/// What a transaction did, to be told once it is committed.
pub(super) struct Done {
    /// One answer per job, in the same order.
    pub(super) answers: Vec<Answered>,
    /// Of the auctions.
    pub(super) news: Vec<News>,
    /// What users are told.
    pub(super) notices: NoticeBatch,
    /// The ends to wait for; none where there is nothing to wait for any more.
    pub(super) ends: Vec<(AuctionId, Option<Timestamp>)>,
    pub(super) trace: Option<Trace>,
    /// What is worth remembering.
    pub(super) lesson: Lesson,
}

impl Done {
    /// Whether it may hold only if somebody of whom nothing is known has the points.
    pub(super) fn presumes(&self) -> bool {
        !self.lesson.wallets.presumed().is_empty()
    }
}

/// What is so in the database if and only if the transaction was committed.
pub(super) enum Trace {
    Bid(BidRow),
    Auction(Box<AuctionRow>),
    Removed(AuctionId),
}

impl Trace {
    pub(super) fn is_there(&self, conn: &mut Conn) -> DbResult<bool> {
        match self {
            Self::Bid(row) => bids::has(conn, row),
            Self::Auction(row) => {
                let stored = auctions::find(conn, row.id)?;
                // Changed in this very microsecond, as this very version, or settled in it.
                Ok(stored.is_some_and(|stored| {
                    (stored.version, stored.changed_at, stored.reminded)
                        == (row.version, row.changed_at, row.reminded)
                        || (row.closed_at.is_some() && stored.closed_at == row.closed_at)
                }))
            }
            Self::Removed(id) => Ok(auctions::find(conn, *id)?.is_none()),
        }
    }
}

/// Applies the jobs and writes what follows. The caller commits.
///
/// With [`Basis::Memory`], this is done with as few locks as prove the answers right, and `basis`
/// tells with which. If it fails then, it may be done under all of them.
pub(super) fn run(
    conn: &mut Conn,
    houses: &Houses,
    memory: &Memory,
    jobs: &[Job],
    basis: &mut Basis,
) -> DbResult<Done> {
    loop {
        let batch = match basis {
            Basis::Memory => Batch::remember(conn, houses, memory, jobs)?,
            Basis::Auctions | Basis::Locks => Some(Batch::lock(conn, houses, memory, jobs, basis)?),
        };
        let Some(mut batch) = batch else {
            *basis = Basis::Auctions;
            continue;
        };
        let mut keys = match basis {
            // That a key was answered before shows when the answer is stored.
            Basis::Memory | Basis::Auctions => Keys::default(),
            Basis::Locks => Keys::look_up(conn, jobs)?,
        };
        let answers = batch.answers(conn, &mut keys, jobs)?;
        let needed = batch.needed(jobs, &answers);
        if *basis >= needed {
            return batch.write(conn, keys, answers);
        }
        *basis = needed;
    }
}

struct Batch<'a> {
    houses: &'a Houses,
    basis: Basis,
    now: Timestamp,
    entries: BTreeMap<AuctionId, Entry>,
    wallets: Wallets,
    bids: Vec<BidRow>,
    participations: BTreeMap<(UserId, AuctionId), ParticipationRow>,
}

impl<'a> Batch<'a> {
    fn new(
        houses: &'a Houses,
        basis: Basis,
        now: Timestamp,
        entries: BTreeMap<AuctionId, Entry>,
        wallets: Wallets,
    ) -> Self {
        let (bids, participations) = Default::default();
        Self { houses, basis, now, entries, wallets, bids, participations }
    }

    /// A batch on auctions that are locked. The wallets are locked as well if `basis` asks for it, if
    /// the jobs are not all bids that sell nothing, or if the clock is not told without it; `basis`
    /// tells whether they are.
    fn lock(
        conn: &mut Conn,
        houses: &'a Houses,
        memory: &Memory,
        jobs: &[Job],
        basis: &mut Basis,
    ) -> DbResult<Self> {
        let LockedAt { auctions, now } =
            auctions::lock(conn, auctions_of(jobs).into_iter().collect())?;
        let mut entries = BTreeMap::new();
        for Locked { row, title } in auctions {
            let house = houses.of(conn, row.house_id)?;
            entries.insert(row.id, Entry::new(Remembered { row, title, house })?);
        }
        // On SQLite, a lock costs nothing.
        let bids = only_bids(jobs).filter(|_| *basis < Basis::Locks && conn.is_mysql());
        let bids = bids.filter(|bids| !sells(bids, &entries));
        let (wallets, now) = match (bids, now) {
            (Some(bids), Some(now)) => (wallets_of(&bids, &entries, memory), now),
            _ => {
                *basis = Basis::Locks;
                // The clock is read with the wallets, so after the auctions are locked.
                Wallets::lock(conn, concerned(jobs, &entries))?
            }
        };
        memory.heard_clock(now);
        Ok(Self::new(houses, *basis, now, entries, wallets))
    }

    /// A batch of bids on auctions that are remembered, do not end soon, and are not sold by them;
    /// none if there is anything else among the jobs, or the clock is not known.
    fn remember(
        conn: &mut Conn,
        houses: &'a Houses,
        memory: &Memory,
        jobs: &[Job],
    ) -> DbResult<Option<Self>> {
        // On SQLite, a lock costs nothing.
        if !conn.is_mysql() {
            return Ok(None);
        }
        let Some(bids) = only_bids(jobs) else { return Ok(None) };
        let Some((auctions, latest)) = memory.take_auctions(&auctions_of(jobs)) else {
            return Ok(None);
        };
        let entries = auctions
            .into_iter()
            .map(|auction| Ok((auction.row.id, Entry::new(auction)?)))
            .collect::<DbResult<BTreeMap<_, _>>>()?;
        let Some(now) = memory.now(latest) else { return Ok(None) };
        // Where an end is near, the very moment matters.
        let has_time =
            |entry: &Entry| now + entry.house.soft_close + auctions::WITHIN < entry.auction.ends_at;
        let is_enough = entries.values().all(has_time) && !sells(&bids, &entries);
        Ok(is_enough.then(|| {
            let wallets = wallets_of(&bids, &entries, memory);
            Self::new(houses, Basis::Memory, now, entries, wallets)
        }))
    }

    /// What these answers must be founded on, if the conditions under which the batch is written are
    /// to prove them right.
    fn needed(&self, jobs: &[Job], answers: &[Answered]) -> Basis {
        let needed = |(job, answer): (&Job, &Answered)| match answer {
            Ok(Reply::Receipt(receipt)) if receipt.sale_id.is_none() => Basis::Memory,
            Err(DeskError::Refused(Refusal::InsufficientPoints { .. })) => Basis::Locks,
            // By the auction, which is compared only where it is written.
            Err(DeskError::Refused(_)) => {
                let is_changed =
                    self.entries.get(&job.auction).is_some_and(|entry| entry.is_changed);
                if is_changed { Basis::Memory } else { Basis::Auctions }
            }
            _ => Basis::Locks,
        };
        jobs.iter().zip(answers).map(needed).max().unwrap_or(Basis::Locks)
    }

    fn answers(
        &mut self,
        conn: &mut Conn,
        keys: &mut Keys,
        jobs: &[Job],
    ) -> DbResult<Vec<Answered>> {
        jobs.iter().map(|job| self.answer(conn, keys, job)).collect()
    }

    fn answer(&mut self, conn: &mut Conn, keys: &mut Keys, job: &Job) -> DbResult<Answered> {
        let Some((user, key)) = job.command.key() else { return self.apply(conn, job) };
        match keys.known(user, key) {
            Known::Reused => Ok(Err(DeskError::KeyReused)),
            Known::Answered(receipt) => Ok(receipt.map(Reply::Receipt).map_err(DeskError::from)),
            Known::New => {
                let answer = self.apply(conn, job)?;
                keys.first_answer(user, key, &answer);
                Ok(answer)
            }
        }
    }

    fn apply(&mut self, conn: &mut Conn, job: &Job) -> DbResult<Answered> {
        let now = self.now;
        let Some(entry) = self.entries.get_mut(&job.auction).filter(|entry| !entry.is_removed)
        else {
            return Ok(match job.command {
                Command::Close => Ok(Reply::Close(None)),
                _ => Err(Refusal::NotFound.into()),
            });
        };
        match &job.command {
            Command::Bid { bidder, maximum, .. } => {
                let (bidder, maximum) = (*bidder, *maximum);
                let bid = Bid { bidder, maximum, available: self.wallets.available(bidder) };
                match entry.auction.bid(bid, now, &entry.house) {
                    Ok(accepted) => self.accept(job.auction, bidder, maximum, accepted),
                    Err(refusal) => Ok(Err(refusal.into())),
                }
            }
            Command::Buy { buyer, price, .. } => {
                let (buyer, price) = (*buyer, *price);
                let purchase = Purchase { buyer, price, available: self.wallets.available(buyer) };
                match entry.auction.buy(purchase, now) {
                    Ok(accepted) => self.accept(job.auction, buyer, price, accepted),
                    Err(refusal) => Ok(Err(refusal.into())),
                }
            }
            Command::Close => self.close(job.auction),
            Command::Remind => {
                if entry.auction.has_started(now) && now < entry.auction.ends_at {
                    entry.is_reminder_due = !entry.row.reminded;
                    entry.row.reminded = true;
                }
                Ok(Ok(Reply::Done))
            }
            Command::Cancel { seller, version } => {
                edit::cancel(conn, entry, *seller, *version, now)
            }
            Command::Withdraw { admin, reason } => self.withdraw(conn, job.auction, *admin, reason),
            Command::Edit { seller, version, edit } => {
                edit::edit(conn, entry, *seller, *version, edit, now, self.houses)
            }
            Command::EditImages { seller, version, edit } => {
                images::edit(conn, entry, *seller, *version, edit, now)
            }
        }
    }

    fn accept(
        &mut self,
        id: AuctionId,
        bidder: UserId,
        maximum: Money,
        accepted: Accepted,
    ) -> DbResult<Answered> {
        let entry = self.entries.get_mut(&id).expect("the caller has found it");
        let own_hold = entry.auction.lead.filter(|lead| lead.bidder == bidder);
        let own_hold = own_hold.map_or(Money::ZERO, |lead| lead.maximum);
        self.wallets.require(bidder, maximum - own_hold);
        self.wallets.apply(&accepted.effects, id, self.now)?;
        let auction = &accepted.auction;
        let price = auction.list_price();
        entry.row.bids_logged += 1;
        let kind = if accepted.sale.is_some() { BidKind::Purchase } else { BidKind::Bid };
        self.bids.push(BidRow {
            auction_id: id,
            number: entry.row.bids_logged,
            bidder_id: bidder,
            kind: kind.name().to_owned(),
            maximum,
            price,
            seq: accepted.is_public.then(|| auctions::stored(auction.seq)),
            placed_at: column(self.now),
        });
        self.participations
            .entry((bidder, id))
            .and_modify(|row| row.maximum = maximum)
            .or_insert_with(|| ParticipationRow::new(bidder, id, maximum, self.now));
        let receipt = BidReceipt {
            result: accepted.result,
            auction_id: id,
            price,
            min_next: auction.min_next(self.now, &entry.house),
            ends_at: auction.ends_at,
            seq: auction.seq,
            maximum,
            sale_id: accepted.sale.map(|_| id),
        };
        entry.led.extend(auction.lead.map(|lead| lead.bidder));
        entry.sale = accepted.sale;
        entry.extended |= accepted.extended;
        entry.is_changed = true;
        entry.auction = accepted.auction;
        Ok(Ok(Reply::Receipt(receipt)))
    }

    fn close(&mut self, id: AuctionId) -> DbResult<Answered> {
        let entry = self.entries.get_mut(&id).expect("the caller has found it");
        let Some(closed) = entry.auction.close(self.now) else {
            let waits = entry.auction.status == Status::Listed;
            return Ok(Ok(Reply::Close(waits.then_some(entry.auction.ends_at))));
        };
        self.wallets.apply(&closed.effects, id, self.now)?;
        entry.sale = closed.sale;
        entry.is_changed = true;
        entry.auction = closed.auction;
        Ok(Ok(Reply::Close(None)))
    }

    fn withdraw(
        &mut self,
        conn: &mut Conn,
        id: AuctionId,
        admin: UserId,
        reason: &str,
    ) -> DbResult<Answered> {
        let entry = self.entries.get_mut(&id).expect("the caller has found it");
        let closed = match entry.auction.withdraw(self.now) {
            Ok(closed) => closed,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        self.wallets.apply(&closed.effects, id, self.now)?;
        entry.is_withdrawn = true;
        entry.is_changed = true;
        entry.auction = closed.auction;
        let action = NewAction {
            admin: Some(admin),
            kind: ActionKind::WithdrawAuction,
            subject: id.get(),
            reason: reason.to_owned(),
        };
        admin::record(conn, &action, self.now)?;
        Ok(Ok(Reply::Done))
    }

    fn write(mut self, conn: &mut Conn, keys: Keys, answers: Vec<Answered>) -> DbResult<Done> {
        let now = self.now;
        // What has to be read comes before what is written, which goes to the database together.
        let notices: Vec<NewNotice> =
            notices::of_batch(conn, self.entries.values(), self.participations.keys())?;
        for entry in self.entries.values_mut().filter(|entry| entry.is_changed) {
            entry.row.take(&entry.auction, now);
        }
        let is_written =
            |entry: &&Entry| !entry.is_removed && (entry.is_changed || entry.is_reminder_due);
        let written = self.entries.values().filter(is_written);
        match self.basis {
            Basis::Memory => {
                let rows: Option<Vec<_>> =
                    written.map(|entry| Some((entry.standing?, &entry.row))).collect();
                let nobody =
                    || DbError::Defect("an auction without a bid is remembered".to_owned());
                auctions::advance(conn, &rows.ok_or_else(nobody)?, now)?;
            }
            Basis::Auctions if !self.entries.values().any(|entry| entry.extended) => {
                let rows: Vec<_> = written.map(|entry| &entry.row).collect();
                auctions::advance_locked(conn, &rows, now)?;
            }
            Basis::Auctions | Basis::Locks => {
                auctions::save(conn, &written.map(|entry| &entry.row).collect::<Vec<_>>())?;
            }
        }
        self.wallets.write(conn, self.basis)?;
        bids::append(conn, &self.bids)?;
        let participation =
            |row| Participation { row, is_stranger: self.wallets.is_presumed(row.user_id) };
        let participations: Vec<_> = self.participations.values().map(participation).collect();
        bids::participate(conn, &participations)?;
        record_sales(conn, &self.sales())?;
        idempotency::store_all(conn, keys.answers(now)?)?;
        let notices = NoticeBatch::store(conn, notices, now)?;
        let (news, ends, trace) = (self.auction_news(), self.ends(), self.trace());
        let is_there = |entry: &Entry| !entry.is_removed;
        let auctions = self.entries.into_values().filter(is_there).map(Entry::remembered).collect();
        let lesson = Lesson { basis: self.basis, now, auctions, wallets: self.wallets };
        Ok(Done { answers, news, notices, ends, trace, lesson })
    }

    fn sales(&self) -> Vec<SaleRow> {
        let sold = |entry: &Entry| {
            entry.sale.map(|sale| SaleRow {
                auction_id: entry.row.id,
                work_id: entry.row.work_id,
                seller_id: entry.row.seller_id,
                buyer_id: sale.buyer,
                price: sale.price,
                kind: sale.kind.name().to_owned(),
                sold_at: column(self.now),
            })
        };
        self.entries.values().filter_map(sold).collect()
    }

    /// One piece of news per auction that the public can see has changed, with its last state;
    /// two where the end moved as well, since that counts by itself.
    fn auction_news(&self) -> Vec<News> {
        let mut news = Vec::new();
        for entry in self.entries.values() {
            let is_public = entry.auction.status != Status::Draft && !entry.is_removed;
            if !is_public || entry.auction.seq == entry.before.seq {
                continue;
            }
            let snapshot = self.snapshot(entry);
            if entry.auction.outcome().is_some() {
                news.push(News::auction(AuctionEventKind::Closed, snapshot));
            } else if entry.extended {
                let mut moved = snapshot.clone();
                moved.state.seq -= 1;
                news.push(News::auction(AuctionEventKind::TopBid, moved));
                news.push(News::auction(AuctionEventKind::Extended, snapshot));
            } else if entry.auction.bid_count > entry.before.bid_count {
                news.push(News::auction(AuctionEventKind::TopBid, snapshot));
            } else {
                news.push(News::auction(AuctionEventKind::Resync, snapshot));
            }
        }
        news
    }

    fn snapshot(&self, entry: &Entry) -> Snapshot {
        let leader = entry.auction.lead.map(|lead| lead.bidder);
        let nickname = leader.and_then(|leader| self.wallets.nickname(leader));
        Snapshot::of(&entry.row, &entry.auction, nickname, self.now, &entry.house)
    }

    fn ends(&self) -> Vec<(AuctionId, Option<Timestamp>)> {
        let end = |entry: &Entry| {
            let waits = entry.auction.status == Status::Listed && !entry.is_removed;
            (entry.row.id, waits.then_some(entry.auction.ends_at))
        };
        self.entries.values().filter(|entry| entry.is_changed).map(end).collect()
    }

    fn trace(&self) -> Option<Trace> {
        if let Some(bid) = self.bids.first() {
            return Some(Trace::Bid(bid.clone()));
        }
        let written = |entry: &&Entry| entry.is_changed || entry.is_reminder_due;
        self.entries.values().find(written).map(|entry| match entry.is_removed {
            true => Trace::Removed(entry.row.id),
            false => Trace::Auction(Box::new(entry.row.clone())),
        })
    }
}

impl Snapshot {
    /// The snapshot of an auction at `now`.
    pub(crate) fn of(
        row: &AuctionRow,
        auction: &Auction,
        leader_nickname: Option<&str>,
        now: Timestamp,
        house: &House,
    ) -> Self {
        Self {
            seller: auction.seller,
            leader: auction.lead.map(|lead| lead.bidder),
            genre: row.genre_id,
            starts_at: auction.terms.starts_at,
            state: AuctionState {
                auction_id: row.id,
                seq: auction.seq,
                price: auction.price(),
                min_next: auction.min_next(now, house),
                bid_count: auction.bid_count,
                leader: leader_nickname.map(text::mask_nickname),
                reserve_met: auction.reserve_met(),
                phase: auction.phase(now),
                outcome: auction.outcome(),
                ends_at: auction.ends_at,
                server_time: now,
            },
        }
    }
}

fn auctions_of(jobs: &[Job]) -> BTreeSet<AuctionId> {
    jobs.iter().map(|job| job.auction).collect()
}

struct PlainBid {
    auction: AuctionId,
    bidder: UserId,
    maximum: Money,
}

/// The jobs, if they are bids and nothing else.
fn only_bids(jobs: &[Job]) -> Option<Vec<PlainBid>> {
    let bid = |job: &Job| match job.command {
        Command::Bid { bidder, maximum, .. } => {
            Some(PlainBid { auction: job.auction, bidder, maximum })
        }
        _ => None,
    };
    jobs.iter().map(bid).collect()
}

/// Whether one of these bids buys at once, which concerns the seller's wallet as well.
fn sells(bids: &[PlainBid], entries: &BTreeMap<AuctionId, Entry>) -> bool {
    let sells = |bid: &PlainBid| {
        let buy_now = entries.get(&bid.auction).and_then(|entry| entry.auction.terms.buy_now);
        buy_now.is_some_and(|buy_now| bid.maximum >= buy_now)
    };
    bids.iter().any(sells)
}

/// The wallets of bidders and leaders: as they are remembered, or presumed to have enough in them.
fn wallets_of(bids: &[PlainBid], entries: &BTreeMap<AuctionId, Entry>, memory: &Memory) -> Wallets {
    let leaders = entries.values().filter_map(|entry| entry.auction.lead);
    let users = bids.iter().map(|bid| bid.bidder).chain(leaders.map(|lead| lead.bidder)).collect();
    let (known, unknown) = memory.wallets(users);
    let mut wallets = Wallets::of(known);
    wallets.presume(unknown);
    wallets
}

/// Whose wallets the jobs may change: the bidders', the leaders', and those of sellers who may be
/// paid.
fn concerned(jobs: &[Job], entries: &BTreeMap<AuctionId, Entry>) -> BTreeSet<UserId> {
    let mut users = BTreeSet::new();
    for job in jobs {
        let Some(entry) = entries.get(&job.auction) else { continue };
        let may_sell = match &job.command {
            Command::Bid { bidder, .. } => {
                users.insert(*bidder);
                entry.auction.terms.buy_now.is_some()
            }
            Command::Buy { buyer, .. } => {
                users.insert(*buyer);
                true
            }
            Command::Close => true,
            Command::Remind
            | Command::Cancel { .. }
            | Command::Withdraw { .. }
            | Command::Edit { .. }
            | Command::EditImages { .. } => false,
        };
        users.extend(entry.auction.lead.map(|lead| lead.bidder));
        if may_sell {
            users.insert(entry.auction.seller);
        }
    }
    users
}

impl Command {
    /// The key under which its answer is stored, and whose it is.
    fn key(&self) -> Option<(UserId, &RequestKey)> {
        match self {
            Self::Bid { bidder: user, key, .. } | Self::Buy { buyer: user, key, .. } => {
                key.as_ref().map(|key| (*user, key))
            }
            _ => None,
        }
    }
}

/// The keys of a batch: what is known of them, and the first answers.
#[derive(Default)]
struct Keys {
    known: HashMap<(UserId, RequestKey), Known<Receipt>>,
    first: Vec<(UserId, RequestKey, Receipt)>,
}

impl Keys {
    fn look_up(conn: &mut Conn, jobs: &[Job]) -> DbResult<Self> {
        let keys: Vec<_> = jobs.iter().filter_map(|job| job.command.key()).collect();
        let known = idempotency::look_up_all(conn, &keys)?;
        let known = keys.iter().map(|(user, key)| (*user, (*key).clone())).zip(known).collect();
        Ok(Self { known, first: Vec::new() })
    }

    fn known(&self, user: UserId, key: &RequestKey) -> Known<Receipt> {
        // The same key may have come twice in this very batch.
        let earlier = self.first.iter().find(|(of, k, _)| *of == user && k.key == key.key);
        match earlier {
            Some((_, first, _)) if first.fingerprint != key.fingerprint => Known::Reused,
            Some((_, _, receipt)) => Known::Answered(receipt.clone()),
            None => self.known.get(&(user, key.clone())).cloned().unwrap_or(Known::New),
        }
    }

    fn first_answer(&mut self, user: UserId, key: &RequestKey, answer: &Answered) {
        let receipt = match answer {
            Ok(Reply::Receipt(receipt)) => Ok(receipt.clone()),
            Err(DeskError::Refused(refusal)) => Err(refusal.clone()),
            // Not for good, so not to be repeated.
            _ => return,
        };
        self.first.push((user, key.clone(), receipt));
    }

    fn answers(&self, now: Timestamp) -> DbResult<Vec<Answer>> {
        let answer = |(user, key, receipt): &(UserId, RequestKey, Receipt)| {
            Answer::new(*user, key, receipt, now)
        };
        self.first.iter().map(answer).collect()
    }
}
