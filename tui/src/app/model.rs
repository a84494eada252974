//! All that the client knows. Only `update` changes it; `view` draws it.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use artipul_common::{
    AuctionId, Money, NotificationId, Timestamp, auctions::Genre, client::ClientError,
};
use ratatui::layout::{Rect, Size};

use super::{
    account::Account,
    alerts::Attention,
    effect::{Call, Effect, RequestId, Slot},
    links::{Links, Liveness},
    lots::{Lot, Lots, Standing},
    mouse::Target,
    msg::Ctx,
    outbox::Outbox,
    pictures::Pictures,
    toasts::{Toasts, Tone},
};
use crate::{
    config::Notify,
    i18n::{self, Lang},
    keymap::{Action, Binding, Keymap, When},
    screens::{
        account::{AccountScreen, social::SocialDialog, ways::Ways},
        admin::AdminScreen,
        artist::ArtistDialog,
        auction::AuctionPage,
        bid::BidDialog,
        browse::Browse,
        buy::BuyDialog,
        images::ImagesDialog,
        look::Look,
        mine::Mine,
        notices::Notices,
        palette::{Command, Palette},
        question::Question,
        reading::Reading,
        sign_in::SignIn,
        sign_up::SignUp,
        studio::Studio,
        top_up::TopUp,
        wallet::WalletScreen,
        window::Window,
    },
    term::{
        answers::Answers,
        graphics::{Environment, Graphics, Images},
    },
    theme::{GroundSetting, Theme},
    ui::time::Zone,
};

/// The parts of the client, by the keys 1 to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Browse,
    Mine,
    Wallet,
    Sell,
    Notices,
    Account,
    /// For administrators alone.
    Admin,
}

impl Section {
    pub(crate) const ALL: [(Self, &'static str); 7] = [
        (Self::Browse, "section.browse"),
        (Self::Mine, "section.mine"),
        (Self::Wallet, "section.wallet"),
        (Self::Sell, "section.sell"),
        (Self::Notices, "section.notices"),
        (Self::Account, "keep.section"),
        (Self::Admin, "office.section"),
    ];

    /// What goes there.
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Browse => Action::Browse,
            Self::Mine => Action::Mine,
            Self::Wallet => Action::Wallet,
            Self::Sell => Action::Sell,
            Self::Notices => Action::Notices,
            Self::Account => Action::Profile,
            Self::Admin => Action::Admin,
        }
    }

    /// Whether it shows what belongs to somebody.
    pub(crate) fn needs_user(self) -> bool {
        self != Self::Browse
    }
}

/// Something over the screen that takes all keys.
#[derive(Debug, Clone)]
pub(crate) enum Dialog {
    Reading(Reading),
    Look(Look),
    Question(Question),
    Palette(Box<Palette>),
    Bid(BidDialog),
    Buy(BuyDialog),
    TopUp(TopUp),
    SignIn(Box<SignIn>),
    SignUp(Box<SignUp>),
    Images(Box<ImagesDialog>),
    Ways(Ways),
    Window(Box<Window>),
    Social(Box<SocialDialog>),
    Artist(Box<ArtistDialog>),
}

/// What was wanted before it turned out that one must sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    Bid(AuctionId),
    Buy(AuctionId),
    Watch(AuctionId),
}

/// Where to go next; screens ask for it, the root does it.
#[derive(Debug, Clone)]
pub(crate) enum Nav {
    Open(AuctionId),
    Section(Section),
    /// Leave what is on top.
    Back,
    Bid(AuctionId),
    /// Bid again where the user was outbid, whatever is known of the auction here.
    Rebid(AuctionId),
    Buy(AuctionId),
    Watch(AuctionId),
    TopUp(Option<Money>),
    SignIn(After),
    SignUp(After),
    SignedIn(After),
    SignOut,
    /// The account was closed: nobody is signed in any more.
    Closed,
    /// Look for a user, as administrators do.
    FindUser(String),
    Show(Box<Dialog>),
    /// Show this instead of the window that asks for it.
    Instead(Box<Dialog>),
    /// Do what was chosen from all that can be done.
    Command(Command),
    /// Something of the user's changed: what shows it must be read again.
    Changed,
}

/// What lies over pictures, which a terminal's own picture would not allow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Covers {
    /// Over those of the screen: windows and messages.
    pub(crate) screen: Vec<Rect>,
    /// Over those in a window.
    pub(crate) windows: Vec<Rect>,
}

