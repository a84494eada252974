//! Runs what the model asks for: calls and pictures as tasks, streams and timers as long as the
//! model wants them, and frames when something has changed. While nothing happens, nothing runs.

use std::{collections::HashMap, io, path::PathBuf, sync::Arc, time::Duration};

use artipul_common::{
    AuctionId,
    client::{
        Client, ClientError,
        stream::{AuctionEvent, Item, Subscription},
    },
    events::EventsQuery,
};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinHandle,
    time::{self, Instant},
};

use super::{
    clean,
    effect::Effect,
    model::{Model, Setup},
    msg::{self, Ctx, Msg},
    perform,
    subs::{self, LinkName, SPIN, Sub},
    update::update,
};
#[cfg(debug_assertions)]
use crate::term::drill;
use crate::{
    state::State,
    term::{browser, frames::Frames, speech::Speech},
    ui::time::Grain,
};

/// Messages that wait; whoever sends more waits as well.
const QUEUE: usize = 1024;
/// Messages that are taken before the next frame is drawn.
const BATCH: usize = 512;
/// Pictures that are decoded at once.
const DECODERS: usize = 2;

/// Where frames are drawn.
pub(crate) trait Canvas {
    fn draw(&mut self, model: &Model) -> io::Result<()>;
    /// The next frame draws every cell.
    fn forget(&mut self) -> io::Result<()>;
    /// Gives the terminal to the shell; returns when the shell has given it back.
    fn suspend(&mut self) -> io::Result<()>;
    /// Takes the terminal over, whatever state it is in.
    fn take_back(&mut self) -> io::Result<()>;
    /// Says something besides.
    fn say(&mut self, speech: &Speech) -> io::Result<()>;
}

/// The running client.
pub(crate) struct Runtime {
    pub(crate) model: Model,
    client: Client,
    sender: mpsc::Sender<Msg>,
    receiver: mpsc::Receiver<Msg>,
    subs: Subs,
    started: Instant,
    decoders: Arc<Semaphore>,
    frames: Frames,
    /// How many calls and pictures are on their way; each ends with a message.
    under_way: usize,
    /// What is said with the next frame.
    speeches: Vec<Speech>,
    /// What is done with the terminal before the next frame.
    errand: Option<Errand>,
    /// Where it is kept what later runs remember; nowhere without.
    state_path: Option<PathBuf>,
    /// Whether addresses are opened in a browser.
    opens_browser: bool,
    quit: bool,
}

/// Something to be done with the terminal itself. Of several, only the last in this order, as it
/// does what those before it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Errand {
    Redraw,
    TakeBack,
    Suspend,
}

