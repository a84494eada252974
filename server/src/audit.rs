//! The audit: checks every invariant of the database, on one consistent view of it.
//!
//! It trusts no number that can be worked out from others: balances from the ledger, holds from
//! the leading maxima, and the state of every auction from its log. What it cannot read is a fault
//! like any other, so that the rest is looked at as well.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Display,
};

use artipul_common::{
    AuctionId, ChargeId, Money, UserId, WorkId,
    auctions::Outcome,
    mine::SaleKind,
    wallet::{ChargeStatus, EntryKind},
};

use crate::{
    auction::{Auction, Bid, Purchase, Status},
    db::{
        Conn, DbError, DbResult, admin,
        auctions::{AuctionRow, ENDED, count},
        audit::{self, LedgerRow},
        bids::{self, BidRow, ParticipationRow},
        houses::Houses,
        types::{BidKind, Named},
        wallets::{ChargeRow, SaleRow, Transfer},
    },
};

/// Auctions that are looked at together.
const PAGE: i64 = 500;
/// More than anybody has: the log has only what was covered at its time.
const COVERED: Money = Money::new(i64::MAX / 4);
/// The outcome of an auction that has a sale.
const SOLD: &str = "sold";

/// What an audit found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// How much was looked at.
    pub auctions: usize,
    /// How much was looked at.
    pub bids: usize,
    /// How much was looked at.
    pub wallets: usize,
    /// How much was looked at.
    pub entries: usize,
    /// What is wrong, one sentence each.
    pub faults: Vec<String>,
}

impl Report {
    fn check(&mut self, is_so: bool, fault: impl FnOnce() -> String) {
        if !is_so {
            self.faults.push(fault());
        }
    }