/// What all screens share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) lang: Lang,
    pub(crate) keymap: Arc<Keymap>,
    pub(crate) theme: Theme,
    pub(crate) zone: Zone,
    pub(crate) size: Size,
    pub(crate) display: Display,
    pub(crate) covers: Covers,
    /// The server's clock at the last message.
    pub(crate) now: Timestamp,
    /// Time since the start at the last message.
    pub(crate) uptime: Duration,
    seed: u128,
    keys_made: u64,
    next_id: u64,
    pub(crate) lots: Lots,
    pub(crate) genres: Vec<Genre>,
    pub(crate) genres_read: super::loading::Loading,
    pub(crate) account: Account,
    pub(crate) toasts: Toasts,
    pub(crate) outbox: Outbox,
    pub(crate) links: Links,
    pub(crate) pictures: Pictures,
    /// Watches on their way.
    pub(crate) watching: Vec<(RequestId, AuctionId, bool)>,
    /// Auctions that are read again.
    pub(crate) rereads: Vec<RequestId>,
    /// The auction that is being read so that the user can bid again.
    pub(crate) rebidding: Slot,
    /// What was clicked last, as long as no key was pressed since.
    pub(crate) clicked: Option<Target>,
    /// Where the user looks.
    pub(crate) attention: Attention,
    pub(crate) notify: Notify,
    /// Whether clicks and the wheel are heard.
    pub(crate) mouse: bool,
    pub(crate) signing_out: Slot,
    /// When the server last answered.
    pub(crate) read_at: Option<Timestamp>,
    /// Notices that were seen; they may come more than once.
    seen_notices: VecDeque<NotificationId>,
    /// Whether prices may have moved without being seen here.
    pub(crate) stale: bool,
    /// Where the server is; for the screens that say so.
    pub(crate) server: String,
    /// Whether command lines name the server.
    pub(crate) server_named: bool,
}

impl Shared {
    pub(crate) fn begin(&mut self, ctx: &Ctx) {
        self.now = ctx.now;
        self.uptime = ctx.uptime;
        self.seed = ctx.seed;
        self.keys_made = 0;
    }

    /// Takes what the terminal said of itself.
    pub(crate) fn take_terminal(&mut self, answers: &Answers) {
        self.theme = self.display.theme(answers);
        self.pictures.show_by(self.display.graphics(answers));
    }

    pub(crate) fn standing(&self, lot: &Lot) -> Standing {
        lot.standing(self.account.user_id())
    }

    /// The name of a genre in the user's language.
    pub(crate) fn genre_name<'a>(&'a self, slug: &'a str) -> &'a str {
        let genre = self.genres.iter().find(|genre| genre.slug == slug);
        genre.map_or(slug, |genre| self.lang.of(&genre.name))
    }

    /// Whether a notice comes for the first time.
    pub(crate) fn is_new_notice(&mut self, id: NotificationId) -> bool {
        const REMEMBERED: usize = 256;
        if self.seen_notices.contains(&id) {
            return false;
        }
        if self.seen_notices.len() == REMEMBERED {
            self.seen_notices.pop_front();
        }
        self.seen_notices.push_back(id);
        true
    }

    pub(crate) fn toast(&mut self, tone: Tone, text: impl Into<String>) {
        self.toasts.push(self.uptime, tone, text, None);
    }

    pub(crate) fn fail(&mut self, error: &ClientError) {
        let text = i18n::failure(self.lang, error);
        self.toast(Tone::Bad, text);
    }
}

/// One update under way: what is shared, and what it asks for.
pub(crate) struct Cx<'a> {
    pub(crate) shared: &'a mut Shared,
    pub(crate) effects: &'a mut Vec<Effect>,
    pub(crate) nav: &'a mut Vec<Nav>,
}

impl Cx<'_> {
    /// Asks the server. The answer will carry the id.
    pub(crate) fn call(&mut self, call: Call) -> RequestId {
        self.shared.next_id += 1;
        let id = RequestId(self.shared.next_id);
        self.effects.push(Effect::Call(id, call));
        id
    }

    /// As [`Self::call`], for a slot that keeps at most one request.
    pub(crate) fn ask(&mut self, slot: &mut Slot, call: Call) {
        slot.wait_for(self.call(call));
    }

    /// A key that makes a repeated request safe.
    pub(crate) fn new_key(&mut self) -> String {
        self.shared.keys_made += 1;
        format!("{:032x}-{}", self.shared.seed, self.shared.keys_made)
    }

    pub(crate) fn go(&mut self, nav: Nav) {
        self.nav.push(nav);
    }

    pub(crate) fn lang(&self) -> Lang {
        self.shared.lang
    }
}

