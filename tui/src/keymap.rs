//! Which key does what: the one table that feeds dispatch, the footer and the help. The settings
//! may put other keys into it ([`remap`]).
//!
//! Letters are keys, not writing: a Korean (2-set) layout's letter counts as the Latin letter on
//! the same key, so that nobody has to switch layouts to give a command.

pub(crate) mod remap;

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::i18n::Lang;

/// What a key can make the client do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Leave the client.
    Quit,
    /// Show the keys.
    Help,
    /// Speak the other language.
    Language,
    /// Hear the mouse, or no longer.
    Mouse,
    /// Copy what the screen shows as a command line.
    Copy,
    /// Choose from all that can be done here.
    Palette,
    /// Leave the terminal to the shell for a while.
    Suspend,
    /// Draw the whole screen anew.
    Redraw,
    /// Leave this view for the one below, or say no.
    Back,
    /// Read again what is shown.
    Refresh,
    /// Sign in, or out.
    Account,
    /// Go to the list of auctions.
    Browse,
    /// Go to the user's own page.
    Mine,
    /// Go to the wallet.
    Wallet,
    /// Go to the studio.
    Sell,
    /// Go to the notices.
    Notices,
    /// Go to the user's account.
    Profile,
    /// Go to what administrators see.
    Admin,
    /// Select the row above; the field before.
    Up,
    /// Select the row below; the field after.
    Down,
    /// Half a screen up.
    PageUp,
    /// Half a screen down.
    PageDown,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
    /// Select the work at the left.
    Left,
    /// Select the work at the right.
    Right,
    /// Show works as a list, or as a wall of pictures.
    Gallery,
    /// Look at the pictures of a work.
    Look,
    /// Open what is selected; do what the field with the focus says.
    Open,
    /// The genre, tab or choice before.
    Previous,
    /// The genre, tab or choice after.
    Next,
    /// Type words to look for.
    Search,
    /// Another order.
    Sort,
    /// Another phase: open, upcoming, ended.
    Phase,
    /// Bid.
    Bid,
    /// Bid again where one was outbid.
    Rebid,
    /// Buy at once.
    BuyNow,
    /// Watch, or no longer.
    Watch,
    /// Read all about the work.
    Details,
    /// Put a draft on offer.
    Publish,
    /// Withdraw an auction.
    Withdraw,
    /// Put points into the wallet.
    TopUp,
    /// Mark the selected notice as read.
    MarkRead,
    /// Mark all notices as read.
    MarkAllRead,
    /// A step more.
    More,
    /// A step less.
    Less,
    /// Send the form.
    Submit,
    /// Say yes.
    Confirm,
    /// Begin a work; add a picture.
    New,
    /// Change the selected work.
    Edit,
    /// Offer the selected work again.
    Relist,
    /// Go to the pictures of the selected work.
    Images,
    /// List the works of a file.
    Batch,
    /// Move the selected picture forward in the order.
    Earlier,
    /// Move the selected picture back in the order.
    Later,
    /// See the artist of a work.
    Artist,
    /// Take the selected picture, session or token away.
    Remove,
    /// Set another password.
    ChangePassword,
    /// Sign in with another address.
    ChangeEmail,
    /// Have another phone.
    ChangePhone,
    /// End all sessions but this one.
    EndOthers,
    /// Close the account for good.
    CloseAccount,
    /// Take a top-up back.
    CancelCharge,
    /// Lock a user out.
    SuspendUser,
    /// Let a user in again.
    RestoreUser,
    /// Take a work off the market.
    SuspendWork,
    /// Let a work be listed again.
    RestoreWork,
    /// End an auction without a sale, as an administrator.
    WithdrawAuction,
    /// Give a top-up back, as an administrator.
    Refund,
}

