//! People who bid, buy, list, look and watch, all at once, until they are told to go home.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use artipul_common::{
    AuctionId, Money, UserId,
    auctions::{Auction, ListWorkRequest},
    bids::BidReceipt,
    client::{Client, ClientError, Result, new_idempotency_key, tokens::MemoryTokens},
    events::EventsQuery,
    problem::ProblemCode,
};
use artipul_tests::{Person, draft, in_ms, patiently};
use futures_util::future::join_all;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{
    ledger::{Attempt, Ledger, Outcome},
    pace::moment,
    site::Site,
    watcher::Watcher,
};

/// Works that stay open all the time.
const LASTING: usize = 3;
const BIDDERS: u32 = 8;
const BUYERS: u32 = 4;
/// Thousands of points that everybody has.
const MEANS: i64 = 40_000;
const BUY_NOW: Money = Money::new(50_000);
/// How often a work is listed.
const LISTING: Duration = Duration::from_millis(250);
/// How long works are open that end while the load lasts, in milliseconds.
const BRIEF_MS: i64 = 1_500;
/// Nobody bids without a breath, so that two crowds fit on a small machine.
const BREATH: Duration = Duration::from_millis(4);
/// The pause before a request is sent again that the client gave up.
const AGAIN: Duration = Duration::from_millis(200);
/// After so long without any answer, something is wrong.
const PATIENCE: Duration = Duration::from_secs(90);

/// A crowd at work.
pub(crate) struct Crowd {
    room: Arc<Room>,
    go_home: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    watchers: Vec<Watcher>,
    /// Where whoever looks at the end looks.
    url: String,
}

/// What the people of a crowd share.
struct Room {
    ledger: Ledger,
    lasting: Vec<AuctionId>,
    board: Mutex<Board>,
    go_home: watch::Receiver<bool>,
}

/// What was listed meanwhile.
#[derive(Default)]
struct Board {
    brief: Vec<AuctionId>,
    shops: Vec<AuctionId>,
}

/// What a crowd was told, to be judged.
pub(crate) struct Told {
    pub(super) attempts: Vec<Attempt>,
    pub(super) strange: Vec<String>,
    pub(super) watchers: Vec<Watcher>,
    /// Works that stay open.
    pub(super) lasting: Vec<AuctionId>,
    /// Works that are over by their time or were for sale.
    pub(super) brief: Vec<AuctionId>,
    pub(super) shops: Vec<AuctionId>,
    pub(super) url: String,
    /// Requests that the client's own retry did not bring to an answer.
    pub(crate) unanswered: usize,
    /// How often a stream was lost.
    pub(crate) losses: usize,
}

impl Crowd {
    /// A crowd at all servers of a site, already at work.
    pub(crate) async fn at(site: &Site) -> Self {
        Self::through(site, &site.urls()).await
    }

    /// A crowd that knows only these addresses, already at work.
    pub(crate) async fn through(site: &Site, urls: &[String]) -> Self {
        let artist = site.people("artist", 1, urls).await.remove(0);
        let bidders = site.people("bidder", BIDDERS, urls).await;
        let buyers = site.people("buyer", BUYERS, urls).await;
        join_all(bidders.iter().chain(&buyers).map(|person| person.charge(MEANS))).await;
        let mut lasting = Vec::new();
        for _ in 0..LASTING {
            lasting.push(artist.list(|_| ()).await.id);
        }
        let mut watchers = Vec::new();
        for url in urls {
            let client = || Client::new(url, MemoryTokens::default()).unwrap();
            for id in &lasting {
                watchers.push(Watcher::of(&[*id], client().follow_auction(*id)));
            }
            let all = EventsQuery { auctions: lasting.clone(), genres: Vec::new() };
            watchers.push(Watcher::of(&lasting, client().follow(&all)));
        }
        let (go_home, told) = watch::channel(false);
        let room = Arc::new(Room {
            ledger: Ledger::default(),
            lasting,
            board: Mutex::default(),
            go_home: told,
        });
        let mut tasks = Vec::new();
        for bidder in bidders {
            tasks.push(tokio::spawn(bid(Arc::clone(&room), bidder)));
        }
        for buyer in buyers {
            tasks.push(tokio::spawn(buy(Arc::clone(&room), buyer)));
        }
        for url in urls {
            let client = Client::new(url, MemoryTokens::default()).unwrap();
            tasks.push(tokio::spawn(look(Arc::clone(&room), client)));
        }
        tasks.push(tokio::spawn(list(Arc::clone(&room), artist)));
        let crowd = Self { room, go_home, tasks, watchers, url: urls[0].clone() };
        crowd.carries_on().await;
        crowd
    }

