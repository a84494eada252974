//! Makes everything that strangers wrote safe to show, at the one place where it comes in.

use artipul_common::{
    accounts::User,
    auctions::{Auction, Image},
    client::stream::{AuctionEvent, Item, UserEvent},
};

use super::effect::Answer;
use crate::ui::text::{clean, clean_paragraphs};

impl Answer {
    /// The same answer without anything that could disturb the screen.
    pub(crate) fn cleaned(mut self) -> Self {
        match &mut self {
            Self::Auctions(page) => page.items.iter_mut().for_each(auction),
            Self::Auction(one) | Self::AuctionToEdit(one, _) => auction(one),
            Self::Images(images) => images.retain(is_ours),
            Self::History(page) => page.items.iter_mut().for_each(|entry| line(&mut entry.bidder)),
            Self::Participations(page) => {
                page.items.iter_mut().for_each(|item| auction(&mut item.auction));
            }
            Self::Purchases(page) => {
                page.items.iter_mut().for_each(|item| auction(&mut item.auction));
            }
            Self::Notifications(page) => {
                page.items.iter_mut().for_each(|item| optional(&mut item.title));
            }
            Self::Genres(genres) => {
                for genre in &mut genres.items {
                    line(&mut genre.name.ko);
                    line(&mut genre.name.en);
                }
            }
            Self::Artist(artist) => {
                line(&mut artist.nickname);
                optional(&mut artist.college);
                if let Some(introduction) = &mut artist.introduction {
                    *introduction = clean_paragraphs(introduction);
                }
            }
            Self::User(found) => user(found),
            Self::Kept(kept) => kept.clean(),
            Self::Filed(filed) => filed.clean(),
            Self::Forecast(_)
            | Self::PictureFile(_)
            | Self::PictureFault(_)
            | Self::Preview(_)
            | Self::NoPreview(_)
            | Self::Receipt(_)
            | Self::CodeSent(_)
            | Self::PhoneVerified(_)
            | Self::NicknameAvailable(_)
            | Self::Summary(_)
            | Self::Wallet(_)
            | Self::Entries(_)
            | Self::Charge(_)
            | Self::Done => {}
        }
        self
    }
}

/// As [`Answer::cleaned`], for what a stream of auctions brings.
pub(crate) fn auction_item(mut item: Item<AuctionEvent>) -> Item<AuctionEvent> {
    if let Item::Event(event) = &mut item {
        optional(&mut event.state.leader);
    }
    item
}

/// As [`Answer::cleaned`], for what the user's own stream brings.
pub(crate) fn user_item(mut item: Item<UserEvent>) -> Item<UserEvent> {
    if let Item::Event(event) = &mut item {
        optional(&mut event.notice.title);
    }
    item
}

/// Takes out of what somebody said of himself what could disturb the screen.
pub(super) fn user(user: &mut User) {
    line(&mut user.nickname);
    line(&mut user.name);
    line(&mut user.email);
    optional(&mut user.college);
    optional(&mut user.address);
    if let Some(introduction) = &mut user.introduction {
        *introduction = clean_paragraphs(introduction);
    }
}

fn auction(auction: &mut Auction) {
    line(&mut auction.title);
    line(&mut auction.artist);
    auction.description = clean_paragraphs(&auction.description);
    auction.tags.iter_mut().for_each(line);
    optional(&mut auction.medium);
    optional(&mut auction.dimensions);
    optional(&mut auction.year);
    line(&mut auction.seller.nickname);
    optional(&mut auction.seller.college);
    optional(&mut auction.leader);
    auction.images.retain(is_ours);
}

/// A picture is fetched from this server only, whatever the answer says.
fn is_ours(Image { url, .. }: &Image) -> bool {
    url.starts_with('/') && !url.starts_with("//")
}

fn line(text: &mut String) {
    *text = clean(text);
}

fn optional(text: &mut Option<String>) {
    if let Some(text) = text {
        line(text);
    }
}