/// Where a binding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum When {
    /// Everywhere, text fields included.
    Always,
    /// Where no text is typed and no question is asked.
    Global,
    /// In every list.
    List,
    /// In the list of auctions.
    Browse,
    /// Where auctions are a wall of pictures.
    Gallery,
    /// While a picture fills the screen.
    Look,
    /// While words to look for are typed.
    Search,
    /// On the page of one auction.
    Page,
    /// On the user's own page.
    Mine,
    /// In the wallet.
    Wallet,
    /// Among the user's own works.
    Studio,
    /// Among the pictures of a work.
    Images,
    /// Before the works of a file.
    Batch,
    /// While a path is typed.
    Path,
    /// Among the notices.
    Notices,
    /// Where somebody must sign in first.
    SignedOut,
    /// In forms.
    Form,
    /// Where an amount is typed.
    Amount,
    /// Where a question is asked.
    Question,
    /// While something is on its way, and when it came out.
    Outcome,
    /// Where a question is asked again, since much depends on it.
    Insist,
    /// In help and other texts over the screen.
    Reading,
    /// While a message says that one was outbid.
    Outbid,
    /// In the list of all that can be done.
    Palette,
    /// In the user's account.
    Profile,
    /// Among what administrators see.
    Admin,
    /// In a list to choose from.
    Menu,
    /// While something is shown that was asked for.
    Found,
    /// While something is done in a browser.
    Browser,
    /// On an artist's page.
    Artist,
}

impl When {
    /// Every context with what it is called in the help, in the order of the help.
    pub(crate) const ALL: [(Self, &'static str); 30] = [
        (Self::Always, "when.always"),
        (Self::Global, "when.global"),
        (Self::List, "when.list"),
        (Self::Browse, "when.browse"),
        (Self::Gallery, "when.gallery"),
        (Self::Look, "when.look"),
        (Self::Search, "when.search"),
        (Self::Page, "when.page"),
        (Self::Mine, "when.mine"),
        (Self::Wallet, "when.wallet"),
        (Self::Studio, "when.studio"),
        (Self::Images, "when.images"),
        (Self::Batch, "when.batch"),
        (Self::Path, "when.path"),
        (Self::Notices, "when.notices"),
        (Self::SignedOut, "when.signed-out"),
        (Self::Form, "when.form"),
        (Self::Amount, "when.amount"),
        (Self::Question, "when.question"),
        (Self::Insist, "when.insist"),
        (Self::Outcome, "when.outcome"),
        (Self::Reading, "when.reading"),
        (Self::Outbid, "when.outbid"),
        (Self::Palette, "when.palette"),
        (Self::Profile, "keep.when"),
        (Self::Admin, "office.when"),
        (Self::Menu, "keep.when-menu"),
        (Self::Found, "keep.when-found"),
        (Self::Browser, "social.when"),
        (Self::Artist, "artist.when"),
    ];

    /// Whether any letter may be typed here.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Form | Self::Search | Self::Path | Self::Palette)
    }
}

/// A key, with the layout and the way it was reported taken out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    code: KeyCode,
    ctrl: bool,
}

const fn key(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

const fn ch(c: char) -> Key {
    key(KeyCode::Char(c))
}

const fn ctrl(c: char) -> Key {
    Key { code: KeyCode::Char(c), ctrl: true }
}

const ENTER: Key = key(KeyCode::Enter);
const ESC: Key = key(KeyCode::Esc);
const UP: Key = key(KeyCode::Up);
const DOWN: Key = key(KeyCode::Down);
const LEFT: Key = key(KeyCode::Left);
const RIGHT: Key = key(KeyCode::Right);

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) when: When,
    pub(crate) keys: Cow<'static, [Key]>,
    pub(crate) action: Action,
    /// The key of its text.
    pub(crate) label: &'static str,
    /// Whether the footer offers it.
    pub(crate) footer: bool,
}

macro_rules! bindings {
    ($($when:ident { $($keys:expr => $action:ident, $label:literal $(, $footer:ident)?;)* })*) => {
        &[$($(Binding {
            when: When::$when,
            keys: Cow::Borrowed(&$keys),
            action: Action::$action,
            label: $label,
            footer: bindings!(@footer $($footer)?),
        },)*)*]
    };
    (@footer footer) => { true };
    (@footer) => { false };
}

