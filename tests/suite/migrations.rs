//! Databases of earlier versions.

use artipul_server::db::{Db, is_up_to_date};
use artipul_tests::{World, on_every_backend};

/// The version that this one replaces had these indexes.
const BEFORE: &str = "
    CREATE INDEX auctions_price ON auctions (status, list_price, id);
    CREATE INDEX auctions_popular ON auctions (status, bid_count, id);
    DELETE FROM __diesel_schema_migrations WHERE version = '20261122000002';
";

/// The world's database after these statements, which undo migrations, and as a server opens it.
async fn brought_up_to_date(world: &World, before: &'static str) -> Db {
    world.app().db.write(move |conn| conn.execute(before)).await.unwrap();
    let backend = world.app().db.backend().clone();
    let opened = tokio::task::spawn_blocking(move || Db::open(backend, 1)).await.unwrap();
    let db = opened.unwrap();
    assert!(db.read(is_up_to_date).await.unwrap());
    db
}

on_every_backend! {
    async fn a_database_of_the_version_before_is_brought_up_to_date(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(900).await;
        let (first, second) = (artist.list(|_| ()).await.id, artist.list(|_| ()).await.id);
        anna.bid(second, 20).await;
        let popular = async || world.pages("/v1/auctions?sort=popular", 100).await;
        let before = popular().await;
        assert_eq!(before.len(), 2);
        assert_eq!(before[0]["id"], second.get());
        assert_eq!(before[1]["id"], first.get());

        let db = brought_up_to_date(world, BEFORE).await;
        // What is there cannot be made again, so this tells that it is gone.
        let again = "CREATE INDEX auctions_price ON auctions (status, id)";
        db.write(|conn| conn.execute(again)).await.unwrap();
        assert_eq!(popular().await, before);
    }

    async fn notices_are_found_without_the_index_that_they_had(world: &World) {
        let auction = world.artist().await.list(|_| ()).await.id;
        let (anna, bea) = (world.bidder(900).await, world.bidder(900).await);
        for amount in [10, 30, 50] {
            anna.bid(auction, amount).await;
            bea.bid(auction, amount + 10).await;
        }
        let notices = async |limit| anna.pages("/v1/me/notifications", limit).await;
        let told = notices(100).await;

        let before = "
            CREATE INDEX notifications_user ON notifications (user_id, id);
            DELETE FROM __diesel_schema_migrations WHERE version = '20261123000006';
        ";
        let db = brought_up_to_date(world, before).await;
        let again = "CREATE INDEX notifications_user ON notifications (user_id, id)";
        db.write(|conn| conn.execute(again)).await.unwrap();
        assert_eq!(notices(1).await, told);
    }

    async fn accounts_of_others_can_be_linked_in_a_database_that_knew_none(world: &World) {
        let before = "DROP TABLE identities;
            DELETE FROM __diesel_schema_migrations WHERE version = '20261122000005';";
        let anna = world.bidder(0).await;
        brought_up_to_date(world, before).await;
        assert_eq!(anna.client.identities().await.unwrap().items, []);
        assert_eq!(anna.client.me().await.unwrap().id, anna.id);
    }
}
