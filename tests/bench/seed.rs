//! Fills a database with what a house has after a while, in a state that the audit accepts.
//!
//! Everything comes from a table of numbers by one statement for each table, which both databases
//! understand, so that a million bids take seconds.

use artipul_server::db::{Conn, DbResult};
use chrono::{DateTime, TimeDelta, Utc};

use crate::stage::number;

/// Points of everybody: enough to lead everywhere.
const BALANCE: i64 = 1_000_000_000_000_000;
/// Where bidding starts.
pub(crate) const START_PRICE: i64 = 10_000;
/// By how much each bid is over the last.
pub(crate) const STEP: i64 = 2_000;
/// Ends of auctions are spread over so many moments.
const MOMENTS: i64 = 1_000;
/// A reserve that no bid reaches.
const UNREACHED: i64 = 900_000_000_000;
/// Genres that there are.
pub(crate) const GENRES: i64 = 13;

/// Who is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct People {
    /// Bidders: the users from 1 on.
    pub(crate) bidders: i64,
    /// Artists: the users after them.
    pub(crate) artists: i64,
}

/// Auctions with consecutive ids, each of a work of its own with the same id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lots {
    /// How many.
    pub(crate) count: i64,
    /// How many bids each of them has.
    pub(crate) bids: i64,
    /// When they end.
    pub(crate) ends: Ends,
}

/// When auctions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// All at once.
    At(DateTime<Utc>),
    /// In the next weeks.
    Later,
    /// In the last days; nothing was sold.
    Earlier,
}

/// Fills an empty database: people with wallets, and these auctions, whose ids are 1 and so on.
pub(crate) fn fill(conn: &mut Conn, people: People, lots: &[Lots]) -> DbResult<()> {
    if conn.is_mysql() {
        conn.execute("SET unique_checks = 0, foreign_key_checks = 0")?;
    }
    let all: i64 = lots.iter().map(|lots| lots.count).sum();
    let bids = lots.iter().map(|lots| lots.count * lots.bids).max().unwrap_or_default();
    number_rows(conn, bids.max(all).max(people.bidders + people.artists).max(MOMENTS))?;
    let now = Utc::now();
    name_moments(conn, now)?;
    let times = Times { now };
    add_people(conn, people, times)?;
    let mut before = 0;
    for lots in lots {
        add_lots(conn, people, *lots, before, times)?;
        before += lots.count;
    }
    open_wallets(conn, people, times)?;
    conn.execute("DROP TABLE bench_numbers")?;
    conn.execute("DROP TABLE bench_moments")
}

/// The times of what was there before.
#[derive(Clone, Copy)]
struct Times {
    now: DateTime<Utc>,
}

impl Times {
    fn listed(self) -> String {
        literal(self.now - TimeDelta::days(30))
    }

    fn bid(self) -> String {
        literal(self.now - TimeDelta::days(20))
    }
}

/// A time as SQL has it.
pub(crate) fn literal(time: DateTime<Utc>) -> String {
    time.format("'%Y-%m-%d %H:%M:%S%.6f'").to_string()
}

fn number_rows(conn: &mut Conn, count: i64) -> DbResult<()> {
    conn.execute("CREATE TABLE bench_numbers (i BIGINT NOT NULL PRIMARY KEY)")?;
    conn.execute("INSERT INTO bench_numbers VALUES (1)")?;
    let mut there = 1;
    while there < count {
        conn.execute(&format!(
            "INSERT INTO bench_numbers SELECT i + {there} FROM bench_numbers WHERE i + {there} <= {count}"
        ))?;
        there *= 2;
    }
    Ok(())
}

