//! `artipul list`: batches of works from files.

use std::fs;

use artipul_common::{
    Money,
    auctions::{AuctionQuery, Phase},
    mine::MyAuctionsQuery,
};
use artipul_tests::{Person, Said, Shell, on_every_backend};

async fn list(desk: &Shell, flags: &[&str]) -> Said {
    desk.run(&[&["list"], flags].concat()).await
}

async fn all(artist: &Person) -> Vec<artipul_common::auctions::Auction> {
    let mut auctions = Vec::new();
    let mut query = MyAuctionsQuery { limit: Some(100), ..MyAuctionsQuery::default() };
    loop {
        let page = artist.client.my_auctions(&query).await.unwrap();
        auctions.extend(page.items);
        if page.next_cursor.is_none() {
            return auctions;
        }
        query.cursor = page.next_cursor;
    }
}

const WORKS: &str = "\
reference,title,artist,genre,tags,medium,dimensions,year,start_price,reserve_price,ends_at
A1,달항아리,최도윤,ceramics,백자;달,백자,지름 41 cm,2026,\"200,000\",300000,7d
A2,\"Untitled, or \"\"The\nRed\"\" One\",Kim,painting,,oil,,?c.1805–10,10000,,2030-01-01T00:00:00Z
A3,Café Noir,,drawing,a; b;B ;c;d,,,,10000,,36h
";

on_every_backend! {
    async fn a_batch_is_listed_as_it_stands_and_a_second_run_changes_nothing(world: &World) {
        let artist = world.artist().await;
        let desk = Shell::of(&artist, &world.url()).await;
        // The second ends in some years.
        let works = WORKS.replace("2030-01-01T00:00:00Z", "20d");
        let file = desk.file("works.csv", &works);
        let file = file.to_str().unwrap();

        let plan = list(&desk, &["--file", file, "--plan"]).await;
        assert_eq!(plan.status, Some(0), "{}", plan.err);
        assert!(plan.out.contains("3 to list, 0 listed already"), "{}", plan.out);
        assert!(all(&artist).await.is_empty(), "a plan does nothing");

        let said = list(&desk, &["--file", file]).await;
        assert_eq!(said.status, Some(0), "{}", said.err);
        assert!(said.out.contains("Works listed: 3"), "{}", said.out);
        let mut listed = all(&artist).await;
        listed.sort_by_key(|auction| auction.reference.clone());
        let [jar, red, cafe] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!((jar.title.as_str(), jar.artist.as_str()), ("달항아리", "최도윤"));
        assert_eq!((jar.genre.as_str(), jar.tags.as_slice()), ("ceramics", &["백자".to_owned(), "달".to_owned()][..]));
        assert_eq!((jar.start_price, jar.reserve_price), (Money::new(200_000), Some(Money::new(300_000))));
        assert_eq!(jar.dimensions.as_deref(), Some("지름 41 cm"));
        assert_eq!(jar.phase, Phase::Open);
        assert_eq!(red.title, "Untitled, or \"The Red\" One");
        assert_eq!(red.year.as_deref(), Some("?c.1805–10"));
        assert_eq!(cafe.tags, ["a", "b", "c"]);
        assert_eq!(cafe.description, "a · b · c · d");
        assert_eq!(cafe.artist, "Name of artist0", "the seller's own");

        let again = list(&desk, &["--file", file]).await;
        assert_eq!(again.status, Some(0), "{}", again.err);
        assert!(again.out.contains("0 to list, 3 listed already"), "{}", again.out);
        let after: Vec<_> = all(&artist).await.into_iter().map(|auction| auction.id).collect();
        assert_eq!(after.len(), 3);
        let changed = desk.file("changed.csv", &works.replace("Café", "Bar"));
        let differs = list(&desk, &["--file", changed.to_str().unwrap(), "--plan"]).await;
        assert!(differs.out.contains("1 listed with other texts"), "{}", differs.out);
        assert!(differs.out.contains("title"), "{}", differs.out);
        let found = artist.client.auctions(&AuctionQuery {
            q: Some("cafe noir".to_owned()),
            ..AuctionQuery::default()
        }).await.unwrap();
        assert_eq!(found.items[0].id, cafe.id);
    }

    async fn a_row_with_an_error_is_told_with_its_line_and_nothing_is_listed(world: &World) {
        let artist = world.artist().await;
        let desk = Shell::of(&artist, &world.url()).await;
        let file = desk.file("works.csv", "title,genre,start_price,ends_at\n\
            Good,painting,10000,7d\n\
            Bad genre,nonsense,10000,7d\n\
            ,painting,10000,7d\n\
            Bad price,painting,1500,7d\n\
            Good,painting,10000,7d\n");
        let file = file.to_str().unwrap();
        let said = list(&desk, &["--file", file]).await;
        assert_eq!(said.status, Some(1));
        for part in [":3: genre", ":4: title", ":5: start_price", ":6: reference"] {
            assert!(said.err.contains(part), "{part} is not in: {}", said.err);
        }
        assert!(all(&artist).await.is_empty());
        let said = list(&desk, &["--file", file, "--skip-errors"]).await;
        assert_eq!(said.status, Some(1), "there were errors");
        assert_eq!(all(&artist).await.len(), 1);
    }

    async fn a_toml_file_and_rules_work_as_well(world: &World) {
        let artist = world.artist().await;
        let desk = Shell::of(&artist, &world.url()).await;
        let works = desk.file("works.toml", "\
            [[work]]\nname = \"One\"\nkind = \"print\"\n\n\
            [[work]]\nname = \"Two\"\nkind = \"oil\"\nstart_price = 50000\n");
        let rules = desk.file("rules.toml", "\
            [columns]\ntitle = \"name\"\ngenre = \"kind\"\n\
            [genres]\nprint = \"printmaking\"\noil = \"painting\"\n\
            [defaults]\nstart_price = 10000\nends_at = \"7d\"\n");
        let said = list(&desk, &[
            "--file", works.to_str().unwrap(), "--rules", rules.to_str().unwrap(),
        ]).await;
        assert_eq!(said.status, Some(0), "{}", said.err);
        let mut listed = all(&artist).await;
        listed.sort_by(|a, b| a.title.cmp(&b.title));
        let seen: Vec<_> =
            listed.iter().map(|a| (a.title.as_str(), a.genre.as_str(), a.start_price)).collect();
        let (one, two) = (Money::new(10_000), Money::new(50_000));
        assert_eq!(seen, [("One", "printmaking", one), ("Two", "painting", two)]);
    }

    async fn only_artists_who_are_signed_in_list(world: &World) {
        let bidder = world.bidder(5).await;
        let desk = Shell::of(&bidder, &world.url()).await;
        let file = desk.file("works.csv", WORKS);
        let file = file.to_str().unwrap();
        let said = list(&desk, &["--file", file, "--skip-errors"]).await;
        assert_eq!(said.status, Some(1));
        assert_eq!(desk.run(&["logout"]).await.status, Some(0));
        let said = list(&desk, &["--file", file]).await;
        assert_eq!(said.status, Some(5), "{}", said.out);
        let missing = list(&desk, &["--file", "/nowhere/works.csv"]).await;
        assert_eq!(missing.status, Some(1));
        assert!(missing.err.contains("/nowhere/works.csv"), "{}", missing.err);
    }

    async fn a_large_batch_of_real_works_is_listed_and_found(world: &World) {
        // The real file is not part of the project; without it, as many rows are made up.
        let (text, rules) = match std::env::var("ARTIPUL_TEST_WORKS") {
            Ok(path) => (fs::read_to_string(path).unwrap(), REAL_RULES),
            Err(_) => (made_up(), REAL_RULES),
        };
        let artist = world.artist().await;
        let desk = Shell::of(&artist, &world.url()).await;
        let works = desk.file("works.csv", &text);
        let rules = desk.file("rules.toml", rules);
        let flags = ["--file", works.to_str().unwrap(), "--rules", rules.to_str().unwrap()];
        let said = list(&desk, &flags).await;
        assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
        let listed = all(&artist).await;
        assert!(said.out.contains(&format!("Works listed: {}", listed.len())), "{}", said.out);
        assert!(listed.len() >= 300);
        // Whatever its title, each is found by the words of it.
        for auction in listed.iter().step_by(listed.len() / 40) {
            let query = AuctionQuery {
                q: Some(auction.title.chars().take(150).collect()),
                limit: Some(100),
                ..AuctionQuery::default()
            };
            let found = artist.client.auctions(&query).await.unwrap().items;
            let is_found = found.iter().any(|other| other.id == auction.id) || found.len() == 100;
            assert!(is_found, "{:?} is not found", auction.title);
        }
        let again = list(&desk, &flags).await;
        assert!(again.out.contains(&format!("0 to list, {} listed already", listed.len())));
    }
}

