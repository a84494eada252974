//! Where an artist's works stand: the tabs of the studio.

use artipul_common::{
    auctions::{Auction, Outcome, Phase},
    mine::{MyAuctionsQuery, Summary},
};

use crate::app::effect::Call;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Open,
    Upcoming,
    Drafts,
    Sold,
    Unsold,
}

impl Tab {
    pub(super) const ALL: [(Self, &'static str); 5] = [
        (Self::Open, "tab.selling"),
        (Self::Upcoming, "tab.upcoming"),
        (Self::Drafts, "tab.drafts"),
        (Self::Sold, "tab.sold"),
        (Self::Unsold, "tab.unsold"),
    ];

    pub(super) fn index(self) -> usize {
        self as usize
    }

    pub(super) fn after(self) -> Self {
        Self::ALL[(self.index() + 1) % Self::ALL.len()].0
    }

    pub(super) fn before(self) -> Self {
        Self::ALL[(self.index() + Self::ALL.len() - 1) % Self::ALL.len()].0
    }

    /// Where an auction is found.
    pub(super) fn of(auction: &Auction) -> Self {
        match (auction.phase, auction.outcome) {
            (Phase::Draft, _) => Self::Drafts,
            (Phase::Upcoming, _) => Self::Upcoming,
            (Phase::Open, _) => Self::Open,
            (Phase::Ended, Some(Outcome::Sold)) => Self::Sold,
            (Phase::Ended, _) => Self::Unsold,
        }
    }

    pub(super) fn count(self, summary: &Summary) -> u64 {
        match self {
            Self::Open => summary.selling,
            Self::Upcoming => summary.upcoming,
            Self::Drafts => summary.drafts,
            Self::Sold => summary.sold,
            Self::Unsold => summary.unsold + summary.cancelled,
        }
    }

    pub(super) fn call(self, limit: u32, cursor: Option<String>) -> Call {
        let phase = match self {
            Self::Open => Phase::Open,
            Self::Upcoming => Phase::Upcoming,
            Self::Drafts => Phase::Draft,
            Self::Sold | Self::Unsold => Phase::Ended,
        };
        Call::MyAuctions(MyAuctionsQuery { phase: Some(phase), limit: Some(limit), cursor })
    }

    /// Whether an ended auction belongs here; the server tells ended ones not apart.
    pub(super) fn takes(self, auction: &Auction) -> bool {
        match self {
            Self::Sold => auction.outcome == Some(Outcome::Sold),
            Self::Unsold => auction.outcome != Some(Outcome::Sold),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tabs_stand_in_their_order() {
        for (index, (tab, _)) in Tab::ALL.into_iter().enumerate() {
            assert_eq!(tab.index(), index);
            assert_eq!(tab.after().before(), tab);
        }
    }
}
