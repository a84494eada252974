//! Takes the other instances' news to the subscribers here. While they cannot be heard, what has
//! changed is read from the database.

use std::{collections::HashSet, time::Duration};

use artipul_common::{AuctionId, Timestamp, UserId, events::AuctionEventKind};
use chrono::{TimeDelta, Utc};
use tokio::{sync::mpsc, time::timeout};

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
};

/// How often the database is asked while the others cannot be heard.
const POLL: Duration = Duration::from_millis(700);
/// How far each look reaches back before the last one: rows are stamped before they are committed.
const OVERLAP: TimeDelta = TimeDelta::seconds(4);
/// Rows of one look; if there are more, the next one follows at once.
const PAGE: i64 = 500;

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
}

/// A time in which the others were not heard.
#[derive(Clone, Copy)]
struct Gap {
    /// What changed from here on has not been read.
    since: Timestamp,
    /// Whether they are heard again.
    is_over: bool,
}

impl Sync {
    /// Runs until the signals end.
    pub async fn run(self, mut signals: mpsc::Receiver<Signal>) {
        let mut gap = None;
        loop {
            let signal = match gap {
                None => signals.recv().await,
                Some(_) => match timeout(POLL, signals.recv()).await {
                    Ok(signal) => signal,
                    Err(_) => {
                        self.bridge(&mut gap).await;
                        continue;
                    }
                },
            };
            match signal {
                None => return,
                Some(Signal::News(news)) => self.take(&news),
                Some(Signal::Lost) => {
                    self.hub.lose_hearing();
                    gap.get_or_insert(Gap { since: Utc::now() - OVERLAP, is_over: false })
                        .is_over = false;
                }
                Some(Signal::Restored) => {
                    self.hub.regain_hearing();
                    if let Some(gap) = &mut gap {
                        gap.is_over = true;
                    }
                    self.bridge(&mut gap).await;
                }
            }
        }
    }

    /// Reads what has changed in the gap; after its end, the last time.
    async fn bridge(&self, gap: &mut Option<Gap>) {
        let Some(Gap { since, is_over }) = *gap else { return };
        match self.look(since).await {
            Ok(_) if is_over => *gap = None,
            Ok(until) => *gap = Some(Gap { since: until - OVERLAP, is_over }),
            Err(error) => tracing::warn!(%error, "what other instances did cannot be read"),
        }
    }

    fn take(&self, news: &[News]) {
        for news in news {
            if let News::Auction { snapshot, .. } = news
                && snapshot.state.outcome.is_none()
            {
                self.desk.expect_end(snapshot.state.auction_id, snapshot.state.ends_at);
            }
        }
        self.hub.deliver(news);
    }

    async fn look(&self, from: Timestamp) -> DbResult<Timestamp> {
        let mut from = from;
        loop {
            let houses = self.houses.clone();
            let users = self.hub.users();
            let (news, last, now) = self
                .db
                .read(move |conn| {
                    let now = conn.now()?;
                    let rows = listings::changed_since(conn, from, PAGE)?;
                    let is_full = rows.len() >= PAGE as usize;
                    let last = rows.last().filter(|_| is_full).map(|row| row.changed_at.and_utc());
                    let mut news = states(conn, &rows, now, &houses)?;
                    news.extend(notices(conn, users, from)?);
                    Ok((news, last, now))
                })
                .await?;
            self.take(&news);
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

fn notices(conn: &mut Conn, users: Vec<UserId>, from: Timestamp) -> DbResult<Vec<News>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    notifications::since(conn, users, from, PAGE)?.into_iter().map(notice).collect()
}

fn notice(row: NotificationRow) -> DbResult<News> {
    Ok(News::Notice {
        user: row.user_id,
        kind: Named::from_name(&row.kind)?,
        notice: Box::new(row.notice()),
    })
}