/// The whole state.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) shared: Shared,
    pub(crate) section: Section,
    pub(crate) browse: Browse,
    pub(crate) mine: Mine,
    pub(crate) wallet: WalletScreen,
    pub(crate) studio: Studio,
    pub(crate) notices: Notices,
    pub(crate) account: AccountScreen,
    pub(crate) admin: AdminScreen,
    /// The page of one auction, over the section.
    pub(crate) page: Option<AuctionPage>,
    /// Over everything; the last one takes the keys.
    pub(crate) dialogs: Vec<Dialog>,
    /// The pictures of a work whose window was left while one was being sent.
    pub(crate) left_images: Option<Box<ImagesDialog>>,
}

/// What the client is started with.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) lang: Lang,
    pub(crate) keymap: Arc<Keymap>,
    pub(crate) display: Display,
    pub(crate) zone: Zone,
    pub(crate) size: Size,
    pub(crate) server: String,
    pub(crate) notify: Notify,
    pub(crate) mouse: bool,
    pub(crate) server_named: bool,
}

/// What is known of the terminal before it was asked, and what the user wants of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Display {
    pub(crate) environment: Environment,
    pub(crate) images: Images,
    pub(crate) ground: GroundSetting,
}

impl Display {
    fn graphics(&self, answers: &Answers) -> Graphics {
        Graphics::choose(self.images, &self.environment, answers)
    }

    /// What pictures are made of until the terminal has answered.
    fn before_asking(&self) -> Graphics {
        match self.images {
            Images::Off => self.graphics(&Answers::default()),
            _ => Graphics::blocks(),
        }
    }

    fn theme(&self, answers: &Answers) -> Theme {
        let ground = self.ground.resolve(answers.ground);
        Theme::new(self.environment.depth(), ground)
    }
}

impl Model {
    pub(crate) fn new(setup: Setup, ctx: &Ctx) -> Self {
        let mut pictures = Pictures::default();
        pictures.show_by(setup.display.before_asking());
        Self {
            shared: Shared {
                lang: setup.lang,
                keymap: setup.keymap,
                theme: setup.display.theme(&Answers::default()),
                display: setup.display,
                covers: Covers::default(),
                zone: setup.zone,
                size: setup.size,
                now: ctx.now,
                uptime: ctx.uptime,
                seed: ctx.seed,
                keys_made: 0,
                next_id: 0,
                lots: Lots::default(),
                genres: Vec::new(),
                genres_read: super::loading::Loading::default(),
                account: Account::default(),
                toasts: Toasts::default(),
                outbox: Outbox::default(),
                links: Links::default(),
                pictures,
                watching: Vec::new(),
                rereads: Vec::new(),
                rebidding: Slot::default(),
                clicked: None,
                attention: Attention::default(),
                notify: setup.notify,
                mouse: setup.mouse,
                signing_out: Slot::default(),
                read_at: None,
                seen_notices: VecDeque::new(),
                stale: false,
                server: setup.server,
                server_named: setup.server_named,
            },
            section: Section::Browse,
            browse: Browse::default(),
            mine: Mine::default(),
            wallet: WalletScreen::default(),
            studio: Studio::default(),
            notices: Notices::default(),
            account: AccountScreen::default(),
            admin: AdminScreen::default(),
            page: None,
            dialogs: Vec::new(),
            left_images: None,
        }
    }

    /// Where keys hold at this moment, what is on top first.
    pub(crate) fn contexts(&self) -> Vec<When> {
        let mut contexts = self.contexts_on_top();
        if self.rebid().is_some() {
            contexts.insert(0, When::Outbid);
        }
        contexts
    }

