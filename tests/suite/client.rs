//! The main job in real terminals: the client against a server.

use std::os::unix::fs::PermissionsExt;

use artipul_common::{
    Money,
    auctions::{EditAuctionRequest, Outcome},
    bids::BidResult,
    mine::MyAuctionsQuery,
};
use artipul_tests::{
    Person, Terminal, eventually,
    keys::{BACKSPACE, CTRL_S, DOWN, ENTER, ESC, TAB},
    on_every_backend, phone_code,
};
use chrono::{TimeDelta, Utc};

/// Signs somebody in who has an account.
async fn sign_in(server: &str, person: &Person) -> Terminal {
    let mut terminal = Terminal::open(server);
    terminal.sees(&["not signed in"]).await;
    terminal.press("s");
    terminal.sees(&["E-mail", "Password"]).await;
    terminal.press(&format!("{}{TAB}a password{ENTER}", person.email));
    terminal.sees(&["Signed in as", &person.nickname]).await;
    terminal
}

/// Places a bid of so many thousands on the auction that is open.
async fn bid(terminal: &mut Terminal, thousands: i64) {
    terminal.press("b");
    terminal.sees(&["Maximum", "Enter Check"]).await;
    terminal.press(&BACKSPACE.repeat(12));
    terminal.press(&format!("{thousands}000{ENTER}"));
    terminal.sees(&["Place this bid?", &format!("₩{thousands},000 will be held")]).await;
    terminal.press(ENTER);
}

