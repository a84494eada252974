//! What was typed, as requests; or everything that is wrong with it, each at its field.

use artipul_common::{
    Money, Timestamp,
    auctions::{Auction, EditAuctionRequest, ListWorkRequest, Phase, RelistRequest},
    limits,
    problem::FieldError,
};

use super::Sell;
use crate::app::model::Shared;

/// The terms that were typed. Where one is missing or wrong, another stands in for it; its error
/// is told anyway.
struct Terms {
    start_price: Money,
    starts_at: Option<Timestamp>,
    ends_at: Timestamp,
}

impl Sell {
    fn terms(&self, shared: &Shared, errors: &mut Vec<FieldError>) -> Terms {
        let mut error = |field: &str, code: &str| errors.push(FieldError::new(field, code, ""));
        let start_price = self.form.money("start_price");
        if start_price.is_none() {
            error("start_price", "required");
        }
        let ends_at = self.moment("ends_at", shared);
        if ends_at.is_none() {
            error("ends_at", "time-form");
        }
        // The form of an auction that has started has no field for it.
        let starts = self.form.has("starts_at").then(|| self.form.optional("starts_at")).flatten();
        let starts_at = starts.as_ref().and_then(|_| self.moment("starts_at", shared));
        if starts.is_some() && starts_at.is_none() {
            error("starts_at", "time-form");
        }
        Terms {
            start_price: start_price.unwrap_or(limits::BID_UNIT),
            starts_at,
            ends_at: ends_at.unwrap_or(shared.now),
        }
    }

    fn tags(&self) -> Vec<String> {
        let tags = self.form.value("tags");
        let tags = tags.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        tags.map(str::to_owned).collect()
    }

    /// A work that is listed for the first time.
    pub(super) fn listing(
        &self,
        draft: bool,
        shared: &Shared,
    ) -> Result<ListWorkRequest, Vec<FieldError>> {
        let form = &self.form;
        let mut errors = Vec::new();
        let terms = self.terms(shared, &mut errors);
        let request = ListWorkRequest {
            title: form.value("title"),
            description: form.value("description"),
            genre: form.value("genre"),
            tags: self.tags(),
            artist: form.optional("artist"),
            medium: form.optional("medium"),
            dimensions: form.optional("dimensions"),
            year: form.optional("year"),
            reference: None,
            start_price: terms.start_price,
            reserve_price: form.money("reserve_price"),
            buy_now_price: form.money("buy_now_price"),
            starts_at: terms.starts_at,
            ends_at: terms.ends_at,
            draft,
        };
        both(errors, request.validated())
    }

    /// A work that is offered again.
    pub(super) fn relisting(
        &self,
        draft: bool,
        shared: &Shared,
    ) -> Result<RelistRequest, Vec<FieldError>> {
        let mut errors = Vec::new();
        let terms = self.terms(shared, &mut errors);
        let request = RelistRequest {
            start_price: terms.start_price,
            reserve_price: self.form.money("reserve_price"),
            buy_now_price: self.form.money("buy_now_price"),
            starts_at: terms.starts_at,
            ends_at: terms.ends_at,
            draft,
        };
        // The prices are held to the same bounds as those of a change.
        let prices = EditAuctionRequest {
            start_price: Some(request.start_price),
            reserve_price: Some(request.reserve_price),
            buy_now_price: Some(request.buy_now_price),
            ..EditAuctionRequest::default()
        };
        both(errors, prices.validated().map(|_| request))
    }

    /// What is to be changed of an auction: only what differs from how the form was opened.
    pub(super) fn changes(
        &self,
        auction: &Auction,
        publish: bool,
        shared: &Shared,
    ) -> Result<EditAuctionRequest, Vec<FieldError>> {
        let form = &self.form;
        let text = |id| self.differs(id).then(|| form.value(id));
        let optional = |id| self.differs(id).then(|| form.optional(id));
        let price = |id| self.differs(id).then(|| form.money(id));
        let mut errors = Vec::new();
        let terms = self.terms(shared, &mut errors);
        let request = EditAuctionRequest {
            title: text("title"),
            description: text("description"),
            genre: text("genre").filter(|genre| *genre != auction.genre),
            tags: self.differs("tags").then(|| self.tags()),
            artist: text("artist"),
            medium: optional("medium"),
            dimensions: optional("dimensions"),
            year: optional("year"),
            start_price: self.differs("start_price").then_some(terms.start_price),
            reserve_price: price("reserve_price"),
            buy_now_price: price("buy_now_price"),
            // An emptied start is one at once.
            starts_at: self.differs("starts_at").then(|| terms.starts_at.unwrap_or(shared.now)),
            ends_at: self.differs("ends_at").then_some(terms.ends_at),
            draft: (publish && auction.phase == Phase::Draft).then_some(false),
            images: None,
        };
        both(errors, request.validated())
    }

    /// Whether a field has another content than when the form was opened.
    fn differs(&self, id: &str) -> bool {
        let index = self.form.fields.iter().position(|field| field.id == id);
        index.is_some_and(|index| self.original[index] != self.form.value(id))
    }
}

/// A request in which nothing is wrong, neither here nor by its own rules.
fn both<T>(
    mut errors: Vec<FieldError>,
    validated: Result<T, Vec<FieldError>>,
) -> Result<T, Vec<FieldError>> {
    match validated {
        Ok(request) if errors.is_empty() => Ok(request),
        Ok(_) => Err(errors),
        Err(more) => {
            errors.extend(more);
            Err(errors)
        }
    }
}
