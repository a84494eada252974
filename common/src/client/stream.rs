//! Streams that reconnect by themselves and say whether they are live.

use std::time::Duration;

use eventsource_stream::{Event, Eventsource};
use futures_util::StreamExt;
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde::de::DeserializeOwned;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{self, Instant},
};

use super::{Client, ClientError, offline, refusal};
use crate::{
    AuctionId,
    events::{AuctionEventKind, AuctionState, EventsQuery, Notice, NoticeKind},
    problem::Problem,
};

/// A stream that lasted so long and was ended in good order is opened again at once.
const SETTLED: Duration = Duration::from_secs(3);
/// A connection without even a heartbeat for this long is dead; the server sends one every 15 s.
const SILENCE: Duration = Duration::from_secs(40);
/// The longest pause before the next attempt.
const MAX_PAUSE: Duration = Duration::from_secs(10);
/// The pause before the first attempt, on average.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Items that wait for a slow reader.
const BUFFER: usize = 256;

/// What comes out of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Item<E> {
    /// Connected: from here on, what was shown is live.
    Live,
    /// An event.
    Event(E),
    /// The connection is gone; the next attempt follows after the pause.
    Lost {
        /// Why, for people.
        reason: String,
        /// How long until the next attempt.
        retry_in: Duration,
    },
    /// The server refuses this stream for good; nothing follows.
    Refused(Box<Problem>),
    /// The session is over; nothing follows.
    SignedOut,
    /// The stream is complete (its auction is closed); nothing follows.
    Ended,
}

/// An event of an auction.
#[derive(Debug, Clone, PartialEq)]
pub struct AuctionEvent {
    /// What it is about.
    pub kind: AuctionEventKind,
    /// The whole public state.
    pub state: AuctionState,
}

/// An event of the user's own stream.
#[derive(Debug, Clone, PartialEq)]
pub struct UserEvent {
    /// What it is about.
    pub kind: NoticeKind,
    /// The notice.
    pub notice: Notice,
}

/// A running stream; dropping it ends the connection.
pub struct Subscription<E> {
    items: mpsc::Receiver<Item<E>>,
    task: JoinHandle<()>,
}

impl<E> Subscription<E> {
    /// The next item; `None` after the last.
    pub async fn next(&mut self) -> Option<Item<E>> {
        self.items.recv().await
    }
}

impl<E> Drop for Subscription<E> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    /// Follows one auction until it closes.
    pub fn follow_auction(&self, id: AuctionId) -> Subscription<AuctionEvent> {
        let path = format!("/v1/auctions/{id}/events");
        self.subscribe(path, Access::Open, true)
    }

    /// Follows many auctions over one connection.
    pub fn follow(&self, query: &EventsQuery) -> Subscription<AuctionEvent> {
        let auctions = query.auctions.iter().map(|id| format!("auction={id}"));
        let genres = query.genres.iter().map(|genre| format!("genre={genre}"));
        let query = auctions.chain(genres).collect::<Vec<_>>().join("&");
        self.subscribe(format!("/v1/events?{query}"), Access::Open, false)
    }

    /// Follows what concerns the signed-in user.
    pub fn follow_me(&self) -> Subscription<UserEvent> {
        self.subscribe("/v1/me/events".to_owned(), Access::Signed, false)
    }

    fn subscribe<E: StreamEvent>(
        &self,
        path: String,
        access: Access,
        ends: bool,
    ) -> Subscription<E> {
        let (sender, items) = mpsc::channel(BUFFER);
        let connection = Connection {
            client: self.clone(),
            path,
            access,
            ends,
            last_event_id: None,
            retry: None,
            attempt: 0,
        };
        Subscription { items, task: tokio::spawn(connection.run(sender)) }
    }
}

#[derive(Clone, Copy)]
enum Access {
    /// Anybody may read it.
    Open,
    /// In the session's name.
    Signed,
}

/// How one event of a stream is read.
trait StreamEvent: Send + Sized + 'static {
    /// `None` for names that this version does not know.
    fn read(event: &Event, client: &Client) -> Option<Self>;
    /// Whether it is the last one of a stream that ends.
    fn is_last(&self) -> bool;
}

impl StreamEvent for AuctionEvent {
    fn read(event: &Event, client: &Client) -> Option<Self> {
        let kind = AuctionEventKind::from_name(&event.event)?;
        let state: AuctionState = json(event)?;
        client.clock().observe(state.server_time);
        Some(Self { kind, state })
    }

    fn is_last(&self) -> bool {
        self.kind == AuctionEventKind::Closed
    }
}

impl StreamEvent for UserEvent {
    fn read(event: &Event, _: &Client) -> Option<Self> {
        Some(Self { kind: NoticeKind::from_name(&event.event)?, notice: json(event)? })
    }

    fn is_last(&self) -> bool {
        false
    }
}

fn json<T: DeserializeOwned>(event: &Event) -> Option<T> {
    serde_json::from_str(&event.data).ok()
}

