//! What always holds: of prices, ends, wallets and sales.

use std::collections::BTreeMap;

use artipul_common::{Money, UserId, bids::BidResult, mine::SaleKind};
use chrono::TimeDelta;
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{
    cases,
    history::{History, MINUTE, TRILLION, history, rush},
    room::{Command, Moment, Order, Reply, Room, Wallets, apply, at, play, terms},
};
use crate::auction::{Auction, Bid, Listing, Purchase, Sale, Status, WalletEffect};

/// The maxima that were accepted in this auction and bought nothing, in their order.
fn maxima(moments: &[Moment], which: usize) -> Vec<(UserId, Money)> {
    let of_moment = |moment: &Moment| match (&moment.command.order, &moment.reply) {
        (Order::Bid { bidder, maximum }, Reply::Accepted(accepted))
            if moment.command.auction == which && accepted.result != BidResult::Bought =>
        {
            Some((*bidder, *maximum))
        }
        _ => None,
    };
    moments.iter().filter_map(of_moment).collect()
}

fn is_bought(room: &Room, which: usize) -> bool {
    room.sales.iter().any(|(sold, sale)| *sold == which && sale.kind == SaleKind::BuyNow)
}

/// Does again exactly what was done, refused or not.
fn run<'a>(history: &History, commands: impl IntoIterator<Item = &'a Command>) -> Room {
    let mut room = Room::open(history);
    for command in commands {
        room.obey(command);
    }
    room
}

/// A closer comes to each auction when all is over.
fn sweep(moments: &[Moment]) -> impl Iterator<Item = Command> {
    let last = moments.last().map_or(0, |moment| moment.command.at);
    let at = last + 365 * 24 * 3_600 * 1_000_000;
    (0..2).map(move |auction| Command { at, auction, order: Order::Close { closers: 3 } })
}

/// What the log of one auction makes of it, whatever became of wallets and other auctions.
fn replay(mut auction: Auction, room: &Room, log: &[&Command]) -> Auction {
    let available = Money::new(2 * TRILLION);
    for command in log {
        let now = at(command.at);
        auction = match &command.order {
            Order::Bid { bidder, maximum } => {
                let bid = Bid { bidder: *bidder, maximum: *maximum, available };
                auction.bid(bid, now, &room.house).expect("it was accepted").auction
            }
            Order::Buy { buyer, price } => {
                let purchase = Purchase { buyer: *buyer, price: *price, available };
                auction.buy(purchase, now).expect("it was accepted").auction
            }
            Order::Close { .. } => auction.close(now).expect("it was due").auction,
            Order::Cancel { user } => auction.cancel(*user, now).expect("it was accepted"),
            Order::Edit { offer, .. } => {
                let terms = terms(offer).listed(Listing::Offer, now, &room.house);
                auction.with_terms(terms.expect("they were accepted"), Status::Listed)
            }
        };
    }
    auction
}

fn total(wallets: &Wallets) -> Money {
    wallets.values().map(|wallet| wallet.balance).sum()
}

fn leading_maxima(room: &Room) -> BTreeMap<UserId, Money> {
    let mut maxima: BTreeMap<UserId, Money> =
        room.wallets.keys().map(|user| (*user, Money::ZERO)).collect();
    let listed = room.auctions.iter().filter(|auction| auction.status == Status::Listed);
    for lead in listed.filter_map(|auction| auction.lead) {
        *maxima.entry(lead.bidder).or_default() += lead.maximum;
    }
    maxima
}

