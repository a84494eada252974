//! Takes the other instances' news to the subscribers here. What has changed is also read from the
//! database now and then; while the others cannot be heard, often.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use artipul_common::{AuctionId, Timestamp, UserId, events::AuctionEventKind};
use chrono::{TimeDelta, Utc};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use super::hub::Hub;
use crate::{
    db::{
        Conn, Db, DbResult,
        auctions::AuctionRow,
        houses::Houses,
        listings,
        notifications::{self, NotificationRow},
        types::Named,
    },
    desk::Desk,
    live::{News, Signal, Snapshot},
    recent::Recent,
};

/// How often the database is asked while the others cannot be heard.
const POLL: Duration = Duration::from_millis(700);
/// How often it is asked while they can. Whoever commits may die before he tells, and what he
/// tells may be lost on the way.
const CALM: Duration = Duration::from_secs(5);
/// What has changed in the last moment is told by whoever changed it, as what it is; a look can only
/// tell the state.
const SETTLED: TimeDelta = TimeDelta::seconds(2);
/// How far each look reaches back before the last one: rows are stamped before they are committed,
/// up to a second before they are sent, and a transaction may wait for locks meanwhile, of an
/// auction and then of a wallet (`innodb_lock_wait_timeout` each).
pub const OVERLAP: TimeDelta = TimeDelta::seconds(22);
/// Rows of one look; if there are more, the next one follows at once.
const PAGE: i64 = 500;
/// How much older than a subscription a notice may be: rows are stamped before they are committed.
const BEFORE: Duration = Duration::from_secs(2);
/// Users whose notices are read by one query.
const USERS: usize = 1_000;

/// Keeps a hub in step with the other instances.
pub struct Sync {
    /// The subscribers.
    pub hub: Hub,
    /// Where what was missed is read.
    pub db: Db,
    /// Whose clock is to know of the ends that others move.
    pub desk: Desk,
    /// The rules' settings.
    pub houses: Houses,
    /// Pages that show what the others have changed.
    pub recent: Recent,
}

impl Sync {
    /// Runs until the signals end.
    pub async fn run(self, mut signals: mpsc::Receiver<Signal>) {
        // What had changed before is read by whoever asks for it. Later looks go by the database's
        // clock.
        let mut seen = Utc::now();
        let mut period = CALM;
        let mut next_look = Instant::now() + period;
        loop {
            match timeout_at(next_look, signals.recv()).await {
                Ok(None) => return,
                Ok(Some(Signal::News(news))) => {
                    self.take(&news);
                    // However much there is to hear, it is also looked now and then.
                    if Instant::now() < next_look {
                        continue;
                    }
                }
                Ok(Some(Signal::Lost)) => {
                    self.hub.lose_hearing();
                    period = POLL;
                    next_look = Instant::now() + period;
                    continue;
                }
                Ok(Some(Signal::Restored)) => {
                    self.hub.regain_hearing();
                    period = CALM;
                }
                Err(_) => {}
            }
            let settled = if period == CALM { SETTLED } else { TimeDelta::zero() };
            match self.look(seen - OVERLAP, settled).await {
                Ok(now) => {
                    seen = now;
                    next_look = Instant::now() + period;
                }
                Err(error) => {
                    tracing::warn!(%error, "what other instances did cannot be read");
                    next_look = Instant::now() + POLL;
                }
            }
        }
    }

    fn take(&self, news: &[News]) {
        self.recent.forget();
        for news in news {
            if let News::Auction { snapshot, .. } = news
                && snapshot.state.outcome.is_none()
            {
                self.desk.expect_end(snapshot.state.auction_id, snapshot.state.ends_at);
            }
        }
        self.hub.deliver(news);
    }

