//! What an update wants done, as data. Nothing here does anything.

use std::path::PathBuf;

use artipul_common::{
    AuctionId, ChargeId, Money, UserId,
    accounts::{
        ArtistProfile, EditProfileRequest, PhoneCodeSent, PhoneVerified, SignInRequest,
        SignUpRequest, User, VerifyPhoneRequest,
    },
    auctions::{
        Auction, AuctionQuery, EditAuctionRequest, Genres, Image, ListWorkRequest, RelistRequest,
    },
    bids::{BidForecast, BidReceipt, HistoryEntry, HistoryQuery},
    mine::{
        MyAuctionsQuery, Notification, Participation, ParticipationQuery, Purchase, ReadRequest,
        Summary,
    },
    page::{Page, PageQuery},
    wallet::{Charge, Entry, Wallet},
};

use super::{
    files::{PictureFault, PictureFile},
    keeping::{Keeping, Kept},
    office::{Filed, Office},
    pictures::Key,
};
use crate::{
    batch::preview::{Preview, PreviewError},
    i18n::Lang,
    term::speech::Speech,
    ui::picture::Order,
};

/// Names one request, so that its answer finds who asked, and nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(pub(crate) u64);

/// One thing to do outside.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// Ask the server; its answer comes back as `Msg::Answered` with the same id.
    Call(RequestId, Call),
    /// Get and decode a picture; it comes back as `Msg::Picture`.
    LoadPicture(Key, Order),
    /// Speak this language from now on, in later runs as well.
    RememberLang(Lang),
    /// Open an address in a browser, if there is one at hand.
    OpenBrowser(String),
    /// Say something to the terminal, besides the screen.
    Say(Speech),
    /// Give the terminal to the shell until the shell gives it back.
    Suspend,
    /// Take the terminal over again: the process was stopped and goes on.
    TakeBack,
    /// Draw every cell again.
    Redraw,
    /// Leave.
    Quit,
}

/// A question to the server.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Genres,
    Auctions(AuctionQuery),
    Auction(AuctionId),
    History(AuctionId, HistoryQuery),
    Artist(UserId),
    ArtistAuctions(UserId, PageQuery),
    Forecast(AuctionId, Money),
    Bid {
        auction: AuctionId,
        amount: Money,
        key: String,
    },
    Buy {
        auction: AuctionId,
        price: Money,
        key: String,
    },
    Watch(AuctionId, bool),
    ListWork {
        work: Box<ListWorkRequest>,
        key: String,
    },
    Relist {
        auction: AuctionId,
        terms: Box<RelistRequest>,
        key: String,
    },
    /// The auction as it is, with its version.
    AuctionToEdit(AuctionId),
    /// Changes an auction; where a version is named, only if it still is that.
    EditAuction(AuctionId, Box<EditAuctionRequest>, Option<String>),
    CancelAuction(AuctionId),
    /// Whether a file is a picture that can be sent; nothing is sent.
    LookAtPicture(String),
    AddImage {
        auction: AuctionId,
        path: PathBuf,
    },
    RemoveImage(AuctionId, String),
    /// What the rows of a file would be; nothing is listed.
    ReadBatch(String),
    Me,
    EditProfile(Box<EditProfileRequest>),
    SignIn(SignInRequest),
    SignOut,
    PhoneCode(String),
    VerifyPhone(VerifyPhoneRequest),
    NicknameAvailable(String),
    SignUp(Box<SignUpRequest>),
    Summary,
    Participations(ParticipationQuery),
    Purchases(PageQuery),
    MyAuctions(MyAuctionsQuery),
    Watches(PageQuery),
    Notifications(PageQuery),
    MarkRead(ReadRequest),
    Wallet,
    Entries(PageQuery),
    Charge {
        amount: Money,
        key: String,
    },
    ConfirmCharge {
        charge: ChargeId,
        payment_id: String,
    },
    /// Something about what lets one in.
    Keeping(Keeping),
    /// Something that administrators see or do.
    Office(Office),
}

/// What the server said to a [`Call`].
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Genres(Genres),
    Auctions(Page<Auction>),
    Auction(Box<Auction>),
    AuctionToEdit(Box<Auction>, Option<String>),
    PictureFile(PictureFile),
    PictureFault(PictureFault),
    Images(Vec<Image>),
    Preview(Box<Preview>),
    NoPreview(PreviewError),
    History(Page<HistoryEntry>),
    Forecast(BidForecast),
    Receipt(BidReceipt),
    Artist(Box<ArtistProfile>),
    User(Box<User>),
    CodeSent(PhoneCodeSent),
    PhoneVerified(PhoneVerified),
    NicknameAvailable(bool),
    Summary(Summary),
    Participations(Page<Participation>),
    Purchases(Page<Purchase>),
    Notifications(Page<Notification>),
    Wallet(Wallet),
    Entries(Page<Entry>),
    Charge(Charge),
    Kept(Kept),
    Filed(Filed),
    Done,
}

/// What came of a call.
pub(crate) type Outcome = Result<Answer, artipul_common::client::ClientError>;

/// At most one request that is waited for. A newer one makes the older one's answer stale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Slot(Option<RequestId>);

impl Slot {
    pub(crate) fn wait_for(&mut self, id: RequestId) {
        self.0 = Some(id);
    }

    pub(crate) fn is_waiting(self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn is_for(self, id: RequestId) -> bool {
        self.0 == Some(id)
    }

    /// Takes the answer's arrival: true if it is the one waited for.
    pub(crate) fn take(&mut self, id: RequestId) -> bool {
        let expected = self.is_for(id);
        if expected {
            self.0 = None;
        }
        expected
    }

    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_request_is_answered() {
        let mut slot = Slot::default();
        slot.wait_for(RequestId(1));
        slot.wait_for(RequestId(2));
        assert!(!slot.take(RequestId(1)));
        assert!(slot.take(RequestId(2)));
        assert!(!slot.take(RequestId(2)), "an answer came twice");
    }
}