    /// Waits for a moment, in which some more bids are acknowledged.
    pub(crate) async fn carries_on(&self) {
        let before = self.accepted();
        sleep(moment()).await;
        patiently(PATIENCE, "more bids are acknowledged", async || {
            (self.accepted() > before + 10).then_some(())
        })
        .await;
    }

    /// How many bids and purchases were acknowledged so far.
    pub(crate) fn accepted(&self) -> usize {
        self.room.ledger.accepted()
    }

    /// How many requests the client's own retry did not bring to an answer so far.
    pub(crate) fn unanswered(&self) -> usize {
        self.room.ledger.unanswered()
    }

    /// A work that everybody bids on.
    pub(crate) fn busiest(&self) -> AuctionId {
        self.room.lasting[0]
    }

    /// Sends everybody home, once each knows what became of what he sent.
    pub(crate) async fn goes_home(self) -> Told {
        let _ = self.go_home.send(true);
        for outcome in join_all(self.tasks).await {
            outcome.unwrap();
        }
        let board = std::mem::take(&mut *self.room.board());
        Told {
            attempts: self.room.ledger.attempts(),
            strange: self.room.ledger.strange(),
            losses: self.watchers.iter().map(Watcher::losses).sum(),
            watchers: self.watchers,
            lasting: self.room.lasting.clone(),
            brief: board.brief,
            shops: board.shops,
            url: self.url,
            unanswered: self.room.ledger.unanswered(),
        }
    }
}

impl Room {
    fn board(&self) -> std::sync::MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        *self.go_home.borrow()
    }

    /// Sends something under one key until it is known what became of it; nothing where the answer
    /// makes no sense.
    async fn insist<T, F>(
        &self,
        what: &str,
        send: impl Fn() -> F,
    ) -> Option<std::result::Result<T, ProblemCode>>
    where
        F: Future<Output = Result<T>>,
    {
        let until = Instant::now() + PATIENCE;
        loop {
            match send().await {
                Ok(answer) => return Some(Ok(answer)),
                Err(error) if error.is_passing() => {
                    self.ledger.leave_unanswered();
                    if Instant::now() > until {
                        self.ledger.wonder(format!("{what}: never answered: {error}"));
                        return None;
                    }
                    sleep(AGAIN).await;
                }
                Err(ClientError::Problem(problem)) if is_rule(problem.code) => {
                    return Some(Err(problem.code));
                }
                Err(error) => {
                    self.ledger.wonder(format!("{what}: {error:?}"));
                    return None;
                }
            }
        }
    }

    fn write_down(
        &self,
        auction: AuctionId,
        who: UserId,
        amount: Money,
        answer: &std::result::Result<BidReceipt, ProblemCode>,
    ) {
        let outcome = match answer {
            Ok(receipt) => Outcome::Accepted(receipt.clone()),
            Err(code) => Outcome::Refused(*code),
        };
        self.ledger.write(Attempt { auction, who, amount, outcome });
    }
}

/// What an honest bidder may be told.
fn is_rule(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::BidTooLow
            | ProblemCode::AuctionEnded
            | ProblemCode::AuctionNotOpen
            | ProblemCode::AuctionNotStarted
            | ProblemCode::InsufficientPoints
            | ProblemCode::BuyNowUnavailable
    )
}

