//! Works and auctions as the API shows and takes them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    AuctionId, Money, UserId, WorkId, accounts::PublicUser, limits, problem::FieldError,
    text::Checks,
};

/// A text in the two languages of the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bilingual {
    /// Korean.
    pub ko: String,
    /// English.
    pub en: String,
}

/// A main kind of work; every work has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Genre {
    /// The stable name in requests.
    pub slug: String,
    /// The name on screens.
    pub name: Bilingual,
}

/// The list of genres, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Genres {
    /// All of them.
    pub items: Vec<Genre>,
}

/// Where an auction stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Phase {
    /// Seen by its seller only, not on offer.
    Draft,
    /// On offer, not started.
    Upcoming,
    /// Taking bids.
    Open,
    /// Over: sold, unsold, cancelled, or about to be settled.
    Ended,
}

/// How an auction came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Outcome {
    /// Somebody has bought the work.
    Sold,
    /// Nobody bid, or the reserve was not met.
    Unsold,
    /// The seller withdrew it before anybody bid.
    Cancelled,
}

/// A picture of a work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Image {
    /// The image's name, made from its content.
    pub name: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Where to get it, relative to the server.
    pub url: String,
}

/// An auction and its work, as anybody may see them; with the caller's own part where he is
/// signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Auction {
    /// The auction's id.
    pub id: AuctionId,
    /// The work's id; a relisted work keeps it.
    pub work_id: WorkId,
    /// The work's title.
    pub title: String,
    /// The name of the artist on the work's label.
    pub artist: String,
    /// What the seller says of it.
    pub description: String,
    /// The genre's slug.
    pub genre: String,
    /// Free tags, at most three.
    pub tags: Vec<String>,
    /// What it is made of.
    pub medium: Option<String>,
    /// How large it is, as a text with units.
    pub dimensions: Option<String>,
    /// When it was made, as catalogues say it.
    pub year: Option<String>,
    /// Who sells it.
    pub seller: PublicUser,
    /// Pictures, the first one is the main one.
    pub images: Vec<Image>,
    /// Where bidding starts.
    pub start_price: Money,
    /// Whether there is a secret reserve.
    pub has_reserve: bool,
    /// Whether the price has reached the reserve; true where there is none.
    pub reserve_met: bool,
    /// The price at which it can be bought at once.
    pub buy_now_price: Option<Money>,
    /// What the leader would pay now; null before the first bid.
    pub price: Option<Money>,
    /// The least that a bid must be; null once nobody can bid.
    pub min_next: Option<Money>,
    /// Bids that anybody could see.
    pub bid_count: u64,
    /// The leader's masked nickname.
    pub leader: Option<String>,
    /// Where it stands in time.
    pub phase: Phase,
    /// How it came out; null until it is settled.
    pub outcome: Option<Outcome>,
    /// When bidding starts.
    pub starts_at: DateTime<Utc>,
    /// The end that the seller set.
    pub scheduled_end: DateTime<Utc>,
    /// The end that holds, late bids included.
    pub ends_at: DateTime<Utc>,
    /// Counts the public changes of this auction; grows with each.
    pub seq: u64,
    /// How many users watch it.
    pub watchers: u64,
    /// When it was listed.
    pub created_at: DateTime<Utc>,
    /// The secret reserve; to the seller only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve_price: Option<Money>,
    /// The seller's own reference of the work; to the seller only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The caller's part in it; only to the signed-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<MyPart>,
}

/// What a signed-in user has to do with an auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyPart {
    /// Whether he leads (or has won).
    pub leading: bool,
    /// The most he authorised, if he ever bid.
    pub maximum: Option<Money>,
    /// Whether he watches it.
    pub watching: bool,
    /// Whether he has ever bid on it.
    pub participating: bool,
}

/// The order of a list of auctions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Sort {
    /// The next to end first (ended ones: the last ended first).
    #[default]
    #[serde(rename = "ending")]
    Ending,
    /// The last listed first.
    #[serde(rename = "newest")]
    Newest,
    /// The cheapest first, by price or, before the first bid, start price.
    #[serde(rename = "price")]
    Cheapest,
    /// The dearest first.
    #[serde(rename = "-price")]
    Dearest,
    /// The most bids first.
    #[serde(rename = "popular")]
    Popular,
}

