//! Going from one screen to another, and what must hold on the way.

use artipul_common::AuctionId;

use super::{
    account::{Account, Who},
    lots::Standing,
    model::{After, Cx, Dialog, Nav, Section},
    toasts::Tone,
    update::{Turn, cx},
};
use crate::{
    app::effect::Call,
    screens::{
        auction::AuctionPage, bid::BidDialog, buy::BuyDialog, palette::Command, sign_in::SignIn,
        sign_up::SignUp, top_up::TopUp,
    },
};

/// Does one step.
pub(super) fn go(turn: &mut Turn, nav: Nav) {
    match nav {
        Nav::Open(id) => {
            turn.model.close_dialogs();
            turn.model.page = Some(AuctionPage::open(id, &mut cx!(turn)));
        }
        Nav::Section(Section::Admin) if !turn.model.shared.account.is_admin() => {}
        Nav::Section(section) => {
            turn.model.close_dialogs();
            turn.model.page = None;
            turn.model.section = section;
            if section == Section::Mine {
                turn.model.mine.open();
            }
        }
        Nav::Back => {
            if !turn.model.close_dialog() {
                turn.model.page = None;
            }
        }
        Nav::Bid(id) => bid(turn, id),
        Nav::Rebid(id) => rebid(turn, id),
        Nav::Buy(id) => buy(turn, id),
        Nav::Watch(id) => watch(turn, id),
        Nav::TopUp(missing) => {
            turn.model.dialogs.push(Dialog::TopUp(TopUp::open(missing)));
        }
        Nav::SignIn(after) => {
            turn.model.dialogs.retain(|dialog| !is_door(dialog));
            turn.model.dialogs.push(Dialog::SignIn(Box::new(SignIn::open(after))));
        }
        Nav::SignUp(after) => {
            turn.model.dialogs.retain(|dialog| !is_door(dialog));
            turn.model.dialogs.push(Dialog::SignUp(Box::new(SignUp::open(after))));
        }
        Nav::SignedIn(after) => signed_in(turn, after),
        Nav::SignOut => sign_out(turn),
        Nav::Closed => {
            forget_user(turn);
            let words = turn.model.shared.lang.t("keep.closed");
            turn.model.shared.toast(Tone::Plain, words);
        }
        Nav::FindUser(sought) => turn.model.admin.find(&sought),
        Nav::Command(Command::Do(action)) => turn.act(action),
        Nav::Command(Command::Genre(genre)) => {
            turn.nav.push(Nav::Section(Section::Browse));
            turn.model.browse.show_genre(genre, &mut cx!(turn));
        }
        Nav::Command(Command::Sort(sort)) => {
            turn.nav.push(Nav::Section(Section::Browse));
            turn.model.browse.show_sort(sort, &mut cx!(turn));
        }
        Nav::Show(dialog) => turn.model.open_dialog(*dialog),
        Nav::Instead(dialog) => {
            turn.model.dialogs.retain(|open| !matches!(open, Dialog::Ways(_) | Dialog::Social(_)));
            turn.model.open_dialog(*dialog);
        }
        Nav::Changed => changed(turn),
    }
}

fn is_door(dialog: &Dialog) -> bool {
    match dialog {
        Dialog::SignIn(_) | Dialog::SignUp(_) => true,
        Dialog::Ways(ways) => ways.is_door(),
        Dialog::Social(social) => social.is_door(),
        Dialog::Window(window) => window.is_door(),
        _ => false,
    }
}

/// Whether somebody is signed in; if not, he is asked to, and what he wanted is kept.
fn is_known(turn: &mut Turn, after: After) -> bool {
    match turn.model.shared.account.who {
        Who::User(_) => true,
        Who::Nobody => {
            turn.nav.push(Nav::SignIn(after));
            false
        }
        Who::Unknown => {
            let words = turn.model.shared.lang.t("status.identifying");
            turn.model.shared.toast(Tone::Plain, words);
            false
        }
    }
}

fn bid(turn: &mut Turn, id: AuctionId) {
    if !is_known(turn, After::Bid(id)) {
        return;
    }
    let shared = &mut turn.model.shared;
    let objection = match shared.lots.get(id) {
        None => return,
        Some(lot) if shared.standing(lot) == Standing::Seller => Some("problem.own-auction"),
        Some(lot) if !lot.takes_bids(shared.now) => Some(closed(lot, shared.now)),
        Some(_) => None,
    };
    match objection {
        Some(key) => {
            let words = shared.lang.t(key);
            shared.toast(Tone::Plain, words);
        }
        None => {
            let dialog = BidDialog::open(id, shared);
            turn.model.dialogs.push(Dialog::Bid(dialog));
        }
    }
}

