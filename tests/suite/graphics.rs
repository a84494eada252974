//! The client in terminals that can do more, or answer less.

use artipul_common::client::ImageUpload;
use artipul_tests::{Terminal, on_every_backend};

/// What every terminal is asked last.
const LAST_QUESTION: &str = "\x1b[5n";

on_every_backend! {
    async fn a_terminal_that_answers_nothing_loses_no_key(world: &World) {
        let mut terminal = Terminal::open(&world.url());
        terminal.is_sent(LAST_QUESTION).await;
        // The client waits for answers at this moment.
        terminal.press("L");
        terminal.sees(&["둘러보기"]).await;
        terminal.press("?");
        terminal.sees(&["도움말"]).await;
    }

    async fn a_terminal_that_can_gets_pictures_in_its_own_way(world: &World) {
        let artist = world.artist().await;
        let listed = artist.list(|_| ()).await;
        let bytes = picture().into();
        let upload = ImageUpload { file_name: "sea.png".to_owned(), bytes };
        artist.client.add_images(listed.id, vec![upload]).await.unwrap();

        let cell = "\x1b[6;20;10t";
        let kitty = format!("\x1b_Gi=31;OK\x1b\\{cell}\x1b[0n");
        let sixel = format!("\x1b[?62;4c{cell}\x1b[0n");
        for (answers, picture) in [(kitty, "\x1b_Gq=2"), (sixel, "\x1bP")] {
            let mut terminal = Terminal::open(&world.url());
            terminal.is_sent(LAST_QUESTION).await;
            // A key in the midst of the answers is a key.
            let (first, rest) = answers.split_at(6);
            terminal.press(first);
            terminal.press(rest);
            terminal.sees(&[&listed.title]).await;
            terminal.press("\r");
            terminal.is_sent(picture).await;
            terminal.press("q");
            assert_eq!(terminal.left().await, 0);
            assert!(terminal.is_restored());
        }
    }
}

/// A small picture, as a file.
fn picture() -> Vec<u8> {
    let sea =
        image::RgbImage::from_fn(320, 240, |x, y| image::Rgb([(x / 2) as u8, (y / 2) as u8, 128]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    sea.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