/// Every binding there is, as long as the settings say nothing else.
static TABLE: &[Binding] = bindings! {
    Gallery {
        [ch('h'), LEFT] => Left, "key.left";
        [ch('l'), RIGHT] => Right, "key.right";
    }
    Look {
        [ch('h'), LEFT] => Previous, "key.previous-picture", footer;
        [ch('l'), RIGHT] => Next, "key.next-picture", footer;
        [ESC, ENTER, ch('q'), ch('f')] => Back, "key.close", footer;
    }
    Browse {
        [ENTER] => Open, "key.open", footer;
        [ch('b')] => Bid, "key.bid", footer;
        [ch('n')] => BuyNow, "key.buy-now", footer;
        [ch('w')] => Watch, "key.watch", footer;
        [ch('h'), LEFT, ch('[')] => Previous, "key.previous-genre";
        [ch('l'), RIGHT, ch(']')] => Next, "key.next-genre", footer;
        [ch('/')] => Search, "key.search", footer;
        [ch('v')] => Gallery, "key.gallery", footer;
        [ch('f')] => Look, "key.look";
        [ch('o')] => Sort, "key.sort", footer;
        [ch('p')] => Phase, "key.phase", footer;
        [ESC] => Back, "key.clear-search";
    }
    Search {
        [ENTER] => Open, "key.look-for", footer;
        [ESC] => Back, "key.cancel", footer;
    }
    Page {
        [ch('b')] => Bid, "key.bid", footer;
        [ch('n')] => BuyNow, "key.buy-now", footer;
        [ch('w')] => Watch, "key.watch", footer;
        [ch('f')] => Look, "key.look", footer;
        [ch('i'), ENTER] => Details, "key.details", footer;
        [ch('p')] => Publish, "key.publish", footer;
        [ch('x')] => Withdraw, "key.withdraw", footer;
        [ESC, ch('h'), LEFT, key(KeyCode::Backspace)] => Back, "key.back", footer;
        [ch('A')] => Artist, "artist.key-open";
        [ch('X')] => WithdrawAuction, "office.key-withdraw-auction", footer;
        [ch('W')] => SuspendWork, "office.key-suspend-work", footer;
    }
    Mine {
        [ch('h'), LEFT] => Previous, "key.previous-tab";
        [ch('l'), RIGHT] => Next, "key.next-tab", footer;
        [ENTER] => Open, "key.open", footer;
        [ch('b')] => Bid, "key.bid", footer;
        [ch('w')] => Watch, "key.watch", footer;
    }
    Wallet {
        [ch('t')] => TopUp, "key.top-up", footer;
        [ENTER] => Open, "key.open-auction", footer;
        [ch('x')] => CancelCharge, "keep.key-cancel-charge", footer;
    }
    Studio {
        [ENTER] => Open, "key.open", footer;
        [ch('n')] => New, "key.new-work", footer;
        [ch('e')] => Edit, "key.edit", footer;
        [ch('p')] => Publish, "key.publish", footer;
        [ch('o')] => Relist, "key.relist", footer;
        [ch('i')] => Images, "key.images", footer;
        [ch('x')] => Withdraw, "key.withdraw", footer;
        [ch('f')] => Batch, "key.batch", footer;
        [ch('h'), LEFT] => Previous, "key.previous-tab";
        [ch('l'), RIGHT] => Next, "key.next-tab", footer;
    }
    Images {
        [ch('n')] => New, "key.add-image", footer;
        [ENTER] => Confirm, "key.send-images", footer;
        [ch('r')] => Refresh, "key.retry", footer;
        [ch('[')] => Earlier, "key.earlier", footer;
        [ch(']')] => Later, "key.later", footer;
        [ch('x')] => Remove, "key.remove", footer;
        [ESC] => Back, "key.close", footer;
        [ch('j'), DOWN] => Down, "key.down";
        [ch('k'), UP] => Up, "key.up";
    }
    Batch {
        [ENTER] => Confirm, "key.list-all", footer;
        [ch('f')] => Batch, "key.other-file", footer;
        [ESC] => Back, "key.back", footer;
    }
    Path {
        [ENTER] => Open, "key.take-path", footer;
        [ESC] => Back, "key.cancel", footer;
    }
    Notices {
        [ENTER] => Open, "key.open-auction", footer;
        [ch('a')] => Rebid, "key.rebid", footer;
        [ch('m')] => MarkRead, "key.mark-read", footer;
        [ch('c')] => MarkAllRead, "key.mark-all-read", footer;
    }
    Profile {
        [ch('e'), ENTER] => Edit, "keep.key-edit", footer;
        [ch('p')] => ChangePassword, "keep.key-password", footer;
        [ch('m')] => ChangeEmail, "keep.key-email", footer;
        [ch('t')] => ChangePhone, "keep.key-phone", footer;
        [ch('n')] => New, "keep.key-new", footer;
        [ch('x')] => Remove, "keep.key-end", footer;
        [ch('X')] => EndOthers, "keep.key-end-others", footer;
        [ch('D')] => CloseAccount, "keep.key-close", footer;
        [ch('h'), LEFT] => Previous, "key.previous-tab";
        [ch('l'), RIGHT] => Next, "key.next-tab", footer;
    }
    Admin {
        [ch('/')] => Search, "office.key-find-user", footer;
        [ENTER] => Open, "office.key-charges", footer;
        [ch('x')] => SuspendUser, "office.key-suspend-user", footer;
        [ch('o')] => RestoreUser, "office.key-restore-user", footer;
        [ch('u')] => Refund, "office.key-refund", footer;
        [ESC] => Back, "office.key-show-all", footer;
        [ch('X')] => WithdrawAuction, "office.key-withdraw-auction";
        [ch('W')] => SuspendWork, "office.key-suspend-work";
        [ch('O')] => RestoreWork, "office.key-restore-work";
        [ch('h'), LEFT] => Previous, "key.previous-tab";
        [ch('l'), RIGHT] => Next, "key.next-tab", footer;
    }
    Menu {
        [ENTER] => Open, "key.do", footer;
        [ch('j'), DOWN] => Down, "key.down", footer;
        [ch('k'), UP] => Up, "key.up", footer;
        [ESC] => Back, "key.close", footer;
    }
    Found {
        [ch('y')] => Copy, "keep.key-copy", footer;
        [ESC, ENTER] => Back, "key.close", footer;
    }
    Artist {
        [ENTER] => Open, "key.open", footer;
        [ch('y')] => Copy, "key.copy", footer;
        [ESC] => Back, "key.close", footer;
    }
    Browser {
        [ENTER] => Open, "social.key-open", footer;
        [ch('y')] => Copy, "social.key-copy", footer;
        [ESC] => Back, "key.cancel", footer;
    }
    SignedOut {
        [ENTER] => Account, "key.sign-in", footer;
    }
    List {
        [ch('j'), DOWN] => Down, "key.down";
        [ch('k'), UP] => Up, "key.up";
        [key(KeyCode::PageDown), ctrl('d')] => PageDown, "key.page-down";
        [key(KeyCode::PageUp), ctrl('u')] => PageUp, "key.page-up";
        [ch('g'), key(KeyCode::Home)] => Top, "key.top";
        [ch('G'), key(KeyCode::End)] => Bottom, "key.bottom";
    }
    Form {
        [key(KeyCode::Tab), DOWN] => Down, "key.next-field", footer;
        [key(KeyCode::BackTab), UP] => Up, "key.previous-field";
        [ENTER] => Open, "key.activate", footer;
        [ctrl('s')] => Submit, "key.submit", footer;
        [ESC] => Back, "key.leave", footer;
    }
    Amount {
        [ENTER] => Confirm, "key.check-amount", footer;
        [ch('+'), ch('='), UP] => More, "key.more", footer;
        [ch('-'), DOWN] => Less, "key.less", footer;
        [ch('t')] => TopUp, "key.top-up", footer;
        [ch('y')] => Copy, "key.copy";
        [ESC] => Back, "key.cancel", footer;
    }
    Question {
        [ENTER, ch('y')] => Confirm, "key.yes", footer;
        [ESC, ch('n')] => Back, "key.no", footer;
    }
    Insist {
        // Not Enter: it is still under the finger that answered the first question.
        [ch('y')] => Confirm, "key.yes", footer;
        [ESC, ch('n')] => Back, "key.no", footer;
    }
    Outcome {
        [ESC, ENTER] => Back, "key.close", footer;
        [ch('b')] => Bid, "key.bid-again", footer;
        [ch('t')] => TopUp, "key.top-up", footer;
        [ch('y')] => Copy, "key.copy", footer;
    }
    Reading {
        [ch('j'), DOWN] => Down, "key.scroll-down", footer;
        [ch('k'), UP] => Up, "key.scroll-up";
        [key(KeyCode::PageDown), ctrl('d'), ch(' ')] => PageDown, "key.page-down";
        [key(KeyCode::PageUp), ctrl('u')] => PageUp, "key.page-up";
        [ch('g'), key(KeyCode::Home)] => Top, "key.top";
        [ch('G'), key(KeyCode::End)] => Bottom, "key.bottom";
        [ch('y')] => Copy, "key.copy";
        [ESC, ENTER, ch('q'), ch('?'), ch('i')] => Back, "key.close", footer;
    }
    Outbid {
        [ch('a')] => Rebid, "key.rebid";
    }
    Palette {
        [ENTER] => Open, "key.do", footer;
        [DOWN, ctrl('n')] => Down, "key.down", footer;
        [UP, ctrl('p')] => Up, "key.up", footer;
        [key(KeyCode::PageDown)] => PageDown, "key.page-down";
        [key(KeyCode::PageUp)] => PageUp, "key.page-up";
        [ESC] => Back, "key.close", footer;
    }
    Global {
        [ch('1')] => Browse, "key.browse";
        [ch('2')] => Mine, "key.mine";
        [ch('3')] => Wallet, "key.wallet";
        [ch('4')] => Sell, "key.sell";
        [ch('5')] => Notices, "key.notices";
        [ch('6')] => Profile, "keep.key-go";
        [ch('7')] => Admin, "office.key-go";
        [ch('s')] => Account, "key.account";
        [ch('r')] => Refresh, "key.refresh";
        [ch('y')] => Copy, "key.copy";
        [ch(':')] => Palette, "key.palette";
        [ch('?')] => Help, "key.help", footer;
        [ch('L')] => Language, "key.language";
        [ch('q')] => Quit, "key.quit", footer;
    }
    Always {
        [key(KeyCode::F(1))] => Help, "key.help";
        [key(KeyCode::F(2))] => Language, "key.language";
        [key(KeyCode::F(3))] => Mouse, "key.mouse";
        [ctrl('p')] => Palette, "key.palette";
        [ctrl('l')] => Redraw, "key.redraw";
        [ctrl('z')] => Suspend, "key.suspend";
        [ctrl('c')] => Quit, "key.quit";
    }
};

