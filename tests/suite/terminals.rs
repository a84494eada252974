//! The client and the terminal it runs in: it takes it over, gives it back whatever happens, and
//! calls its user back to a bid.

use artipul_common::bids::BidResult;
use artipul_tests::{
    Person, Terminal, eventually,
    keys::{BACKSPACE, CTRL_L, CTRL_Z, DOWN, ENTER, TAB},
    on_every_backend, phone_code,
};

/// What every terminal is asked last, and what it answers.
const LAST_QUESTION: &str = "\x1b[5n";
const LAST_ANSWER: &str = "\x1b[0n";
/// No changes of a terminal.
const NOTHING: [&str; 0] = [];

/// Waits until the client is there and waits for no answers any more.
async fn begin(terminal: &mut Terminal) {
    terminal.is_sent(LAST_QUESTION).await;
    terminal.press(LAST_ANSWER);
    // What comes behind a key that was heard is heard as usual.
    terminal.press("?");
    terminal.sees(&["On every screen"]).await;
    terminal.press(ENTER);
    terminal.sees(&["not signed in", "There is no auction here yet"]).await;
}

/// Signs somebody in who has an account.
async fn sign_in(server: &str, person: &Person) -> Terminal {
    let mut terminal = Terminal::open(server);
    terminal.sees(&["not signed in"]).await;
    terminal.press("s");
    terminal.sees(&["E-mail", "Password"]).await;
    terminal.press(&format!("{}{TAB}a password{ENTER}", person.email));
    terminal.sees(&["Signed in as"]).await;
    terminal
}

