//! What every screen looks like: in both languages, at three sizes, and in each of its looks.

use std::sync::Arc;

use artipul_common::{
    AuctionId, EntryId, Money, NotificationId,
    bids::{BidForecast, BidReceipt, BidResult},
    client::stream::Item,
    events::NoticeKind,
    mine::{Notification, Participation, Standing},
    page::Page,
    wallet::{Charge, ChargeStatus, Entry, EntryKind},
};
use chrono::TimeDelta;

use super::*;
use crate::{
    app::links::LinkName,
    term::graphics::{Depth, Graphics},
    theme::{Ground, Theme},
    ui::picture::Picture,
};
use ratatui::layout::Size;

/// A screen in both languages and at three sizes; at each, its text and its looks. What is too
/// small to show it is told in the same words everywhere.
pub(super) fn everywhere(name: &str, build: impl Fn(Lang) -> Driven) {
    for lang in [Lang::Ko, Lang::En] {
        for (width, height) in [(40, 12), (80, 24), (120, 40)] {
            let mut client = build(lang);
            client.send(Msg::Resized(width, height));
            let name = if height == 12 { "too_small" } else { name };
            let file = format!("{name}_{}_{width}x{height}", lang.code());
            insta::assert_snapshot!(file, in_all_looks(&mut client));
        }
    }
}

/// The text of a screen and, cell by cell, its looks: on dark ground, on light ground, and without
/// colours. Its text is the same in all of them, but for pictures, which are of shades without
/// colours.
fn in_all_looks(client: &mut Driven) -> String {
    let themes = [
        Theme::new(Depth::Indexed, Ground::Dark),
        Theme::new(Depth::Indexed, Ground::Light),
        Theme::new(Depth::Mono, Ground::Dark),
    ];
    let size = client.model.shared.size;
    let screens = themes.map(|theme| {
        client.model.shared.theme = theme;
        terminal(&client.model, size.width, size.height)
    });
    let [dark, light, mono] = screens.each_ref().map(text_of);
    assert_eq!(dark, light);
    let shades = ["▀", "░", "▒", "▓", "█", " "];
    let without_pictures =
        |text: &str| shades.iter().fold(text.to_owned(), |text, shade| text.replace(shade, ""));
    assert_eq!(without_pictures(&dark), without_pictures(&mono), "the words differ");
    let mut parts = vec![dark.clone()];
    parts.extend((mono != dark).then_some(mono));
    parts.push(looks(screens.each_ref().map(vt100::Parser::screen)));
    parts.join("\n----\n")
}

fn live(client: &mut Driven) {
    for name in [LinkName::List, LinkName::Page(AuctionId::new(1)), LinkName::Me] {
        match name {
            LinkName::Me => client.send(Msg::Mine(Item::Live)),
            name => client.send(Msg::Live(name, Item::Live)),
        }
    }
}

fn page(lang: Lang) -> Driven {
    let mut client = Driven::signed_in(lang);
    client.press("\n");
    let auction = Box::new(samples::auctions().remove(0));
    client.answer(|call| matches!(call, Call::Auction(_)), Ok(Answer::Auction(auction)));
    let history = Page { items: samples::history(), next_cursor: None };
    client.answer(|call| matches!(call, Call::History(..)), Ok(Answer::History(history)));
    live(&mut client);
    client
}

#[test]
fn browse() {
    everywhere("browse", |lang| {
        let mut client = Driven::signed_in(lang);
        live(&mut client);
        client.press("j");
        client
    });
}

#[test]
fn browse_signed_out_and_offline() {
    everywhere("browse_offline", |lang| {
        let mut client = Driven::browsing(lang);
        client.send(Msg::Live(LinkName::List, Item::Live));
        let lost =
            Item::Lost { reason: "gone".into(), retry_in: std::time::Duration::from_millis(2_400) };
        client.send(Msg::Live(LinkName::List, lost));
        client
    });
}

#[test]
fn browse_before_the_first_answer() {
    everywhere("browse_reading", |lang| {
        let mut client = Driven::new(samples::model(lang));
        client.send(Msg::Started { signed_in: true });
        client
    });
}

#[test]
fn browse_without_a_server() {
    everywhere("browse_no_server", |lang| {
        let mut client = Driven::new(samples::model(lang));
        client.send(Msg::Started { signed_in: false });
        client.answer(|call| matches!(call, Call::Auctions(_)), Err(lost()));
        client.wait(0);
        client
    });
}