/// Bids on this and that: mostly enough to lead, sometimes too little. Never twice the same.
async fn bid(room: Arc<Room>, bidder: Person) {
    let mut own: HashMap<AuctionId, Money> = HashMap::new();
    while !room.is_over() {
        let id = {
            let board = room.board();
            let latest = &board.brief[board.brief.len().saturating_sub(2)..];
            match latest.get(rand::random_range(0..4)) {
                Some(brief) => *brief,
                None => room.lasting[rand::random_range(0..room.lasting.len())],
            }
        };
        let last = own.get(&id).copied().unwrap_or(Money::new(9_000));
        let mut amount = last + Money::new(1_000);
        if rand::random_ratio(5, 6) {
            // Somewhere above what the crowd has reached.
            let reached = room.reached(id);
            amount = amount.max(reached + Money::new(1_000 * rand::random_range(0..5)));
        }
        own.insert(id, amount);
        let key = new_idempotency_key();
        let answer = room.insist("a bid", || bidder.client.bid(id, amount, &key)).await;
        if let Some(answer) = answer {
            room.write_down(id, bidder.id, amount, &answer);
        }
        sleep(BREATH).await;
    }
}

impl Room {
    /// The highest price that anybody was told of an auction, at least.
    fn reached(&self, id: AuctionId) -> Money {
        self.ledger.reached(id).unwrap_or(Money::new(10_000))
    }
}

/// Buys whatever is for sale, once each.
async fn buy(room: Arc<Room>, buyer: Person) {
    let mut next = 0;
    while !room.is_over() {
        let shop = room.board().shops.get(next).copied();
        let Some(id) = shop else {
            sleep(LISTING / 10).await;
            continue;
        };
        next += 1;
        let key = new_idempotency_key();
        let send = || buyer.client.buy(id, BUY_NOW, &key);
        if let Some(answer) = room.insist("a purchase", send).await {
            room.write_down(id, buyer.id, BUY_NOW, &answer);
        }
    }
}

/// Lists works that end soon, and works for sale.
async fn list(room: Arc<Room>, artist: Person) {
    for number in 0_u32.. {
        if room.is_over() {
            return;
        }
        let is_brief = number % 2 == 0;
        let work = ListWorkRequest {
            title: format!("Work {number}"),
            buy_now_price: (!is_brief).then_some(BUY_NOW),
            ends_at: if is_brief { in_ms(BRIEF_MS) } else { draft().ends_at },
            ..draft()
        };
        let key = new_idempotency_key();
        let send = || async {
            match artist.client.list_work(&work, &key).await {
                // Its end has passed meanwhile; nobody has seen it.
                Err(error) if error.code() == Some(ProblemCode::ValidationFailed) => Ok(None),
                outcome => outcome.map(|auction| Some(auction.id)),
            }
        };
        if let Some(Ok(Some(id))) = room.insist("a listing", send).await {
            let mut board = room.board();
            if is_brief { board.brief.push(id) } else { board.shops.push(id) }
        }
        sleep(LISTING).await;
    }
}

/// Looks at works again and again; what he is shown never goes back.
async fn look(room: Arc<Room>, client: Client) {
    let mut shown: HashMap<AuctionId, Auction> = HashMap::new();
    while !room.is_over() {
        for id in room.lasting.clone() {
            match client.auction(id).await {
                Ok(auction) => {
                    if let Some(before) = shown.get(&id)
                        && (before.seq > auction.seq || before.price > auction.price)
                    {
                        let (was, is) = (before.price, auction.price);
                        room.ledger.wonder(format!("a page went back from {was:?} to {is:?}"));
                    }
                    shown.insert(id, auction);
                }
                Err(error) if error.is_passing() => room.ledger.leave_unanswered(),
                Err(error) => room.ledger.wonder(format!("a page: {error:?}")),
            }
            sleep(AGAIN).await;
        }
    }
}