/// The bindings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keymap(Vec<Binding>);

impl Default for Keymap {
    fn default() -> Self {
        Self(TABLE.to_vec())
    }
}

impl Keymap {
    /// The bindings of one context, in the order of the help.
    pub(crate) fn of(&self, when: When) -> impl Iterator<Item = &Binding> {
        self.0.iter().filter(move |binding| binding.when == when)
    }

    /// What a key does where these contexts hold; earlier ones come first.
    pub(crate) fn action(&self, contexts: &[When], pressed: Key) -> Option<Action> {
        contexts.iter().find_map(|when| {
            self.of(*when)
                .find(|binding| binding.keys.contains(&pressed))
                .map(|binding| binding.action)
        })
    }

    /// What the first key of an action in one context is called.
    pub(crate) fn name_of(&self, lang: Lang, when: When, action: Action) -> Cow<'static, str> {
        let binding = self.of(when).find(|binding| binding.action == action);
        binding.and_then(|binding| binding.keys.first()).map_or("".into(), |key| key.name(lang))
    }

    /// The bindings that the footer offers in these contexts, in their order.
    pub(crate) fn footer(&self, contexts: &[When]) -> impl Iterator<Item = &Binding> {
        contexts.iter().flat_map(|when| self.of(*when)).filter(|binding| binding.footer)
    }

    /// A text with the names of keys in the places of what they do: `[global.refresh]` is the key
    /// that reads again.
    pub(crate) fn fill(&self, lang: Lang, text: &str) -> String {
        let mut filled = text.to_owned();
        for binding in &self.0 {
            let place = format!("[{}.{}]", binding.when.name(), binding.action.name());
            if filled.contains(&place) {
                let name = self.name_of(lang, binding.when, binding.action);
                filled = filled.replace(&place, &name);
            }
        }
        filled
    }
}