/// Opens the bid at once where the auction is known, and reads it otherwise: its window shows what
/// stands there already, and follows the price.
fn rebid(turn: &mut Turn, id: AuctionId) {
    turn.model.shared.toasts.dismiss(id);
    // A window that says how an earlier bid on it came out has done its duty.
    turn.model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Bid(bid) if bid.auction() == id));
    if turn.model.shared.lots.get(id).is_some() {
        bid(turn, id);
    } else {
        let request = cx!(turn).call(Call::Auction(id));
        turn.model.shared.rebidding.wait_for(request);
    }
}

fn buy(turn: &mut Turn, id: AuctionId) {
    if !is_known(turn, After::Buy(id)) {
        return;
    }
    let shared = &mut turn.model.shared;
    let Some(lot) = shared.lots.get(id) else { return };
    let objection = if shared.standing(lot) == Standing::Seller {
        "problem.own-auction"
    } else if !lot.takes_bids(shared.now) {
        closed(lot, shared.now)
    } else if let Some(price) = lot.auction.buy_now_price {
        turn.model.dialogs.push(Dialog::Buy(BuyDialog::open(id, price)));
        return;
    } else {
        "buy.unavailable"
    };
    let words = shared.lang.t(objection);
    shared.toast(Tone::Plain, words);
}

fn closed(lot: &super::lots::Lot, now: artipul_common::Timestamp) -> &'static str {
    use artipul_common::auctions::Phase;
    match lot.phase(now) {
        Phase::Upcoming => "problem.auction-not-started",
        Phase::Draft => "problem.auction-not-open",
        Phase::Open | Phase::Ended => "problem.auction-ended",
    }
}

fn watch(turn: &mut Turn, id: AuctionId) {
    if !is_known(turn, After::Watch(id)) {
        return;
    }
    let shared = &turn.model.shared;
    let under_way = shared.watching.iter().any(|(_, auction, _)| *auction == id);
    let Some(lot) = shared.lots.get(id).filter(|_| !under_way) else { return };
    let watching = !lot.is_watched();
    let request = cx!(turn).call(Call::Watch(id, watching));
    turn.model.shared.watching.push((request, id, watching));
}

fn signed_in(turn: &mut Turn, after: After) {
    turn.model.close_dialogs();
    let nickname = turn.model.shared.account.nickname().unwrap_or_default().to_owned();
    let lang = turn.model.shared.lang;
    let words = crate::i18n::tr!(lang, "toast.signed-in", nickname = nickname).into_owned();
    turn.model.shared.toast(Tone::Good, words);
    // What is shown says more to the signed-in.
    turn.model.browse.read(&mut cx!(turn));
    if let Some(page) = &mut turn.model.page {
        page.read(&mut cx!(turn));
    }
    turn.nav.push(match after {
        After::Nothing => return,
        After::Bid(id) => Nav::Bid(id),
        After::Buy(id) => Nav::Buy(id),
        After::Watch(id) => Nav::Watch(id),
    });
}

fn sign_out(turn: &mut Turn) {
    let request = cx!(turn).call(Call::SignOut);
    forget_user(turn);
    turn.model.shared.signing_out.wait_for(request);
    let words = turn.model.shared.lang.t("toast.signed-out");
    turn.model.shared.toast(Tone::Plain, words);
}

/// Nobody is signed in any more: what was his is forgotten.
pub(super) fn forget_user(turn: &mut Turn) {
    let model = &mut *turn.model;
    model.shared.account.sign_out();
    model.shared.lots.forget_me();
    model.shared.watching.clear();
    model.shared.rebidding.forget();
    model.mine.clear();
    model.wallet.clear();
    model.notices.clear();
    model.studio.clear();
    model.account.clear();
    model.admin.clear();
    model.left_images = None;
    // A bid on its way stays in the outbox: its outcome is still told.
    model.dialogs.retain(is_door);
}

fn changed(turn: &mut Turn) {
    Account::refresh(&mut cx!(turn));
    turn.model.mine.touch();
    turn.model.wallet.touch();
    turn.model.studio.touch();
    turn.model.notices.touch();
    turn.model.account.touch();
    turn.model.admin.touch();
}
