//! The bounds of everything that a user can send, in one place. Lengths count characters
//! (Unicode scalar values) unless the name says bytes.

use std::ops::RangeInclusive;

use crate::{Money, Timestamp};

/// Times that are taken for serious, and that every database has: up to the end of the year 9999.
pub const TIMES: RangeInclusive<Timestamp> = Timestamp::UNIX_EPOCH
    ..=match Timestamp::from_timestamp_secs(253_402_300_799) {
        Some(last) => last,
        None => unreachable!(),
    };

/// The unit of every price and bid, in points.
pub const BID_UNIT: Money = Money::new(1_000);
/// The largest price or maximum that is taken for serious, in points (one trillion won).
pub const MAX_AMOUNT: Money = Money::new(1_000_000_000_000);
/// The smallest top-up.
pub const MIN_CHARGE: Money = Money::new(1_000);
/// The largest top-up.
pub const MAX_CHARGE: Money = Money::new(10_000_000);

/// Length of a work's title.
pub const TITLE: RangeInclusive<usize> = 1..=400;
/// Length of the artist's name on a work.
pub const ARTIST: RangeInclusive<usize> = 1..=200;
/// Length of a work's description.
pub const DESCRIPTION: RangeInclusive<usize> = 0..=4_000;
/// Length of a medium ("oil on canvas").
pub const MEDIUM: RangeInclusive<usize> = 1..=200;
/// Length of the dimensions, as a text with units.
pub const DIMENSIONS: RangeInclusive<usize> = 1..=300;
/// Length of the year, a text since real catalogues say "c.1805" and "1826-7".
pub const YEAR: RangeInclusive<usize> = 1..=60;
/// Length of the seller's own reference of a work.
pub const REFERENCE: RangeInclusive<usize> = 1..=100;
/// Tags of one work.
pub const MAX_TAGS: usize = 3;
/// Length of one tag.
pub const TAG: RangeInclusive<usize> = 1..=120;
/// Length of a tag as it is compared, [`folded`](crate::text::fold): a few letters stand for many.
pub const FOLDED_TAG: usize = 400;
/// Length of a genre's slug.
pub const GENRE: RangeInclusive<usize> = 1..=40;

/// Pictures of one work.
pub const MAX_IMAGES: usize = 8;
/// Bytes of one picture as it is sent.
pub const MAX_IMAGE_BYTES: usize = 20 * 1024 * 1024;
/// Bytes of all that is sent at once when pictures are added.
pub const MAX_UPLOAD_BYTES: usize = 100 * 1024 * 1024;
/// Bytes of one picture as it is kept, which are not those that were sent.
pub const MAX_KEPT_IMAGE_BYTES: usize = 32 * 1024 * 1024;
/// Pixels along a side of a picture.
pub const MAX_IMAGE_SIDE: u32 = 12_000;
/// Pixels of a picture.
pub const MAX_IMAGE_PIXELS: u64 = 50_000_000;
/// The widths in pixels in which a picture can be had that is larger.
pub const IMAGE_WIDTHS: [u32; 4] = [160, 320, 640, 1_280];

/// Length of an e-mail address in bytes (RFC 5321).
pub const EMAIL_BYTES: RangeInclusive<usize> = 3..=254;
/// Least length of a password, in characters.
pub const PASSWORD_MIN: usize = 8;
/// Greatest length of a password in bytes; bcrypt reads no more.
pub const PASSWORD_MAX_BYTES: usize = 71;
/// Length of a nickname.
pub const NICKNAME: RangeInclusive<usize> = 2..=20;
/// Length of a nickname as it is compared, [`folded`](crate::text::fold): a few letters stand for
/// many.
pub const FOLDED_NICKNAME: usize = 80;
/// Length of a person's name.
pub const NAME: RangeInclusive<usize> = 1..=60;
/// Length of a college's name.
pub const COLLEGE: RangeInclusive<usize> = 1..=80;
/// Length of a profile's introduction.
pub const INTRODUCTION: RangeInclusive<usize> = 0..=1_000;
/// Length of a postal address.
pub const ADDRESS: RangeInclusive<usize> = 0..=300;
/// Length of an avatar's name or URL.
pub const AVATAR: RangeInclusive<usize> = 0..=300;

/// Length of the name of a personal access token.
pub const TOKEN_NAME: RangeInclusive<usize> = 1..=60;
/// Personal access tokens of one user.
pub const MAX_TOKENS: usize = 50;
/// Length of an administrator's reason.
pub const REASON: RangeInclusive<usize> = 1..=500;

/// Length of an `Idempotency-Key`, visible ASCII.
pub const IDEMPOTENCY_KEY: RangeInclusive<usize> = 1..=100;
/// Length of a search text.
pub const SEARCH: RangeInclusive<usize> = 1..=200;
/// Words of a search text that are looked at.
pub const MAX_SEARCH_WORDS: usize = 8;
/// Items of one page of a list.
pub const PAGE: RangeInclusive<u32> = 1..=100;
/// Items of one page where the caller does not say.
pub const DEFAULT_PAGE: u32 = 20;
/// Auctions named one by one in one stream.
pub const MAX_STREAM_AUCTIONS: usize = 200;
/// Bytes of a JSON body.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