#[test]
fn a_search_without_results() {
    everywhere("browse_nothing_found", |lang| {
        let mut client = Driven::browsing(lang);
        client.press("/없는 작품\n");
        let page = Page { items: Vec::new(), next_cursor: None };
        client.answer(|call| matches!(call, Call::Auctions(_)), Ok(Answer::Auctions(page)));
        client
    });
}

#[test]
fn auction() {
    everywhere("auction", page);
}

/// The samples, of which some have a picture and some none.
fn with_pictures(lang: Lang) -> Driven {
    let mut client = Driven::signed_in(lang);
    for (index, mut auction) in samples::auctions().into_iter().enumerate() {
        if index != 1 {
            auction.images = vec![artipul_common::auctions::Image {
                name: "a.png".into(),
                width: 64,
                height: 48,
                url: "/v1/images/a.png".into(),
            }];
        }
        client.model.shared.lots.put(auction);
    }
    live(&mut client);
    client.wait(1);
    client
}

#[test]
fn a_gallery() {
    everywhere("gallery", |lang| {
        let mut client = with_pictures(lang);
        client.press("vl");
        client.wait(1);
        client.send(Msg::Picture(picture_key(), Some(Arc::new(gradient()))));
        client
    });
}

#[test]
fn a_gallery_before_its_pictures_come() {
    everywhere("gallery_waiting", |lang| {
        let mut client = with_pictures(lang);
        client.press("v");
        client
    });
}

#[test]
fn a_picture_fills_the_screen() {
    everywhere("look", |lang| {
        let mut client = with_pictures(lang);
        client.press("f");
        client.send(Msg::Picture(picture_key(), Some(Arc::new(gradient()))));
        client
    });
}

#[test]
fn a_work_without_a_picture_says_so() {
    everywhere("look_without", |lang| {
        let mut client = with_pictures(lang);
        client.press("jf");
        client
    });
}

#[test]
fn auction_with_a_picture() {
    everywhere("auction_picture", |lang| {
        let mut client = page(lang);
        let mut auction = samples::auctions().remove(0);
        auction.images = vec![artipul_common::auctions::Image {
            name: "a.png".into(),
            width: 64,
            height: 48,
            url: "/v1/images/a.png".into(),
        }];
        client.model.shared.lots.put(auction);
        client.wait(0);
        client.send(Msg::Picture(picture_key(), Some(Arc::new(gradient()))));
        client
    });
}

fn picture_key() -> Key {
    Key { url: "/v1/images/a.png".into(), cells: Size::ZERO }
}

