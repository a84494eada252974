//! Finding works by words.

use artipul_common::{AuctionId, problem::ProblemCode};
use artipul_tests::{World, on_every_backend};
use futures_util::future::join_all;

use super::{found, ids, refusal, sorted};

/// Titles, artists, media and tags of works.
const WORKS: [(&str, &str, &str, &[&str]); 12] = [
    ("The Café, ‘NOIR’ (1826–7)", "J. M. W. Turner", "oil on canvas", &["city"]),
    ("Cafeteria at night", "Edward Hopper", "oil on canvas", &["city", "night"]),
    ("Ångström & Ørsted", "Åsa Öberg", "ink", &[]),
    ("푸른 바다의 풍경화", "김미나", "수채", &["바다"]),
    ("바닷가에서", "이보라", "한지에 먹", &["해 질 녘"]),
    ("100% cotton_paper", "O'Keeffe, G.", "cotton", &["50%"]),
    ("'; DROP TABLE works; --", "Bobby \"Tables\"", "back\\slash", &["\"quoted\""]),
    ("ﬁne ＷＩＤＥ letters", "Zoë", "pencil", &["ﬂat"]),
    ("Title with \u{202e}bidi\u{202c} marks", "Nobody", "paper", &[]),
    ("晨曦 · Утро · שלום", "Straße", "ink", &[]),
    ("Untitled (No. 7)", "Untitled", "mixed", &["untitled"]),
    ("Pneumonoultramicroscopicsilicovolcanoconiosis", "Long", "ink", &[]),
];

async fn a_gallery(world: &World) -> Vec<AuctionId> {
    let artist = world.artist().await;
    let listed = WORKS.iter().map(|(title, artist_name, medium, tags)| {
        artist.list(|work| {
            work.title = (*title).to_owned();
            work.artist = Some((*artist_name).to_owned());
            work.medium = Some((*medium).to_owned());
            work.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        })
    });
    join_all(listed).await.into_iter().map(|auction| auction.id).collect()
}

fn query(words: &str) -> String {
    reqwest::Url::parse_with_params("http://h/", [("q", words)])
        .unwrap()
        .query()
        .unwrap()
        .to_owned()
}

on_every_backend! {
    async fn works_are_found_by_their_words(world: &World) {
        let gallery = a_gallery(world).await;
        let searches: &[(&str, &[usize])] = &[
            // Words and their beginnings, whatever their case and accents.
            ("cafe", &[0, 1]), ("CAFÉ", &[0, 1]), ("cafet", &[1]), ("cafeteriax", &[]),
            ("noir", &[0]), ("oir", &[]), ("182", &[0]), ("7", &[0, 10]),
            ("angstrom", &[2]), ("Ørsted", &[2]), ("oberg", &[2]), ("zoe", &[7]),
            ("fine", &[7]), ("wide", &[7]), ("ｗｉｄｅ", &[7]), ("flat", &[7]),
            // Korean words by their beginnings and by the beginnings of their ends.
            ("풍경화", &[3]), ("경화", &[3]), ("풍경", &[3]), ("바다", &[3]), ("바닷", &[4]),
            ("에서", &[4]), ("미나", &[3]), ("김미나", &[3]), ("보라", &[4]), ("녘", &[4]), ("먹", &[4]),
            // As it comes letter by letter from some keyboards.
            ("\u{1111}\u{116e}\u{11bc}\u{1100}\u{1167}\u{11bc}", &[3]),
            // All words must match, in any order and any field.
            ("night city", &[1]), ("city oil", &[0, 1]), ("hopper cafe canvas", &[1]), ("night sea", &[]),
            ("turner, j.", &[0]), ("바다 김", &[3]),
            // Nothing in a search text is a pattern or a statement.
            ("100%", &[5]), ("50%", &[5]), ("%", &[]), ("_", &[]), ("cotton_paper", &[5]), ("c_tton", &[]),
            ("'; DROP TABLE works; --", &[6]), ("drop table", &[6]), ("\"tables\"", &[6]),
            ("o'keeffe", &[5]), ("back\\slash", &[6]), ("*", &[]), ("- - -", &[]), ("\u{0}", &[]),
            ("\u{202e}", &[]), ("bidi", &[8]), ("quoted", &[6]),
            // Other scripts.
            ("晨曦", &[9]), ("晨", &[9]), ("утро", &[9]), ("שלום", &[9]), ("straße", &[9]),
            ("untitled", &[10]),
            // Longer than what is kept of a word.
            ("Pneumonoultramicroscopicsilicovolcanoconiosis", &[11]), ("pneumonoultra", &[11]),
        ];
        for (words, expected) in searches {
            let expected: Vec<_> = expected.iter().map(|index| gallery[*index]).collect();
            assert_eq!(sorted(found(world, &query(words)).await), sorted(expected), "{words:?}");
        }
        let titles: Vec<_> = world.pages("/v1/auctions", 100).await;
        for (title, ..) in WORKS {
            assert!(titles.iter().any(|work| work["title"] == title), "{title} is as it was written");
        }
    }

    async fn words_and_filters_work_together(world: &World) {
        let gallery = a_gallery(world).await;
        let oil = query("oil");
        assert_eq!(found(world, &format!("{oil}&tag=night")).await, [gallery[1]]);
        assert_eq!(found(world, &format!("{oil}&sort=newest&tag=city")).await.len(), 2);
        assert!(found(world, &format!("{oil}&genre=ceramics")).await.is_empty());
        assert!(found(world, &format!("{oil}&phase=ended")).await.is_empty());
        let paged = world.pages("/v1/auctions?q=o&sort=newest", 1).await;
        assert_eq!(ids(&paged), found(world, "q=o&sort=newest").await);
        assert!(paged.len() > 3, "{}", paged.len());
    }

    async fn a_search_text_has_bounds(world: &World) {
        a_gallery(world).await;
        let longest = format!("cafe{}", " ".repeat(196));
        assert_eq!(found(world, &query(&longest)).await.len(), 2);
        for text in ["", &format!("{longest} "), &"글".repeat(201)] {
            let path = format!("/v1/auctions?{}", query(text));
            assert_eq!(refusal(world, &path).await, ProblemCode::InvalidQuery, "{text:?}");
        }
        // Of very many words the first eight count.
        let many = "the cafe noir 1826 7 turner oil canvas nothing-of-this";
        assert_eq!(found(world, &query(many)).await.len(), 1);
    }
}