/// Which auctions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct AuctionQuery {
    /// A genre's slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// A tag; repeatable, all must match.
    #[serde(rename = "tag", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", param(rename = "tag", value_type = Vec<String>))]
    pub tags: Vec<String>,
    /// `upcoming`, `open` (unless said) or `ended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Only this seller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<i64>))]
    pub seller: Option<UserId>,
    /// The least price.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<i64>))]
    pub min_price: Option<Money>,
    /// The greatest price.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<i64>))]
    pub max_price: Option<Money>,
    /// Words (or their beginnings) of title, artist, medium or tags; all must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub sort: Option<Sort>,
    /// Items of the page, 1 to 100; 20 unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl AuctionQuery {
    /// The query as name and value pairs, in the order of the fields.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        fn word<T: Serialize>(value: T) -> String {
            match serde_json::to_value(value) {
                Ok(serde_json::Value::String(word)) => word,
                _ => String::new(),
            }
        }
        let mut pairs = Vec::new();
        let mut push = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        push("genre", self.genre.clone());
        for tag in &self.tags {
            push("tag", Some(tag.clone()));
        }
        push("phase", self.phase.map(word));
        push("seller", self.seller.map(|seller| seller.to_string()));
        push("min_price", self.min_price.map(|price| price.points().to_string()));
        push("max_price", self.max_price.map(|price| price.points().to_string()));
        push("q", self.q.clone());
        push("sort", self.sort.map(word));
        push("limit", self.limit.map(|limit| limit.to_string()));
        push("cursor", self.cursor.clone());
        pairs
    }
}

/// Offers a work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListWorkRequest {
    /// The work's title.
    pub title: String,
    /// What the seller says of it.
    #[serde(default)]
    pub description: String,
    /// The genre's slug.
    pub genre: String,
    /// Up to three free tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The artist's name; the seller's own name unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// What it is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// How large it is, as a text with units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<String>,
    /// When it was made, as a number or as catalogues say it ("c.1805").
    #[serde(default, deserialize_with = "year", skip_serializing_if = "Option::is_none")]
    pub year: Option<String>,
    /// The seller's own reference; a second work with the same one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Where bidding starts.
    pub start_price: Money,
    /// The secret price below which it is not sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve_price: Option<Money>,
    /// The price at which it can be bought at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buy_now_price: Option<Money>,
    /// When bidding starts; at once unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When bidding ends.
    pub ends_at: DateTime<Utc>,
    /// Keeps it for later, seen by the seller only.
    #[serde(default)]
    pub draft: bool,
}

impl ListWorkRequest {
    /// The request in normal form, or what is wrong with its texts and amounts. The terms among
    /// each other are the auction's rules to check.
    ///
    /// # Errors
    /// One error per field that is empty, too long, or of the wrong form.
    pub fn validated(mut self) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::default();
        checks.line("title", &mut self.title, limits::TITLE);
        checks.paragraph("description", &mut self.description, limits::DESCRIPTION);
        checks.line("genre", &mut self.genre, limits::GENRE);
        check_tags(&mut checks, &mut self.tags);
        checks.optional_line("artist", &mut self.artist, limits::ARTIST);
        checks.optional_line("medium", &mut self.medium, limits::MEDIUM);
        checks.optional_line("dimensions", &mut self.dimensions, limits::DIMENSIONS);
        checks.optional_line("year", &mut self.year, limits::YEAR);
        checks.optional_line("reference", &mut self.reference, limits::REFERENCE);
        checks.price("start_price", self.start_price);
        if let Some(reserve) = self.reserve_price {
            checks.price("reserve_price", reserve);
        }
        if let Some(buy_now) = self.buy_now_price {
            checks.price("buy_now_price", buy_now);
        }
        checks.finish(self)
    }
}

/// Offers a work again, with new terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RelistRequest {
    /// Where bidding starts.
    pub start_price: Money,
    /// The secret price below which it is not sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve_price: Option<Money>,
    /// The price at which it can be bought at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buy_now_price: Option<Money>,
    /// When bidding starts; at once unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When bidding ends.
    pub ends_at: DateTime<Utc>,
    /// Keeps it for later, seen by the seller only.
    #[serde(default)]
    pub draft: bool,
}

/// Changes an auction and its work while no bid stands; what is absent stays, null empties.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditAuctionRequest {
    /// The work's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the seller says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The genre's slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// Up to three free tags, replacing the old ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// The artist's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// What it is made of.
    #[serde(with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub medium: Option<Option<String>>,
    /// How large it is.
    #[serde(with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub dimensions: Option<Option<String>>,
    /// When it was made.
    #[serde(deserialize_with = "nullable_year", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub year: Option<Option<String>>,
    /// Where bidding starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_price: Option<Money>,
    /// The secret price below which it is not sold.
    #[serde(with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Money>))]
    pub reserve_price: Option<Option<Money>>,
    /// The price at which it can be bought at once.
    #[serde(with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Money>))]
    pub buy_now_price: Option<Option<Money>>,
    /// When bidding starts; only while it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When bidding ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// False puts a draft on offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<bool>,
    /// The names of all its pictures, in the order that they are to have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<String>>,
}

