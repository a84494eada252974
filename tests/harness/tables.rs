//! The database behind a world's back: raw statements, and what they leave.

use std::collections::BTreeMap;

use artipul_server::db::{Conn, DbError, Link, administer};
use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Text},
};

use crate::{Backend, World};

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Runs a query on whichever database a connection leads to.
macro_rules! load {
    ($conn:expr, $sql:expr) => {
        match $conn.link()? {
            Link::Sqlite(conn) => sql_query($sql).load(conn),
            Link::Mysql(conn) => sql_query($sql).load(conn),
        }
    };
}

/// Sums that change when a row is changed in place.
const SUMS: [(&str, &str); 8] = [
    ("auctions", "version + seq + list_price"),
    ("charges", "CASE status WHEN 'paid' THEN 1 ELSE 0 END"),
    ("notifications", "CASE WHEN is_read THEN 1 ELSE 0 END"),
    ("refresh_tokens", "CASE WHEN used_at IS NULL THEN 0 ELSE 1 END"),
    ("sessions", "CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END"),
    ("users", "CASE WHEN is_artist THEN 1 ELSE 0 END"),
    ("wallets", "balance"),
    ("wallets", "held"),
];

impl World {
    /// Which columns of the database have one of these texts in them, with the text.
    pub async fn mentions(&self, texts: &[&str]) -> Vec<String> {
        let columns = match self.backend() {
            Backend::Embedded => {
                "SELECT m.name || '.' || c.name AS name
                 FROM sqlite_master m, pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND c.type = 'TEXT'"
            }
            Backend::Shared => {
                "SELECT CONCAT(table_name, '.', column_name) AS name
                 FROM information_schema.columns
                 WHERE table_schema = DATABASE() AND data_type IN ('varchar', 'text', 'mediumtext')"
            }
        };
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let read = move |conn: &mut Conn| {
            let columns: Vec<Name> = load!(conn, columns)?;
            assert!(columns.len() > 30, "{}", columns.len());
            let mut found = Vec::new();
            for Name { name } in columns {
                let (table, _) = name.split_once('.').unwrap();
                for text in &texts {
                    let text = text.replace('\'', "''");
                    let sql = format!(
                        "SELECT COUNT(*) AS number FROM {table} WHERE INSTR({name}, '{text}') > 0"
                    );
                    let numbers: Vec<Number> = load!(conn, sql)?;
                    if numbers[0].number > 0 {
                        found.push(format!("{name}: {text}"));
                    }
                }
            }
            Ok::<_, DbError>(found)
        };
        self.app().db.read(read).await.unwrap()
    }

    /// How many rows every table has, and a few sums over them: the same before and after what
    /// changed nothing.
    pub async fn tables(&self) -> BTreeMap<String, i64> {
        let names = match self.backend() {
            Backend::Embedded => {
                "SELECT name FROM sqlite_master
                 WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            }
            Backend::Shared => {
                "SELECT table_name AS name FROM information_schema.tables
                 WHERE table_schema = DATABASE()"
            }
        };
        let read = move |conn: &mut Conn| {
            let names: Vec<Name> = load!(conn, names)?;
            let counts = names.into_iter().map(|Name { name }| {
                let sql = format!("SELECT COUNT(*) AS number FROM {name}");
                (name, sql)
            });
            let sums = SUMS.iter().map(|(table, sum)| {
                let sum = format!("SELECT CAST(COALESCE(SUM({sum}), 0) AS SIGNED) AS number");
                (format!("{table}: {sum}"), format!("{sum} FROM {table}"))
            });
            let mut found = BTreeMap::new();
            for (what, sql) in counts.chain(sums) {
                let numbers: Vec<Number> = load!(conn, sql)?;
                found.insert(what, numbers[0].number);
            }
            Ok::<_, DbError>(found)
        };
        self.app().db.read(read).await.unwrap()
    }

    /// Runs a statement past the server.
    ///
    /// # Panics
    /// The database refuses it.
    pub async fn sql(&self, statement: &str) {
        let statement = statement.to_owned();
        let run = move |conn: &mut Conn| conn.execute(&statement);
        self.app().db.write(run).await.unwrap();
    }

    /// Runs statements that the database's own guards would refuse, over a connection of its own.
    /// The world is not audited at its end any more.
    ///
    /// # Panics
    /// The database refuses them all the same.
    pub async fn damage(&self, statements: &str) {
        self.is_damaged_on_purpose();
        let (backend, url) = (self.backend(), self.database_url());
        let statements = statements.to_owned();
        let run = move || match backend {
            Backend::Embedded => {
                let path = url.strip_prefix("sqlite:").unwrap();
                let mut conn = SqliteConnection::establish(path).unwrap();
                let off = "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF;
                    PRAGMA ignore_check_constraints = ON;";
                conn.batch_execute(&format!("{off} {statements}")).unwrap();
            }
            Backend::Shared => {
                // The first comment is read by MariaDB alone, the others by MySQL alone.
                let off = "SET SESSION foreign_key_checks = 0 /*M!, check_constraint_checks = 0 */;
                    ALTER TABLE auctions COMMENT '' /*!80016 ,
                        ALTER CHECK auctions_lead NOT ENFORCED,
                        ALTER CHECK auctions_price NOT ENFORCED */;
                    ALTER TABLE wallets COMMENT '' /*!80016 ,
                        ALTER CHECK wallets_held NOT ENFORCED */;";
                administer(&url, &format!("{off} {statements}")).unwrap();
            }
        };
        tokio::task::spawn_blocking(run).await.unwrap();
    }

    /// The number that a query gives as `number`.
    pub async fn number(&self, query: &str) -> i64 {
        let query = query.to_owned();
        let read = move |conn: &mut Conn| {
            let numbers: Vec<Number> = load!(conn, query)?;
            Ok::<_, DbError>(numbers[0].number)
        };
        self.app().db.read(read).await.unwrap()
    }
}
