//! The desk: the only writer of auction state.
//!
//! Commands wait in bounded queues; a writer takes what waits and runs one transaction for all of
//! it ([`batch`]): lock, read the clock, apply the rules in order of arrival, write. Only after
//! the commit is anybody answered, and only then does anybody hear of it. The [`clock`] closes
//! auctions when they are due. On MySQL, bids on what is in [`memory`] are decided without locks, and
//! written if the memory was right.

mod batch;
mod clock;
mod edit;
mod entry;
mod images;
mod listing;
mod memory;
mod notices;
mod wallets;
mod writer;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use artipul_common::{
    AuctionId, Money, Timestamp, UserId,
    auctions::{EditAuctionRequest, Image},
    bids::BidReceipt,
    problem::FieldError,
    text,
};
use tokio::sync::{mpsc, oneshot};

use self::{clock::Clock, images::ImagesEdit, memory::Memory};
pub use self::{listing::ListingError, memory::Tally};
use crate::{
    auction::Refusal,
    db::{
        self, Db, DbError,
        houses::Houses,
        idempotency::RequestKey,
        images::ImageRow,
        notifications::NoticeBatch,
        wallets::{OwnedWallet, WalletsAt},
    },
    live::News,
};

/// How long whoever asks waits for an answer. What he asked for may still be done after that, when
/// a database that hangs goes on; asked again under the same key, the desk tells him.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long news wait for the names of leaders; without them, they are still good for the price.
const INTRODUCTION: Duration = Duration::from_millis(500);
/// Strangers that are looked up by one query, and how often that is tried.
const LOOKED_AT: usize = 1_000;
const ATTEMPTS: u32 = 4;

/// What the desk is asked to do.
#[derive(Debug, Clone)]
enum Command {
    Bid { bidder: UserId, maximum: Money, key: Option<RequestKey> },
    Buy { buyer: UserId, price: Money, key: Option<RequestKey> },
    Close,
    Remind,
    Cancel { seller: UserId, version: Option<i64> },
    Withdraw { admin: UserId, reason: String },
    Edit { seller: UserId, version: Option<i64>, edit: Box<Edit> },
    EditImages { seller: UserId, version: Option<i64>, edit: ImagesEdit },
}

/// A change of an auction and its work, with the genre looked up.
#[derive(Debug, Clone)]
pub struct Edit {
    /// What the seller sent, in normal form.
    pub request: EditAuctionRequest,
    /// The key of the genre in it.
    pub genre: Option<i32>,
}

/// What the desk answers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reply {
    Receipt(BidReceipt),
    /// Closed, or not due before this.
    Close(Option<Timestamp>),
    /// Of the work, as they were named.
    Images(Vec<Image>),
    Done,
}

type Answered = Result<Reply, DeskError>;

/// Why the desk did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeskError {
    /// The rules are against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The terms are no terms.
    #[error("some fields are not valid")]
    Invalid(Vec<FieldError>),
    /// The work has no such image.
    #[error("the work has no such image")]
    NoSuchImage,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// An administrator has suspended the work.
    #[error("the work is suspended")]
    WorkSuspended,
    /// The auction has changed since the caller saw it.
    #[error("the auction has changed in the meantime")]
    Changed,
    /// The database did not answer in time, or the connection was lost while it was committed and
    /// whether it was done could not be found out.
    #[error("the outcome is not known: {0}")]
    Unknown(String),
    /// Too much waits, or the database is away.
    #[error("the desk is busy: {0}")]
    Busy(String),
    /// A defect.
    #[error("the desk failed: {0}")]
    Defect(String),
}

impl From<DbError> for DeskError {
    fn from(error: DbError) -> Self {
        if error.is_passing() {
            Self::Busy(error.to_string())
        } else {
            Self::Defect(error.to_string())
        }
    }
}

/// A command that waits for its turn.
struct Job {
    auction: AuctionId,
    command: Command,
    reply: oneshot::Sender<Result<Reply, DeskError>>,
}

