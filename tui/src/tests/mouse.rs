//! The mouse: clicks on what is seen, and the wheel.

use artipul_common::AuctionId;
use ratatui::layout::Position;

use super::*;
use crate::app::{
    model::{Dialog, Section},
    mouse::Mouse,
};

impl Driven {
    /// Clicks on the middle of the first of these words on the screen.
    #[track_caller]
    fn click(&mut self, words: &str) {
        let at = self.find(words);
        self.send(Msg::Mouse(Mouse::Click(at)));
    }

    #[track_caller]
    fn turn_wheel(&mut self, words: &str, lines: i32) {
        let at = self.find(words);
        self.send(Msg::Mouse(Mouse::Wheel(at, lines)));
    }

    #[track_caller]
    fn find(&self, words: &str) -> Position {
        let screen = self.screen();
        let found = (0u16..).zip(screen.lines()).find_map(|(y, line)| {
            let before = crate::ui::text::width(line.split_once(words)?.0);
            let half = crate::ui::text::width(words) / 2;
            Some(Position::new(u16::try_from(before + half).unwrap(), y))
        });
        found.unwrap_or_else(|| panic!("{words:?} is not on\n{screen}"))
    }
}

fn is_list(call: &Call) -> bool {
    matches!(call, Call::Auctions(_))
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    for lang in [Lang::Ko, Lang::En] {
        let mut client = Driven::signed_in(lang);
        client.click("백자 달항아리");
        assert_eq!(client.model.browse.selected(), Some(AuctionId::new(4)));
        assert!(client.model.page.is_none());
        client.click("바다");
        assert!(client.model.page.is_none(), "another row was opened");
        client.click("바다");
        assert!(client.model.is_page(AuctionId::new(8)));
    }
}

#[test]
fn the_row_that_was_selected_already_is_opened_by_two_clicks_as_well() {
    let mut client = Driven::signed_in(Lang::En);
    client.click("달빛 아래 정물");
    assert!(client.model.page.is_none());
    client.press("jk");
    client.click("달빛 아래 정물");
    assert!(client.model.page.is_none(), "a key between them makes them two");
    client.click("달빛 아래 정물");
    assert!(client.model.page.is_some());
}

#[test]
fn sections_genres_tabs_and_keys_are_clicked_where_they_stand() {
    for (width, lang) in [(80, Lang::Ko), (80, Lang::En), (120, Lang::Ko), (120, Lang::En)] {
        let mut client = Driven::signed_in(lang);
        client.send(Msg::Resized(width, 30));
        let genre = if lang == Lang::Ko { "드로잉" } else { "Oriental painting" };
        client.click(genre);
        let (_, call) = client.take(is_list).expect("a genre is read");
        let Call::Auctions(query) = call else { unreachable!() };
        let slug = if lang == Lang::Ko { "drawing" } else { "oriental-painting" };
        assert_eq!(query.genre.as_deref(), Some(slug));
        client.click(&lang.t("section.wallet"));
        assert_eq!(client.model.section, Section::Wallet);
        client.click(&lang.t("section.mine"));
        client.click(&lang.t("tab.watching"));
        assert!(client.has_asked(|call| matches!(call, Call::Watches(_))));
        client.click(&format!("F1 {}", lang.t("key.help")));
        assert!(matches!(client.model.dialogs.last(), Some(Dialog::Reading(_))));
    }
}

#[test]
fn a_click_beside_a_window_loses_nothing() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("jjb7");
    for y in 0..22 {
        for x in 0..80 {
            client.send(Msg::Mouse(Mouse::Click(Position::new(x, y))));
        }
    }
    client.shows("Maximum  ₩3,000,007");
    client.click("Enter Check");
    client.shows("must be a multiple of 1,000");
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("r");
    client.answer(is_list, super::browsing::works(1, 60, None));
    client.turn_wheel("Work 7", 3);
    client.hides("Work 3 ");
    client.shows("Work 4 ");
    client.turn_wheel("connecting", 3);
    client.shows("Work 4 ");
    client.turn_wheel("Work 7", -30);
    client.shows("Work 1 ");
    client.press("?");
    client.turn_wheel("│", 300);
    client.shows("can be bought at once");
}

#[test]
fn what_is_found_is_chosen_by_a_click() {
    let mut client = Driven::signed_in(Lang::En);
    client.press(":wallet");
    client.click("Wallet  ");
    assert_eq!(client.model.section, Section::Browse, "the header is behind the window");
    client.click("Go to Wallet");
    assert_eq!(client.model.section, Section::Wallet);
}