fn name_moments(conn: &mut Conn, now: DateTime<Utc>) -> DbResult<()> {
    let kind = if conn.is_mysql() { "DATETIME(6)" } else { "TIMESTAMP" };
    conn.execute(&format!(
        "CREATE TABLE bench_moments (i BIGINT NOT NULL PRIMARY KEY, later {kind} NOT NULL, earlier {kind} NOT NULL)"
    ))?;
    let rows: Vec<String> = (0..MOMENTS)
        .map(|i| {
            let later = now + TimeDelta::days(1) + TimeDelta::minutes(29 * i);
            let earlier = now - TimeDelta::days(1) - TimeDelta::minutes(7 * i);
            format!("({i}, {}, {})", literal(later), literal(earlier))
        })
        .collect();
    conn.execute(&format!("INSERT INTO bench_moments VALUES {}", rows.join(", ")))
}

fn add_people(conn: &mut Conn, people: People, times: Times) -> DbResult<()> {
    let (all, bidders, listed) = (people.bidders + people.artists, people.bidders, times.listed());
    conn.execute(&format!(
        "INSERT INTO users (id, email, password_hash, nickname, nickname_key, name, phone, is_artist, created_at)
         SELECT i, CONCAT('u', i, '@example.com'), 'none', CONCAT('user', i), CONCAT('user', i),
                CONCAT('User ', i), CONCAT('+8210', 10000000 + i), i > {bidders}, {listed}
         FROM bench_numbers WHERE i <= {all}"
    ))
}

fn add_lots(
    conn: &mut Conn,
    people: People,
    lots: Lots,
    before: i64,
    times: Times,
) -> DbResult<()> {
    let Lots { count, bids, ends } = lots;
    let People { bidders, artists } = people;
    let (listed, placed) = (times.listed(), times.bid());
    let is_over = ends == Ends::Earlier;
    let end = match ends {
        Ends::At(end) => literal(end),
        Ends::Later => "later".to_owned(),
        Ends::Earlier => "earlier".to_owned(),
    };
    let seller = format!("{bidders} + 1 + n.i % {artists}");
    let genre = format!("1 + n.i % {GENRES}");
    conn.execute(&format!(
        "INSERT INTO works (id, seller_id, genre_id, title, artist, description, created_at)
         SELECT {before} + n.i, {seller}, {genre}, CONCAT('Work ', n.i), CONCAT('Artist ', {seller}),
                'Oil on canvas, framed, signed on the back.', {listed}
         FROM bench_numbers n WHERE n.i <= {count}"
    ))?;
    // The price is a step of 1,000 over the last maximum but one.
    let (leader, maximum, price) = match bids {
        0 => ("NULL".to_owned(), "NULL".to_owned(), "NULL".to_owned()),
        1 => (bidder("n.i", "1", bids, bidders), START_PRICE.to_string(), START_PRICE.to_string()),
        _ => (
            bidder("n.i", &bids.to_string(), bids, bidders),
            (START_PRICE + (bids - 1) * STEP).to_string(),
            (START_PRICE + (bids - 2) * STEP + 1_000).to_string(),
        ),
    };
    let (status, outcome, closed) =
        if is_over { ("ended", "'unsold'", end.as_str()) } else { ("listed", "NULL", "NULL") };
    let reserve = if is_over { UNREACHED.to_string() } else { "NULL".to_owned() };
    let seq = bids + 1 + i64::from(is_over);
    conn.execute(&format!(
        "INSERT INTO auctions (id, work_id, seller_id, genre_id, house_id, status, outcome,
             start_price, reserve_price, starts_at, scheduled_end, ends_at, leader_id, maximum, price,
             list_price, bid_count, bids_logged, seq, reminded, version, created_at, changed_at, closed_at)
         SELECT {before} + n.i, {before} + n.i, {seller}, {genre}, (SELECT MAX(id) FROM houses),
             '{status}', {outcome}, {START_PRICE}, {reserve}, {listed}, {end}, {end}, {leader},
             {maximum}, {price}, COALESCE({price}, {START_PRICE}), {bids}, {bids}, {seq}, 1, {seq},
             {listed}, {placed}, {closed}
         FROM bench_numbers n JOIN bench_moments m ON m.i = n.i % {MOMENTS} WHERE n.i <= {count}"
    ))?;
    if bids > 0 {
        add_bids(conn, people, lots, before, &placed)?;
    }
    Ok(())
}