/// On what a batch is decided; each proves more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Basis {
    /// On what is remembered; it is written on condition that this was right. Whoever is not
    /// remembered is presumed to have the points.
    Memory,
    /// On auctions that were read and locked, and on wallets as with [`Basis::Memory`].
    Auctions,
    /// On what was read and locked.
    Locks,
}

/// What a writer takes out of its queue.
enum Item {
    Job(Job),
    /// Nothing follows; answered once everything before it was done and told.
    Stop(oneshot::Sender<()>),
}

/// How the desk is set up.
#[derive(Debug, Clone)]
pub struct DeskSettings {
    /// The rules' settings.
    pub houses: Houses,
    /// Writers; on SQLite there is one.
    pub writers: usize,
    /// Commands that may wait for each writer.
    pub queue: usize,
    /// Commands of one transaction.
    pub batch: usize,
}

/// Takes note of news at once.
pub type Remember = Arc<dyn Fn(&[News]) + Send + Sync>;

/// Whether anybody may hear these notices now.
pub type Audience = Arc<dyn Fn(&NoticeBatch) -> bool + Send + Sync>;

/// Where the desk tells what was committed.
#[derive(Clone)]
pub struct Outlet {
    /// Takes note of it before anybody is answered. It must not wait for anything.
    pub remember: Remember,
    /// Asked after the commit: who begins to listen later finds notices in the database.
    pub audience: Audience,
    /// Takes it to everybody afterwards.
    pub news: mpsc::UnboundedSender<Vec<News>>,
}

impl Outlet {
    fn publish(&self, news: Vec<News>) {
        if !news.is_empty() {
            // Nobody listens only while the server shuts down.
            let _ = self.news.send(news);
        }
    }
}

/// The door to the writers. Clones lead to the same desk.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    houses: Houses,
    queues: Vec<mpsc::Sender<Item>>,
    clock: Clock,
    memory: Arc<Memory>,
    outlet: Outlet,
    is_closed: AtomicBool,
}

impl Desk {
    /// Starts the writers and the closing clock. What is committed is told through `outlet`.
    pub fn start(db: &Db, settings: &DeskSettings, outlet: &Outlet) -> Self {
        let (clock, memory) = (Clock::default(), Arc::<Memory>::default());
        let writers = match db.backend() {
            crate::db::Backend::Sqlite { .. } => 1,
            crate::db::Backend::Mysql { .. } => settings.writers.max(1),
        };
        let queues = (0..writers)
            .map(|number| {
                let (sender, receiver) = mpsc::channel(settings.queue.max(1));
                let writer = writer::Writer {
                    db: db.clone(),
                    houses: settings.houses.clone(),
                    batch: settings.batch.max(1),
                    outlet: outlet.clone(),
                    clock: clock.clone(),
                    memory: Arc::clone(&memory),
                };
                std::thread::Builder::new()
                    .name(format!("desk-{number}"))
                    .spawn(move || writer.run(receiver))
                    .expect("a thread can be started");
                sender
            })
            .collect();
        let inner = Inner {
            db: db.clone(),
            houses: settings.houses.clone(),
            queues,
            clock: clock.clone(),
            memory,
            outlet: outlet.clone(),
            is_closed: AtomicBool::new(false),
        };
        let desk = Self { inner: Arc::new(inner) };
        tokio::spawn(clock::run(clock, db.clone(), desk.clone()));
        desk
    }

    /// Takes no more commands, and waits until those that it has are done and told.
    pub async fn close(&self) {
        self.inner.is_closed.store(true, Ordering::Release);
        self.inner.clock.stop();
        for queue in &self.inner.queues {
            let (reply, stopped) = oneshot::channel();
            if queue.send(Item::Stop(reply)).await.is_ok() {
                // A writer that is gone has nothing left to do.
                let _ = stopped.await;
            }
        }
    }

