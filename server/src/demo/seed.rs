//! Fills the demo: people with points, and works on offer.

use artipul_common::{
    AuctionId, Money, UserId, WorkId, auctions::ListWorkRequest, text, wallet::ChargeRequest,
};
use chrono::{TimeDelta, Utc};

use super::{
    DemoError, EMAIL, PASSWORD,
    gallery::{ARTISTS, BIDDERS, SAMPLES, Sample},
    pictures,
};
use crate::{
    db::{
        DbError,
        accounts::{self, NewUser},
        auctions,
        images::{self, ImageRow},
        types::column,
        wallets,
    },
    parts::App,
};

/// Who is there.
#[derive(Debug, Clone)]
pub(super) struct People {
    pub(super) artists: Vec<UserId>,
    pub(super) robots: Vec<UserId>,
    pub(super) guest: UserId,
}

/// Charges of the largest size for each robot, and for the guest.
const ROBOT_CHARGES: usize = 5;

pub(super) async fn people(app: &App) -> Result<People, DemoError> {
    let hash = bcrypt::non_truncating_hash(PASSWORD, 4)
        .map_err(|error| DemoError::Gallery(error.to_string()))?;
    let mut artists = Vec::new();
    for (nickname, name, college) in ARTISTS {
        artists.push(person(app, nickname, name, Some(college), &hash).await?);
    }
    let mut robots = Vec::new();
    for (nickname, name) in BIDDERS {
        let robot = person(app, nickname, name, None, &hash).await?;
        for _ in 0..ROBOT_CHARGES {
            charge(app, robot, artipul_common::limits::MAX_CHARGE).await?;
        }
        robots.push(robot);
    }
    let guest = person(app, "you", "Demo", Some("Artipul"), &hash).await?;
    charge(app, guest, Money::new(3_000_000)).await?;
    Ok(People { artists, robots, guest })
}

async fn person(
    app: &App,
    nickname: &str,
    name: &str,
    college: Option<&str>,
    password_hash: &str,
) -> Result<UserId, DemoError> {
    let email =
        if nickname == "you" { EMAIL.to_owned() } else { format!("{nickname}@demo.artipul") };
    let new = NewUser {
        // Numbers that the operators never give out.
        phone: format!(
            "+8200{:08}",
            nickname.bytes().fold(0u32, |sum, b| (sum * 31 + u32::from(b)) % 99_999_999)
        ),
        email,
        password_hash: password_hash.to_owned(),
        nickname: nickname.to_owned(),
        nickname_key: text::fold(nickname),
        name: name.to_owned(),
        is_artist: college.is_some(),
        college: college.map(str::to_owned),
        created_at: column(Utc::now()),
    };
    let id = app
        .db
        .write(move |conn| {
            let row = accounts::insert(conn, &new)?;
            wallets::open(conn, row.id)?;
            Ok::<_, DbError>(row.id)
        })
        .await?;
    Ok(id)
}

async fn charge(app: &App, user: UserId, amount: Money) -> Result<(), DemoError> {
    app.wallets.charge(user, ChargeRequest { amount }, None).await?;
    Ok(())
}

/// Lists every work: some end in a minute, some in days, a few have not begun.
pub(super) async fn gallery(app: &App, people: &People) -> Result<(), DemoError> {
    let lengths = lengths();
    let pictures = tokio::task::spawn_blocking(|| {
        let picture = |(seed, sample): (usize, &Sample)| pictures::draw(sample.genre, seed as u64);
        SAMPLES.iter().enumerate().map(picture).collect::<Vec<_>>()
    })
    .await
    .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    for (number, (sample, (png, width, height))) in SAMPLES.iter().zip(pictures).enumerate() {
        // A stride without a common divisor spreads the ends over the genres.
        let length = lengths[(number * 7) % lengths.len()];
        let auction = offer(app, people, sample, number, length).await?;
        let name = app.media.put_png(&png).await?;
        let content_type = "image/png".to_owned();
        let image = ImageRow {
            name,
            content_type,
            width: width.cast_signed(),
            height: height.cast_signed(),
            bytes: png.len() as i64,
            created_at: column(Utc::now()),
        };
        show(app, auction, image).await?;
    }
    Ok(())
}

/// How long the auctions last, from a minute to days.
fn lengths() -> Vec<TimeDelta> {
    let seconds = [60, 75, 95, 120, 150, 180, 215, 250, 290, 340, 400, 480, 560, 680, 800, 1_000];
    let hours = [1, 2, 3, 5, 8, 12, 20, 26, 40, 60, 90, 120, 150, 200, 300];
    seconds
        .into_iter()
        .map(TimeDelta::seconds)
        .chain(hours.into_iter().map(TimeDelta::hours))
        .collect()
}

async fn offer(
    app: &App,
    people: &People,
    sample: &Sample,
    number: usize,
    length: TimeDelta,
) -> Result<AuctionId, DemoError> {
    let start = sample.start * 1_000;
    let now = Utc::now();
    let starts_at = now + TimeDelta::minutes(if number % 17 == 16 { 3 } else { 0 });
    let request = ListWorkRequest {
        title: sample.title.to_owned(),
        description: sample.description.to_owned(),
        genre: sample.genre.to_owned(),
        tags: sample.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        artist: Some(ARTISTS[sample.artist].1.to_owned()),
        medium: Some(sample.medium.to_owned()),
        dimensions: Some(sample.dimensions.to_owned()),
        year: Some(sample.year.to_owned()),
        reference: None,
        start_price: Money::new(start),
        reserve_price: (number % 5 == 2).then(|| Money::new(start * 3 / 2 / 1_000 * 1_000)),
        buy_now_price: number.is_multiple_of(3).then(|| Money::new(start * 5)),
        starts_at: Some(starts_at),
        ends_at: starts_at + length,
        draft: false,
    };
    let genre = app
        .genres
        .key(sample.genre)
        .ok_or_else(|| DemoError::Gallery(format!("there is no genre {}", sample.genre)))?;
    Ok(app.desk.list(people.artists[sample.artist], request, genre, None).await?)
}

async fn show(app: &App, auction: AuctionId, image: ImageRow) -> Result<(), DemoError> {
    app.db
        .write(move |conn| {
            let row = auctions::find(conn, auction)?.ok_or(DbError::NotFound)?;
            let work: WorkId = row.work_id;
            let now = conn.now()?;
            images::replace(conn, work, &[], std::slice::from_ref(&image), now)
        })
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_gallery_has_works_in_every_genre() {
        let genres: BTreeSet<_> = SAMPLES.iter().map(|sample| sample.genre).collect();
        assert!(SAMPLES.len() >= 40);
        assert_eq!(genres.len(), 13);
        assert!(SAMPLES.iter().all(|sample| sample.artist < ARTISTS.len()));
    }

    #[test]
    fn auctions_end_from_a_minute_to_days_ahead() {
        let lengths = lengths();
        assert_eq!(lengths.first(), Some(&TimeDelta::minutes(1)));
        assert!(lengths.last().is_some_and(|length| *length > TimeDelta::days(7)));
    }
}
