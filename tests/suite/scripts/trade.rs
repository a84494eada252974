//! A script's life: works are offered, found, bid on, bought and paid.

use artipul_tests::{Person, Shell, World, on_every_backend, phone_code};
use serde_json::{Value, json};

use super::typed;

/// An artist's shell, and a work of his at 10,000 that can be bought for 90,000.
async fn offered(world: &World) -> (Shell, String) {
    let artist = world.artist().await;
    let shell = Shell::of(&artist, &world.url()).await;
    let sold = shell.data(&SELL).await;
    let id = typed(&sold["id"]);
    (shell, id)
}

const SELL: [&str; 13] = [
    "sell",
    "--title",
    "Sea at Night",
    "--genre",
    "painting",
    "--start-price",
    "1만",
    "--ends",
    "7d",
    "--buy-now-price",
    "90,000",
    "--tag",
    "sea",
];

async fn bidder(world: &World, thousands: i64) -> (Person, Shell) {
    let person = world.bidder(thousands).await;
    let shell = Shell::of(&person, &world.url()).await;
    (person, shell)
}

on_every_backend! {
    async fn a_work_is_offered_found_bid_on_and_bought(world: &World) {
        let (artist, id) = offered(world).await;
        let (anna, bora) = (bidder(world, 500).await.1, bidder(world, 500).await.1);

        let (status, wrong) = anna.json(&["browse", "--genre", "paintings"]).await;
        assert_eq!((status, &wrong["error"]["flag"]), (2, &json!("--genre")), "{wrong}");
        let found = anna.data(&["browse", "--genre", "painting", "-q", "sea", "--tag", "sea"]).await;
        assert_eq!(found["items"][0]["id"], id.parse::<i64>().unwrap());
        let none = anna.data(&["browse", "--min-price", "20000"]).await;
        assert_eq!(none["items"], json!([]));

        let forecast = anna.data(&["bid", &id, "50,000", "--dry-run"]).await;
        assert_eq!((&forecast["would_be_accepted"], &forecast["holds"]), (&json!(true), &json!(50_000)));
        assert_eq!(anna.data(&["history", &id]).await["items"], json!([]), "nothing was bid");

        let led = anna.data(&["bid", &id, "50,000", "--key", "anna-1"]).await;
        assert_eq!((&led["result"], &led["price"]), (&json!("leading"), &json!(10_000)));
        assert_eq!(led["idempotency_key"], "anna-1");
        let (status, outbid) = bora.json(&["bid", &id, "40000"]).await;
        assert_eq!((status, &outbid["data"]["result"]), (3, &json!("outbid")), "{outbid}");
        let (status, low) = bora.json(&["bid", &id, "41000"]).await;
        assert_eq!((status, &low["error"]["code"]), (4, &json!("bid-too-low")), "{low}");
        assert_eq!(low["error"]["min_next"], 42_000);
        assert_eq!(low["error"]["status"], 409);
        let (status, own) = artist.json(&["bid", &id, "60000"]).await;
        assert_eq!((status, &own["error"]["code"]), (4, &json!("own-auction")));

        let history = anna.data(&["history", &id]).await;
        assert_eq!(history["items"].as_array().unwrap().len(), 2, "{history}");
        assert_eq!(anna.data(&["wallet"]).await["held"], 50_000);
        assert_eq!(anna.data(&["mine", "participations", "--state", "leading"]).await["items"][0]["maximum"], 50_000);

        let bought = bora.data(&["buy", &id, "--price", "90000"]).await;
        assert_eq!(bought["result"], "bought");
        assert_eq!(bora.data(&["mine", "purchases"]).await["items"][0]["price"], 90_000);
        assert_eq!(bora.data(&["wallet", "entries"]).await["items"][0]["kind"], "purchase");
        assert_eq!(artist.data(&["wallet"]).await["balance"], 90_000);
        let (status, late) = anna.json(&["bid", &id, "100000"]).await;
        assert_eq!((status, &late["error"]["code"]), (4, &json!("auction-ended")));

        let told = anna.data(&["notices", "--unread"]).await;
        let lost = told["items"].as_array().unwrap().iter().find(|one| one["kind"] == "lost");
        assert!(lost.is_some(), "{told}");
        anna.data(&["notices", "read", "--all"]).await;
        assert_eq!(anna.data(&["notices", "--unread"]).await["items"], json!([]));
        assert_eq!(anna.data(&["mine", "summary"]).await["lost"], 1);
    }

    async fn a_purchase_agrees_to_a_price(world: &World) {
        let (_, id) = offered(world).await;
        let anna = bidder(world, 500).await.1;
        let (status, unpriced) = anna.json(&["buy", &id]).await;
        assert_eq!((status, &unpriced["error"]["code"]), (2, &json!("price-needed")));
        assert_eq!(unpriced["error"]["buy_now_price"], 90_000);
        let (status, other) = anna.json(&["buy", &id, "--price", "80000"]).await;
        assert_eq!((status, &other["error"]["code"]), (4, &json!("buy-now-unavailable")));
        let said = anna.run(&["buy", &id]).await;
        assert!(said.out.is_empty() && said.err.contains("--price 90000"), "{said:?}");
        let poor = bidder(world, 5).await.1;
        let (status, few) = poor.json(&["buy", &id, "--price", "90000"]).await;
        assert_eq!((status, &few["error"]["available"]), (4, &json!(5_000)), "{few}");
    }

    async fn the_same_key_counts_once(world: &World) {
        let (_, id) = offered(world).await;
        let anna = bidder(world, 500).await.1;
        let bid = ["bid", &id, "30000", "--key", "once"];
        assert_eq!(anna.data(&bid).await, anna.data(&bid).await);
        assert_eq!(anna.data(&["history", &id]).await["items"].as_array().unwrap().len(), 1);
        let (status, other) = anna.json(&["bid", &id, "40000", "--key", "once"]).await;
        assert_eq!((status, &other["error"]["code"]), (4, &json!("idempotency-key-reused")));
        let charge = ["charge", "10,000", "--key", "charge-1"];
        let charged = anna.data(&charge).await;
        assert_eq!(charged["id"], anna.data(&charge).await["id"]);
        assert_eq!(anna.data(&["wallet"]).await["balance"], 510_000);
        let cancelled = anna.data(&["charge", "cancel", &typed(&charged["id"])]).await;
        assert_eq!(cancelled["status"], "cancelled");
        assert_eq!(anna.data(&["wallet"]).await["balance"], 500_000);
    }

    async fn an_artist_drafts_edits_publishes_withdraws_and_relists(world: &World) {
        let artist = world.artist().await;
        let shell = Shell::of(&artist, &world.url()).await;
        let draft = shell.data(&[&SELL[..], &["--draft", "--reserve-price", "50000"]].concat()).await;
        let id = typed(&draft["id"]);
        assert_eq!((&draft["phase"], &draft["reserve_price"]), (&json!("draft"), &json!(50_000)));
        let edited = shell.data(&["edit", &id, "--title", "달밤", "--clear", "reserve-price", "--clear", "tags"]).await;
        assert_eq!((&edited["title"], &edited["tags"]), (&json!("달밤"), &json!([])));
        assert_eq!(edited["reserve_price"], Value::Null);
        assert_eq!(edited["buy_now_price"], 90_000, "what is not named stays");
        assert_eq!(shell.data(&["publish", &id]).await["phase"], "open");
        assert_eq!(shell.data(&["mine", "auctions", "--phase", "open"]).await["items"][0]["title"], "달밤");
        let (status, wrong) = shell.json(&["edit", &id, "--start-price", "100,500"]).await;
        assert_eq!((status, &wrong["error"]["errors"][0]["field"]), (4, &json!("start_price")), "{wrong}");
        shell.data(&["cancel", &id]).await;
        assert_eq!(shell.data(&["show", &id]).await["outcome"], "cancelled");
        let again = shell.data(&["relist", &id, "--start-price", "20000", "--ends", "36h"]).await;
        assert_eq!(again["work_id"], draft["work_id"]);
        assert_eq!(again["start_price"], 20_000);
        let profile = shell.data(&["artist", &artist.id.to_string()]).await;
        assert_eq!(profile["artist"]["open_auctions"], 1);
        assert!(!profile["auctions"]["items"].as_array().unwrap().is_empty());
    }

    async fn pictures_are_added_ordered_and_removed(world: &World) {
        let (artist, id) = offered(world).await;
        let picture = |name: &str, colour: u8| {
            let path = artist.home().join(name);
            image::RgbImage::from_pixel(64, 48, image::Rgb([colour; 3])).save(&path).unwrap();
            path.into_os_string().into_string().unwrap()
        };
        let (dark, light) = (picture("dark.png", 20), picture("light.png", 220));
        let added = artist.data(&["images", "add", &id, &dark, &light]).await;
        let name = |items: &Value, place: usize| items["items"][place]["name"].as_str().unwrap().to_owned();
        let (first, second) = (name(&added, 0), name(&added, 1));
        let turned = artist.data(&["images", "order", &id, &second, &first]).await;
        assert_eq!((name(&turned, 0), name(&turned, 1)), (second.clone(), first.clone()));
        let left = artist.data(&["images", "remove", &id, &second]).await;
        assert_eq!((name(&left, 0), left["items"].as_array().unwrap().len()), (first, 1));
        let (status, missing) = artist.json(&["images", "add", &id, "/nowhere/a.png"]).await;
        assert_eq!((status, &missing["error"]["code"]), (1, &json!("file-unreadable")));
        let (status, unknown) = artist.json(&["images", "remove", &id, "nonsense"]).await;
        assert_eq!((status, &unknown["error"]["status"]), (6, &json!(404)), "{unknown}");
    }

    async fn an_auction_is_followed_without_bidding(world: &World) {
        let (_, id) = offered(world).await;
        let anna = bidder(world, 5).await.1;
        anna.data(&["follow", &id]).await;
        let followed = anna.data(&["mine", "watches"]).await;
        assert_eq!(followed["items"][0]["me"]["watching"], true);
        anna.data(&["unfollow", &id]).await;
        assert_eq!(anna.data(&["mine", "watches"]).await["items"], json!([]));
    }

    async fn a_long_list_comes_in_pages_or_whole(world: &World) {
        let artist = world.artist().await;
        for _ in 0..5 {
            artist.list(|_| {}).await;
        }
        let shell = Shell::new(&world.url());
        let first = shell.data(&["browse", "--limit", "2"]).await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = shell.data(&["browse", "--limit", "100", "--cursor", cursor]).await;
        let whole = shell.data(&["browse", "--all"]).await;
        let ids = |page: &Value| -> Vec<Value> {
            page["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
        };
        assert_eq!([ids(&first), ids(&rest)].concat(), ids(&whole));
        assert_eq!((ids(&whole).len(), &whole["next_cursor"]), (5, &Value::Null));
    }

    async fn text_is_aligned_and_harmless(world: &World) {
        let artist = world.artist().await;
        let title = "달빛\u{202e}kcart";
        let id = artist.list(|work| work.title = title.to_owned()).await.id.to_string();
        artist.list(|work| work.title = "Plain".to_owned()).await;
        let shell = Shell::new(&world.url());
        let listed = shell.run(&["browse"]).await;
        assert_eq!(listed.status, Some(0), "{}", listed.err);
        assert!(listed.out.contains("달빛kcart"), "{}", listed.out);
        assert!(!listed.out.contains(['\u{202e}', '\u{1b}']), "{:?}", listed.out);
        let shown = shell.run(&["show", &id]).await;
        assert!(shown.out.contains("Start price") && shown.out.contains("₩10,000"), "{}", shown.out);
        let said = shell.run(&["show", &id, "--json"]).await;
        assert!(!said.out.contains('\u{202e}'), "{}", said.out);
        assert_eq!(said.document()["data"]["title"], title);
        let korean = shell.run(&["show", &id, "--lang", "ko"]).await;
        assert!(korean.out.contains("시작가"), "{}", korean.out);
    }

    async fn an_account_is_opened_without_a_terminal(world: &World) {
        let shell = Shell::new(&world.url());
        let phone = "010-5555-0001";
        shell.data(&["signup", "--phone", phone, "--send-code"]).await;
        let code = phone_code("+821055550001").await;
        let signup = [
            "signup", "--phone", phone, "--code", &code, "--email", "mina@example.com",
            "--nickname", "mina", "--name", "Kim Mina", "--artist", "--password-stdin", "--json",
        ];
        let said = shell.run_with(&signup, "long enough\n").await;
        assert_eq!((said.status, &said.document()["data"]["nickname"]), (Some(0), &json!("mina")), "{said:?}");
        assert_eq!(shell.data(&["whoami"]).await["email"], "mina@example.com");
        let edited = shell.data(&["profile", "edit", "--introduction", "I paint.", "--artist", "false"]).await;
        assert_eq!((&edited["introduction"], &edited["is_artist"]), (&json!("I paint."), &json!(false)));
        assert_eq!(shell.data(&["profile"]).await, edited);
        assert_eq!(shell.data(&["logout"]).await["was_signed_in"], true);
        assert_eq!(shell.json(&["whoami"]).await.0, 5);
    }
}