    /// The auction in which one key bids again: the user has just been told that he was outbid.
    /// Where text is typed, there is no such key.
    pub(crate) fn rebid(&self) -> Option<AuctionId> {
        let shared = &self.shared;
        let id = shared.toasts.outbid().filter(|_| shared.account.user().is_some())?;
        let over = shared.lots.get(id).is_some_and(|lot| !lot.takes_bids(shared.now));
        let bidding = matches!(
            self.dialogs.last(),
            Some(Dialog::Bid(bid)) if bid.auction() == id && bid.when() != When::Outcome
        );
        let typing = self.contexts_on_top().into_iter().any(When::is_text);
        (!over && !bidding && !typing).then_some(id)
    }

    /// As [`Self::contexts`], without what comes by itself.
    fn contexts_on_top(&self) -> Vec<When> {
        if let Some(dialog) = self.dialogs.last() {
            let when = match dialog {
                Dialog::Reading(_) => When::Reading,
                Dialog::Look(_) => When::Look,
                Dialog::Question(_) => When::Question,
                Dialog::Palette(_) => When::Palette,
                Dialog::Bid(bid) => bid.when(),
                Dialog::Buy(buy) => buy.when(),
                Dialog::TopUp(top_up) => top_up.when(),
                Dialog::Images(images) => images.when(),
                Dialog::SignIn(_) | Dialog::SignUp(_) => When::Form,
                Dialog::Ways(_) => When::Menu,
                Dialog::Window(window) => window.when(),
                Dialog::Social(_) => When::Browser,
                Dialog::Artist(_) => return vec![When::Artist, When::List, When::Always],
            };
            return vec![when, When::Always];
        }
        if self.page.is_some() {
            return vec![When::Page, When::List, When::Global, When::Always];
        }
        if self.section.needs_user() && self.shared.account.user().is_none() {
            return vec![When::SignedOut, When::Global, When::Always];
        }
        let here = match self.section {
            Section::Browse if self.browse.is_typing() => return vec![When::Search, When::Always],
            Section::Browse if self.browse.is_gallery() => {
                let list = [When::List, When::Global, When::Always];
                return [When::Gallery, When::Browse].into_iter().chain(list).collect();
            }
            Section::Browse => When::Browse,
            Section::Mine => When::Mine,
            Section::Wallet => When::Wallet,
            Section::Sell => return self.studio.contexts(&self.shared),
            Section::Notices => When::Notices,
            Section::Account => When::Profile,
            Section::Admin => When::Admin,
        };
        vec![here, When::List, When::Global, When::Always]
    }

    /// Whether leaving now would lose something that was not sent or whose outcome is not known.
    pub(crate) fn has_unsent(&self) -> bool {
        let sending = self.left_images.as_ref().is_some_and(|images| images.is_waiting());
        !self.shared.outbox.is_empty()
            || self.studio.is_touched()
            || self.has_unsent_pictures()
            || sending
    }

    /// Whether pictures are in a window that were chosen and are not on the server.
    pub(crate) fn has_unsent_pictures(&self) -> bool {
        let pictures =
            |dialog: &Dialog| matches!(dialog, Dialog::Images(images) if images.has_unsent());
        self.dialogs.iter().any(pictures)
    }

    /// Closes the window on top, if there is one.
    pub(crate) fn close_dialog(&mut self) -> bool {
        match self.dialogs.pop() {
            Some(Dialog::Images(images)) => self.leave_images(*images),
            Some(_) => {}
            None => return false,
        }
        true
    }

    /// Closes every window.
    pub(crate) fn close_dialogs(&mut self) {
        while self.close_dialog() {}
    }

    fn leave_images(&mut self, images: ImagesDialog) {
        if let Some(images) = images.left() {
            self.left_images = Some(Box::new(images));
        }
    }

    /// Opens a window; the one about pictures as it was left.
    pub(crate) fn open_dialog(&mut self, dialog: Dialog) {
        let dialog = match dialog {
            Dialog::Images(new) => {
                let left = self.left_images.take_if(|left| left.auction() == new.auction());
                Dialog::Images(left.unwrap_or(new))
            }
            dialog => dialog,
        };
        self.dialogs.push(dialog);
    }

    /// Whether what is shown is live.
    pub(crate) fn liveness(&self) -> Liveness {
        let retry_at = [
            self.shared.genres_read.next_change(),
            self.shared.account.next_change(),
            self.browse.retry_at(),
            self.mine.next_change(),
            self.wallet.next_change(),
            self.studio.next_change(),
            self.notices.next_change(),
            self.account.next_change(),
            self.admin.next_change(),
            self.page.as_ref().and_then(AuctionPage::next_change),
            self.shared.outbox.next_change(),
        ];
        let retry_at = retry_at.into_iter().flatten().min();
        self.shared.links.liveness(self.shared.uptime, retry_at)
    }

