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
    client.shows("Maximum  ₩7 ");
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

fn is_sign_in(call: &Call) -> bool {
    matches!(call, Call::SignIn(_))
}

#[test]
fn a_form_is_filled_in_and_sent_by_clicks() {
    for lang in [Lang::Ko, Lang::En] {
        let mut client = Driven::browsing(lang);
        client.press("s");
        client.click(&lang.t("account.password"));
        client.press("secret pass");
        client.click(&lang.t("account.email"));
        client.press("mina@example.com");
        client.click(&format!("[ {} ]", lang.t("sign-in.button")));
        let Some((_, Call::SignIn(request))) = client.take(is_sign_in) else { panic!("not sent") };
        assert_eq!(
            (request.email.as_str(), request.password.reveal()),
            ("mina@example.com", "secret pass")
        );
    }
}

#[test]
fn a_button_that_leads_elsewhere_is_clicked() {
    let mut client = Driven::browsing(Lang::En);
    client.press("s");
    client.click(&format!("[ {} ]", Lang::En.t("sign-in.no-account")));
    assert!(matches!(client.model.dialogs.last(), Some(Dialog::SignUp(_))));
    client.click(&Lang::En.t("account.phone"));
    client.press("010-1234-5678");
    client.click(&format!("[ {} ]", Lang::En.t("sign-up.send-code")));
    assert!(client.has_asked(|call| matches!(call, Call::PhoneCode(_))));
}

#[test]
fn a_work_is_listed_by_clicks() {
    let mut client = super::studio::studio(Lang::En);
    client.press("n");
    client.click(&Lang::En.t("sell.medium"));
    client.press("oil");
    client.click(&format!("[ {} ]", Lang::En.t("sell.send")));
    client.shows("! is needed");
    client.shows("oil");
}

#[test]
fn tabs_and_rows_of_the_studio_are_clicked() {
    let mut client = super::studio::studio(Lang::En);
    client.click("바다");
    assert_eq!(client.model.studio.selected(), Some(AuctionId::new(43)));
    client.click("바다");
    assert!(client.model.is_page(AuctionId::new(43)));
    client.press("\u{1b}");
    client.click(&Lang::En.t("tab.drafts"));
    super::studio::fill_tab(&mut client, "drafts");
    client.shows("백자 달항아리");
}

#[test]
fn a_message_opens_what_it_tells_of() {
    let mut client = Driven::signed_in(Lang::En);
    client.send(super::live::notice_of(5, 1, artipul_common::events::NoticeKind::EndingSoon));
    client.press("3");
    client.click("달빛 아래 정물");
    assert!(client.model.is_page(AuctionId::new(5)));
    client.hides("Ending soon");
}

#[test]
fn a_message_takes_no_click_away_from_what_was_typed() {
    let mut client = super::images::dialog(Lang::En);
    super::images::drop_file(&mut client, "/home/mina/a.png");
    client.send(super::live::notice_of(5, 1, artipul_common::events::NoticeKind::EndingSoon));
    client.click("달빛 아래 정물");
    assert!(client.model.page.is_none() && client.model.has_unsent());
}

#[test]
fn a_key_turns_the_mouse_off_and_on() {
    for lang in [Lang::Ko, Lang::En] {
        let mut client = Driven::signed_in(lang);
        client.press("3t");
        client.key(KeyCode::F(3));
        client.shows(&lang.t("toast.mouse-off")[..12]);
        client.key(KeyCode::F(3));
        client.shows(&lang.t("toast.mouse-on")[..9]);
        assert_eq!(client.speeches, [Speech::Mouse(false), Speech::Mouse(true)]);
    }
}