const REAL_RULES: &str = "\
[columns]
reference = \"acno\"
tags = \"subjects\"
genre = \"classification\"
[genres]
\"on paper, print\" = \"printmaking\"
\"on paper, unique\" = \"drawing\"
\"block for printing\" = \"printmaking\"
relief = \"sculpture\"
\"time-based media\" = \"media\"
\"supporting material\" = \"drawing\"
\"\" = \"painting\"
[defaults]
start_price = 10000
ends_at = \"7d\"
";

/// Rows with the columns and the oddities of a real catalogue.
fn made_up() -> String {
    let titles = [
        "Study for ‘The Story of Beauty and the Beast’. Verso: a Study",
        "\"Dans plusieurs de ces forêts, où l’on \"\"voit\"\" des hameaux\"",
        "(1) Dresden: View from the Brühl Terrace; (2) the Same",
        "Untitled – 45° (Ångström)",
        "\"Composition\twith a tab,\nand a line\"",
        "달빛 아래의 항아리",
    ];
    let kinds =
        ["\"on paper, print\"", "painting", "relief", "", "\"on paper, unique\"", "installation"];
    let mut text = "acno,title,artist,year,medium,classification,dimensions,subjects\n".to_owned();
    for number in 0..330 {
        let (title, kind) = (titles[number % titles.len()], kinds[number / 7 % kinds.len()]);
        let subjects = "\"adults; man; townscapes, man-made features; ‘hill’\"";
        let title = match title.strip_suffix('"') {
            Some(open) => format!("{open}, {number}\""),
            None => format!("{title} {number}"),
        };
        text.push_str(&format!(
            "T{number:05},{title},Anon. {number},?c.{number},Graphite on paper,{kind},image: 241 x 335 mm,{subjects}\n"
        ));
    }
    text
}