impl EditAuctionRequest {
    /// The request in normal form, or what is wrong with its texts and amounts.
    ///
    /// # Errors
    /// One error per field that is empty, too long, or of the wrong form.
    pub fn validated(mut self) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::default();
        if let Some(title) = &mut self.title {
            checks.line("title", title, limits::TITLE);
        }
        if let Some(description) = &mut self.description {
            checks.paragraph("description", description, limits::DESCRIPTION);
        }
        if let Some(genre) = &mut self.genre {
            checks.line("genre", genre, limits::GENRE);
        }
        if let Some(tags) = &mut self.tags {
            check_tags(&mut checks, tags);
        }
        if let Some(artist) = &mut self.artist {
            checks.line("artist", artist, limits::ARTIST);
        }
        for (field, value, length) in [
            ("medium", &mut self.medium, limits::MEDIUM),
            ("dimensions", &mut self.dimensions, limits::DIMENSIONS),
            ("year", &mut self.year, limits::YEAR),
        ] {
            if let Some(value) = value {
                checks.optional_line(field, value, length);
            }
        }
        for (field, price) in [
            ("start_price", self.start_price),
            ("reserve_price", self.reserve_price.flatten()),
            ("buy_now_price", self.buy_now_price.flatten()),
        ] {
            if let Some(price) = price {
                checks.price(field, price);
            }
        }
        checks.finish(self)
    }
}

fn check_tags(checks: &mut Checks, tags: &mut [String]) {
    if tags.len() > limits::MAX_TAGS {
        checks.past(
            "tags",
            "too-many",
            limits::MAX_TAGS as i64,
            format!("at most {} tags", limits::MAX_TAGS),
        );
        return;
    }
    let mut seen = Vec::new();
    for (index, tag) in tags.iter_mut().enumerate() {
        let field = format!("tags.{index}");
        checks.line(&field, tag, limits::TAG);
        let key = checks.folded(&field, tag, limits::FOLDED_TAG);
        if seen.contains(&key) {
            checks.error(&field, "duplicate", "stands twice");
        }
        seen.push(key);
    }
}

/// A field that may be absent (keep), null (empty) or have a value.
pub mod nullable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Reads null as `Some(None)`; absent is `None` by `#[serde(default)]`.
    ///
    /// # Errors
    /// As the value's own reading.
    pub fn deserialize<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        Option::deserialize(deserializer).map(Some)
    }

    /// Writes `Some(None)` as null.
    ///
    /// # Errors
    /// As the value's own writing.
    pub fn serialize<S, T>(value: &Option<Option<T>>, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        T: Serialize,
    {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }
}

/// A year as a number or as a text.
fn year<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a whole number or a text")]
    enum Year {
        Number(i32),
        Text(String),
    }
    Ok(Option::<Year>::deserialize(deserializer)?.map(|year| match year {
        Year::Number(number) => number.to_string(),
        Year::Text(text) => text,
    }))
}

fn nullable_year<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    year(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(extra: &str) -> Result<ListWorkRequest, serde_json::Error> {
        serde_json::from_str(&format!(
            r#"{{"title":"T","genre":"painting","start_price":1000,
                "ends_at":"2026-12-01T00:00:00Z"{extra}}}"#
        ))
    }

    #[test]
    fn a_year_is_a_number_or_a_text() {
        assert_eq!(listing(r#","year":2026"#).unwrap().year.as_deref(), Some("2026"));
        assert_eq!(listing(r#","year":"c.1805""#).unwrap().year.as_deref(), Some("c.1805"));
        assert_eq!(listing(r#","year":null"#).unwrap().year, None);
        assert!(listing(r#","year":[1]"#).is_err());
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(listing(r#","price":5"#).is_err());
    }

    #[test]
    fn tags_are_few_and_differ() {
        let tags = |tags: &[&str]| {
            let mut request = listing("").unwrap();
            request.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            request.validated().map_err(|errors| errors[0].code.clone())
        };
        assert!(tags(&["a", "b", "c"]).is_ok());
        assert_eq!(tags(&["a", "b", "c", "d"]).unwrap_err(), "too-many");
        assert_eq!(tags(&["Sea", "sea"]).unwrap_err(), "duplicate");
        assert_eq!(tags(&[" "]).unwrap_err(), "required");
    }

    #[test]
    fn an_edit_tells_keep_from_empty() {
        let edit: EditAuctionRequest =
            serde_json::from_str(r#"{"reserve_price":null,"medium":"oil"}"#).unwrap();
        assert_eq!(edit.reserve_price, Some(None));
        assert_eq!(edit.medium, Some(Some("oil".into())));
        assert_eq!(edit.buy_now_price, None);
        let json = serde_json::to_string(&edit).unwrap();
        assert_eq!(json, r#"{"medium":"oil","reserve_price":null}"#);
    }

    #[test]
    fn a_query_is_written_as_it_is_read() {
        let query = AuctionQuery {
            genre: Some("painting".into()),
            tags: vec!["sea".into(), "sky".into()],
            sort: Some(Sort::Dearest),
            phase: Some(Phase::Ended),
            ..AuctionQuery::default()
        };
        assert_eq!(
            query.pairs(),
            [
                ("genre", "painting".to_owned()),
                ("tag", "sea".to_owned()),
                ("tag", "sky".to_owned()),
                ("phase", "ended".to_owned()),
                ("sort", "-price".to_owned()),
            ]
        );
    }
}