    /// Reads what has changed since `from`, up to `settled` before now; gives the database's time.
    async fn look(&self, from: Timestamp, settled: TimeDelta) -> DbResult<Timestamp> {
        let mut from = from;
        let mut is_first = true;
        loop {
            let houses = self.houses.clone();
            let users = if is_first { self.hub.users() } else { HashMap::new() };
            let (news, last, now) = self
                .db
                .read(move |conn| {
                    let now = conn.now()?;
                    let mut rows = listings::changed_since(conn, from, PAGE)?;
                    let is_full = rows.len() >= PAGE as usize;
                    let last = rows.last().filter(|_| is_full).map(|row| row.changed_at.and_utc());
                    rows.retain(|row| row.changed_at.and_utc() <= now - settled);
                    let mut news = states(conn, &rows, now, &houses)?;
                    news.extend(notices(conn, &users, from, now)?);
                    Ok((news, last, now))
                })
                .await?;
            self.take(&news);
            is_first = false;
            match last {
                // Of more than a page with the same time, the rest comes with the next look.
                Some(last) if last > from => from = last,
                _ => return Ok(now),
            }
        }
    }
}

/// The public states of rows, as news.
fn states(
    conn: &mut Conn,
    rows: &[AuctionRow],
    now: Timestamp,
    houses: &Houses,
) -> DbResult<Vec<News>> {
    let snapshots = snapshots(conn, rows, now, houses)?;
    Ok(snapshots
        .into_iter()
        .map(|snapshot| {
            let is_settled = snapshot.state.outcome.is_some();
            let kind = if is_settled { AuctionEventKind::Closed } else { AuctionEventKind::Resync };
            News::auction(kind, snapshot)
        })
        .collect())
}

/// The snapshots of rows at `now`; drafts have none.
///
/// # Errors
/// As the database says.
pub fn snapshots(
    conn: &mut Conn,
    rows: &[AuctionRow],
    now: Timestamp,
    houses: &Houses,
) -> DbResult<Vec<Snapshot>> {
    let leaders: HashSet<UserId> = rows.iter().filter_map(|row| row.leader_id).collect();
    let nicknames = listings::nicknames(conn, leaders.into_iter().collect())?;
    rows.iter()
        .filter(|row| row.status != "draft")
        .map(|row| {
            let nickname = row.leader_id.and_then(|leader| nicknames.get(&leader));
            let nickname = nickname.map(String::as_str);
            let house = houses.of(conn, row.house_id)?;
            Ok(Snapshot::of(row, &row.auction()?, nickname, now, &house))
        })
        .collect()
}

/// The snapshots of these auctions at the database's time; of drafts and unknown ones, none.
///
/// # Errors
/// As the database says.
pub async fn read_snapshots(
    db: &Db,
    auctions: Vec<AuctionId>,
    houses: Houses,
) -> DbResult<Vec<Snapshot>> {
    db.read(move |conn| {
        let now = conn.now()?;
        let rows = listings::rows(conn, auctions)?;
        snapshots(conn, &rows, now, &houses)
    })
    .await
}

/// The notices to users since `from`, but to nobody those from well before he subscribed.
fn notices(
    conn: &mut Conn,
    users: &HashMap<UserId, Duration>,
    from: Timestamp,
    now: Timestamp,
) -> DbResult<Vec<News>> {
    let ids: Vec<UserId> = users.keys().copied().collect();
    let is_news = |row: &NotificationRow| {
        let age = users.get(&row.user_id).copied().unwrap_or_default() + BEFORE;
        TimeDelta::from_std(age).is_ok_and(|age| row.created_at.and_utc() >= now - age)
    };
    let mut news = Vec::new();
    for ids in ids.chunks(USERS) {
        let mut after = None;
        loop {
            let rows = notifications::since(conn, ids, from, after, PAGE)?;
            after = rows.last().map(|row| (row.created_at, row.id));
            let is_full = rows.len() >= PAGE as usize;
            for row in rows.into_iter().filter(is_news) {
                news.push(notice(row)?);
            }
            if !is_full {
                break;
            }
        }
    }
    Ok(news)
}

fn notice(row: NotificationRow) -> DbResult<News> {
    Ok(News::Notice {
        user: row.user_id,
        kind: Named::from_name(&row.kind)?,
        notice: Box::new(row.notice()),
    })
}