/// The keys that a key event stands for: usually one; several where an input method joined Korean
/// letters into a syllable.
pub(crate) fn keys_of(event: KeyEvent) -> Vec<Key> {
    let is_ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let shifted = event.modifiers.contains(KeyModifiers::SHIFT);
    match event.code {
        KeyCode::Char(c) if is_ctrl => {
            let c = latin(c).and_then(|keys| keys.chars().next()).unwrap_or(c);
            vec![ctrl(c.to_ascii_lowercase())]
        }
        KeyCode::Char(c) => match latin(c) {
            Some(letters) => {
                let shift = |c: char| if shifted { c.to_ascii_uppercase() } else { c };
                letters.chars().map(|c| ch(shift(c))).collect()
            }
            None => vec![ch(c)],
        },
        KeyCode::Tab if shifted => vec![key(KeyCode::BackTab)],
        code => vec![key(code)],
    }
}

/// The keys that write a Korean letter or syllable on a 2-set keyboard.
pub(crate) fn latin(c: char) -> Option<Cow<'static, str>> {
    const SYLLABLES: u32 = 0xac00;
    match c {
        'ㄱ'..='ㅣ' => LETTERS.get(c as usize - 'ㄱ' as usize).copied().map(Cow::Borrowed),
        '가'..='힣' => {
            let index = (c as u32 - SYLLABLES) as usize;
            let (lead, vowel, tail) = (index / 588, index % 588 / 28, index % 28);
            Some(format!("{}{}{}", LEADS[lead], VOWELS[vowel], TAILS[tail]).into())
        }
        _ => None,
    }
}

