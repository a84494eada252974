//! An auction while a batch works on it.

use std::{collections::BTreeSet, sync::Arc};

use artipul_common::UserId;

use super::memory::Remembered;
use crate::{
    auction::{Auction, House, Sale},
    db::{
        DbResult,
        auctions::{AuctionRow, Standing},
    },
};

/// An auction of the batch.
pub(super) struct Entry {
    pub(super) row: AuctionRow,
    /// The settings under which it runs.
    pub(super) house: Arc<House>,
    pub(super) title: String,
    /// As it is in the database.
    pub(super) before: Auction,
    /// How it stands there, if anybody has bid.
    pub(super) standing: Option<Standing>,
    /// As it will be.
    pub(super) auction: Auction,
    /// Everybody who led at some time in this batch.
    pub(super) led: BTreeSet<UserId>,
    pub(super) sale: Option<Sale>,
    pub(super) is_changed: bool,
    pub(super) extended: bool,
    pub(super) is_removed: bool,
    pub(super) is_reminder_due: bool,
    /// An administrator has ended it.
    pub(super) is_withdrawn: bool,
    /// Its seller has changed what the public sees of it.
    pub(super) is_edited: bool,
}

impl Entry {
    /// An auction with which nothing was done yet.
    pub(super) fn new(Remembered { row, title, house }: Remembered) -> DbResult<Self> {
        let auction = row.auction()?;
        Ok(Self {
            before: auction.clone(),
            standing: Standing::of(&row),
            led: auction.lead.iter().map(|lead| lead.bidder).collect(),
            auction,
            title,
            house,
            row,
            sale: None,
            is_changed: false,
            extended: false,
            is_removed: false,
            is_reminder_due: false,
            is_withdrawn: false,
            is_edited: false,
        })
    }

    /// What is to be remembered of it.
    pub(super) fn remembered(self) -> Remembered {
        Remembered { row: self.row, title: self.title, house: self.house }
    }
}