    /// Whether an attempt to reach the server is under way.
    pub(crate) fn is_trying(&self) -> bool {
        self.shared.outbox.is_sending()
            || self.browse.is_reading()
            || self.page.as_ref().is_some_and(AuctionPage::is_waiting)
            || self.mine.is_waiting()
            || self.wallet.is_waiting()
            || self.studio.is_waiting(&self.shared)
            || self.notices.is_waiting()
            || self.account.is_waiting()
            || self.admin.is_waiting()
    }

    /// When what is shown was read.
    pub(crate) fn read_at(&self) -> Option<Timestamp> {
        self.shared.read_at
    }

    pub(crate) fn is_page(&self, id: AuctionId) -> bool {
        self.page.as_ref().is_some_and(|page| page.id() == id)
    }

    /// Whether the footer should offer an action that the key table has here.
    pub(crate) fn offers(&self, action: Action) -> bool {
        if action == Action::Admin {
            return self.shared.account.is_admin();
        }
        if let Some(dialog) = self.dialogs.last() {
            return match dialog {
                Dialog::Bid(bid) => bid.offers(action, &self.shared),
                Dialog::Buy(buy) => buy.offers(action),
                Dialog::Look(look) => look.offers(action, &self.shared),
                Dialog::TopUp(top_up) => top_up.offers(action),
                Dialog::Images(images) => images.offers(action, &self.shared),
                Dialog::Window(window) => window.offers(action),
                Dialog::Social(dialog) => dialog.offers(action),
                Dialog::Artist(dialog) => dialog.offers(action),
                Dialog::Ways(ways) => ways.offers(action),
                _ => true,
            };
        }
        let selected = match (&self.page, self.section) {
            (Some(page), _) => Some(page.id()),
            (None, Section::Browse) => self.browse.selected(),
            (None, Section::Mine) => self.mine.selected(),
            (None, Section::Wallet) => return self.wallet.offers(action),
            (None, Section::Notices) => return self.notices.offers(action),
            (None, Section::Account) => return self.account.offers(action),
            (None, Section::Admin) => return self.admin.offers(action),
            (None, Section::Sell) => return self.studio.offers(action, &self.shared),
        };
        let lot = selected.and_then(|id| self.shared.lots.get(id));
        let foreign = lot.is_some_and(|lot| self.shared.standing(lot) != Standing::Seller);
        match action {
            Action::Open | Action::Look => lot.is_some(),
            Action::Watch => foreign,
            Action::Bid => foreign && lot.is_some_and(|lot| lot.takes_bids(self.shared.now)),
            Action::BuyNow => foreign && lot.is_some_and(|lot| lot.can_be_bought(self.shared.now)),
            _ => self.page.as_ref().is_none_or(|page| page.offers(action, &self.shared)),
        }
    }

    /// What the footer calls a key, where its action goes by a name of its own.
    pub(crate) fn label(&self, binding: &Binding) -> &'static str {
        match (self.dialogs.last(), binding.action) {
            (Some(Dialog::TopUp(_)), Action::Confirm) if binding.when == When::Amount => {
                "key.top-up"
            }
            (None, Action::New) if binding.when == When::Profile && self.account.shows_links() => {
                "social.key-link"
            }
            _ => binding.label,
        }
    }

    /// Forgets auctions that no list shows, once there are many.
    pub(crate) fn forget_unused_lots(&mut self) {
        let Self { shared, browse, mine, studio, page, dialogs, .. } = self;
        if !shared.lots.are_many() {
            return;
        }
        let looked_at = dialogs.iter().find_map(|dialog| match dialog {
            Dialog::Look(look) => Some(look.auction()),
            _ => None,
        });
        let by_artist = dialogs.iter().filter_map(|dialog| match dialog {
            Dialog::Artist(artist) => Some(artist.rows()),
            _ => None,
        });
        let page = page.as_ref().map(AuctionPage::id);
        let listed = browse.rows().iter().copied().chain(mine.rows()).chain(studio.rows());
        let used = listed.chain(page).chain(looked_at).chain(by_artist.flatten()).collect();
        shared.lots.keep_only(&used);
    }
}