    /// A bid; its maximum is held while it leads. A repeated one with the same key gets the first
    /// answer.
    ///
    /// # Errors
    /// As [`DeskError`] says; so do all below.
    pub async fn bid(
        &self,
        auction: AuctionId,
        bidder: UserId,
        maximum: Money,
        key: Option<RequestKey>,
    ) -> Result<BidReceipt, DeskError> {
        self.receipt(auction, Command::Bid { bidder, maximum, key }).await
    }

    /// A purchase at the buy-now price. A repeated one with the same key gets the first answer.
    pub async fn buy(
        &self,
        auction: AuctionId,
        buyer: UserId,
        price: Money,
        key: Option<RequestKey>,
    ) -> Result<BidReceipt, DeskError> {
        self.receipt(auction, Command::Buy { buyer, price, key }).await
    }

    /// Withdraws an auction without bids; `version` is what the seller last saw.
    pub async fn cancel(
        &self,
        auction: AuctionId,
        seller: UserId,
        version: Option<i64>,
    ) -> Result<(), DeskError> {
        self.ask(auction, Command::Cancel { seller, version }).await.map(drop)
    }

    /// Ends an auction without a sale, whoever has bid, as an administrator decides.
    pub async fn withdraw(
        &self,
        auction: AuctionId,
        admin: UserId,
        reason: String,
    ) -> Result<(), DeskError> {
        self.ask(auction, Command::Withdraw { admin, reason }).await.map(drop)
    }

    /// Changes an auction without bids; `version` is what the seller last saw.
    pub async fn edit(
        &self,
        auction: AuctionId,
        seller: UserId,
        version: Option<i64>,
        edit: Edit,
    ) -> Result<(), DeskError> {
        let edit = Box::new(edit);
        self.ask(auction, Command::Edit { seller, version, edit }).await.map(drop)
    }

    /// Gives the work of an auction without bids more images, which are kept already; `version` is
    /// what the seller last saw. Gives those images; one that the work has is not added again.
    pub async fn add_images(
        &self,
        auction: AuctionId,
        seller: UserId,
        version: Option<i64>,
        images: Vec<ImageRow>,
    ) -> Result<Vec<Image>, DeskError> {
        let edit = ImagesEdit::Add(images);
        match self.ask(auction, Command::EditImages { seller, version, edit }).await? {
            Reply::Images(images) => Ok(images),
            reply => Err(unexpected(&reply)),
        }
    }

    /// Takes an image from the work of an auction without bids; `version` is what the seller last
    /// saw.
    pub async fn remove_image(
        &self,
        auction: AuctionId,
        seller: UserId,
        version: Option<i64>,
        name: String,
    ) -> Result<(), DeskError> {
        let edit = ImagesEdit::Remove(name);
        self.ask(auction, Command::EditImages { seller, version, edit }).await.map(drop)
    }

    /// Tells the followers of an auction that it ends soon, once.
    pub async fn remind(&self, auction: AuctionId) -> Result<(), DeskError> {
        self.ask(auction, Command::Remind).await.map(drop)
    }

    /// Lets the clock know of an end: of a new auction, or one that was seen in the news.
    pub fn expect_end(&self, auction: AuctionId, ends_at: Timestamp) {
        self.inner.clock.set(auction, ends_at);
    }

    /// Has an auction closed at once that should have ended; somebody saw it.
    pub fn poke(&self, auction: AuctionId) {
        self.inner.clock.poke(auction);
    }

    /// How often it has relied on what it remembers, since it was started.
    pub fn tally(&self) -> Tally {
        self.inner.memory.tally()
    }

    /// Has what the desk remembers of a user forgotten, since he has changed.
    pub fn forget(&self, user: UserId) {
        self.inner.memory.forget(user);
    }

