//! What handlers and jobs work with.

use std::sync::Arc;

use artipul_common::{accounts::Secret, auctions::Genre};
use bytes::Bytes;

use crate::{
    accounts::Accounts,
    admin::Office,
    db::{Db, houses::Houses, works},
    desk::Desk,
    live::Live,
    media::Media,
    recent::Recent,
    stream::{hub::Hub, places::Places},
    wallet::Wallets,
};

/// The parts. Clones are the same server.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What handlers and jobs work with.
pub struct Parts {
    /// Storage.
    pub db: Db,
    /// The state that instances share.
    pub live: Live,
    /// The subscribers of this process.
    pub hub: Hub,
    /// How many streams an address has open.
    pub places: Places,
    /// The only writer of auctions.
    pub desk: Desk,
    /// Who is who.
    pub accounts: Accounts,
    /// Points.
    pub wallets: Wallets,
    /// What administrators do.
    pub office: Office,
    /// Pages that were browsed lately.
    pub recent: Recent,
    /// Images.
    pub media: Media,
    /// The genres.
    pub genres: GenreTable,
    /// The rules' settings.
    pub houses: Houses,
    /// How long before its end the followers of an auction are told.
    pub ending_soon: chrono::TimeDelta,
    /// What collectors of the metrics show; without one, they ask from this machine.
    pub metrics_token: Option<Secret>,
    /// Whether browsers come over TLS, as far as it was said.
    pub is_secure: bool,
    /// The OpenAPI document, as JSON.
    pub document: Bytes,
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The genres with their keys; they do not change while a server runs.
#[derive(Debug, Clone)]
pub struct GenreTable(Vec<works::GenreRow>);

impl GenreTable {
    pub(crate) fn new(rows: Vec<works::GenreRow>) -> Self {
        Self(rows)
    }

    /// All of them, in order.
    pub fn all(&self) -> Vec<Genre> {
        self.0.iter().map(|row| row.genre.clone()).collect()
    }

    /// The key of a slug.
    pub fn key(&self, slug: &str) -> Option<i32> {
        self.0.iter().find(|row| row.genre.slug == slug).map(|row| row.id)
    }
}
