//! The client in terminals that can do more, or answer less.

use artipul_common::{auctions::Auction, client::ImageUpload};
use artipul_tests::{
    Terminal, World,
    keys::{CTRL_Z, ENTER},
    on_every_backend,
};

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
        let listed = work_with_a_picture(world).await;
        for (answers, picture) in [(KITTY, "\x1b_Gq=2"), (SIXEL, "\x1bP")] {
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
            let is_told = terminal.times_sent("\x1b_Ga=d") > 0;
            assert_eq!(is_told, answers == KITTY, "only what keeps pictures is told to forget them");
        }
    }

    async fn pictures_that_the_terminal_keeps_are_taken_back(world: &World) {
        let listed = work_with_a_picture(world).await;
        let mut terminal = Terminal::shell();
        terminal.sees(&["shell>"]).await;
        terminal.start(&world.url());
        terminal.is_sent(LAST_QUESTION).await;
        terminal.press(KITTY);
        terminal.sees(&[&listed.title]).await;
        terminal.press(ENTER);
        terminal.is_sent(SENDS).await;
        terminal.press(CTRL_Z);
        terminal.sees(&["Stopped"]).await;
        assert_eq!(terminal.times_sent("\x1b_Ga=d,d=A,"), 1);
        assert_eq!(terminal.times_sent("\x1b_Ga=d,d=I,i="), terminal.times_sent(SENDS));
        let sent = terminal.times_sent(SENDS);
        terminal.press("fg\r");
        terminal.is_sent_often(SENDS, sent + 1).await;
        terminal.press("q");
        terminal.is_sent_often("\x1b_Ga=d,d=A,", 2).await;
        terminal.press("exit\r");
        assert_eq!(terminal.left().await, 0);
        assert_eq!(terminal.times_sent("\x1b_Ga=d,d=I,i="), terminal.times_sent(SENDS));
    }
}

/// What a terminal with kitty's protocol answers.
const KITTY: &str = "\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[0n";
/// What a terminal with sixels answers.
const SIXEL: &str = "\x1b[?62;4c\x1b[6;20;10t\x1b[0n";
/// With this a picture goes to the terminal by kitty's protocol.
const SENDS: &str = ",a=T,U=1,";

async fn work_with_a_picture(world: &World) -> Auction {
    let artist = world.artist().await;
    let listed = artist.list(|_| ()).await;
    let upload = ImageUpload { file_name: "sea.png".to_owned(), bytes: picture().into() };
    artist.client.add_images(listed.id, vec![upload]).await.unwrap();
    listed
}

/// A small picture, as a file.
fn picture() -> Vec<u8> {
    let sea =
        image::RgbImage::from_fn(320, 240, |x, y| image::Rgb([(x / 2) as u8, (y / 2) as u8, 128]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    sea.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