    /// What was read; what the database has and cannot be is a fault.
    fn readable<T>(&mut self, what: impl Display, read: DbResult<T>) -> DbResult<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error @ (DbError::Defect(_) | DbError::NotFound)) => {
                self.faults.push(format!("{what}: {error}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Checks everything.
///
/// # Errors
/// As the database says; what is wrong in it is in the report.
pub fn run(conn: &mut Conn, houses: &Houses) -> DbResult<Report> {
    conn.snapshot(|conn| {
        let mut report = Report::default();
        let mut sales = by_auction(audit::sales(conn)?);
        let payments = check_ledger(conn, &mut report)?;
        let held = check_auctions(conn, houses, &mut sales, &payments, &mut report)?;
        for sale in sales.into_values() {
            report.faults.push(format!("sale {}: there is no such auction", sale.auction_id));
        }
        check_wallets(conn, &held, &payments, &mut report)?;
        check_charges(conn, &payments, &mut report)?;
        check_references(conn, &mut report)?;
        Ok(report)
    })
}

fn by_auction(sales: Vec<SaleRow>) -> HashMap<AuctionId, SaleRow> {
    sales.into_iter().map(|sale| (sale.auction_id, sale)).collect()
}

/// What the ledger says, once it is known to be one.
#[derive(Default)]
struct Payments {
    balances: HashMap<UserId, Money>,
    sales: HashMap<AuctionId, BTreeMap<UserId, Money>>,
    charges: HashMap<ChargeId, BTreeMap<UserId, Money>>,
}

fn check_ledger(conn: &mut Conn, report: &mut Report) -> DbResult<Payments> {
    let mut payments = Payments::default();
    let mut sums: HashMap<String, Money> = HashMap::new();
    let mut after = 0;
    loop {
        let rows = audit::ledger(conn, after, PAGE * 10)?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        report.entries += rows.len();
        for row in rows {
            *sums.entry(row.transfer.clone()).or_default() += row.amount;
            check_entry(&row, report);
            take_entry(&row, &mut payments, report);
        }
    }
    for (transfer, sum) in sums {
        report
            .check(sum == Money::ZERO, || format!("transfer {transfer}: its entries sum to {sum}"));
    }
    Ok(payments)
}

/// Whether an entry is what its kind says: whose, which way, and part of which transfer.
fn check_entry(row: &LedgerRow, report: &mut Report) {
    let transfer = match (EntryKind::from_name(&row.kind), row.auction_id, row.charge_id) {
        (Ok(EntryKind::Purchase | EntryKind::Sale), Some(auction), None) => {
            Some(Transfer::Sale(auction))
        }
        (Ok(EntryKind::Charge), None, Some(charge)) => Some(Transfer::Charge(charge)),
        (Ok(EntryKind::ChargeCancelled), None, Some(charge)) => {
            Some(Transfer::ChargeCancelled(charge))
        }
        _ => None,
    };
    report.check(transfer.is_some_and(|transfer| transfer.name() == row.transfer), || {
        format!("entry {}: a {} is no part of {}", row.id, row.kind, row.transfer)
    });
    let is_wallet = row.account == "wallet";
    report.check(is_wallet == row.user_id.is_some(), || {
        format!("entry {}: its account is {}, its user {:?}", row.id, row.account, row.user_id)
    });
    let comes_in = row.kind == EntryKind::Charge.as_str() || row.kind == EntryKind::Sale.as_str();
    report.check(
        row.amount != Money::ZERO && (row.amount > Money::ZERO) == (comes_in == is_wallet),
        || format!("entry {}: a {} of {} in a {}", row.id, row.kind, row.amount, row.account),
    );
}

fn take_entry(row: &LedgerRow, payments: &mut Payments, report: &mut Report) {
    let Some(user) = row.user_id else { return };
    let balance = payments.balances.entry(user).or_default();
    *balance += row.amount;
    let balance = *balance;
    report.check(row.balance_after == Some(balance), || {
        format!("entry {}: user {user} had {balance} after it, not {:?}", row.id, row.balance_after)
    });
    if let Some(auction) = row.auction_id {
        *payments.sales.entry(auction).or_default().entry(user).or_default() += row.amount;
    }
    if let Some(charge) = row.charge_id {
        *payments.charges.entry(charge).or_default().entry(user).or_default() += row.amount;
    }
}

/// Checks every auction; gives what the leaders' maxima hold, by user.
fn check_auctions(
    conn: &mut Conn,
    houses: &Houses,
    sales: &mut HashMap<AuctionId, SaleRow>,
    payments: &Payments,
    report: &mut Report,
) -> DbResult<HashMap<UserId, Money>> {
    let withdrawn = admin::withdrawn(conn)?;
    let mut held: HashMap<UserId, Money> = HashMap::new();
    let mut offered: HashMap<WorkId, AuctionId> = HashMap::new();
    let mut after = AuctionId::new(0);
    loop {
        let rows = audit::auctions(conn, after, PAGE)?;
        let Some(last) = rows.last() else { return Ok(held) };
        after = last.id;
        report.auctions += rows.len();
        for row in rows {
            let log = bids::log(conn, row.id)?;
            report.bids += log.len();
            check_log(conn, houses, &row, &log, withdrawn.contains(&row.id), report)?;
            check_participations(conn, &row, &log, report)?;
            check_sale(&row, &log, sales.remove(&row.id), payments, report);
            if let (Some(leader), Some(maximum), false) =
                (row.leader_id, row.maximum, row.status == ENDED)
            {
                *held.entry(leader).or_default() += maximum;
            }
            // A work that was not sold may be offered again.
            let is_offered = row.status != ENDED || row.outcome.as_deref() == Some(SOLD);
            if is_offered && let Some(other) = offered.insert(row.work_id, row.id) {
                let fault = format!("auction {}: its work is that of auction {other}", row.id);
                report.faults.push(fault);
            }
        }
    }
}

/// Replays an auction's log and compares what comes out with what is stored.
fn check_log(
    conn: &mut Conn,
    houses: &Houses,
    row: &AuctionRow,
    log: &[BidRow],
    is_withdrawn: bool,
    report: &mut Report,
) -> DbResult<()> {
    let id = row.id;
    let Some(stored) = report.readable(format_args!("auction {id}"), row.auction())? else {
        return Ok(());
    };
    let house = houses.of(conn, row.house_id);
    let Some(house) = report.readable(format_args!("the house of auction {id}"), house)? else {
        return Ok(());
    };
    let numbers = log.iter().map(|bid| bid.number).eq(1..=row.bids_logged);
    report.check(numbers, || {
        format!("auction {id}: its log has not the bids 1 to {}", row.bids_logged)
    });
    let mut auction = Auction::new(stored.seller, stored.terms.clone(), Status::Listed);
    for bid in log {
        let now = bid.placed_at.and_utc();
        let (bidder, maximum) = (bid.bidder_id, bid.maximum);
        let is_purchase = bid.kind == BidKind::Purchase.name();
        let accepted = match auction.terms.buy_now {
            Some(price) if is_purchase => {
                auction.buy(Purchase { buyer: bidder, price, available: COVERED }, now)
            }
            _ => auction.bid(Bid { bidder, maximum, available: COVERED }, now, &house),
        };
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(refusal) => {
                report.faults.push(format!("auction {id}, bid {}: {refusal}", bid.number));
                return Ok(());
            }
        };
        report.check(accepted.auction.list_price() == bid.price, || {
            let price = accepted.auction.list_price();
            format!(
                "auction {id}, bid {}: the price after it is {price}, not {}",
                bid.number, bid.price
            )
        });
        report.check(accepted.sale.is_some() == is_purchase, || {
            format!("auction {id}, bid {}: it is no {}", bid.number, bid.kind)
        });
        report.check(accepted.is_public == bid.seq.is_some(), || {
            format!("auction {id}, bid {}: whether it is public is wrong", bid.number)
        });
        let counts_on = auction.lead.is_some();
        auction = accepted.auction;
        if let Some(seq) = bid.seq {
            let seq = count(seq);
            // Changes before the first bid are counted too, and are not in the log.
            let is_next = if counts_on { seq == auction.seq } else { seq >= auction.seq };
            report.check(is_next, || {
                let (number, expected) = (bid.number, auction.seq);
                format!("auction {id}, bid {number}: its sequence is {seq}, not {expected}")
            });
            auction.seq = seq;
        }
    }
    if is_withdrawn {
        withdraw(&mut auction, row, &stored, report);
    }
    compare(row, auction, &stored, report);
    Ok(())
}

/// Takes the state to which an auction's log leads to what the administrators' trail makes of it.
fn withdraw(replayed: &mut Auction, row: &AuctionRow, stored: &Auction, report: &mut Report) {
    let id = row.id;
    let at = row.closed_at.map(|time| time.and_utc());
    match at.map(|at| replayed.withdraw(at)) {
        Some(Ok(withdrawn)) => {
            *replayed = withdrawn.auction;
            // Changes before the first bid are counted too, and are not in the log.
            if replayed.lead.is_none() {
                replayed.seq = stored.seq;
            }
        }
        _ => report
            .faults
            .push(format!("auction {id}: it was withdrawn, stored is {:?}", stored.status)),
    }
}

/// Compares the state to which its log leads an auction with the stored one.
fn compare(row: &AuctionRow, mut replayed: Auction, stored: &Auction, report: &mut Report) {
    let id = row.id;
    let closed_at = row.closed_at.map(|time| time.and_utc());
    report.check(closed_at.is_some() == stored.outcome().is_some(), || {
        format!("auction {id}: settled at {closed_at:?}, it came out as {:?}", stored.outcome())
    });
    let is_open = replayed.outcome().is_none();
    if matches!(stored.outcome(), Some(Outcome::Sold | Outcome::Unsold))
        && let Some(closed) = closed_at.and_then(|now| replayed.close(now))
    {
        replayed = closed.auction;
    }
    report.check(replayed.lead == stored.lead, || {
        format!("auction {id}: its log leads to {:?}, stored is {:?}", replayed.lead, stored.lead)
    });
    report.check(replayed.bid_count == stored.bid_count, || {
        format!("auction {id}: {} public bids, stored are {}", replayed.bid_count, stored.bid_count)
    });
    report.check(replayed.ends_at == stored.ends_at, || {
        format!(
            "auction {id}: its log ends it at {}, stored is {}",
            replayed.ends_at, stored.ends_at
        )
    });
    report.check(row.list_price == stored.list_price(), || {
        format!("auction {id}: the price in lists is {}", row.list_price)
    });
    report.check(stored.lead.is_none_or(|lead| lead.price <= lead.maximum), || {
        format!("auction {id}: the price exceeds the maximum")
    });
    // Its seller decides on what nobody has bid on.
    let is_sellers = replayed.lead.is_none()
        && is_open
        && matches!(stored.status, Status::Draft | Status::Ended(Outcome::Cancelled));
    report.check(replayed.status == stored.status || is_sellers, || {
        format!("auction {id}: it should be {:?}, stored is {:?}", replayed.status, stored.status)
    });
    let counts = if replayed.lead.is_none() {
        stored.seq >= replayed.seq
    } else {
        stored.seq == replayed.seq
    };
    report.check(counts, || {
        format!("auction {id}: its sequence should be {}, stored is {}", replayed.seq, stored.seq)
    });
}

fn check_participations(
    conn: &mut Conn,
    row: &AuctionRow,
    log: &[BidRow],
    report: &mut Report,
) -> DbResult<()> {
    let mut bidders: BTreeMap<UserId, ParticipationRow> = BTreeMap::new();
    for bid in log {
        let (user, now) = (bid.bidder_id, bid.placed_at.and_utc());
        let first = || ParticipationRow::new(user, row.id, bid.maximum, now);
        bidders.entry(user).or_insert_with(first).maximum = bid.maximum;
    }
    let stored: Vec<ParticipationRow> = audit::participations(conn, row.id)?;
    let stored: BTreeMap<UserId, ParticipationRow> =
        stored.into_iter().map(|part| (part.user_id, part)).collect();
    report.check(stored == bidders, || {
        format!("auction {}: its participations are not its bidders", row.id)
    });
    Ok(())
}

fn check_sale(
    row: &AuctionRow,
    log: &[BidRow],
    sale: Option<SaleRow>,
    payments: &Payments,
    report: &mut Report,
) {
    let id = row.id;
    let is_sold = row.outcome.as_deref() == Some(SOLD);
    report.check(is_sold == sale.is_some(), || {
        format!("auction {id}: sold without a sale, or the reverse")
    });
    let paid = payments.sales.get(&id).cloned().unwrap_or_default();
    let Some(sale) = sale else {
        report.check(paid.is_empty(), || format!("auction {id}: paid without a sale"));
        return;
    };
    let agrees = Some(sale.buyer_id) == row.leader_id
        && Some(sale.price) == row.price
        && sale.seller_id == row.seller_id
        && sale.work_id == row.work_id
        && Some(sale.sold_at) == row.closed_at;
    report.check(agrees, || format!("auction {id}: its sale is another one's"));
    let is_purchase = log.last().is_some_and(|bid| bid.kind == BidKind::Purchase.name());
    let kind = if is_purchase { SaleKind::BuyNow } else { SaleKind::HighestBid };
    report.check(sale.kind == kind.name(), || {
        format!("auction {id}: sold by {}, its sale says {}", kind.name(), sale.kind)
    });
    let due = BTreeMap::from([(sale.buyer_id, -sale.price), (sale.seller_id, sale.price)]);
    report
        .check(paid == due, || format!("auction {id}: {} is due, booked is {paid:?}", sale.price));
}

fn check_wallets(
    conn: &mut Conn,
    held: &HashMap<UserId, Money>,
    payments: &Payments,
    report: &mut Report,
) -> DbResult<()> {
    let wallets = audit::wallets(conn)?;
    report.wallets = wallets.len();
    let mut owners = BTreeSet::new();
    for wallet in wallets {
        let user = wallet.user_id;
        owners.insert(user);
        let booked = payments.balances.get(&user).copied().unwrap_or_default();
        report.check(wallet.balance == booked, || {
            format!("user {user}: the balance is {}, the ledger says {booked}", wallet.balance)
        });
        let leads = held.get(&user).copied().unwrap_or_default();
        report.check(wallet.held == leads, || {
            format!("user {user}: {} is held, leading maxima are {leads}", wallet.held)
        });
        report.check(wallet.held >= Money::ZERO && wallet.balance >= wallet.held, || {
            format!("user {user}: {} of {} is held", wallet.held, wallet.balance)
        });
    }
    for user in payments.balances.keys().chain(held.keys()) {
        report.check(owners.contains(user), || format!("user {user}: there is no wallet"));
    }
    Ok(())
}

fn check_charges(conn: &mut Conn, payments: &Payments, report: &mut Report) -> DbResult<()> {
    let charges: Vec<ChargeRow> = audit::charges(conn)?;
    for charge in charges {
        let id = charge.id;
        let status = ChargeStatus::from_name(&charge.status);
        let Some(status) = report.readable(format_args!("charge {id}"), status)? else { continue };
        let mut booked = payments.charges.get(&id).cloned().unwrap_or_default();
        booked.retain(|_, amount| *amount != Money::ZERO);
        let mut due = BTreeMap::new();
        if status == ChargeStatus::Paid {
            due.insert(charge.user_id, charge.amount);
        }
        report.check(booked == due, || {
            format!("charge {id}: it is {}, booked is {booked:?}", charge.status)
        });
    }
    Ok(())
}

/// A table and one of its columns.
type Column = (&'static str, &'static str);

/// References that the tables do not keep themselves, so that bids need not wait for them.
const REFERENCES: [(Column, Column); 11] = [
    (("users", "id"), ("wallets", "user_id")),
    (("auctions", "leader_id"), ("users", "id")),
    (("bids", "auction_id"), ("auctions", "id")),
    (("bids", "bidder_id"), ("users", "id")),
    (("participations", "auction_id"), ("auctions", "id")),
    (("participations", "user_id"), ("users", "id")),
    (("ledger", "auction_id"), ("auctions", "id")),
    (("ledger", "charge_id"), ("charges", "id")),
    (("notifications", "auction_id"), ("auctions", "id")),
    (("notifications", "user_id"), ("users", "id")),
    (("idempotency_keys", "user_id"), ("users", "id")),
];

fn check_references(conn: &mut Conn, report: &mut Report) -> DbResult<()> {
    for (from, to) in REFERENCES {
        for id in audit::dangling(conn, from, to)? {
            let ((table, column), (target, key)) = (from, to);
            report.faults.push(format!("{table}.{column} {id}: it is no {target}.{key}"));
        }
    }
    for auction in audit::foreign_works(conn)? {
        report.faults.push(format!("auction {auction}: its work is another seller's"));
    }
    Ok(())
}
