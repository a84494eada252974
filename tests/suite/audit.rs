//! The audit finds every kind of damage and names what is damaged, and nothing else.

mod command;
mod damage;

use artipul_common::{AuctionId, Money, UserId, auctions::Outcome, client::new_idempotency_key};
use artipul_tests::{World, in_ms};

/// Tables that hold what the audit looks at.
const TABLES: [&str; 10] = [
    "auctions",
    "bids",
    "charges",
    "idempotency_keys",
    "ledger",
    "notifications",
    "participations",
    "sales",
    "users",
    "wallets",
];

/// A sound database with something of everything in it, and a copy of it.
struct Sound<'a> {
    world: &'a World,
    artist: UserId,
    anna: UserId,
    bora: UserId,
    /// With bids, a raise, and a leader.
    open: AuctionId,
    /// Listed without a bid.
    quiet: AuctionId,
    /// Sold to the highest bidder at its end.
    sold: AuctionId,
    /// Bought at the buy-now price.
    bought: AuctionId,
    /// Ended below its reserve.
    unsold: AuctionId,
    /// Withdrawn by its seller.
    cancelled: AuctionId,
    /// Not offered yet.
    draft: AuctionId,
}

impl<'a> Sound<'a> {
    async fn database(world: &'a World) -> Self {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(5_000).await, world.bidder(5_000).await);
        let open = artist.list(|_| ()).await.id;
        let quiet = artist.list(|_| ()).await.id;
        let sold = artist.list(|work| work.ends_at = in_ms(1_500)).await.id;
        let unsold = artist.list(|work| {
            work.ends_at = in_ms(1_500);
            work.reserve_price = Some(Money::new(900_000));
        });
        let unsold = unsold.await.id;
        let price = Money::new(200_000);
        let bought = artist.list(|work| work.buy_now_price = Some(price)).await.id;
        let cancelled = artist.list(|_| ()).await.id;
        let draft = artist.list(|work| work.draft = true).await.id;
        for id in [open, sold, unsold, bought] {
            anna.bid(id, 50).await;
            anna.bid(id, 60).await;
            bora.bid(id, 40).await;
        }
        bora.bid(open, 90).await;
        bora.client.bid(bought, price, &new_idempotency_key()).await.unwrap();
        artist.client.cancel_auction(cancelled).await.unwrap();
        let charge = anna.client.charge(price, &new_idempotency_key()).await.unwrap();
        anna.client.cancel_charge(charge.id).await.unwrap();
        assert_eq!(artist.settled(sold).await.outcome, Some(Outcome::Sold));
        assert_eq!(artist.settled(unsold).await.outcome, Some(Outcome::Unsold));
        let (artist, anna, bora) = (artist.id, anna.id, bora.id);
        let sound =
            Self { world, artist, anna, bora, open, quiet, sold, bought, unsold, cancelled, draft };
        for table in TABLES {
            world.sql(&format!("CREATE TABLE sound_{table} AS SELECT * FROM {table}")).await;
        }
        sound.is_found_sound().await;
        sound
    }

    async fn faults(&self) -> Vec<String> {
        self.world.audit().await.faults
    }

    async fn is_found_sound(&self) {
        let report = self.world.audit().await;
        assert_eq!(report.faults, Vec::<String>::new());
        for (seen, table) in [
            (report.auctions, "auctions"),
            (report.bids, "bids"),
            (report.wallets, "wallets"),
            (report.entries, "ledger"),
        ] {
            let rows = self.world.number(&format!("SELECT COUNT(*) AS number FROM {table}")).await;
            assert_eq!(i64::try_from(seen).unwrap(), rows, "all of {table} is looked at");
        }
    }

    /// Damages the database by one statement, checks that each of these faults is found, and
    /// repairs it.
    async fn with(&self, statement: &str, expected: &[&str]) {
        self.world.damage(statement).await;
        let faults = self.faults().await;
        for fault in expected {
            let is_found = faults.iter().any(|found| found.contains(fault));
            assert!(is_found, "{fault:?} is not found after {statement}, but {faults:#?}");
        }
        for table in TABLES {
            let repair =
                format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM sound_{table}");
            self.world.damage(&repair).await;
        }
        assert_eq!(self.faults().await, Vec::<String>::new(), "repaired after {statement}");
    }
}