struct Connection {
    client: Client,
    path: String,
    access: Access,
    /// Whether the stream is complete after its last event.
    ends: bool,
    last_event_id: Option<String>,
    retry: Option<Duration>,
    attempt: u32,
}

/// How a connection came to its end.
enum End {
    Passing(String),
    /// The server ended it in good order.
    Closed,
    Final(ClientError),
    Complete,
    NobodyListens,
}

impl Connection {
    async fn run<E: StreamEvent>(mut self, sender: mpsc::Sender<Item<E>>) {
        let last = loop {
            let opened = Instant::now();
            let reason = match self.connect(&sender).await {
                // As at the end of its access token: nothing is wrong, and the next one takes over.
                End::Closed if self.retry.is_none() && opened.elapsed() > SETTLED => continue,
                End::Closed => "the server closed the stream".to_owned(),
                End::Passing(reason) => reason,
                End::Final(ClientError::Problem(problem)) => break Item::Refused(problem),
                End::Final(_) => break Item::SignedOut,
                End::Complete => break Item::Ended,
                End::NobodyListens => return,
            };
            let retry_in = self.pause();
            if sender.send(Item::Lost { reason, retry_in }).await.is_err() {
                return;
            }
            time::sleep(retry_in).await;
        };
        // Nobody may be listening any more; then there is nobody to tell.
        let _ = sender.send(last).await;
    }

    /// The server's wish or a growing pause, spread so that clients do not come back all at once.
    fn pause(&mut self) -> Duration {
        let base = self
            .retry
            .take()
            .unwrap_or_else(|| (FIRST_PAUSE * 2u32.pow(self.attempt.min(6))).min(MAX_PAUSE));
        self.attempt += 1;
        base.mul_f64(rand::random_range(0.5..1.5))
    }

    async fn connect<E: StreamEvent>(&mut self, sender: &mpsc::Sender<Item<E>>) -> End {
        let response = match self.open().await {
            Ok(response) => response,
            Err(error @ ClientError::SignedOut) => return End::Final(error),
            Err(ClientError::Problem(problem)) if !is_passing(&problem) => {
                return End::Final(ClientError::Problem(problem));
            }
            Err(error) => return End::Passing(error.to_string()),
        };
        if sender.send(Item::Live).await.is_err() {
            return End::NobodyListens;
        }
        self.attempt = 0;
        // The timeout is on the bytes, so that heartbeats count, which are no events.
        let bytes = response.bytes_stream();
        let mut lively = std::pin::pin!(
            futures_util::stream::unfold(Box::pin(bytes), |mut bytes| async move {
                match time::timeout(SILENCE, bytes.next()).await {
                    Ok(Some(Ok(chunk))) => Some((Ok(chunk), bytes)),
                    Ok(Some(Err(error))) => Some((Err(error.to_string()), bytes)),
                    Ok(None) => None,
                    Err(_) => Some((Err("silence".to_owned()), bytes)),
                }
            })
            .eventsource()
        );
        while let Some(event) = lively.next().await {
            let event = match event {
                Ok(event) => event,
                Err(error) => return End::Passing(error.to_string()),
            };
            self.retry = event.retry.or(self.retry);
            if !event.id.is_empty() {
                self.last_event_id = Some(event.id.clone());
            }
            let Some(event) = E::read(&event, &self.client) else { continue };
            let complete = self.ends && event.is_last();
            if sender.send(Item::Event(event)).await.is_err() {
                return End::NobodyListens;
            }
            if complete {
                return End::Complete;
            }
        }
        End::Closed
    }

    async fn open(&self) -> Result<reqwest::Response, ClientError> {
        let signed = match self.access {
            Access::Open => None,
            Access::Signed => Some(self.client.access_token().await?),
        };
        let Some(token) = signed else { return self.send(self.request()).await };
        match self.send(self.request().bearer_auth(token.reveal())).await {
            Err(ClientError::Problem(problem))
                if problem.status == StatusCode::UNAUTHORIZED.as_u16() =>
            {
                let token = self.client.renew(Some(&token)).await?;
                self.send(self.request().bearer_auth(token.reveal())).await
            }
            outcome => outcome,
        }
    }

    fn request(&self) -> RequestBuilder {
        let request = self
            .client
            .request(Method::GET, &self.path)
            .header(header::ACCEPT, "text/event-stream");
        match &self.last_event_id {
            Some(id) => request.header("Last-Event-ID", id),
            None => request,
        }
    }

    /// As the client's own sending, but only the answer's head has a time limit.
    async fn send(&self, request: RequestBuilder) -> Result<reqwest::Response, ClientError> {
        let response = time::timeout(super::CALL_TIMEOUT, request.send())
            .await
            .map_err(|_| ClientError::Offline("no answer in time".to_owned()))?
            .map_err(offline)?;
        if response.status().is_success() { Ok(response) } else { Err(refusal(response).await) }
    }
}

fn is_passing(problem: &Problem) -> bool {
    problem.status >= 500 || problem.status == StatusCode::TOO_MANY_REQUESTS.as_u16()
}
