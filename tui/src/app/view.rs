//! Draws the model. Pure: it reads the model and fills the frame, nothing else.

use ratatui::{
    Frame,
    layout::{Rect, Size},
};

use super::model::{Covers, Dialog, Model, Section, Shared};
use crate::{
    i18n::tr,
    screens::{
        account, admin, artist, auction, bid, browse, buy, header, images, look, mine, notices,
        palette, question, reading, sign_in, sign_up, studio, top_up, wallet, window,
    },
    term::{depth, graphics::Paint},
    ui::{notice, overlay, toast},
};

/// Below this, nothing useful can be shown.
const LEAST: Size = Size { width: 60, height: 16 };

/// The part of the terminal that belongs to the screen; the header is above, the keys and the
/// status are below.
pub(crate) fn body(size: Size) -> Rect {
    Rect::new(0, 1, size.width, size.height.saturating_sub(3))
}

/// The lines around the screen.
pub(crate) struct Lines {
    pub(crate) header: Rect,
    pub(crate) keys: Rect,
    status: Rect,
}

/// Where the lines around the screen are.
pub(crate) fn lines(area: Rect) -> Lines {
    let line = |y| Rect { y, height: 1, ..area };
    let bottom = area.bottom();
    Lines {
        header: line(0),
        keys: line(bottom.saturating_sub(2)),
        status: line(bottom.saturating_sub(1)),
    }
}

/// Draws everything.
pub(crate) fn view(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    if area.width < LEAST.width || area.height < LEAST.height {
        return too_small(model, frame);
    }
    let body = body(area.as_size());
    let lines = lines(area);
    header::header(model, frame.buffer_mut(), lines.header);
    if let Some(Dialog::Look(look)) = model.dialogs.last() {
        look::view(look, &model.shared, frame, body);
    } else {
        screen_and_windows(model, frame, body);
    }
    toast::draw(model, frame.buffer_mut(), body);
    header::footer(model, frame.buffer_mut(), lines.keys);
    header::status(model, frame.buffer_mut(), lines.status);
    // A picture by kitty's protocol is told by its colour, which is no colour to change.
    if model.shared.pictures.graphics().paint != Paint::Kitty {
        depth::adapt(frame.buffer_mut(), model.shared.theme.depth);
    }
}

/// What lies over the pictures of the screen, and over those in windows.
pub(crate) fn covers(model: &Model) -> Covers {
    let body = body(model.shared.size);
    let toasts = toast::windows(model, body);
    let mut covers = Covers { screen: toasts.clone(), windows: toasts };
    for dialog in &model.dialogs {
        let window = window(dialog, &model.shared, body);
        covers.screen.push(window);
        // These have the pictures themselves.
        if !matches!(dialog, Dialog::Images(_) | Dialog::Look(_)) {
            covers.windows.push(window);
        }
    }
    covers
}

/// Where a window is.
fn window(dialog: &Dialog, shared: &Shared, body: Rect) -> Rect {
    match dialog {
        Dialog::Look(_) => body,
        Dialog::Reading(_) => reading::window(body),
        Dialog::Question(dialog) => question::window(dialog, shared, body),
        Dialog::Palette(_) => palette::window(body),
        Dialog::Bid(dialog) => bid::window(dialog, shared, body),
        Dialog::Buy(dialog) => buy::window(dialog, shared, body),
        Dialog::Images(_) => images::window(body),
        Dialog::TopUp(dialog) => top_up::window(dialog, shared, body),
        Dialog::SignIn(_) => sign_in::window(body),
        Dialog::SignUp(dialog) => sign_up::window(dialog, body),
        Dialog::Ways(dialog) => dialog.place(shared, body),
        Dialog::Window(dialog) => dialog.place(shared, body),
        Dialog::Social(dialog) => dialog.place(shared, body),
        Dialog::Artist(_) => artist::window(body),
    }
}

fn screen_and_windows(model: &Model, frame: &mut Frame, body: Rect) {
    screen(model, frame, body);
    if !model.dialogs.is_empty() {
        overlay::recede(body, frame.buffer_mut(), &model.shared.theme);
    }
    for dialog in &model.dialogs {
        draw_dialog(dialog, model, frame, body);
    }
}

fn screen(model: &Model, frame: &mut Frame, body: Rect) {
    let shared = &model.shared;
    if let Some(page) = &model.page {
        return auction::view(page, shared, frame, body);
    }
    if model.section.needs_user() && shared.account.user().is_none() {
        let (title, hint) = (shared.lang.t("door.title"), shared.lang.t("door.hint"));
        let buf = frame.buffer_mut();
        return notice::draw(buf, body, shared, &title, &hint, shared.theme.heading);
    }
    match model.section {
        Section::Browse => browse::view(&model.browse, shared, frame, body),
        Section::Mine => mine::view(&model.mine, shared, frame, body),
        Section::Wallet => wallet::view(&model.wallet, shared, frame, body),
        Section::Sell => studio::view(&model.studio, shared, frame, body),
        Section::Notices => notices::view(&model.notices, shared, frame, body),
        Section::Account => account::view(&model.account, shared, frame, body),
        Section::Admin => admin::view(&model.admin, shared, frame, body),
    }
}

fn draw_dialog(dialog: &Dialog, model: &Model, frame: &mut Frame, body: Rect) {
    let shared = &model.shared;
    match dialog {
        Dialog::Look(dialog) => look::view(dialog, shared, frame, body),
        Dialog::Reading(dialog) => reading::view(dialog, shared, frame, body),
        Dialog::Question(dialog) => question::view(dialog, shared, frame, body),
        Dialog::Palette(dialog) => palette::view(dialog, shared, frame, body),
        Dialog::Bid(dialog) => bid::view(dialog, shared, frame, body),
        Dialog::Buy(dialog) => buy::view(dialog, shared, frame, body),
        Dialog::Images(dialog) => images::view(dialog, shared, frame, body),
        Dialog::TopUp(dialog) => top_up::view(dialog, shared, frame, body),
        Dialog::SignIn(dialog) => sign_in::view(dialog, shared, frame, body),
        Dialog::SignUp(dialog) => sign_up::view(dialog, shared, frame, body),
        Dialog::Ways(dialog) => account::ways::view(dialog, shared, frame, body),
        Dialog::Window(dialog) => window::view(dialog, shared, frame, body),
        Dialog::Social(dialog) => account::social::view(dialog, shared, frame, body),
        Dialog::Artist(dialog) => artist::view(dialog, shared, frame, body),
    }
}

fn too_small(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    overlay::clear(area, frame.buffer_mut());
    let lang = model.shared.lang;
    let hint = tr!(lang, "small.hint", width = LEAST.width, height = LEAST.height).into_owned();
    let title = lang.t("small.title");
    let style = model.shared.theme.heading;
    notice::draw(frame.buffer_mut(), area, &model.shared, &title, &hint, style);
}