impl Runtime {
    pub(crate) fn new(client: Client, setup: Setup) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let started = Instant::now();
        let model = Model::new(setup, &ctx(&client, started));
        let subs = Subs::new(client.clone(), sender.clone(), started);
        Self {
            model,
            client,
            sender,
            receiver,
            subs,
            started,
            decoders: Arc::new(Semaphore::new(DECODERS)),
            frames: Frames::default(),
            under_way: 0,
            speeches: Vec::new(),
            errand: None,
            state_path: None,
            opens_browser: false,
            quit: false,
        }
    }

    /// Where messages from outside go.
    pub(crate) fn sender(&self) -> mpsc::Sender<Msg> {
        self.sender.clone()
    }

    /// Keeps in this file what later runs remember.
    pub(crate) fn remember_in(&mut self, path: PathBuf) {
        self.state_path = Some(path);
    }

    /// Opens addresses in a browser from now on.
    pub(crate) fn open_browser(&mut self) {
        self.opens_browser = true;
    }

    /// Sends the first requests.
    pub(crate) async fn start(&mut self) {
        let signed_in = self.client.is_signed_in().await;
        self.take(Msg::Started { signed_in });
    }

    /// Runs until the user leaves.
    pub(crate) async fn run(&mut self, canvas: &mut impl Canvas) -> io::Result<()> {
        while !self.quit {
            self.step(canvas).await?;
        }
        Ok(())
    }

    /// Waits for something to happen, and draws when it is time.
    pub(crate) async fn step(&mut self, canvas: &mut impl Canvas) -> io::Result<()> {
        if let Some(wait) = self.frames.wait(Instant::now().into_std()) {
            if wait.is_zero() {
                return self.draw(canvas);
            }
            tokio::select! {
                Some(msg) = self.receiver.recv() => self.take_all(msg),
                () = time::sleep(wait) => self.draw(canvas)?,
            }
        } else if let Some(msg) = self.receiver.recv().await {
            self.take_all(msg);
        }
        Ok(())
    }

    fn draw(&mut self, canvas: &mut impl Canvas) -> io::Result<()> {
        match self.errand.take() {
            Some(Errand::Redraw) => canvas.forget()?,
            Some(Errand::Suspend) => canvas.suspend()?,
            Some(Errand::TakeBack) => canvas.take_back()?,
            None => {}
        }
        canvas.draw(&self.model)?;
        for speech in self.speeches.drain(..) {
            canvas.say(&speech)?;
        }
        self.frames.drawn(Instant::now().into_std());
        Ok(())
    }

    fn take_all(&mut self, first: Msg) {
        let mut waiting = vec![first];
        while waiting.len() < BATCH
            && let Ok(msg) = self.receiver.try_recv()
        {
            waiting.push(msg);
        }
        for msg in msg::merged(waiting) {
            self.take(msg);
        }
    }

    pub(crate) fn take(&mut self, msg: Msg) {
        #[cfg(debug_assertions)]
        drill::hear(&msg);
        // Here, and not where it was sent: whoever waits for the last one is told of nothing later.
        if matches!(msg, Msg::Answered(..) | Msg::Picture(..)) {
            self.under_way = self.under_way.saturating_sub(1);
        }
        let ctx = ctx(&self.client, self.started);
        for effect in update(&mut self.model, msg, &ctx) {
            self.perform(effect);
        }
        self.subs.reconcile(subs::of(&self.model));
        self.frames.touch();
    }

    /// Whether nothing is on its way.
    pub(crate) fn is_idle(&self) -> bool {
        self.under_way == 0 && self.receiver.is_empty()
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Call(id, call) => {
                let (client, sender) = (self.client.clone(), self.sender.clone());
                self.under_way += 1;
                // In a task of its own: whoever asked must hear of it even if that panics.
                let asking = tokio::spawn(async move { perform::call(&client, call).await });
                tokio::spawn(async move {
                    let outcome = asking
                        .await
                        .unwrap_or_else(|error| Err(ClientError::Unexpected(error.to_string())));
                    // Nobody listens any more once the client is being left.
                    let _ = sender.send(Msg::Answered(id, Box::new(outcome))).await;
                });
            }
            Effect::LoadPicture(key, order) => {
                let (client, sender) = (self.client.clone(), self.sender.clone());
                let decoders = Arc::clone(&self.decoders);
                self.under_way += 1;
                tokio::spawn(async move {
                    let _one_of_few = decoders.acquire().await;
                    let picture = perform::picture(&client, &key.url, order).await.map(Arc::new);
                    let _ = sender.send(Msg::Picture(key, picture)).await;
                });
            }
            Effect::RememberLang(lang) => {
                if let Some(path) = &self.state_path {
                    // A few bytes, and at once: a later choice must not be overtaken. If they
                    // cannot be kept, the next run asks the settings again.
                    let _ = State { lang: Some(lang) }.save(path);
                }
            }
            Effect::OpenBrowser(address) if self.opens_browser => browser::open(&address),
            Effect::OpenBrowser(_) => {}
            Effect::Say(speech) => self.speeches.push(speech),
            Effect::Redraw => self.errand = self.errand.max(Some(Errand::Redraw)),
            Effect::Suspend => self.errand = self.errand.max(Some(Errand::Suspend)),
            Effect::TakeBack => self.errand = self.errand.max(Some(Errand::TakeBack)),
            Effect::Quit => self.quit = true,
        }
    }
}

fn ctx(client: &Client, started: Instant) -> Ctx {
    Ctx { now: client.clock().now(), uptime: started.elapsed(), seed: rand::random() }
}

/// A task that ends with its handle.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The running subscriptions.
struct Subs {
    client: Client,
    sender: mpsc::Sender<Msg>,
    started: Instant,
    live: HashMap<LinkName, (watch::Sender<Vec<AuctionId>>, Task)>,
    others: Vec<(Sub, Task)>,
}

impl Subs {
    fn new(client: Client, sender: mpsc::Sender<Msg>, started: Instant) -> Self {
        Self { client, sender, started, live: HashMap::new(), others: Vec::new() }
    }