/// The letters from `ㄱ` to `ㅣ`, in the order of Unicode.
#[rustfmt::skip]
const LETTERS: [&str; 51] = [
    "r", "R", "rt", "s", "sw", "sg", "e", "E", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg",
    "a", "q", "Q", "qt", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g",
    "k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl",
    "b", "m", "ml", "l",
];
#[rustfmt::skip]
const LEADS: [&str; 19] = [
    "r", "R", "s", "e", "E", "f", "a", "q", "Q", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g",
];
#[rustfmt::skip]
const VOWELS: [&str; 21] = [
    "k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl",
    "b", "m", "ml", "l",
];
#[rustfmt::skip]
const TAILS: [&str; 28] = [
    "", "r", "R", "rt", "s", "sw", "sg", "e", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a",
    "q", "qt", "t", "T", "d", "w", "c", "z", "x", "v", "g",
];

impl When {
    /// The context as it is written in settings.
    pub(crate) fn name(self) -> String {
        kebab(&format!("{self:?}"))
    }
}

impl Action {
    /// Whether only administrators may do it.
    pub(crate) fn is_for_administrators(self) -> bool {
        matches!(
            self,
            Self::Admin
                | Self::SuspendUser
                | Self::RestoreUser
                | Self::SuspendWork
                | Self::RestoreWork
                | Self::WithdrawAuction
                | Self::Refund
        )
    }

    /// The action as it is written in settings; never the name of a context.
    pub(crate) fn name(self) -> String {
        let name = kebab(&format!("{self:?}"));
        match self {
            Self::Browse
            | Self::Mine
            | Self::Wallet
            | Self::Sell
            | Self::Notices
            | Self::Search
            | Self::Gallery
            | Self::Images
            | Self::Batch
            | Self::Look
            | Self::Profile
            | Self::Admin
            | Self::Artist
            | Self::Palette => format!("show-{name}"),
            _ => name,
        }
    }
}

