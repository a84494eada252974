//! The audit: checks every invariant of the database, on one consistent view of it.
//!
//! It trusts no number that can be worked out from others: balances from the ledger, holds from
//! the leading maxima, and the state of every auction from its log.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use artipul_common::{AuctionId, ChargeId, Money, UserId, auctions::Outcome};

use crate::{
    auction::{Auction, Bid, Purchase, Status},
    db::{
        Conn, DbResult,
        auctions::AuctionRow,
        audit::{self, LedgerRow},
        bids::{self, BidRow, ParticipationRow},
        houses::Houses,
        types::{BidKind, Named},
        wallets::{ChargeRow, SaleRow},
    },
};

/// Auctions that are looked at together.
const PAGE: i64 = 500;
/// More than anybody has: the log has only what was covered at its time.
const COVERED: Money = Money::new(i64::MAX / 4);

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
    charges: HashMap<ChargeId, Money>,
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
            take_entry(&row, &mut payments, report);
        }
    }
    for (transfer, sum) in sums {
        report
            .check(sum == Money::ZERO, || format!("transfer {transfer}: its entries sum to {sum}"));
    }
    Ok(payments)
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
        *payments.charges.entry(charge).or_default() += row.amount;
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
    let mut held: HashMap<UserId, Money> = HashMap::new();
    let mut after = AuctionId::new(0);
    loop {
        let rows = audit::auctions(conn, after, PAGE)?;
        let Some(last) = rows.last() else { return Ok(held) };
        after = last.id;
        report.auctions += rows.len();
        for row in rows {
            let log = bids::log(conn, row.id)?;
            report.bids += log.len();
            check_log(conn, houses, &row, &log, report)?;
            check_participations(conn, &row, &log, report)?;
            check_sale(&row, sales.remove(&row.id), payments, report)?;
            if let (Some(leader), Some(maximum), false) =
                (row.leader_id, row.maximum, row.status == "ended")
            {
                *held.entry(leader).or_default() += maximum;
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
    report: &mut Report,
) -> DbResult<()> {
    let id = row.id;
    let numbers = log.iter().map(|bid| bid.number).eq(1..=row.bids_logged);
    report.check(numbers, || {
        format!("auction {id}: its log has not the bids 1 to {}", row.bids_logged)
    });
    let stored = row.auction()?;
    let house = houses.of(conn, row.house_id)?;
    let mut auction = Auction::new(stored.seller, stored.terms.clone(), Status::Listed);
    // Changes before the first bid are counted too, and are not in the log.
    let logged = log.iter().filter_map(|bid| bid.seq).min();
    auction.seq = logged.map_or(stored.seq, |_| 0);
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
        report.check(accepted.is_public == bid.seq.is_some(), || {
            format!("auction {id}, bid {}: whether it is public is wrong", bid.number)
        });
        auction = accepted.auction;
    }
    compare(row, &auction, &stored, report);
    Ok(())
}

fn compare(row: &AuctionRow, replayed: &Auction, stored: &Auction, report: &mut Report) {
    let id = row.id;
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
    let expected = match (stored.status, replayed.status) {
        // The log ends with a purchase.
        (_, Status::Ended(outcome)) => Some(Status::Ended(outcome)),
        (Status::Ended(Outcome::Cancelled), _) => {
            stored.lead.is_none().then_some(Status::Ended(Outcome::Cancelled))
        }
        (Status::Ended(_), _) => {
            let closed_at = row.closed_at.map(|time| time.and_utc());
            closed_at.and_then(|now| replayed.close(now)).map(|closed| closed.auction.status)
        }
        (status, _) => Some(status),
    };
    report.check(expected == Some(stored.status), || {
        format!("auction {id}: it should be {expected:?}, stored is {:?}", stored.status)
    });
}

fn check_participations(
    conn: &mut Conn,
    row: &AuctionRow,
    log: &[BidRow],
    report: &mut Report,
) -> DbResult<()> {
    let last: BTreeMap<UserId, Money> =
        log.iter().map(|bid| (bid.bidder_id, bid.maximum)).collect();
    let stored: Vec<ParticipationRow> = audit::participations(conn, row.id)?;
    let stored: BTreeMap<UserId, Money> =
        stored.into_iter().map(|part| (part.user_id, part.maximum)).collect();
    report.check(stored == last, || {
        format!("auction {}: its participations are not its bidders", row.id)
    });
    Ok(())
}

fn check_sale(
    row: &AuctionRow,
    sale: Option<SaleRow>,
    payments: &Payments,
    report: &mut Report,
) -> DbResult<()> {
    let id = row.id;
    let is_sold = row.outcome.as_deref() == Some(Outcome::Sold.name());
    report.check(is_sold == sale.is_some(), || {
        format!("auction {id}: sold without a sale, or the reverse")
    });
    let paid = payments.sales.get(&id).cloned().unwrap_or_default();
    let Some(sale) = sale else {
        report.check(paid.is_empty(), || format!("auction {id}: paid without a sale"));
        return Ok(());
    };
    let agrees = Some(sale.buyer_id) == row.leader_id
        && Some(sale.price) == row.price
        && sale.seller_id == row.seller_id
        && sale.work_id == row.work_id;
    report.check(agrees, || format!("auction {id}: its sale is another one's"));
    let due = BTreeMap::from([(sale.buyer_id, -sale.price), (sale.seller_id, sale.price)]);
    report
        .check(paid == due, || format!("auction {id}: {} is due, booked is {paid:?}", sale.price));
    Ok(())
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
        let booked = payments.charges.get(&charge.id).copied().unwrap_or_default();
        let due = if charge.status == "paid" { charge.amount } else { Money::ZERO };
        report.check(booked == due, || {
            format!("charge {}: it is {}, booked is {booked}", charge.id, charge.status)
        });
    }
    Ok(())
}