on_every_backend! {
    async fn an_artist_lists_a_work_two_people_bid_and_the_highest_buys_it(world: &World) {
        let (anna, bora) = (world.bidder(500).await, world.bidder(500).await);
        let url = world.url();

        // The artist opens an account, with a code sent to the phone, and lists a work.
        let mut artist = Terminal::open(&url);
        artist.sees(&["There is no auction here yet", "not signed in"]).await;
        artist.press("s");
        artist.sees(&["Open an account"]).await;
        artist.press(&format!("{TAB}{TAB}{TAB}{ENTER}"));
        artist.sees(&["1 of 3"]).await;
        artist.press(&format!("010-7777-8888{ENTER}"));
        artist.sees(&["2 of 3"]).await;
        let code = phone_code("+821077778888").await;
        artist.press(&format!("{code}{ENTER}"));
        artist.sees(&["3 of 3"]).await;
        artist.press(&format!("mina@example.com{TAB}long enough{TAB}미나{TAB}김미나{TAB} "));
        artist.sees(&["This nickname is free", "[x] yes"]).await;
        artist.press(CTRL_S);
        artist.sees(&["Signed in as 미나"]).await;
        artist.press("4");
        artist.sees(&["No work of yours is open", "n New work"]).await;
        artist.press("n");
        artist.sees(&["Title *", "Start price *"]).await;
        artist.press(&format!("달항아리{TAB}{TAB}10000{CTRL_S}"));
        artist.sees(&["Selling 1", "달항아리", "₩10,000"]).await;
        artist.press(ENTER);
        artist.sees(&["달항아리", "Start price   ₩10,000"]).await;

        // Two bidders find it by its genre, and see each other's prices as they come.
        let mut one = sign_in(&url, &anna).await;
        let mut two = sign_in(&url, &bora).await;
        for terminal in [&mut one, &mut two] {
            terminal.press("l");
            terminal.sees(&["달항아리", "₩10,000"]).await;
            terminal.press(ENTER);
            terminal.sees(&["You have not bid here", "Next bid      ₩10,000"]).await;
        }
        bid(&mut one, 20).await;
        one.sees(&["You lead", "My maximum    ₩20,000", "₩480,000 available"]).await;
        two.sees(&["Price         ₩10,000", "Next bid      ₩11,000", "b***"]).await;
        artist.sees(&["Price         ₩10,000"]).await;
        bid(&mut two, 33).await;
        two.sees(&["You lead", "Price         ₩21,000"]).await;
        one.sees(&["You were outbid", "Price         ₩21,000", "₩500,000 available"]).await;
        artist.sees(&["Price         ₩21,000"]).await;

        // A script outbids nobody, but drives the price up; every terminal sees it.
        let script = world.bidder(500).await;
        let mine = anna.client.auctions(&artipul_common::auctions::AuctionQuery::default()).await;
        let id = mine.unwrap().items[0].id;
        assert_eq!(script.bid(id, 30).await.result, BidResult::Outbid);
        for terminal in [&one, &two, &artist] {
            terminal.sees(&["Price         ₩31,000"]).await;
        }
        assert_eq!(bora.wallet().await, (500, 33));
    }

    async fn an_artist_adds_a_picture_and_lists_a_file_once(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|work| work.title = "Hollow".to_owned()).await.id;
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("달 항아리.png");
        image::RgbImage::new(40, 30).save(&picture).unwrap();
        let file = folder.path().join("works.csv");
        let rows = "title,genre,start_price,ends_at\nOne,painting,10000,7d\nTwo,painting,20000,7d\n";
        std::fs::write(&file, rows).unwrap();

        let mut terminal = sign_in(&world.url(), &artist).await;
        terminal.press("4");
        terminal.sees(&["Selling 1", "Hollow", "i Pictures"]).await;
        terminal.press("i");
        terminal.sees(&["No picture yet"]).await;
        terminal.press(&format!("n'{}'{ENTER}", picture.display()));
        terminal.sees(&["달 항아리.png", "ready", "40 × 30 · PNG"]).await;
        terminal.press(ENTER);
        terminal.sees(&["1 of 8", "main"]).await;
        assert_eq!(artist.see(id).await.images.len(), 1);
        terminal.press(ESC);
        terminal.sees(&["Proceeds"]).await;

        terminal.press(&format!("f{}{ENTER}", file.display()));
        terminal.sees(&["2 to list · 0 listed already"]).await;
        terminal.press(ENTER);
        terminal.sees(&["Works that will be listed: 2"]).await;
        terminal.press("y");
        terminal.sees(&["Listed: 2 · failed: 0"]).await;
        terminal.press(&format!("f{}{ENTER}", file.display()));
        terminal.sees(&["0 to list · 2 listed already"]).await;
        terminal.press(ESC);
        terminal.sees(&["Selling 3", "Hollow", "One", "Two"]).await;
    }

    async fn a_work_is_seen_bid_for_lost_regained_and_won(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(500).await, world.bidder(500).await);
        let id = artist.list(|work| {
            work.title = "Ember".to_owned();
            work.ends_at = Utc::now() + TimeDelta::seconds(18);
        }).await.id;
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("ember.png");
        image::RgbImage::new(40, 30).save(&picture).unwrap();

        // The artist hangs its picture, which the bidders see.
        let mut studio = sign_in(&world.url(), &artist).await;
        studio.press("4");
        studio.sees(&["Selling 1", "Ember"]).await;
        studio.press("i");
        studio.sees(&["No picture yet"]).await;
        studio.press(&format!("n{}{ENTER}", picture.display()));
        studio.sees(&["ready"]).await;
        studio.press(ENTER);
        studio.sees(&["1 of 8", "main"]).await;
        let url = world.url();
        let (mut one, mut two) = futures_util::join!(sign_in(&url, &anna), sign_in(&url, &bora));
        for terminal in [&mut one, &mut two] {
            terminal.press(&format!("r{ENTER}"));
            terminal.sees(&["You have not bid here", "▀▀▀▀"]).await;
        }

        // Whoever is outbid is told wherever he is, and takes the lead again with a key.
        bid(&mut one, 20).await;
        one.sees(&["You lead"]).await;
        one.press(ESC);
        one.press("3");
        one.sees(&["Balance"]).await;
        bid(&mut two, 30).await;
        two.sees(&["You lead"]).await;
        two.press(ESC);
        one.sees(&["Outbid: Ember", "a Bid again"]).await;
        one.press("a");
        one.sees(&["Maximum  ₩22,000"]).await;
        one.press(&format!("{}50000{ENTER}", BACKSPACE.repeat(6)));
        one.sees(&["Place this bid?", "₩50,000 will be held"]).await;
        one.press(ENTER);
        one.sees(&["You lead"]).await;
        one.press(ESC);
        two.sees(&["You were outbid", "Price         ₩31,000"]).await;

        // It ends: one has bought it, the other has not, and the artist has been paid.
        one.sees(&["Yours: Ember · ₩31,000"]).await;
        two.sees(&["Hammer price  ₩31,000"]).await;
        studio.press(ESC);
        studio.sees(&["Proceeds"]).await;
        studio.press("lll");
        studio.sees(&["Proceeds  ₩31,000", "Sold 1", "Ember"]).await;
        assert_eq!(anna.wallet().await, (469, 0));
        assert_eq!(bora.wallet().await, (500, 0));
        assert_eq!(artist.see(id).await.outcome, Some(Outcome::Sold));
    }

    async fn a_work_is_bought_at_once_and_paid_for(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let id = artist.list(|work| {
            work.title = "Night Train".to_owned();
            work.buy_now_price = Some(Money::new(90_000));
        }).await.id;
        let mut terminal = sign_in(&world.url(), &anna).await;
        terminal.sees(&["Night Train"]).await;
        terminal.press(ENTER);
        terminal.sees(&["Buy now       ₩90,000"]).await;
        terminal.press("n");
        terminal.sees(&["₩90,000", "Enter Yes"]).await;
        terminal.press(ENTER);
        eventually("it is sold", async || {
            (artist.see(id).await.outcome == Some(Outcome::Sold)).then_some(())
        }).await;
        terminal.sees(&["₩410,000 available"]).await;
        assert_eq!((anna.wallet().await, artist.wallet().await), ((410, 0), (90, 0)));
        terminal.sees(&["The work is yours", "Esc Close"]).await;
        terminal.press(ESC);
        // Pressed together, they would be Alt and 2.
        terminal.sees(&["Esc Back"]).await;
        terminal.press("2");
        terminal.sees(&["Won 1"]).await;
    }

    async fn the_leader_sees_that_he_has_won(world: &World) {
        let artist = world.artist().await;
        let anna = world.bidder(500).await;
        let mut terminal = sign_in(&world.url(), &anna).await;
        artist.list(|work| {
            work.title = "Hollow".to_owned();
            work.ends_at = Utc::now() + TimeDelta::seconds(8);
        }).await;
        terminal.press("r");
        terminal.sees(&["Hollow"]).await;
        terminal.press(ENTER);
        terminal.sees(&["You have not bid here"]).await;
        bid(&mut terminal, 30).await;
        terminal.sees(&["You lead"]).await;
        terminal.press(ESC);
        terminal.sees(&["You have bought this"]).await;
        terminal.sees(&["₩490,000 available"]).await;
        let sold = MyAuctionsQuery::default();
        let auction = artist.client.my_auctions(&sold).await.unwrap().items.remove(0);
        assert_eq!(auction.price, Some(Money::new(10_000)));
    }

    async fn a_change_from_elsewhere_is_not_written_over_unseen(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|work| (work.title, work.draft) = ("Ember".to_owned(), true)).await.id;
        let mut studio = sign_in(&world.url(), &artist).await;
        studio.press("4");
        studio.sees(&["Drafts 1"]).await;
        studio.press("ll");
        studio.sees(&["Ember", "e Change"]).await;
        studio.press("e");
        studio.sees(&["Change: Ember", "[ Save ]"]).await;
        // It was read by then.
        studio.press(" II");
        studio.sees(&["Ember II"]).await;
        let theirs = EditAuctionRequest {
            title: Some("Glow".to_owned()),
            medium: Some(Some("ink".to_owned())),
            ..EditAuctionRequest::default()
        };
        artist.client.edit_auction(id, &theirs).await.unwrap();
        studio.press(CTRL_S);
        studio.sees(&["changed elsewhere meanwhile", "now: Glow", "Ember II", "ink"]).await;
        assert_eq!(artist.see(id).await.title, "Glow");
        studio.press(CTRL_S);
        studio.sees(&["The changes are saved"]).await;
        let seen = artist.see(id).await;
        assert_eq!((seen.title.as_str(), seen.medium.as_deref()), ("Ember II", Some("ink")));
    }

    async fn whoever_was_signed_in_stays_signed_in(world: &World) {
        let anna = world.bidder(500).await;
        let mut terminal = sign_in(&world.url(), &anna).await;
        terminal.press("q");
        assert_eq!(terminal.left().await, 0);
        assert!(terminal.is_restored());
        let mut kept = Vec::new();
        collect(terminal.home(), &mut kept);
        let session = kept.iter().find(|path| {
            std::fs::metadata(path).unwrap().len() > 0 && path.to_string_lossy().contains("session")
        });
        let mode = std::fs::metadata(session.unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else may read the session");
        let mut again = terminal.reopen(&world.url());
        again.sees(&[&anna.nickname, "₩500,000 available"]).await;
        again.press("s");
        again.sees(&["Sign out", "Enter Yes"]).await;
        again.press(ENTER);
        again.sees(&["not signed in"]).await;
        let mut later = again.reopen(&world.url());
        later.sees(&["not signed in"]).await;
        later.press(&format!("{DOWN}q"));
        assert_eq!(later.left().await, 0);
    }
}

fn collect(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}