fn gradient() -> Picture {
    let picture = image::RgbImage::from_fn(64, 48, |x, y| {
        let value = u8::try_from((x * 2 + y * 2).min(255)).unwrap();
        image::Rgb([value; 3])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let order = Order { cells: Size::new(40, 20), graphics: Graphics::blocks() };
    Picture::decode(bytes.get_ref(), &order).unwrap()
}

#[test]
fn bid_being_typed() {
    everywhere("bid_editing", |lang| {
        let mut client = page(lang);
        client.press("b");
        client
    });
}

fn forecast(holds: i64, would_buy: bool, would_extend: bool) -> Answer {
    let holds = Money::new(holds);
    Answer::Forecast(BidForecast { would_be_accepted: true, would_buy, would_extend, holds })
}

#[test]
fn bid_being_confirmed() {
    everywhere("bid_confirming", |lang| {
        let mut client = page(lang);
        client.press("b+\n");
        let forecast = forecast(911_000, false, true);
        client.answer(|call| matches!(call, Call::Forecast(..)), Ok(forecast));
        client
    });
}

#[test]
fn bid_that_may_be_a_slip() {
    everywhere("bid_insisting", |lang| {
        let mut client = page(lang);
        client.press("b");
        client.key(KeyCode::End);
        client.press("0\n");
        let forecast = forecast(9_010_000, false, false);
        client.answer(|call| matches!(call, Call::Forecast(..)), Ok(forecast));
        client.press("\n");
        client.wait(1);
        client
    });
}

#[test]
fn outbid_and_watched() {
    everywhere("toasts", |lang| {
        let mut client = Driven::signed_in(lang);
        live(&mut client);
        client.send(super::live::notice_of(2, 1, NoticeKind::Outbid));
        client.send(super::live::notice_of(5, 2, NoticeKind::EndingSoon));
        client.send(super::live::notice_of(7, 3, NoticeKind::Sold));
        client
    });
}

#[test]
fn bid_whose_answer_was_lost() {
    everywhere("bid_unknown", |lang| {
        let mut client = page(lang);
        client.press("b\n");
        let forecast = forecast(901_000, false, false);
        client.answer(|call| matches!(call, Call::Forecast(..)), Ok(forecast));
        client.press("y");
        client.answer(|call| matches!(call, Call::Bid { .. }), Err(lost()));
        client
    });
}

#[test]
fn bid_that_did_not_lead() {
    everywhere("bid_outbid", |lang| {
        let mut client = page(lang);
        client.press("b\n");
        let forecast = forecast(901_000, false, false);
        client.answer(|call| matches!(call, Call::Forecast(..)), Ok(forecast));
        client.press("y");
        let receipt = BidReceipt {
            result: BidResult::Outbid,
            auction_id: AuctionId::new(1),
            price: Money::new(911_000),
            min_next: Some(Money::new(921_000)),
            ends_at: samples::now(),
            seq: 9,
            maximum: Money::new(901_000),
            sale_id: None,
        };
        client.answer(|call| matches!(call, Call::Bid { .. }), Ok(Answer::Receipt(receipt)));
        client
    });
}

#[test]
fn buying_at_once() {
    everywhere("buy", |lang| {
        let mut client = page(lang);
        client.press("n");
        client
    });
}

#[test]
fn signing_in() {
    everywhere("sign_in", |lang| {
        let mut client = Driven::browsing(lang);
        client.press("smina@example.com\tsecret pass\n");
        let wrong = Err(problem(ProblemCode::CredentialsWrong));
        client.answer(|call| matches!(call, Call::SignIn(_)), wrong);
        client
    });
}

#[test]
fn signing_up() {
    everywhere("sign_up", |lang| {
        let mut client = super::doors::details(lang);
        client.press("mina@\tshort\t달");
        client.key(KeyCode::F(1));
        client.press("\u{1b}");
        client.send(Msg::Key(KeyEvent::new(
            KeyCode::Char('s'),
            crossterm::event::KeyModifiers::CONTROL,
        )));
        client
    });
}

#[test]
fn mine() {
    everywhere("mine", |lang| {
        let mut client = Driven::signed_in(lang);
        client.press("2");
        let items = samples::auctions()
            .into_iter()
            .take(3)
            .map(|auction| Participation {
                state: Standing::Leading,
                maximum: Money::new(900_000),
                auction,
            })
            .collect();
        let answer = Answer::Participations(Page { items, next_cursor: None });
        client.answer(|call| matches!(call, Call::Participations(_)), Ok(answer));
        live(&mut client);
        client
    });
}

#[test]
fn wallet() {
    everywhere("wallet", |lang| {
        let mut client = Driven::signed_in(lang);
        client.press("3");
        let entry = |id, kind, amount, balance, auction: Option<i64>| Entry {
            id: EntryId::new(id),
            kind,
            amount: Money::new(amount),
            balance_after: Money::new(balance),
            auction_id: auction.map(AuctionId::new),
            charge_id: None,
            created_at: samples::now() - TimeDelta::hours(30 - id * 10),
        };
        let items = vec![
            entry(3, EntryKind::Sale, 760_000, 5_000_000, Some(9)),
            entry(2, EntryKind::Purchase, -760_000, 4_240_000, Some(77)),
            entry(1, EntryKind::Charge, 5_000_000, 5_000_000, None),
        ];
        let answer = Answer::Entries(Page { items, next_cursor: None });
        client.answer(|call| matches!(call, Call::Entries(_)), Ok(answer));
        live(&mut client);
        client
    });
}

#[test]
fn topping_up() {
    everywhere("top_up", |lang| {
        let mut client = Driven::signed_in(lang);
        client.press("3t\n");
        let charge = Charge {
            id: artipul_common::ChargeId::new(5),
            amount: Money::new(100_000),
            status: ChargeStatus::Pending,
            gateway: "sandbox".into(),
            checkout_url: Some("http://127.0.0.1:7410/sandbox/5".into()),
            created_at: samples::now(),
        };
        client.answer(|call| matches!(call, Call::Charge { .. }), Ok(Answer::Charge(charge)));
        client
    });
}

#[test]
fn listing_a_work() {
    everywhere("sell", |lang| {
        let mut client = Driven::signed_in(lang);
        client.press("4n겨울 산\t\t300500");
        client.send(Msg::Key(KeyEvent::new(
            KeyCode::Char('s'),
            crossterm::event::KeyModifiers::CONTROL,
        )));
        client
    });
}

#[test]
fn studio() {
    everywhere("studio", |lang| {
        let mut client = super::studio::studio(lang);
        client.press("j");
        live(&mut client);
        client
    });
}

#[test]
fn studio_beside_a_selected_work_with_its_bids() {
    everywhere("studio_bids", |lang| {
        let mut client = super::studio::studio(lang);
        client.send(Msg::Resized(120, 40));
        let history = Page { items: samples::history(), next_cursor: None };
        client.answer(|call| matches!(call, Call::History(..)), Ok(Answer::History(history)));
        live(&mut client);
        client
    });
}

#[test]
fn studio_drafts_sold_and_unsold() {
    for (name, steps) in [("drafts", "ll"), ("sold", "lll"), ("unsold", "llll")] {
        everywhere(&format!("studio_{name}"), |lang| {
            let mut client = super::studio::studio(lang);
            client.press(steps);
            super::studio::fill_tab(&mut client, name);
            live(&mut client);
            client
        });
    }
}

#[test]
fn studio_with_nothing_in_it() {
    everywhere("studio_empty", |lang| {
        let mut client = Driven::signed_in(lang);
        client.press("4");
        let page = Page { items: Vec::new(), next_cursor: None };
        client.answer(|call| matches!(call, Call::MyAuctions(_)), Ok(Answer::Auctions(page)));
        client
    });
}

#[test]
fn studio_without_a_server() {
    everywhere("studio_offline", |lang| {
        let mut client = Driven::signed_in(lang);
        client.press("4");
        client.answer(|call| matches!(call, Call::MyAuctions(_)), Err(lost()));
        client
    });
}

#[test]
fn studio_before_the_first_answer() {
    everywhere("studio_reading", |lang| {
        let mut client = Driven::signed_in(lang);
        client.press("4");
        client
    });
}

#[test]
fn changing_a_work() {
    everywhere("sell_edit", |lang| {
        let mut client = super::studio::drafts(lang);
        client.press("e");
        client
    });
}

#[test]
fn offering_a_work_again() {
    everywhere("sell_relist", |lang| {
        let mut client = super::studio::studio(lang);
        client.press("llll");
        super::studio::fill_tab(&mut client, "unsold");
        client.press("o");
        client
    });
}

#[test]
fn pictures_of_a_work() {
    everywhere("images", |lang| {
        let mut client = super::images::dialog(lang);
        super::images::with_uploads(&mut client);
        client
    });
}

#[test]
fn pictures_with_a_preview() {
    everywhere("images_preview", |lang| {
        let mut client = super::images::dialog(lang);
        super::images::drop_file(&mut client, "/home/mina/달 항아리.png");
        let url = super::images::file("/home/mina/달 항아리.png").image().url;
        client.send(Msg::Picture(Key { url, cells: Size::ZERO }, Some(Arc::new(gradient()))));
        client
    });
}

#[test]
fn pictures_before_there_are_any_and_while_a_path_is_typed() {
    everywhere("images_path", |lang| {
        let mut client = super::studio::drafts(lang);
        client.press("in/home/mina/달");
        client
    });
}

#[test]
fn a_picture_that_was_not_taken() {
    everywhere("images_failed", |lang| {
        let mut client = super::images::dialog(lang);
        super::images::drop_file(&mut client, "/home/mina/달 항아리.png");
        client.press("\n");
        client.answer(|call| matches!(call, Call::AddImage { .. }), Err(lost()));
        client
    });
}

#[test]
fn a_plan_of_a_file() {
    everywhere("batch", |lang| {
        let mut client = super::batch::planned(lang);
        client.press("jj");
        client
    });
}

#[test]
fn a_file_being_chosen() {
    everywhere("batch_path", |lang| {
        let mut client = super::studio::studio(lang);
        client.press("f~/works.csv");
        client
    });
}

#[test]
fn a_file_before_it_is_listed() {
    everywhere("batch_question", |lang| {
        let mut client = super::batch::planned(lang);
        client.press("\n");
        client
    });
}

#[test]
fn a_file_on_its_way() {
    everywhere("batch_sending", |lang| {
        let mut client = super::batch::planned(lang);
        client.press("\ny");
        super::batch::answer_row(&mut client, 70);
        client
    });
}

#[test]
fn leaving_a_form_with_text_in_it() {
    everywhere("sell_leave", |lang| {
        let mut client = Driven::signed_in(lang);
        client.press("4n겨울 산\u{1b}");
        client
    });
}

#[test]
fn notices() {
    everywhere("notices", |lang| {
        let mut client = Driven::signed_in(lang);
        client.press("5");
        let items = NoticeKind::ALL
            .into_iter()
            .zip(1..)
            .map(|(kind, id)| Notification {
                id: NotificationId::new(id),
                kind,
                auction_id: (kind != NoticeKind::Charged).then_some(AuctionId::new(1)),
                title: Some("달빛 아래 정물".into()),
                price: Some(Money::new(560_000)),
                at: samples::now() - TimeDelta::minutes(id * 40),
                read: id > 5,
            })
            .collect();
        let answer = Answer::Notifications(Page { items, next_cursor: None });
        client.answer(|call| matches!(call, Call::Notifications(_)), Ok(answer));
        live(&mut client);
        client
    });
}

#[test]
fn help() {
    everywhere("help", |lang| {
        let mut client = page(lang);
        client.press("?");
        client
    });
}

#[test]
fn palette() {
    everywhere("palette", |lang| {
        let mut client = Driven::signed_in(lang);
        live(&mut client);
        client.press(":");
        client
    });
}

#[test]
fn palette_with_a_few_letters() {
    everywhere("palette_found", |lang| {
        let mut client = Driven::signed_in(lang);
        live(&mut client);
        client.press(if lang == Lang::Ko { ":ㄱ" } else { ":pai" });
        client
    });
}

#[test]
fn a_door_before_what_belongs_to_somebody() {
    everywhere("door", |lang| {
        let mut client = Driven::browsing(lang);
        client.press("3");
        client
    });
}

#[test]
fn a_terminal_that_is_too_small() {
    let mut client = Driven::browsing(Lang::Ko);
    client.send(Msg::Resized(50, 12));
    client.shows(&Lang::Ko.t("small.title"));
    client.send(Msg::Resized(60, 16));
    client.hides(&Lang::Ko.t("small.title"));
}

#[test]
fn no_size_makes_the_drawing_fail() {
    for keys in ["", "\n", "\nb", "\n?", "2", "3", "4", "4n", "4f", "5", "3t"] {
        let mut client = Driven::signed_in(Lang::Ko);
        client.press(keys);
        for width in (1..140).step_by(7) {
            for height in (1..50).step_by(5) {
                client.send(Msg::Resized(width, height));
                client.screen();
            }
        }
    }
}

#[test]
fn what_stands_on_a_page_is_whole_on_a_small_terminal() {
    let mut client = page(Lang::Ko);
    let mut auction = samples::auctions().remove(0);
    auction.ends_at = samples::now() + chrono::TimeDelta::days(13);
    auction.scheduled_end = auction.ends_at;
    auction.seq = 100;
    auction.description = "달빛 ".repeat(300);
    auction.seller.nickname = "grey heron at dawn".into();
    auction.seller.college = Some("한국예술종합학교".into());
    let day = client.model.shared.zone.typed(auction.ends_at)[5..].to_owned();
    client.model.shared.lots.put(auction);
    let screen = render(&client.model, 80, 24);
    assert!(screen.contains(&day), "{day} is not on\n{screen}");
    assert!(!screen.contains("dawn ·"), "a dot divides nothing on\n{screen}");
    assert!(screen.contains("i 키로 모두 보기"), "the hint is cut off\n{screen}");
}

#[test]
fn the_rarer_sections_stand_above_where_they_fit() {
    let client = Driven::signed_in(Lang::En);
    let header = |width| render(&client.model, width, 24).lines().next().unwrap().to_owned();
    assert!(header(80).contains("Artipul") && header(80).contains("6 Account"), "{}", header(80));
    assert!(!header(62).contains("Account"), "{}", header(62));
    assert!(header(62).contains("5 Notices"), "{}", header(62));
    for width in 60..140 {
        let header = header(width);
        assert!(header.contains("5 Notices 2"), "{header}");
        assert!(width < 96 || header.ends_with("한국어"), "{header}");
    }
    let client = Driven::browsing(Lang::En);
    assert!(!render(&client.model, 120, 24).contains("6 Account"), "nobody is signed in");
}

#[test]
fn my_auctions_open_where_there_is_something() {
    let mut client = Driven::signed_in(Lang::En);
    let mut summary = client.model.shared.account.summary.unwrap();
    (summary.leading, summary.outbid) = (0, 0);
    client.model.shared.account.summary = Some(summary);
    client.press("2");
    assert!(client.has_asked(|call| matches!(call, Call::Purchases(_))), "an empty tab was opened");
    client.press("l");
    let none = Page { items: Vec::new(), next_cursor: None };
    let is_lost = |call: &Call| matches!(call, Call::Participations(_));
    client.answer(is_lost, Ok(Answer::Participations(none)));
    client.shows("You have lost no auction");
}