/// `BuyNow` as `buy-now`.
fn kebab(camel: &str) -> String {
    let mut name = String::new();
    for c in camel.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

impl Key {
    /// Whether a text or an amount that is typed in this context needs the key.
    fn is_typed_in(self, when: When) -> bool {
        let edits = match self.code {
            KeyCode::Backspace
            | KeyCode::Delete
            | KeyCode::Left
            | KeyCode::Right
            | KeyCode::Home
            | KeyCode::End => true,
            KeyCode::Char(c) if when == When::Amount => c.is_ascii_digit() && !self.ctrl,
            KeyCode::Char(_) => !self.ctrl,
            _ => false,
        };
        edits && (when.is_text() || matches!(when, When::Always | When::Amount))
    }

    /// The key as it is written on screens.
    pub(crate) fn name(self, lang: Lang) -> Cow<'static, str> {
        match self.code {
            KeyCode::Char(' ') => lang.t("key-name.space"),
            KeyCode::Char(c) if self.ctrl => format!("Ctrl-{}", c.to_ascii_uppercase()).into(),
            KeyCode::Char(c) => c.to_string().into(),
            KeyCode::F(number) => format!("F{number}").into(),
            KeyCode::Enter => "Enter".into(),
            KeyCode::Esc => "Esc".into(),
            KeyCode::Up => "↑".into(),
            KeyCode::Down => "↓".into(),
            KeyCode::Left => "←".into(),
            KeyCode::Right => "→".into(),
            KeyCode::Tab => "Tab".into(),
            KeyCode::BackTab => "Shift-Tab".into(),
            KeyCode::PageUp => "PgUp".into(),
            KeyCode::PageDown => "PgDn".into(),
            KeyCode::Home => "Home".into(),
            KeyCode::End => "End".into(),
            KeyCode::Backspace => "Backspace".into(),
            other => format!("{other:?}").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn pressed(c: char) -> Vec<Key> {
        keys_of(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))
    }

    #[test]
    fn no_key_is_bound_twice_in_one_context() {
        let mut seen = HashSet::new();
        for binding in TABLE {
            for key in binding.keys.iter() {
                assert!(seen.insert((binding.when, *key)), "{key:?} in {:?}", binding.when);
            }
        }
    }

    #[test]
    fn every_context_of_the_table_has_a_name_in_the_help() {
        for binding in TABLE {
            assert!(When::ALL.iter().any(|(when, _)| *when == binding.when));
        }
    }

    #[test]
    fn text_contexts_bind_no_letters() {
        for binding in TABLE {
            for key in binding.keys.iter() {
                assert!(!key.is_typed_in(binding.when), "{key:?} could not be typed");
            }
        }
    }

    #[test]
    fn korean_letters_are_the_keys_they_are_on() {
        let all = "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ";
        let keys: Vec<Key> = all.chars().flat_map(pressed).collect();
        assert_eq!(keys, "qwertyuiopasdfghjklzxcvbnm".chars().map(ch).collect::<Vec<_>>());
        let shifted: Vec<Key> = "ㅃㅉㄸㄲㅆㅒㅖ".chars().flat_map(pressed).collect();
        assert_eq!(shifted, "QWERTOP".chars().map(ch).collect::<Vec<_>>());
    }

    #[test]
    fn a_syllable_is_the_keys_that_wrote_it() {
        assert_eq!(pressed('하'), [ch('g'), ch('k')]);
        assert_eq!(pressed('쾌'), [ch('z'), ch('h'), ch('o')]);
        assert_eq!(pressed('값'), [ch('r'), ch('k'), ch('q'), ch('t')]);
        assert_eq!(pressed('힣'), [ch('g'), ch('l'), ch('g')]);
    }

    #[test]
    fn control_and_shift_work_on_a_korean_layout() {
        let event = KeyEvent::new(KeyCode::Char('ㅊ'), KeyModifiers::CONTROL);
        assert_eq!(keys_of(event), [ctrl('c')]);
        let event = KeyEvent::new(KeyCode::Char('ㅎ'), KeyModifiers::SHIFT);
        assert_eq!(keys_of(event), [ch('G')]);
        let event = KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT);
        assert_eq!(keys_of(event), [key(KeyCode::BackTab)]);
    }

    #[test]
    fn what_is_on_top_takes_the_key_first() {
        let page = [When::Page, When::List, When::Global, When::Always];
        let keymap = Keymap::default();
        assert_eq!(keymap.action(&page, ch('p')), Some(Action::Publish));
        assert_eq!(keymap.action(&page, ch('q')), Some(Action::Quit));
        assert_eq!(keymap.action(&[When::Form, When::Always], ch('q')), None);
        assert_eq!(keymap.action(&[When::Form, When::Always], ctrl('c')), Some(Action::Quit));
    }

    #[test]
    fn an_action_stands_once_in_a_context() {
        let mut seen = HashSet::new();
        for Binding { when, action, .. } in TABLE {
            assert!(seen.insert((*when, *action)), "{action:?} in {when:?}");
        }
    }

    #[test]
    fn no_action_is_called_like_a_context() {
        for binding in TABLE {
            assert!(When::ALL.iter().all(|(when, _)| when.name() != binding.action.name()));
        }
    }

    #[test]
    fn a_text_names_the_keys_in_force() {
        let keymap = Keymap::default();
        let filled = keymap.fill(Lang::En, "[global.refresh] or [always.help] [sic]");
        assert_eq!(filled, "r or F1 [sic]");
    }
}
