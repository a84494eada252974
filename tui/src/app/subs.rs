//! What the model wants to hear of, as data. The runtime starts and stops what differs from
//! before, so that nothing runs that no screen needs.

use std::time::Duration;

use artipul_common::AuctionId;

pub(crate) use super::links::LinkName;
use super::model::{Dialog, Model, Section};
use crate::{screens::auction::AuctionPage, ui::time::Grain};

/// One source of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sub {
    /// These auctions, over one connection.
    Live(LinkName, Vec<AuctionId>),
    /// What concerns the signed-in user.
    Mine,
    /// A countdown on the screen changes so often.
    Every(Grain),
    /// Something on the screen turns.
    Spinner,
    /// Something on the screen changes at this moment (time since the start).
    At(Duration),
}

/// How often a spinner turns.
pub(crate) const SPIN: Duration = Duration::from_millis(120);

/// What this model wants to hear of.
pub(crate) fn of(model: &Model) -> Vec<Sub> {
    let mut subs: Vec<Sub> = streams(model);
    if let Some(grain) = grain(model) {
        subs.push(Sub::Every(grain));
    }
    if is_spinning(model) {
        subs.push(Sub::Spinner);
    }
    if let Some(at) = next_change(model) {
        subs.push(Sub::At(at));
    }
    subs
}

/// The streams among them.
fn streams(model: &Model) -> Vec<Sub> {
    let mut subs = Vec::new();
    let listed = match model.section {
        Section::Browse => model.browse.live_ids(),
        Section::Mine => model.mine.live_ids(),
        Section::Sell => model.studio.live_ids(),
        Section::Wallet | Section::Notices | Section::Account | Section::Admin => Vec::new(),
    };
    if !listed.is_empty() {
        subs.push(Sub::Live(LinkName::List, listed));
    }
    if let Some(id) = model.page.as_ref().and_then(|page| page.live_id(&model.shared)) {
        subs.push(Sub::Live(LinkName::Page(id), vec![id]));
    }
    if let Some(id) = bid_elsewhere(model, &subs) {
        subs.push(Sub::Live(LinkName::Page(id), vec![id]));
    }
    if model.shared.account.user().is_some() {
        subs.push(Sub::Mine);
    }
    subs
}

/// The auction of a bid's window that nothing below it follows.
fn bid_elsewhere(model: &Model, followed: &[Sub]) -> Option<AuctionId> {
    let Some(Dialog::Bid(bid)) = model.dialogs.last() else { return None };
    let id = bid.auction();
    let is_followed = |sub: &Sub| matches!(sub, Sub::Live(_, ids) if ids.contains(&id));
    (!followed.iter().any(is_followed)).then_some(id)
}

/// The names of the streams that the model wants.
pub(crate) fn links(model: &Model) -> Vec<LinkName> {
    streams(model)
        .iter()
        .filter_map(|sub| match sub {
            Sub::Live(name, _) => Some(*name),
            Sub::Mine => Some(LinkName::Me),
            _ => None,
        })
        .collect()
}

/// The finest countdown on the screen.
fn grain(model: &Model) -> Option<Grain> {
    let status = match model.liveness() {
        super::links::Liveness::Lost { .. } => Some(Grain::Second),
        _ => None,
    };
    let dialog = match model.dialogs.last() {
        Some(Dialog::SignUp(sign_up)) => sign_up.grain(&model.shared),
        Some(Dialog::Window(window)) => window.grain(&model.shared),
        Some(Dialog::Social(social)) => social.grain(),
        _ => None,
    };
    let shown = match (&model.page, model.section) {
        (Some(page), _) => page.grain(&model.shared),
        (None, Section::Browse) => model.browse.grain(&model.shared),
        (None, Section::Mine) => model.mine.grain(&model.shared),
        (None, Section::Sell) => model.studio.grain(&model.shared),
        (None, _) => None,
    };
    [status, dialog, shown].into_iter().flatten().min()
}

/// Whether the user waits for something and sees that he does.
fn is_spinning(model: &Model) -> bool {
    match model.dialogs.last() {
        Some(Dialog::Bid(bid)) => bid.is_waiting(&model.shared),
        Some(Dialog::Buy(buy)) => buy.is_waiting(&model.shared),
        Some(Dialog::TopUp(top_up)) => top_up.is_waiting(&model.shared),
        Some(Dialog::SignIn(sign_in)) => sign_in.is_waiting(),
        Some(Dialog::SignUp(sign_up)) => sign_up.is_waiting(),
        Some(Dialog::Images(images)) => images.is_waiting(),
        Some(Dialog::Window(window)) => window.is_waiting(),
        Some(Dialog::Social(social)) => social.is_waiting(),
        Some(Dialog::Ways(ways)) => ways.is_waiting(),
        Some(Dialog::Artist(artist)) => artist.is_waiting(),
        Some(Dialog::Reading(_) | Dialog::Question(_) | Dialog::Palette(_) | Dialog::Look(_)) => {
            false
        }
        None => match (&model.page, model.section) {
            (Some(page), _) => page.is_waiting(),
            (None, Section::Browse) => model.browse.is_waiting(),
            (None, Section::Mine) => model.mine.is_waiting(),
            (None, Section::Wallet) => model.wallet.is_waiting(),
            (None, Section::Sell) => model.studio.is_waiting(&model.shared),
            (None, Section::Notices) => model.notices.is_waiting(),
            (None, Section::Account) => model.account.is_waiting(),
            (None, Section::Admin) => model.admin.is_waiting(),
        },
    }
}

/// The next moment at which something happens by itself.
fn next_change(model: &Model) -> Option<Duration> {
    let shared = &model.shared;
    [
        shared.lots.next_change(shared.uptime),
        shared.toasts.next_change(),
        shared.outbox.next_change(),
        shared.genres_read.next_change(),
        shared.account.next_change(),
        model.browse.next_change(),
        model.mine.next_change(),
        model.wallet.next_change(),
        model.studio.next_change(),
        model.studio.next_start(shared).filter(|_| model.section == Section::Sell),
        model.notices.next_change(),
        model.account.next_change(),
        model.admin.next_change(),
        model.page.as_ref().and_then(AuctionPage::next_change),
        model.dialogs.last().and_then(|dialog| match dialog {
            Dialog::SignUp(sign_up) => sign_up.next_change(),
            Dialog::Social(social) => social.next_change(),
            Dialog::Bid(bid) => bid.next_change(),
            _ => None,
        }),
    ]
    .into_iter()
    .flatten()
    // What is due already waits for its screen to be looked at again.
    .filter(|at| *at > shared.uptime)
    .min()
}
