//! Who is told what, after a batch.

use std::collections::{BTreeSet, HashMap};

use artipul_common::{AuctionId, Money, UserId, auctions::Outcome, events::NoticeKind};

use super::entry::Entry;
use crate::db::{Conn, DbResult, bids, mine, notifications::NewNotice};

/// The notices of a batch, whose bidders had these `participations`: one per user, auction and
/// change, however often the lead went to and fro within it.
pub(super) fn of_batch<'e>(
    conn: &mut Conn,
    entries: impl Iterator<Item = &'e Entry> + Clone,
    participations: impl Iterator<Item = &'e (UserId, AuctionId)>,
) -> DbResult<Vec<NewNotice>> {
    let closed = entries.clone().filter(|entry| is_closed(entry)).map(|entry| entry.row.id);
    let mut participants = participants(conn, closed.collect())?;
    // Those who took part for the first time are not in the database yet.
    for (user, auction) in participations {
        if let Some(participants) = participants.get_mut(auction) {
            participants.insert(*user);
        }
    }
    let mut notices = Vec::new();
    for entry in entries {
        if entry.is_reminder_due {
            let followers = mine::followers(conn, entry.row.id)?;
            let price = Some(entry.auction.list_price());
            notices.extend(
                followers
                    .into_iter()
                    .map(|user| notice(entry, user, NoticeKind::EndingSoon, price)),
            );
        }
        if entry.is_withdrawn || entry.is_edited {
            let kind = if entry.is_withdrawn { NoticeKind::Withdrawn } else { NoticeKind::Updated };
            let mut told: BTreeSet<UserId> =
                mine::followers(conn, entry.row.id)?.into_iter().collect();
            // He knows what he has changed himself.
            match entry.is_withdrawn {
                true => told.insert(entry.row.seller_id),
                false => told.remove(&entry.row.seller_id),
            };
            let price = entry.auction.price();
            notices.extend(told.into_iter().map(|user| notice(entry, user, kind, price)));
        }
        if is_closed(entry) {
            let participants = participants.remove(&entry.row.id).unwrap_or_default();
            of_close(entry, participants, &mut notices);
        } else if entry.is_changed && !entry.is_withdrawn {
            of_lead(entry, &mut notices);
        }
    }
    Ok(notices)
}

fn is_closed(entry: &Entry) -> bool {
    // Whoever withdraws an auction does so before anybody has bid: nobody needs to be told.
    let is_cancelled = entry.auction.outcome() == Some(Outcome::Cancelled);
    entry.before.outcome().is_none() && entry.auction.outcome().is_some() && !is_cancelled
}

fn of_lead(entry: &Entry, notices: &mut Vec<NewNotice>) {
    let Some(lead) = entry.auction.lead else { return };
    let price = Some(lead.price);
    if entry.before.lead.map(|before| before.bidder) != Some(lead.bidder) {
        notices.push(notice(entry, lead.bidder, NoticeKind::Leading, price));
    }
    let outbid = entry.led.iter().filter(|user| **user != lead.bidder);
    notices.extend(outbid.map(|user| notice(entry, *user, NoticeKind::Outbid, price)));
}

fn of_close(entry: &Entry, participants: BTreeSet<UserId>, notices: &mut Vec<NewNotice>) {
    let winner = entry.sale.map(|sale| sale.buyer);
    let price = entry.auction.price();
    if let Some(winner) = winner {
        notices.push(notice(entry, winner, NoticeKind::Won, price));
    }
    let kind = if winner.is_some() { NoticeKind::Sold } else { NoticeKind::Unsold };
    notices.push(notice(entry, entry.row.seller_id, kind, price));
    let losers = participants.into_iter().filter(|user| Some(*user) != winner);
    notices.extend(losers.map(|user| notice(entry, user, NoticeKind::Lost, price)));
}

fn notice(entry: &Entry, user: UserId, kind: NoticeKind, price: Option<Money>) -> NewNotice {
    NewNotice { user, kind, auction: Some(entry.row.id), title: Some(entry.title.clone()), price }
}

/// Who has bid on each of these auctions.
fn participants(
    conn: &mut Conn,
    auctions: Vec<AuctionId>,
) -> DbResult<HashMap<AuctionId, BTreeSet<UserId>>> {
    if auctions.is_empty() {
        return Ok(HashMap::new());
    }
    let mut by_auction: HashMap<AuctionId, BTreeSet<UserId>> =
        auctions.iter().map(|auction| (*auction, BTreeSet::new())).collect();
    for (auction, user) in bids::participants(conn, auctions)? {
        by_auction.entry(auction).or_default().insert(user);
    }
    Ok(by_auction)
}