on_every_backend! {
    async fn a_stopped_client_gives_the_terminal_back_and_takes_it_again(world: &World) {
        let mut terminal = Terminal::shell();
        terminal.sees(&["shell>"]).await;
        terminal.start(&world.url());
        for _ in 0..2 {
            terminal.sees(&["not signed in", "There is no auction here yet"]).await;
            assert!(!terminal.is_restored());
            terminal.press(CTRL_Z);
            terminal.sees(&["Stopped", "shell>"]).await;
            assert_eq!(terminal.changed(), NOTHING);
            // The shell's line is edited as before: keys are echoed, and Enter ends it.
            terminal.press("echo st${NONE}ill here\r");
            terminal.sees(&["still here"]).await;
            terminal.resize(110, 34);
            terminal.press("clear; fg\r");
        }
        terminal.sees(&["not signed in"]).await;
        assert!(terminal.last_line().contains("not signed in"), "it kept the old size");
        terminal.press(CTRL_L);
        terminal.press("?");
        terminal.sees(&["Keys", "On every screen"]).await;
        terminal.press(&format!("{ENTER}q"));
        terminal.sees(&["shell>"]).await;
        assert_eq!(terminal.changed(), NOTHING);
        terminal.press("exit\r");
        assert_eq!(terminal.left().await, 0);
    }

    async fn the_mouse_is_heard_until_a_key_says_otherwise(world: &World) {
        const F3: &str = "\x1bOR";
        let mut terminal = Terminal::open(&world.url());
        begin(&mut terminal).await;
        for is_heard in [true, false, true] {
            eventually("it is heard or not", async || {
                (terminal.changed().contains(&"the mouse") == is_heard).then_some(())
            }).await;
            terminal.press(F3);
        }
    }

    async fn a_client_that_is_told_to_end_leaves_the_terminal_as_it_was(world: &World) {
        for signal in ["TERM", "HUP", "INT"] {
            let mut terminal = Terminal::open(&world.url());
            terminal.sees(&["not signed in"]).await;
            assert!(!terminal.is_restored() && !terminal.reads_as_before());
            terminal.signal(signal);
            assert_eq!(terminal.left().await, 0, "{signal}");
            assert_eq!(terminal.changed(), NOTHING, "{signal}");
            assert!(terminal.reads_as_before(), "{signal}");
        }
    }

    async fn a_client_that_panics_leaves_the_terminal_as_it_was(world: &World) {
        for place in ["update", "frame"] {
            let mut terminal = Terminal::open_where(&world.url(), "ARTIPUL_DRILL", place);
            begin(&mut terminal).await;
            terminal.paste("now");
            assert_eq!(terminal.left().await, 101, "{place}");
            assert!(terminal.text().contains("a drill in a"), "{}", terminal.text());
            assert_eq!(terminal.changed(), NOTHING, "{place}");
            assert!(terminal.reads_as_before(), "{place}");
        }
    }

    async fn a_panic_beside_the_screen_is_told_when_the_client_has_left(world: &World) {
        let mut terminal = Terminal::open_where(&world.url(), "ARTIPUL_DRILL", "task");
        begin(&mut terminal).await;
        terminal.paste("now");
        terminal.press("?");
        terminal.sees(&["Keys", "On every screen"]).await;
        assert!(!terminal.text().contains("a drill"), "it is on the screen");
        terminal.press(&format!("{ENTER}q"));
        assert_eq!(terminal.left().await, 0);
        assert!(terminal.text().contains("a drill in a task"), "{}", terminal.text());
        assert_eq!(terminal.changed(), NOTHING);
        assert!(terminal.reads_as_before());
    }

    async fn a_client_whose_terminal_is_closed_ends(world: &World) {
        for _ in 0..3 {
            let mut terminal = Terminal::open(&world.url());
            terminal.sees(&["not signed in"]).await;
            terminal.close("?");
            assert_eq!(terminal.left().await, 0);
        }
    }

    async fn a_client_that_nobody_tells_of_the_closed_terminal_ends(world: &World) {
        let mut terminal = Terminal::open_out_of_reach(&world.url());
        terminal.sees(&["not signed in"]).await;
        terminal.close("?");
        let status = terminal.home().join("status");
        eventually("it has ended", async || {
            let said = std::fs::read_to_string(&status).ok()?;
            (said == "0\n").then_some(())
        }).await;
    }

    async fn a_storm_of_sizes_ends_at_the_last(world: &World) {
        let mut terminal = Terminal::open(&world.url());
        begin(&mut terminal).await;
        // More than once: what else has it drawn at first comes to an end.
        for columns in 120..126 {
            for step in 0..200 {
                terminal.resize(70 + step % 60, 20 + step % 25);
            }
            terminal.resize(columns, 41);
            eventually("it fits", async || {
                let line = terminal.last_line();
                let is_whole = line.trim_end().len() > usize::from(columns) - 9;
                (line.trim_end().ends_with("not signed in") && is_whole).then_some(())
            }).await;
        }
    }

    async fn a_new_password_is_set_by_phone_and_lets_in(world: &World) {
        let anna = world.bidder(5).await;
        let phone = anna.client.me().await.unwrap().phone;
        let mut terminal = Terminal::open(&world.url());
        terminal.sees(&["not signed in"]).await;
        terminal.press("s");
        terminal.sees(&["Other ways"]).await;
        terminal.press(&format!("{TAB}{TAB}{TAB}{TAB}{ENTER}"));
        terminal.sees(&["Find my e-mail", "New password"]).await;
        terminal.press(&format!("{DOWN}{ENTER}"));
        terminal.sees(&["Send the code"]).await;
        terminal.press(&format!("{phone}{ENTER}"));
        terminal.sees(&["The six digits sent to"]).await;
        terminal.press(&format!("{}{ENTER}", phone_code(&phone).await));
        terminal.sees(&["Set the password"]).await;
        terminal.press(&format!("{}{TAB}grey heron at dawn", anna.email));
        terminal.sees(&["••••••••••••••••••"]).await;
        terminal.press(ENTER);
        terminal.sees(&["The new password is set", "Open an account"]).await;
        assert!(anna.client.me().await.is_err(), "what the old one opened is over");
        terminal.press(&format!("{}{TAB}grey heron at dawn{ENTER}", anna.email));
        terminal.sees(&["Signed in as"]).await;
        assert_eq!(terminal.times_sent("heron"), 0, "the password was drawn");
    }

    async fn whoever_is_outbid_bids_again_with_one_key(world: &World) {
        let artist = world.artist().await;
        let (anna, bora) = (world.bidder(500).await, world.bidder(500).await);
        let id = artist.list(|work| work.title = "Ember".to_owned()).await.id;
        assert_eq!(anna.bid(id, 20).await.result, BidResult::Leading);
        let mut terminal = sign_in(&world.url(), &anna).await;
        terminal.press("3");
        terminal.sees(&["Balance"]).await;
        assert_eq!(bora.bid(id, 30).await.result, BidResult::Leading);
        terminal.sees(&["Outbid: Ember", "a Bid again (from ₩22,000)"]).await;
        terminal.press("a");
        terminal.sees(&["Maximum  ₩22,000"]).await;
        terminal.press(&format!("{}40000{ENTER}", BACKSPACE.repeat(6)));
        terminal.sees(&["Place this bid?", "₩40,000 will be held"]).await;
        terminal.press(ENTER);
        terminal.sees(&["You lead"]).await;
        assert_eq!(anna.wallet().await, (500, 40));
    }

    async fn keys_that_cannot_be_had_are_told_before_anything_is_drawn(world: &World) {
        let mut terminal = Terminal::open_with(&world.url(), "[keys]\nfly = 'f'\n");
        assert_eq!(terminal.left().await, 2);
        assert!(terminal.text().contains("line 2, keys.fly: there is no such name"));
        let mut terminal = Terminal::open_with(&world.url(), "[keys]\nquit = 'e'\n");
        terminal.sees(&["e Quit"]).await;
        terminal.press("e");
        assert_eq!(terminal.left().await, 0);
    }
}
