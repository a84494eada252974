//! Every kind of damage, by one statement each.

use artipul_tests::on_every_backend;

use super::Sound;

on_every_backend! {
    async fn in_the_ledger(world: &World) {
        let sound = Sound::database(world).await;
        let (anna, sold, bora) = (sound.anna, sound.sold, sound.bora);
        let first = format!("SELECT MIN(id) AS number FROM ledger WHERE user_id = {anna}");
        let id = world.number(&first).await;
        let charge = format!("SELECT charge_id AS number FROM ledger WHERE id = {id}");
        let charge = world.number(&charge).await;
        let set = |what: &str| format!("UPDATE ledger SET {what} WHERE id = {id}");
        let set_charge = |what: &str| format!("UPDATE ledger SET {what} WHERE charge_id = {charge}");
        let entry = |what: &str| format!("entry {id}: {what}");
        let balance = || format!("user {anna}: the balance is");
        let of_sale = format!("WHERE auction_id = {sold} AND user_id = {anna}");
        for (statement, expected) in [
            (set("amount = amount + 1"), vec![
                format!("transfer charge:{charge}: its entries sum to 1"),
                entry(&format!("user {anna} had")),
                balance(),
            ]),
            (format!("DELETE FROM ledger {of_sale}"), vec![
                format!("transfer sale:{sold}: its entries sum to 41,000"),
                format!("auction {sold}: 41,000 is due, booked is"),
                balance(),
            ]),
            (set("balance_after = 5"), vec![entry(&format!("user {anna} had"))]),
            (set("balance_after = NULL"), vec![entry(&format!("user {anna} had"))]),
            (set("user_id = 999"), vec!["user 999: there is no wallet".to_owned(), balance()]),
            (set("kind = 'sale'"), vec![entry("a sale is no part of charge:")]),
            (set("kind = 'gift'"), vec![entry("a gift is no part of charge:")]),
            (set_charge("transfer = 'x'"), vec![entry("a charge is no part of x")]),
            (set("account = 'gateway'"), vec![entry("its account is gateway, its user Some")]),
            (set_charge("amount = -amount"), vec![entry("a charge of -"), "in a gateway".to_owned()]),
            (set_charge("amount = 0"), vec![entry("a charge of 0 in a wallet"), balance()]),
            (set_charge("charge_id = 999"), vec![
                "ledger.charge_id 999: it is no charges.id".to_owned(),
                format!("charge {charge}: it is paid, booked is {{}}"),
            ]),
            (format!("UPDATE ledger SET auction_id = 999 WHERE auction_id = {sold}"), vec![
                "ledger.auction_id 999: it is no auctions.id".to_owned(),
                format!("auction {sold}: 41,000 is due, booked is {{}}"),
            ]),
            (set(&format!("user_id = {bora}")), vec![
                format!("charge {charge}: it is paid, booked is"),
                balance(),
                format!("user {bora}: the balance is"),
            ]),
        ] {
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            sound.with(&statement, &expected).await;
        }
    }

    async fn in_wallets_and_charges(world: &World) {
        let sound = Sound::database(world).await;
        let (anna, bora) = (sound.anna, sound.bora);
        let of = |user| format!("WHERE user_id = {user}");
        for (statement, expected) in [
            (format!("UPDATE wallets SET balance = balance + 1 {}", of(anna)), format!(
                "user {anna}: the balance is"
            )),
            (format!("UPDATE wallets SET held = held - 1000 {}", of(bora)), format!(
                "user {bora}: 89,000 is held, leading maxima are 90,000"
            )),
            (format!("UPDATE wallets SET held = 1 {}", of(anna)), format!(
                "user {anna}: 1 is held, leading maxima are 0"
            )),
            (format!("UPDATE wallets SET held = -1000 {}", of(anna)), format!(
                "user {anna}: -1,000 of"
            )),
            (format!("UPDATE wallets SET balance = 10 {}", of(bora)), format!(
                "user {bora}: 90,000 of 10 is held"
            )),
            (format!("DELETE FROM wallets {}", of(anna)), format!("user {anna}: there is no wallet")),
            (format!("DELETE FROM wallets {}", of(anna)), format!("users.id {anna}: it is no wallets")),
            ("UPDATE charges SET amount = amount + 1 WHERE id = 1".to_owned(), "charge 1: it is paid".to_owned()),
            ("UPDATE charges SET status = 'pending' WHERE id = 1".to_owned(), "charge 1: it is pending".to_owned()),
            (
                "UPDATE charges SET status = 'paid' WHERE status = 'cancelled'".to_owned(),
                "it is paid, booked is {}".to_owned(),
            ),
            ("UPDATE charges SET status = 'lost' WHERE id = 1".to_owned(), "charge 1: ".to_owned()),
            (
                format!("UPDATE charges SET user_id = {bora} WHERE id = 1"),
                "charge 1: it is paid, booked is".to_owned(),
            ),
        ] {
            sound.with(&statement, &[&expected]).await;
        }
    }

    async fn in_the_log_of_an_auction(world: &World) {
        let sound = Sound::database(world).await;
        let (open, bought) = (sound.open, sound.bought);
        let row = |number: i64| format!("WHERE auction_id = {open} AND number = {number}");
        let last = format!("WHERE auction_id = {bought} AND number = 4");
        let fault = |number: i64, what: &str| format!("auction {open}, bid {number}: {what}");
        for (statement, expected) in [
            (format!("DELETE FROM bids {}", row(1)), format!("auction {open}: its log has not the bids 1 to 4")),
            (format!("UPDATE bids SET number = 9 {}", row(4)), format!("auction {open}: its log has not")),
            (format!("UPDATE bids SET maximum = 5000 {}", row(1)), fault(1, "the bid must be at least 10,000")),
            (format!("UPDATE bids SET maximum = 10500 {}", row(1)), fault(1, "the amount must be")),
            (format!("UPDATE bids SET price = price + 1000 {}", row(3)), fault(3, "the price after it is 41,000")),
            (format!("UPDATE bids SET seq = 9 {}", row(2)), fault(2, "whether it is public is wrong")),
            (format!("UPDATE bids SET seq = NULL {}", row(3)), fault(3, "whether it is public is wrong")),
            (format!("UPDATE bids SET seq = seq + 5 {}", row(3)), fault(3, "its sequence is 8, not 3")),
            (format!("UPDATE bids SET seq = 1 {}", row(1)), fault(1, "its sequence is 1, not 2")),
            (format!("UPDATE bids SET kind = 'purchase' {}", row(3)), fault(3, "it is no purchase")),
            (
                format!("UPDATE bids SET placed_at = '2001-01-01 00:00:00' {}", row(2)),
                fault(2, "the auction has not started"),
            ),
            (
                format!("UPDATE bids SET placed_at = '2101-01-01 00:00:00' {}", row(2)),
                fault(2, "the auction has ended"),
            ),
            (
                format!("UPDATE bids SET bidder_id = {} {}", sound.artist, row(2)),
                fault(2, "sellers do not bid on their own works"),
            ),
            (format!("UPDATE bids SET bidder_id = 999 {}", row(3)), "bids.bidder_id 999: it is no users.id".to_owned()),
            (
                format!("UPDATE bids SET auction_id = 999 {}", row(4)),
                "bids.auction_id 999: it is no auctions.id".to_owned(),
            ),
            (format!("UPDATE bids SET kind = 'bid' {last}"), format!("auction {bought}, bid 4: it is no bid")),
        ] {
            sound.with(&statement, &[&expected]).await;
        }
    }

    async fn in_the_state_of_an_auction(world: &World) {
        let sound = Sound::database(world).await;
        let Sound { open, quiet, sold, unsold, cancelled, bought, draft, anna, bora, .. } = sound;
        let set = |id, what: &str| format!("UPDATE auctions SET {what} WHERE id = {id}");
        let fault = |id, what: &str| format!("auction {id}: {what}");
        for (statement, expected) in [
            (set(open, &format!("leader_id = {anna}")), fault(open, "its log leads to")),
            (set(open, "maximum = maximum + 1000"), fault(open, "its log leads to")),
            (set(open, "price = price - 1000, list_price = list_price - 1000"), fault(open, "its log leads to")),
            (set(open, "price = maximum + 1000"), fault(open, "the price exceeds the maximum")),
            (set(quiet, &format!("leader_id = {bora}, maximum = 50000, price = 10000")), fault(
                quiet, "its log leads to None",
            )),
            (set(open, "leader_id = 999"), "auctions.leader_id 999: it is no users.id".to_owned()),
            (set(open, "bid_count = bid_count + 1"), fault(open, "3 public bids, stored are 4")),
            (set(open, "bids_logged = 9"), fault(open, "its log has not the bids 1 to 9")),
            (set(open, "ends_at = '2101-01-01 00:00:00'"), fault(open, "its log ends it at")),
            (set(quiet, "ends_at = '2101-01-01 00:00:00'"), fault(quiet, "its log ends it at")),
            (set(open, "list_price = 1"), fault(open, "the price in lists is 1")),
            (set(quiet, "list_price = 1"), fault(quiet, "the price in lists is 1")),
            (set(open, "seq = seq + 1"), fault(open, "its sequence should be")),
            (set(sold, "seq = seq - 1"), fault(sold, "its sequence should be")),
            (set(quiet, "seq = 0"), fault(quiet, "its sequence should be")),
            (set(open, "start_price = 20000"), format!("auction {open}, bid 1: the price after it is 20,000")),
            (set(open, "house_id = 999"), format!("the house of auction {open}: not there")),
            (set(open, "status = 'frozen'"), fault(open, "the query failed")),
            (set(sold, "outcome = 'stolen'"), fault(sold, "the query failed")),
            (set(open, "status = 'ended', outcome = 'unsold'"), fault(open, "it should be Listed")),
            (set(open, "status = 'ended', outcome = 'cancelled'"), fault(open, "it should be Listed")),
            (set(open, "status = 'draft'"), fault(open, "it should be Listed")),
            (set(sold, "outcome = 'unsold'"), fault(sold, "it should be Ended(Sold)")),
            (set(bought, "outcome = 'unsold'"), fault(bought, "it should be Ended(Sold)")),
            (set(unsold, "outcome = 'sold'"), fault(unsold, "it should be Ended(Unsold)")),
            (set(cancelled, "outcome = 'sold'"), fault(cancelled, "it should be Listed")),
            (set(sold, "closed_at = starts_at"), fault(sold, "it should be Listed")),
            (set(bought, "closed_at = NULL"), fault(bought, "settled at None")),
            (set(cancelled, "closed_at = NULL"), fault(cancelled, "settled at None")),
            (set(draft, "closed_at = starts_at"), fault(draft, "settled at Some")),
            (set(open, &format!("seller_id = {bora}")), fault(open, "its work is another seller's")),
            (
                set(quiet, &format!("work_id = (SELECT work_id FROM sales WHERE auction_id = {sold})")),
                "its work is that of auction".to_owned(),
            ),
        ] {
            sound.with(&statement, &[&expected]).await;
        }
    }

    async fn in_sales(world: &World) {
        let sound = Sound::database(world).await;
        let Sound { sold, bought, unsold, open, anna, bora, .. } = sound;
        let set = |what: &str| format!("UPDATE sales SET {what} WHERE auction_id = {sold}");
        let another = format!("auction {sold}: its sale is another one's");
        for (statement, expected) in [
            (format!("DELETE FROM sales WHERE auction_id = {sold}"), format!("auction {sold}: sold without a sale")),
            (format!("DELETE FROM sales WHERE auction_id = {sold}"), format!("auction {sold}: paid without a sale")),
            (set(&format!("auction_id = {unsold}")), format!("auction {unsold}: sold without a sale, or the reverse")),
            (set(&format!("auction_id = {open}")), format!("auction {open}: sold without a sale, or the reverse")),
            (set("auction_id = 999"), "sale 999: there is no such auction".to_owned()),
            (set("price = price + 1000"), another.clone()),
            (set("price = price + 1000"), format!("auction {sold}: 42,000 is due")),
            (set(&format!("buyer_id = {bora}")), another.clone()),
            (set(&format!("seller_id = {anna}")), another.clone()),
            (set("work_id = 999"), another.clone()),
            (set("sold_at = '2001-01-01 00:00:00'"), another.clone()),
            (set("kind = 'buy-now'"), format!("auction {sold}: sold by highest-bid, its sale says buy-now")),
            (
                format!("UPDATE sales SET kind = 'highest-bid' WHERE auction_id = {bought}"),
                format!("auction {bought}: sold by buy-now, its sale says highest-bid"),
            ),
            (
                format!("DELETE FROM ledger WHERE auction_id = {bought}"),
                format!("auction {bought}: 200,000 is due, booked is {{}}"),
            ),
        ] {
            sound.with(&statement, &[&expected]).await;
        }
    }

    async fn in_participations_and_what_refers_to_people(world: &World) {
        let sound = Sound::database(world).await;
        let Sound { open, quiet, anna, bora, .. } = sound;
        let part = format!("WHERE auction_id = {open} AND user_id = {bora}");
        let fault = |id| format!("auction {id}: its participations are not its bidders");
        for (statement, expected) in [
            (format!("DELETE FROM participations {part}"), fault(open)),
            (format!("UPDATE participations SET maximum = 1000 {part}"), fault(open)),
            (format!("UPDATE participations SET first_bid_at = '2001-01-01 00:00:00' {part}"), fault(open)),
            (format!("UPDATE participations SET auction_id = {quiet} {part}"), fault(quiet)),
            (
                format!("UPDATE participations SET auction_id = 999 {part}"),
                "participations.auction_id 999: it is no auctions.id".to_owned(),
            ),
            (
                format!("UPDATE participations SET user_id = 999 {part}"),
                "participations.user_id 999: it is no users.id".to_owned(),
            ),
            (
                format!("UPDATE notifications SET user_id = 999 WHERE user_id = {anna}"),
                "notifications.user_id 999: it is no users.id".to_owned(),
            ),
            (
                format!("UPDATE notifications SET auction_id = 999 WHERE auction_id = {open}"),
                "notifications.auction_id 999: it is no auctions.id".to_owned(),
            ),
            (
                format!("UPDATE idempotency_keys SET user_id = 999 WHERE user_id = {anna}"),
                "idempotency_keys.user_id 999: it is no users.id".to_owned(),
            ),
            (
                format!("DELETE FROM users WHERE id = {anna}"),
                format!("bids.bidder_id {anna}: it is no users.id"),
            ),
        ] {
            sound.with(&statement, &[&expected]).await;
        }
    }
}
