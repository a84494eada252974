//! The fields of the form about a work, and what stands in them when it is opened.

use artipul_common::{
    Timestamp,
    auctions::{Auction, Phase},
    limits,
};

use super::Purpose;
use crate::{
    app::model::Shared,
    ui::{
        field::TextField,
        form::{Field, Form},
    },
};

/// The end that is proposed.
const USUAL_LENGTH: &str = "7d";
/// What a time is typed in: a length, or a date and a time of day.
const MOMENT_CHARS: usize = 40;

/// The form with what is known already.
pub(super) fn filled(purpose: &Purpose, shared: &Shared) -> Form {
    let mut form = form(purpose, shared.now);
    fill(&mut form, purpose, shared);
    form
}

/// The empty form.
fn form(purpose: &Purpose, now: Timestamp) -> Form {
    let fields = match purpose {
        Purpose::New => [naming(), prices(), times(true), describing(), buttons(purpose)].concat(),
        Purpose::Edit(auction) => {
            let starts = auction.phase == Phase::Draft || auction.starts_at > now;
            [naming(), prices(), times(starts), describing(), buttons(purpose)].concat()
        }
        Purpose::Relist(_) => [prices(), times(true), buttons(purpose)].concat(),
    };
    Form::new(fields)
}

fn naming() -> Vec<Field> {
    vec![
        Field::line("title", "sell.title", *limits::TITLE.end()),
        Field::choice("genre", "sell.genre"),
    ]
}

fn prices() -> Vec<Field> {
    let amount = |id, label| Field::text(id, label, TextField::amount());
    vec![
        amount("start_price", "sell.start-price").hint("sell.start-price-hint"),
        amount("reserve_price", "sell.reserve-price").hint("sell.reserve-price-hint"),
        amount("buy_now_price", "sell.buy-now-price").hint("sell.buy-now-price-hint"),
    ]
}

/// The end and, as long as it has not come, the start.
fn times(starts: bool) -> Vec<Field> {
    let mut fields =
        vec![Field::line("ends_at", "sell.ends-at", MOMENT_CHARS).hint("sell.ends-at-hint")];
    if starts {
        let start = Field::line("starts_at", "sell.starts-at", MOMENT_CHARS);
        fields.push(start.hint("sell.starts-at-hint"));
    }
    fields
}

fn describing() -> Vec<Field> {
    vec![
        Field::line("medium", "sell.medium", *limits::MEDIUM.end()).hint("sell.medium-hint"),
        Field::line("dimensions", "sell.dimensions", *limits::DIMENSIONS.end())
            .hint("sell.dimensions-hint"),
        Field::line("year", "sell.year", *limits::YEAR.end()),
        Field::line("tags", "sell.tags", 3 * limits::TAG.end()).hint("sell.tags-hint"),
        Field::line("artist", "sell.artist", *limits::ARTIST.end()).hint("sell.artist-hint"),
        Field::paragraph("description", "sell.description"),
    ]
}

fn buttons(purpose: &Purpose) -> Vec<Field> {
    match purpose {
        Purpose::New => {
            vec![Field::button("send", "sell.send"), Field::button("keep", "sell.keep")]
        }
        Purpose::Relist(_) => {
            vec![Field::button("send", "sell.relist"), Field::button("keep", "sell.keep")]
        }
        Purpose::Edit(auction) if auction.phase == Phase::Draft => {
            vec![
                Field::button("save", "sell.save"),
                Field::button("publish", "sell.save-and-publish"),
            ]
        }
        Purpose::Edit(_) => vec![Field::button("save", "sell.save")],
    }
}

/// Writes into the form what is known already.
fn fill(form: &mut Form, purpose: &Purpose, shared: &Shared) {
    fill_genre(form, purpose, shared);
    match purpose {
        Purpose::New => form.propose("ends_at", USUAL_LENGTH),
        Purpose::Relist(auction) => {
            fill_prices(form, auction);
            form.propose("ends_at", USUAL_LENGTH);
        }
        Purpose::Edit(auction) => {
            fill_prices(form, auction);
            fill_times(form, auction, shared);
            fill_texts(form, auction);
        }
    }
}

/// Offers the genres, and chooses the work's own.
pub(super) fn fill_genre(form: &mut Form, purpose: &Purpose, shared: &Shared) {
    if !form.has("genre") {
        return;
    }
    let genres = shared.genres.iter();
    let offered = genres.map(|genre| (genre.slug.clone(), genre.name.clone())).collect();
    form.set_options("genre", offered);
    if let Purpose::Edit(auction) = purpose {
        form.set("genre", &auction.genre);
    }
}

fn fill_prices(form: &mut Form, auction: &Auction) {
    let amounts = [
        ("start_price", Some(auction.start_price)),
        ("reserve_price", auction.reserve_price),
        ("buy_now_price", auction.buy_now_price),
    ];
    for (id, amount) in amounts {
        if let Some(amount) = amount {
            form.set(id, &amount.points().to_string());
        }
    }
}

fn fill_times(form: &mut Form, auction: &Auction, shared: &Shared) {
    form.set("ends_at", &shared.zone.typed(auction.scheduled_end));
    // A start that has passed is one at once.
    if form.has("starts_at") && auction.starts_at > shared.now {
        form.set("starts_at", &shared.zone.typed(auction.starts_at));
    }
}

fn fill_texts(form: &mut Form, auction: &Auction) {
    form.set("title", &auction.title);
    form.set("tags", &auction.tags.join(", "));
    form.set("artist", &auction.artist);
    form.set("description", &auction.description);
    let optional =
        [("medium", &auction.medium), ("dimensions", &auction.dimensions), ("year", &auction.year)];
    for (id, value) in optional {
        form.set(id, value.as_deref().unwrap_or_default());
    }
}
