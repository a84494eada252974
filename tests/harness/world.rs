//! A world: stores, instances of the server on them, and people.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use artipul_common::client::{Client, tokens::MemoryTokens};
use artipul_server::{
    app::Server,
    audit,
    config::Sources,
    db::{DbError, accounts, wallets},
    parts::App,
};

use crate::{
    answer::http,
    backend::{Backend, Stores, redis_url},
    people::{Person, new_user},
    proxy::Wire,
};

/// Somebody else's server, which those of a world call.
pub trait Neighbour: Sized {
    /// Starts it.
    fn start() -> impl Future<Output = Self>;

    /// What the servers are told of it.
    fn settings(&self) -> Vec<(&'static str, String)>;
}

/// A world of one test.
pub struct World {
    pub(crate) stores: Stores,
    settings: Vec<(&'static str, String)>,
    server: Server,
    people: AtomicU32,
    is_corrupted: AtomicBool,
    pub(crate) http: reqwest::Client,
}

impl World {
    /// Runs a test in a world of its own, with these settings, and audits what it left.
    ///
    /// # Panics
    /// The test fails, or the audit finds a fault.
    pub fn run(backend: Backend, settings: &[(&'static str, &str)], test: impl AsyncFnOnce(&Self)) {
        crate::log::listen();
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        on_a_runtime(async {
            let world = Self::new(backend, settings).await;
            test(&world).await;
            world.end().await;
        });
    }

    /// Runs a test in a world with somebody beside it, of whom its servers are told.
    ///
    /// # Panics
    /// The test fails, or the audit finds a fault.
    pub fn run_beside<N: Neighbour>(
        backend: Backend,
        settings: &[(&'static str, &str)],
        test: impl AsyncFnOnce(&Self, &N),
    ) {
        crate::log::listen();
        on_a_runtime(async {
            let neighbour = N::start().await;
            let own = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
            let world = Self::new(backend, neighbour.settings().into_iter().chain(own).collect());
            let world = world.await;
            test(&world, &neighbour).await;
            world.end().await;
        });
    }

    /// Runs a test on shared stores, with a wire to Redis that can be cut.
    ///
    /// # Panics
    /// The test fails, or the audit finds a fault.
    pub fn run_wired(test: impl AsyncFnOnce(&Self, &Wire)) {
        crate::log::listen();
        on_a_runtime(async {
            let redis = redis_url();
            let target = redis.trim_start_matches("redis://").split('/').next();
            let wire = Wire::to(target.unwrap_or_default().to_owned()).await;
            let url = format!("redis://{}", wire.address());
            let world = Self::new(Backend::Shared, vec![("redis-url", url)]).await;
            test(&world, &wire).await;
            world.end().await;
        });
    }

    async fn new(backend: Backend, settings: Vec<(&'static str, String)>) -> Self {
        let stores = Stores::new(backend).await;
        let server = Server::start(sources(&stores, &settings).config().unwrap()).await.unwrap();
        Self {
            stores,
            settings,
            server,
            people: AtomicU32::new(0),
            is_corrupted: AtomicBool::new(false),
            http: http(),
        }
    }

    async fn end(self) {
        if !self.is_corrupted.load(Ordering::Relaxed) {
            let report = self.audit().await;
            assert_eq!(report.faults, Vec::<String>::new(), "the audit found faults");
        }
        self.server.stop().await;
        self.stores.remove().await;
    }

    /// What an audit of the database finds.
    pub async fn audit(&self) -> audit::Report {
        let houses = self.app().houses.clone();
        self.app().db.read(move |conn| audit::run(conn, &houses)).await.unwrap()
    }

    /// Leaves the last audit out: this test damages the database.
    pub fn is_damaged_on_purpose(&self) {
        self.is_corrupted.store(true, Ordering::Relaxed);
    }

    /// Which backend it is on.
    pub fn backend(&self) -> Backend {
        self.stores.backend()
    }

    /// The address of the first instance.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The parts of the first instance.
    pub fn app(&self) -> &App {
        self.server.app()
    }

    /// Another instance on the same stores; only on shared ones. The caller stops it.
    ///
    /// # Panics
    /// The stores are not shared.
    pub async fn another_instance(&self) -> Server {
        assert_eq!(self.backend(), Backend::Shared, "the embedded store has one server");
        Server::start(self.sources().config().unwrap()).await.unwrap()
    }

    /// The settings of an instance of this world.
    pub fn sources(&self) -> Sources {
        sources(&self.stores, &self.settings)
    }

    /// The address of the database.
    pub fn database_url(&self) -> String {
        self.stores.database_url()
    }

    /// A typed client of somebody who is not signed in.
    pub fn client(&self) -> Client {
        Client::new(&self.url(), MemoryTokens::default()).unwrap()
    }

    /// Somebody who bids, with so many thousands of points.
    pub async fn bidder(&self, thousands: i64) -> Person {
        let person = self.person(false).await;
        person.charge(thousands).await;
        person
    }

    /// Somebody who lists works.
    pub async fn artist(&self) -> Person {
        self.person(true).await
    }

    /// Somebody who administers, and lists works as well.
    pub async fn administrator(&self) -> Person {
        let person = self.artist().await;
        self.appoint(&person).await;
        person
    }

    /// Makes somebody an administrator.
    pub async fn appoint(&self, person: &Person) {
        let email = person.email.clone();
        self.app()
            .db
            .read(move |conn| artipul_server::admin::appoint(conn, &email, true))
            .await
            .unwrap();
    }

    async fn person(&self, is_artist: bool) -> Person {
        Person::sign_in(&self.url(), &self.account(is_artist).await).await
    }

    /// The nickname of somebody who has an account and is not signed in.
    pub async fn account(&self, is_artist: bool) -> String {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let nickname = format!("{}{number}", if is_artist { "artist" } else { "bidder" });
        self.open_account(&nickname, number, is_artist).await;
        nickname
    }

    /// Where those who come without TLS are sent to the first instance.
    pub fn redirect_url(&self) -> String {
        format!("http://{}", self.server.redirect_address().unwrap())
    }

    /// Opens an account past the phone codes, which have tests of their own.
    async fn open_account(&self, nickname: &str, number: u32, is_artist: bool) {
        let new = new_user(nickname, number, is_artist);
        self.app()
            .db
            .write(move |conn| {
                let row = accounts::insert(conn, &new)?;
                wallets::open(conn, row.id)?;
                Ok::<_, DbError>(())
            })
            .await
            .unwrap();
    }
}

fn on_a_runtime(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

fn sources(stores: &Stores, settings: &[(&'static str, String)]) -> Sources {
    settings
        .iter()
        .fold(stores.sources(), |sources, (name, value)| sources.set(name, value.clone()))
}

/// A program of the workspace, as `tests/run` has built it.
///
/// # Panics
/// It is not there.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    // target/debug/deps/suite-... is beside target/debug/NAME.
    let path = test.ancestors().nth(2).unwrap().join(name);
    assert!(path.exists(), "{} is not built: run `cargo build --workspace`", path.display());
    path
}