    /// Stops what is not wanted any more and starts what is not there yet.
    fn reconcile(&mut self, wanted: Vec<Sub>) {
        self.live.retain(|name, _| {
            wanted.iter().any(|sub| matches!(sub, Sub::Live(wanted, _) if wanted == name))
        });
        self.others.retain(|(sub, _)| wanted.contains(sub));
        for sub in wanted {
            match sub {
                Sub::Live(name, ids) => self.follow(name, ids),
                other if self.others.iter().all(|(running, _)| *running != other) => {
                    let task = self.start(&other);
                    self.others.push((other, task));
                }
                _ => {}
            }
        }
    }

    fn follow(&mut self, name: LinkName, ids: Vec<AuctionId>) {
        if let Some((running, _)) = self.live.get(&name) {
            running.send_if_modified(|current| {
                let differs = *current != ids;
                *current = ids;
                differs
            });
            return;
        }
        let (sender, receiver) = watch::channel(ids);
        let task = follow_many(self.client.clone(), name, receiver, self.sender.clone());
        self.live.insert(name, (sender, Task(tokio::spawn(task))));
    }

    fn start(&self, sub: &Sub) -> Task {
        let sender = self.sender.clone();
        let client = self.client.clone();
        Task(match sub {
            Sub::Live(..) => unreachable!("streams of auctions are started by `follow`"),
            Sub::Mine => tokio::spawn(async move {
                let mut items = client.follow_me();
                while let Some(item) = items.next().await {
                    let _ = sender.send(Msg::Mine(clean::user_item(item))).await;
                }
            }),
            Sub::Every(grain) => {
                let grain = *grain;
                tokio::spawn(async move {
                    loop {
                        time::sleep(until_next(grain, client.clock().now())).await;
                        let _ = sender.send(Msg::Woken).await;
                    }
                })
            }
            Sub::Spinner => tokio::spawn(async move {
                loop {
                    time::sleep(SPIN).await;
                    let _ = sender.send(Msg::Woken).await;
                }
            }),
            Sub::At(at) => {
                let moment = self.started + *at;
                tokio::spawn(async move {
                    time::sleep_until(moment).await;
                    let _ = sender.send(Msg::Woken).await;
                })
            }
        })
    }
}

/// The time until the next whole second or minute of the server's clock.
fn until_next(grain: Grain, now: artipul_common::Timestamp) -> Duration {
    let unit = match grain {
        Grain::Second => 1_000,
        Grain::Minute => 60_000,
    };
    let past = now.timestamp_millis().rem_euclid(unit);
    // A moment later rather than earlier: a countdown must have changed.
    Duration::from_millis(u64::try_from(unit - past).unwrap_or(1_000)) + Duration::from_millis(5)
}

/// Follows auctions whose ids may change. The old connection is kept until the new one is there,
/// so that scrolling leaves no gap.
async fn follow_many(
    client: Client,
    name: LinkName,
    mut ids: watch::Receiver<Vec<AuctionId>>,
    sender: mpsc::Sender<Msg>,
) {
    let follow = |ids: &[AuctionId]| match (name, ids) {
        (LinkName::Page(_), [id]) => client.follow_auction(*id),
        _ => client.follow(&EventsQuery { auctions: ids.to_vec(), genres: Vec::new() }),
    };
    let mut current = Some(follow(&ids.borrow_and_update()));
    let mut next: Option<Subscription<AuctionEvent>> = None;
    loop {
        let item = tokio::select! {
            changed = ids.changed() => {
                if changed.is_err() {
                    return;
                }
                next = Some(follow(&ids.borrow_and_update()));
                continue;
            }
            item = next_of(&mut next) => {
                current = next.take();
                item
            }
            item = next_of(&mut current) => item,
        };
        let over = matches!(item, Item::Refused(_) | Item::SignedOut | Item::Ended);
        if sender.send(Msg::Live(name, clean::auction_item(item))).await.is_err() {
            return;
        }
        if over {
            current = None;
        }
    }
}

/// The next item of a stream; never, where there is none.
async fn next_of(stream: &mut Option<Subscription<AuctionEvent>>) -> Item<AuctionEvent> {
    match stream {
        Some(running) => match running.next().await {
            Some(item) => item,
            None => {
                *stream = None;
                std::future::pending().await
            }
        },
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_come_with_the_servers_seconds() {
        let at = |text: &str| text.parse().unwrap();
        let wait = until_next(Grain::Second, at("2026-11-22T03:00:00.250Z"));
        assert_eq!(wait, Duration::from_millis(755));
        let wait = until_next(Grain::Minute, at("2026-11-22T03:00:59.900Z"));
        assert_eq!(wait, Duration::from_millis(105));
    }
}