    /// Gets to know those who have bid without being known, and names them where they lead, before
    /// anybody is told of them. Only where they lead, it takes as long as the look.
    pub async fn introduce(&self, news: &mut [News]) {
        let leaders: BTreeSet<UserId> = news.iter().filter_map(News::nameless_leader).collect();
        let mut strangers = self.inner.memory.take_strangers();
        strangers.extend(&leaders);
        if strangers.is_empty() {
            return;
        }
        // A task of its own, so that nothing that happens to it ends the telling.
        let looking = tokio::spawn(self.clone().look_at(strangers));
        if leaders.is_empty() {
            return;
        }
        let found = match tokio::time::timeout(INTRODUCTION, looking).await {
            Ok(Ok(found)) => found,
            failed => {
                tracing::warn!(?failed, "leaders are told without their names");
                return;
            }
        };
        let nicknames: HashMap<UserId, &str> =
            found.iter().map(|wallet| (wallet.row.user_id, &*wallet.nickname)).collect();
        for news in news {
            if let News::Auction { snapshot, .. } = news
                && let Some(leader) = snapshot.nameless_leader()
                && let Some(nickname) = nicknames.get(&leader)
            {
                Arc::make_mut(snapshot).state.leader = Some(text::mask_nickname(nickname));
            }
        }
    }

    /// Looks strangers up, and remembers them; whom it does not find, it leaves out.
    async fn look_at(self, strangers: BTreeSet<UserId>) -> Vec<OwnedWallet> {
        let strangers: Vec<UserId> = strangers.into_iter().collect();
        let mut met = Vec::with_capacity(strangers.len());
        for strangers in strangers.chunks(LOOKED_AT) {
            let epoch = self.inner.db.epoch();
            for attempt in 1..=ATTEMPTS {
                let users = strangers.to_vec();
                match self.inner.db.read(move |conn| db::wallets::look(conn, users)).await {
                    Ok(WalletsAt { wallets, .. }) => {
                        self.inner.memory.met(&wallets, epoch);
                        met.extend(wallets);
                        break;
                    }
                    // After a failover, each connection fails once.
                    Err(error) => tracing::debug!(%error, attempt, "strangers were not looked up"),
                }
            }
        }
        met
    }

    /// Whether it remembers a user's wallet.
    pub fn knows(&self, user: UserId) -> bool {
        self.inner.memory.knows(user)
    }

    /// Closes an auction if it is due; otherwise gives the end that it waits for.
    async fn end(&self, auction: AuctionId) -> Result<Option<Timestamp>, DeskError> {
        match self.queue(auction, Command::Close, true).await? {
            Reply::Close(due) => Ok(due),
            reply => Err(unexpected(&reply)),
        }
    }

    async fn receipt(&self, auction: AuctionId, command: Command) -> Result<BidReceipt, DeskError> {
        match self.ask(auction, command).await? {
            Reply::Receipt(receipt) => Ok(receipt),
            reply => Err(unexpected(&reply)),
        }
    }

    async fn ask(&self, auction: AuctionId, command: Command) -> Result<Reply, DeskError> {
        tokio::time::timeout(PATIENCE, self.queue(auction, command, false))
            .await
            .unwrap_or_else(|_| Err(DeskError::Unknown("no answer in time".to_owned())))
    }

    /// All commands of an auction go to the same writer, in order of arrival.
    async fn queue(
        &self,
        auction: AuctionId,
        command: Command,
        is_patient: bool,
    ) -> Result<Reply, DeskError> {
        if self.inner.is_closed.load(Ordering::Acquire) {
            return Err(DeskError::Busy("shutting down".to_owned()));
        }
        let (reply, answer) = oneshot::channel();
        let job = Item::Job(Job { auction, command, reply });
        let shard = auction.get().unsigned_abs() as usize % self.inner.queues.len();
        let queue = &self.inner.queues[shard];
        if is_patient {
            queue.send(job).await.map_err(|_| gone())?;
        } else {
            queue.try_send(job).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => {
                    metrics::counter!("artipul_desk_refused_total").increment(1);
                    DeskError::Busy("too many commands wait".to_owned())
                }
                mpsc::error::TrySendError::Closed(_) => gone(),
            })?;
        }
        answer.await.map_err(|_| gone())?
    }
}

fn gone() -> DeskError {
    DeskError::Defect("the writer is gone".to_owned())
}

fn unexpected(reply: &Reply) -> DeskError {
    DeskError::Defect(format!("the desk answered {reply:?}"))
}