fn balances(wallets: &Wallets) -> BTreeMap<UserId, Money> {
    wallets.iter().map(|(user, wallet)| (*user, wallet.balance)).collect()
}

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn the_price_never_falls_and_never_exceeds_the_maximum(history in history()) {
        for moment in play(&history) {
            let (before, after) = moment.auction();
            prop_assert!(after.price() >= before.price(), "{:?}", moment.command);
            if let Some(lead) = after.lead {
                prop_assert!(lead.price >= after.terms.start_price);
                prop_assert!(lead.price <= lead.maximum, "{:?}", moment.command);
            }
        }
    }

    #[test]
    fn the_leader_has_the_highest_maximum_the_earliest_among_equals(history in history()) {
        let moments = play(&history);
        for count in 1..=moments.len() {
            let (which, room) = (moments[count - 1].command.auction, &moments[count - 1].after);
            let maxima = maxima(&moments[..count], which);
            let highest = maxima.iter().map(|(_, maximum)| *maximum).max();
            let first = maxima.iter().find(|(_, maximum)| Some(*maximum) == highest).copied();
            if !is_bought(room, which) {
                let lead = room.auctions[which].lead;
                prop_assert_eq!(lead.map(|lead| (lead.bidder, lead.maximum)), first);
            }
        }
    }

    #[test]
    fn the_price_is_at_least_the_best_losing_maximum(history in history()) {
        let moments = play(&history);
        for count in 1..=moments.len() {
            let (which, room) = (moments[count - 1].command.auction, &moments[count - 1].after);
            if let Some(lead) = room.auctions[which].lead {
                let maxima = maxima(&moments[..count], which);
                let losing = maxima.iter().filter(|(bidder, _)| *bidder != lead.bidder);
                let best = losing.map(|(_, maximum)| *maximum).max();
                prop_assert!(Some(lead.price) >= best, "{:?} < {:?}", lead.price, best);
            }
        }
    }

    #[test]
    fn a_maximum_that_leads_is_below_the_buy_now_price(history in history()) {
        for moment in play(&history) {
            let auction = moment.auction().1;
            if let (Status::Listed, Some(lead)) = (auction.status, auction.lead) {
                let below = auction.terms.buy_now.is_none_or(|buy_now| lead.maximum < buy_now);
                prop_assert!(below, "{:?}", moment.command);
            }
        }
    }

    #[test]
    fn the_end_never_moves_back_and_never_passes_the_cap(history in history()) {
        for moment in play(&history) {
            let (before, after) = moment.auction();
            let is_edit = matches!(moment.command.order, Order::Edit { .. });
            prop_assert!(is_edit || after.ends_at >= before.ends_at, "{:?}", moment.command);
            prop_assert!(is_edit || after.terms == before.terms);
            let cap = after.terms.scheduled_end + moment.after.house.max_extension;
            prop_assert!(after.ends_at <= cap, "{:?}", moment.command);
        }
    }

    #[test]
    fn the_end_does_not_move_back_under_a_house_that_allows_less(
        history in history(),
        max_extension in 0..5 * MINUTE,
    ) {
        for Moment { command, before, .. } in play(&history) {
            if matches!(command.order, Order::Edit { .. }) {
                continue;
            }
            let mut room = before.clone();
            room.house.max_extension = TimeDelta::microseconds(max_extension);
            room.obey(&command);
            let end = |room: &Room| room.auctions[command.auction].ends_at;
            prop_assert!(end(&room) >= end(&before), "{:?}", command);
        }
    }

    #[test]
    fn a_late_change_leaves_the_time_of_the_soft_close_or_reaches_the_cap(history in history()) {
        for moment in play(&history) {
            let Some(accepted) = moment.reply.accepted() else { continue };
            let (before, after) = moment.auction();
            let house = &moment.after.house;
            let left = |auction: &Auction| auction.ends_at - at(moment.command.at);
            let cap = after.terms.scheduled_end + house.max_extension;
            let is_late = left(before) < house.soft_close;
            if accepted.is_public && accepted.sale.is_none() && is_late {
                let has_time = left(after) == house.soft_close;
                prop_assert!(has_time || after.ends_at == before.ends_at.max(cap));
            } else {
                prop_assert_eq!(after.ends_at, before.ends_at);
            }
            prop_assert_eq!(accepted.extended, after.ends_at > before.ends_at);
            prop_assert!(left(before) > TimeDelta::zero(), "accepted at or after the end");
        }
    }

    #[test]
    fn what_is_held_is_what_leads(history in history()) {
        for Moment { command, after, .. } in play(&history) {
            let held: BTreeMap<_, _> =
                after.wallets.iter().map(|(user, wallet)| (*user, wallet.held)).collect();
            prop_assert_eq!(held, leading_maxima(&after), "{:?}", command);
        }
    }

    #[test]
    fn a_wallet_never_holds_more_than_it_has_and_no_money_is_made_or_lost(history in history()) {
        let all = total(&Room::open(&history).wallets);
        for Moment { mut before, effects, .. } in play(&history) {
            for effect in effects {
                apply(&mut before.wallets, effect);
                for wallet in before.wallets.values() {
                    prop_assert!(wallet.held >= Money::ZERO, "{:?}", effect);
                    prop_assert!(wallet.balance >= wallet.held, "{:?}", effect);
                }
                prop_assert_eq!(total(&before.wallets), all);
            }
        }
    }

    #[test]
    fn however_many_closers_come_there_is_one_sale_of_a_sold_auction(history in rush()) {
        let moments = play(&history);
        for which in 0..2 {
            let ended = |moment: &&Moment| {
                let (before, after) = moment.auction();
                moment.command.auction == which && before.outcome() != after.outcome()
            };
            prop_assert!(moments.iter().filter(ended).count() <= 1);
            for moment in &moments {
                let sales = moment.after.sales.iter().filter(|(sold, _)| *sold == which).count();
                prop_assert_eq!(sales, usize::from(moment.after.is_sold(which)));
                prop_assert!(!matches!(moment.reply, Reply::ClosedBy(2..)));
            }
        }
    }

    #[test]
    fn it_does_not_matter_when_closers_come(
        mut history in rush(),
        closers in vec((any::<Index>(), 0..2usize), 0..12),
    ) {
        // A closing frees points for other auctions, so nobody may be short of points.
        history.purses.fill(2 * TRILLION);
        let moments = play(&history);
        let commands: Vec<_> = moments.iter().map(|moment| moment.command.clone()).collect();
        let mut with_closers = commands.clone();
        for (index, auction) in closers {
            let place = index.index(with_closers.len());
            let order = Order::Close { closers: 1 };
            let closer = Command { at: with_closers[place].at, auction, order };
            with_closers.insert(place, closer);
        }
        let sweep: Vec<_> = sweep(&moments).collect();
        let mut few = run(&history, commands.iter().chain(&sweep));
        let mut many = run(&history, with_closers.iter().chain(&sweep));
        // Which of the two auctions was closed first may differ.
        few.sales.sort_by_key(|(which, _)| *which);
        many.sales.sort_by_key(|(which, _)| *which);
        prop_assert_eq!(few, many);
    }

    #[test]
    fn replaying_the_log_of_an_auction_gives_its_state(history in history()) {
        let moments = play(&history);
        let Some(last) = moments.last() else { return Ok(()) };
        for (which, auction) in Room::open(&history).auctions.into_iter().enumerate() {
            let is_logged = |moment: &&Moment| {
                moment.command.auction == which && !moment.reply.is_refusal()
            };
            let log: Vec<_> =
                moments.iter().filter(is_logged).map(|moment| &moment.command).collect();
            prop_assert_eq!(&replay(auction, &last.after, &log), &last.after.auctions[which]);
        }
    }

    #[test]
    fn a_refused_command_changes_nothing(history in history()) {
        let moments = play(&history);
        for moment in moments.iter().filter(|moment| moment.reply.is_refusal()) {
            prop_assert_eq!(&moment.before, &moment.after);
            prop_assert!(moment.effects.is_empty());
        }
        let accepted = moments.iter().filter(|moment| !moment.reply.is_refusal());
        let room = run(&history, accepted.map(|moment| &moment.command));
        prop_assert_eq!(Some(&room), moments.last().map(|moment| &moment.after));
    }

    #[test]
    fn who_buys_at_once_pays_exactly_the_buy_now_price(history in history()) {
        for moment in play(&history) {
            let Some(sale) = moment.reply.accepted().and_then(|accepted| accepted.sale) else {
                continue;
            };
            let (before, after) = moment.auction();
            let Some(price) = before.terms.buy_now else {
                return Err(TestCaseError::fail("sold without a buy-now price"));
            };
            prop_assert_eq!(sale, Sale { buyer: sale.buyer, price, kind: SaleKind::BuyNow });
            prop_assert_eq!(after.price(), Some(price));
            let payment = WalletEffect::Pay { from: sale.buyer, to: before.seller, amount: price };
            let payments = moment.effects.iter();
            let payments: Vec<_> =
                payments.filter(|effect| matches!(effect, WalletEffect::Pay { .. })).collect();
            prop_assert_eq!(payments, vec![&payment]);
            let mut expected = balances(&moment.before.wallets);
            *expected.entry(sale.buyer).or_default() -= price;
            *expected.entry(before.seller).or_default() += price;
            prop_assert_eq!(balances(&moment.after.wallets), expected);
        }
    }

    #[test]
    fn closing_sells_at_the_price_exactly_if_it_reached_the_reserve(history in history()) {
        for moment in play(&history) {
            let (before, after) = moment.auction();
            if moment.reply != Reply::ClosedBy(1) {
                continue;
            }
            prop_assert!(at(moment.command.at) >= before.ends_at);
            let reserve = before.terms.reserve.unwrap_or(Money::ZERO);
            let sold = before.lead.filter(|lead| lead.price >= reserve);
            // The secret maximum never stops short of a reserve that it covers.
            let covers = before.lead.filter(|lead| lead.maximum >= reserve);
            prop_assert_eq!(sold, covers);
            let sale = sold.map(|lead| Sale {
                buyer: lead.bidder,
                price: lead.price,
                kind: SaleKind::HighestBid,
            });
            let sales = &moment.after.sales[moment.before.sales.len()..];
            prop_assert_eq!(sales.iter().map(|(_, sale)| *sale).collect::<Vec<_>>(), Vec::from_iter(sale));
            prop_assert_eq!(after.lead, before.lead);
        }
    }
}