/// Who gives a bid: in each auction everybody at most once.
fn bidder(auction: &str, number: &str, bids: i64, bidders: i64) -> String {
    format!("1 + ({auction} * {bids} + {number}) % {bidders}")
}

fn add_bids(
    conn: &mut Conn,
    people: People,
    lots: Lots,
    before: i64,
    placed: &str,
) -> DbResult<()> {
    let Lots { count, bids, .. } = lots;
    let rows = count * bids;
    // Row r is the bid `number` of the auction `auction`.
    let number = format!("(1 + (r.i - 1) % {bids})");
    let auction = format!("((r.i - 1 - (r.i - 1) % {bids}) / {bids} + 1)");
    let bidder = bidder(&auction, &number, bids, people.bidders);
    let maximum = format!("{START_PRICE} + ({number} - 1) * {STEP}");
    let price = format!(
        "CASE {number} WHEN 1 THEN {START_PRICE} ELSE {START_PRICE} + ({number} - 2) * {STEP} + 1000 END"
    );
    conn.execute(&format!(
        "INSERT INTO bids (auction_id, number, bidder_id, kind, maximum, price, seq, placed_at)
         SELECT {before} + {auction}, {number}, {bidder}, 'bid', {maximum}, {price}, {number} + 1, {placed}
         FROM bench_numbers r WHERE r.i <= {rows}"
    ))?;
    conn.execute(&format!(
        "INSERT INTO participations (user_id, auction_id, maximum, first_bid_at)
         SELECT bidder_id, auction_id, maximum, placed_at FROM bids
         WHERE auction_id > {before} AND auction_id <= {before} + {count}
         ORDER BY bidder_id, auction_id"
    ))
}

/// Everybody's points, with those held that lead somewhere.
fn open_wallets(conn: &mut Conn, people: People, times: Times) -> DbResult<()> {
    let (all, listed) = (people.bidders + people.artists, times.listed());
    conn.execute(&format!(
        "INSERT INTO charges (id, user_id, amount, status, gateway, payment_id, created_at)
         SELECT i, i, {BALANCE}, 'paid', 'sandbox', CONCAT('sandbox-', i), {listed}
         FROM bench_numbers WHERE i <= {all}"
    ))?;
    let balance = BALANCE.to_string();
    let sides = [("wallet", "i", BALANCE, balance.as_str()), ("gateway", "NULL", -BALANCE, "NULL")];
    for (account, user, amount, after) in sides {
        conn.execute(&format!(
            "INSERT INTO ledger (transfer, account, user_id, kind, amount, balance_after, charge_id, created_at)
             SELECT CONCAT('charge:', i), '{account}', {user}, 'charge', {amount}, {after}, i, {listed}
             FROM bench_numbers WHERE i <= {all}"
        ))?;
    }
    conn.execute(&format!(
        "INSERT INTO wallets (user_id, balance, held)
         SELECT n.i, {BALANCE}, COALESCE(h.held, 0) FROM bench_numbers n
         LEFT JOIN (SELECT leader_id, SUM(maximum) AS held FROM auctions
                    WHERE status = 'listed' AND leader_id IS NOT NULL GROUP BY leader_id) h
         ON h.leader_id = n.i WHERE n.i <= {all}"
    ))
}

/// A row in a table of its own, committed by itself: what a bid is compared with.
pub(crate) fn plain_table(conn: &mut Conn) -> DbResult<()> {
    conn.execute(
        "CREATE TABLE bench_rows (id BIGINT NOT NULL PRIMARY KEY, amount BIGINT NOT NULL, at BIGINT NOT NULL)",
    )
}

/// Auctions that are still on offer.
pub(crate) fn listed(conn: &mut Conn) -> DbResult<i64> {
    number(conn, "SELECT COUNT(*) AS value FROM auctions WHERE status = 'listed'")
}
