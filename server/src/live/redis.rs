//! The live state shared by instances through Redis.
//!
//! Commands go over one multiplexed connection that reconnects by itself; news come over a
//! subscription of its own. Each instance sends a heartbeat through the same channel: who does
//! not hear it has lost the connection, however alive it looks.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use artipul_common::AuctionId;
use futures_util::StreamExt;
use redis::{
    AsyncCommands, Client, FromRedisValue, IntoConnectionInfo, RedisError, RedisResult, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use super::{
    Away, Balance, CodeCheck, Count, Holder, LiveResult, News, Pace, Signal, Snapshot, Tries,
    buckets::{Buckets, Taken},
    local::{Local, SNAPSHOT_TTL},
    peers::Peers,
    signed_out::SignedOut,
};
use crate::config::Limit;

/// How long a command may take; longer counts as away.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);
/// How often the channel is tried.
const HEARTBEAT: Duration = Duration::from_millis(400);
/// How often it is told what was taken from the buckets.
const TELL_TAKEN: Duration = Duration::from_millis(200);
/// What one message tells of at most.
const TAKEN: usize = 1_024;
/// Silence on the channel for so long means that news may be missing.
const SILENCE: Duration = Duration::from_millis(1_300);
/// The pause before the next attempt to subscribe.
const RESUBSCRIBE: Duration = Duration::from_millis(200);
/// Snapshots that are kept by one command; Redis does nothing else meanwhile.
const SNAPSHOTS: usize = 256;
/// News that wait for this instance.
const BUFFER: usize = 1_024;

/// The live state in Redis.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    commands: ConnectionManager,
    prefix: Arc<str>,
    /// Tells this instance's own news from those of others.
    origin: u64,
    scripts: Arc<Scripts>,
    listening: Arc<Mutex<bool>>,
    signed_out: Arc<SignedOut>,
    peers: Arc<Peers>,
    buckets: Arc<Buckets>,
    /// Counts while Redis is away.
    fallback: Local,
}

struct Scripts {
    put_snapshots: Script,
    check_code: Script,
    count: Script,
    attempt: Script,
}

/// A message on the channel. On the way it stands behind its sender's [`name`].
#[derive(Serialize, Deserialize)]
enum Message<'a> {
    /// The sender is there.
    Heartbeat,
    News(Cow<'a, [News]>),
    /// Tokens were signed out, each good for so many milliseconds. Whoever hears it says so.
    SignedOut {
        number: u64,
        tokens: Vec<(String, u64)>,
    },
    /// Taken from the sender's buckets.
    Taken(Vec<Taken>),
    /// Heard, to the sender of this name.
    Heard {
        to: u64,
        number: u64,
    },
}

/// What a message begins with.
fn name(origin: u64) -> String {
    format!("{origin:016x}")
}

/// Sender and text of a message.
fn opened(payload: &[u8]) -> Option<(u64, &[u8])> {
    let (name, text) = payload.split_at_checked(16)?;
    Some((u64::from_str_radix(std::str::from_utf8(name).ok()?, 16).ok()?, text))
}

impl From<RedisError> for Away {
    fn from(error: RedisError) -> Self {
        Self(error.to_string())
    }
}

impl Redis {
    /// The live state at `url` (`redis://host:port/database`), under names that begin with
    /// `prefix`. It is not connected to yet.
    ///
    /// # Errors
    /// [`Away`] if `url` is none.
    pub fn new(url: &str, prefix: &str) -> LiveResult<Self> {
        let client = Client::open(url.into_connection_info()?)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_connection_timeout(Some(RESPONSE_TIMEOUT))
            .set_min_delay(Duration::from_millis(50))
            .set_max_delay(Duration::from_millis(500))
            .set_number_of_retries(1);
        Ok(Self {
            commands: ConnectionManager::new_lazy_with_config(client.clone(), config)?,
            client,
            prefix: prefix.into(),
            origin: rand::random(),
            scripts: Arc::new(Scripts::new()),
            listening: Arc::default(),
            signed_out: Arc::new(SignedOut::new(SILENCE)),
            peers: Arc::new(Peers::new(SILENCE)),
            buckets: Arc::default(),
            fallback: Local::default(),
        })
    }

    fn key(&self, kind: &str, name: &str) -> String {
        format!("{}{kind}:{name}", self.prefix)
    }

    fn channel(&self) -> String {
        format!("{}news", self.prefix)
    }

    pub(super) async fn put_snapshots(&self, snapshots: &[&Snapshot]) -> LiveResult<()> {
        for snapshots in snapshots.chunks(SNAPSHOTS) {
            let mut call = self.scripts.put_snapshots.arg(SNAPSHOT_TTL.as_secs());
            for snapshot in snapshots {
                call.key(self.key("auction", &snapshot.state.auction_id.to_string()));
                call.arg(snapshot.state.seq).arg(to_json(snapshot)?);
            }
            call.invoke_async::<()>(&mut self.commands.clone()).await?;
        }
        Ok(())
    }

    pub(super) async fn snapshot(&self, auction: AuctionId) -> LiveResult<Option<Snapshot>> {
        let key = self.key("auction", &auction.to_string());
        let json: Option<String> = self.commands.clone().hget(key, "snapshot").await?;
        // A snapshot that an older or newer version has written is as good as none.
        Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
    }

    pub(super) fn is_alone(&self) -> bool {
        self.peers.are_none()
    }

    pub(super) async fn publish(&self, news: &[News]) -> LiveResult<()> {
        self.send(&Message::News(Cow::Borrowed(news))).await
    }

    async fn send(&self, message: &Message<'_>) -> LiveResult<()> {
        let payload = name(self.origin) + &to_json(message)?;
        Ok(self.commands.clone().publish(self.channel(), payload).await?)
    }

    pub(super) fn listen(&self) -> mpsc::Receiver<Signal> {
        let (sender, receiver) = mpsc::channel(BUFFER);
        let mut listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(!*listening, "an instance listens once");
        *listening = true;
        tokio::spawn(self.clone().listen_until_dropped(sender));
        receiver
    }

    async fn listen_until_dropped(self, signals: mpsc::Sender<Signal>) {
        let heart = tokio::spawn(self.clone().beat());
        let telling = tokio::spawn(self.clone().tell_taken());
        // Until the first message, nothing is heard.
        let mut is_lost = true;
        if signals.send(Signal::Lost).await.is_err() {
            return;
        }
        while !signals.is_closed() {
            if let Err(error) = self.subscription(&signals, &mut is_lost).await {
                tracing::debug!(%error, "the subscription ended");
            }
            self.signed_out.lose();
            self.peers.lose();
            if !is_lost {
                is_lost = true;
                tracing::warn!("no news from other instances: Redis is away");
                if signals.send(Signal::Lost).await.is_err() {
                    break;
                }
            }
            tokio::time::sleep(RESUBSCRIBE).await;
        }
        heart.abort();
        telling.abort();
    }

    /// One subscription, until it breaks or falls silent.
    async fn subscription(
        &self,
        signals: &mpsc::Sender<Signal>,
        is_lost: &mut bool,
    ) -> Result<(), Away> {
        let away = |_| Away("no answer in time".to_owned());
        let mut subscription =
            timeout(SILENCE, self.client.get_async_pubsub()).await.map_err(away)??;
        timeout(SILENCE, subscription.subscribe(self.channel())).await.map_err(away)??;
        let mut messages = subscription.into_on_message();
        // Hearing itself is how an instance knows that it hears.
        let _ = self.send(&Message::Heartbeat).await;
        let mut heard = Instant::now();
        loop {
            let Some(message) = timeout(SILENCE, messages.next()).await.map_err(away)? else {
                return Err(Away("the connection ended".to_owned()));
            };
            // The others may have thought that a process that was stopped is gone.
            if heard.elapsed() > SILENCE {
                return Err(Away("this process was stopped".to_owned()));
            }
            heard = Instant::now();
            if *is_lost {
                *is_lost = false;
                tracing::info!("news from other instances arrive");
                let _ = signals.send(Signal::Restored).await;
            }
            self.signed_out.hear();
            let Some((origin, text)) = opened(message.get_payload_bytes()) else { continue };
            if origin == self.origin {
                self.peers.hear_oneself();
                continue;
            }
            self.peers.hear(origin);
            // Another version's cannot be read; what it is about stands in the database.
            if let Ok(message) = serde_json::from_slice::<Message>(text)
                && let Some(news) = self.take(origin, message)
                && signals.send(Signal::News(news)).await.is_err()
            {
                return Ok(());
            }
        }
    }

    /// Takes a message of another instance; the news in it.
    fn take(&self, origin: u64, message: Message<'_>) -> Option<Vec<News>> {
        match message {
            Message::Heartbeat => {}
            Message::News(news) => return Some(news.into_owned()),
            Message::SignedOut { number, tokens } => {
                let tokens: Vec<_> = tokens
                    .into_iter()
                    .map(|(token, ttl)| (token, Duration::from_millis(ttl)))
                    .collect();
                self.signed_out.add(&tokens);
                let live = self.clone();
                tokio::spawn(async move {
                    // Whoever is not told waits a little longer.
                    let _ = live.send(&Message::Heard { to: origin, number }).await;
                });
            }
            Message::Taken(taken) => self.buckets.take_along(&taken),
            Message::Heard { to, number } if to == self.origin => self.peers.answer(origin, number),
            Message::Heard { .. } => {}
        }
        None
    }

    /// Tells the others of signed-out tokens.
    async fn tell_signed_out(&self, number: u64, tokens: &[(String, Duration)]) -> LiveResult<()> {
        let tokens = tokens
            .iter()
            .map(|(token, ttl)| (token.clone(), u64::try_from(millis(*ttl)).unwrap_or_default()))
            .collect();
        self.send(&Message::SignedOut { number, tokens }).await
    }

    async fn beat(self) {
        let mut beats = interval(HEARTBEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            // Who cannot be reached now is told by the silence.
            let _ = self.send(&Message::Heartbeat).await;
        }
    }

    async fn tell_taken(self) {
        let mut ticks = interval(TELL_TAKEN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for taken in self.buckets.untold().chunks(TAKEN) {
                // Who cannot be reached counts for himself.
                let _ = self.send(&Message::Taken(taken.to_vec())).await;
            }
        }
    }

    pub(super) async fn put_code(&self, name: &str, hash: &str, ttl: Duration) -> LiveResult<()> {
        let key = self.key("code", name);
        redis::pipe()
            .atomic()
            .del(&key)
            .ignore()
            .hset(&key, "hash", hash)
            .ignore()
            .pexpire(&key, millis(ttl))
            .ignore()
            .query_async::<()>(&mut self.commands.clone())
            .await?;
        Ok(())
    }

    pub(super) async fn check_code(
        &self,
        name: &str,
        hash: &str,
        from: &str,
        tries: Tries,
    ) -> LiveResult<CodeCheck> {
        let mut call = self.scripts.check_code.key(self.key("code", name));
        call.arg(hash).arg(from).arg(tries.each).arg(tries.all);
        let answer: i64 = call.invoke_async(&mut self.commands.clone()).await?;
        Ok(match answer {
            1 => CodeCheck::Right,
            0 => CodeCheck::Wrong,
            _ => CodeCheck::Absent,
        })
    }

    pub(super) async fn put_once(&self, name: &str, value: &str, ttl: Duration) -> LiveResult<()> {
        self.put(&self.key("once", name), value, ttl).await
    }

    async fn put(&self, key: &str, value: &str, ttl: Duration) -> LiveResult<()> {
        let mut command = redis::cmd("SET");
        command.arg(key).arg(value).arg("PX").arg(millis(ttl));
        Ok(self.query(&command).await?)
    }

    async fn query<T: FromRedisValue>(&self, command: &redis::Cmd) -> RedisResult<T> {
        command.query_async(&mut self.commands.clone()).await
    }

    pub(super) async fn peek_once(&self, name: &str) -> LiveResult<Option<String>> {
        Ok(self.commands.clone().get(self.key("once", name)).await?)
    }

    pub(super) async fn take_once(&self, name: &str) -> LiveResult<Option<String>> {
        Ok(self.commands.clone().get_del(self.key("once", name)).await?)
    }

    pub(super) async fn revoke(&self, token_id: &str, ttl: Duration) -> LiveResult<()> {
        let tokens = [(token_id.to_owned(), ttl)];
        self.signed_out.add(&tokens);
        let told = self.tell_and_be_heard(&tokens).await;
        if told.is_err() {
            // By then the others know that they hear nothing, and ask.
            tokio::time::sleep(SILENCE).await;
        }
        told
    }

    async fn tell_and_be_heard(&self, tokens: &[(String, Duration)]) -> LiveResult<()> {
        let kept = self.revocations(tokens);
        kept.query_async::<()>(&mut self.commands.clone()).await?;
        let question = self.peers.ask();
        self.tell_signed_out(question.number(), tokens).await?;
        question.answered().await;
        Ok(())
    }

    pub(super) fn revocation_gap(&self) -> Option<u64> {
        self.signed_out.gap()
    }

    pub(super) fn close_revocation_gap(&self, gap: u64, tokens: &[(String, Duration)]) {
        self.signed_out.complete(gap, tokens);
    }

    pub(super) async fn is_any_revoked(
        &self,
        tokens: impl Iterator<Item = &str> + Clone,
    ) -> LiveResult<Option<bool>> {
        if let Some(is_revoked) = self.signed_out.know_any(tokens.clone()) {
            return Ok(Some(is_revoked));
        }
        let mut pipe = redis::pipe();
        for token in tokens.chain([MARK]) {
            pipe.exists(self.key("revoked", token));
        }
        let mut found: Vec<bool> = pipe.query_async(&mut self.commands.clone()).await?;
        let remembers = found.pop().unwrap_or_default();
        let is_revoked = found.contains(&true);
        Ok((is_revoked || remembers).then_some(is_revoked))
    }

    pub(super) async fn remember_revoked(&self, tokens: &[(String, Duration)]) -> LiveResult<()> {
        let mut pipe = self.revocations(tokens);
        let mark = self.key("revoked", MARK);
        pipe.cmd("SET").arg(mark).arg("").arg("PX").arg(millis(MARK_TTL)).ignore();
        Ok(pipe.query_async(&mut self.commands.clone()).await?)
    }

    pub(super) async fn revoke_again(&self, tokens: &[(String, Duration)]) -> LiveResult<bool> {
        // The other instances find them in the database as well.
        self.signed_out.add(tokens);
        let mut pipe = self.revocations(tokens);
        pipe.pexpire(self.key("revoked", MARK), millis(MARK_TTL));
        let (is_whole,): (bool,) = pipe.query_async(&mut self.commands.clone()).await?;
        Ok(is_whole)
    }

    fn revocations(&self, tokens: &[(String, Duration)]) -> redis::Pipeline {
        let mut pipe = redis::pipe();
        for (token, ttl) in tokens {
            let key = self.key("revoked", token);
            pipe.cmd("SET").arg(key).arg("").arg("PX").arg(millis(*ttl)).ignore();
        }
        pipe
    }

    pub(super) async fn count(&self, name: &str, window: Duration) -> Count {
        match self.try_count(name, window).await {
            Ok(count) => count,
            Err(away) => {
                tracing::debug!(%away, "counted within the process");
                self.fallback.count(name, window)
            }
        }
    }

    async fn try_count(&self, name: &str, window: Duration) -> LiveResult<Count> {
        let mut call = self.scripts.count.key(self.key("count", name));
        call.arg(millis(window));
        let (count, left): (u64, i64) = call.invoke_async(&mut self.commands.clone()).await?;
        let resets_in = Duration::from_millis(u64::try_from(left).unwrap_or_default());
        Ok(Count { count, resets_in })
    }

    pub(super) fn take_from(&self, holder: Holder, limit: Limit) -> Balance {
        self.buckets.take(holder, limit)
    }

    pub(super) async fn attempt(&self, names: &[(&str, Pace)]) -> Result<(), Duration> {
        match self.try_attempt(names).await {
            Ok(wait) if wait.is_zero() => Ok(()),
            Ok(wait) => Err(wait),
            Err(away) => {
                tracing::debug!(%away, "counted within the process");
                self.fallback.attempt(names)
            }
        }
    }

    /// How long an attempt has to wait; none if it has begun.
    async fn try_attempt(&self, names: &[(&str, Pace)]) -> LiveResult<Duration> {
        let mut call = self.scripts.attempt.prepare_invoke();
        for (name, pace) in names {
            let Pace { free, first_wait, longest_wait, memory } = *pace;
            call.key(self.key("attempts", name)).key(self.key("wait", name));
            call.arg(free).arg(millis(first_wait)).arg(millis(longest_wait)).arg(millis(memory));
        }
        let wait: u64 = call.invoke_async(&mut self.commands.clone()).await?;
        Ok(Duration::from_millis(wait))
    }

    pub(super) async fn forget_attempts(&self, names: &[&str]) {
        self.fallback.forget_attempts(names);
        let keys =
            names.iter().flat_map(|name| [self.key("attempts", name), self.key("wait", name)]);
        let keys: Vec<String> = keys.collect();
        if let Err(error) = self.commands.clone().del::<_, ()>(keys).await {
            tracing::debug!(%error, "attempts are not forgotten");
        }
    }

    pub(super) async fn ping(&self) -> LiveResult<()> {
        let started = Instant::now();
        let _: String = self.query(&redis::cmd("PING")).await?;
        tracing::trace!(elapsed = ?started.elapsed(), "pinged Redis");
        Ok(())
    }
}

/// Stands beside the signed-out tokens and is lost when they are. No token has this id.
const MARK: &str = "all";
/// How long it stands unless it is renewed. A Redis that comes back with what it had saved before
/// has lost what came later; by then the mark is gone, or the latest tokens are told again.
const MARK_TTL: Duration = Duration::from_secs(8);

fn to_json(value: &impl Serialize) -> LiveResult<String> {
    serde_json::to_string(value).map_err(|error| Away(error.to_string()))
}

fn millis(duration: Duration) -> i64 {
    // Redis refuses an expiry of zero.
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX).max(1)
}

impl Scripts {
    fn new() -> Self {
        Self {
            put_snapshots: Script::new(
                "for i, key in ipairs(KEYS) do
                     local seq, snapshot = ARGV[2 * i], ARGV[2 * i + 1]
                     local kept = tonumber(redis.call('HGET', key, 'seq'))
                     if not kept or kept < tonumber(seq) then
                         redis.call('HSET', key, 'seq', seq, 'snapshot', snapshot)
                         redis.call('EXPIRE', key, ARGV[1])
                     end
                 end",
            ),
            check_code: Script::new(
                "local hash = redis.call('HGET', KEYS[1], 'hash')
                 if not hash then return -1 end
                 local own = 'tries:' .. ARGV[2]
                 if tonumber(redis.call('HGET', KEYS[1], own) or 0) >= tonumber(ARGV[3]) then
                     return -1
                 end
                 redis.call('HINCRBY', KEYS[1], own, 1)
                 local tries = redis.call('HINCRBY', KEYS[1], 'tries', 1)
                 local right = hash == ARGV[1]
                 if right or tries >= tonumber(ARGV[4]) then redis.call('DEL', KEYS[1]) end
                 return right and 1 or 0",
            ),
            count: Script::new(
                "local count = redis.call('INCR', KEYS[1])
                 local left = redis.call('PTTL', KEYS[1])
                 if left < 0 then
                     redis.call('PEXPIRE', KEYS[1], ARGV[1])
                     left = tonumber(ARGV[1])
                 end
                 return {count, left}",
            ),
            attempt: Script::new(
                "local wait = 0
                 for i = 2, #KEYS, 2 do wait = math.max(wait, redis.call('PTTL', KEYS[i])) end
                 if wait > 0 then return wait end
                 for i = 1, #KEYS, 2 do
                     local free, first, longest, memory = unpack(ARGV, 2 * i - 1, 2 * i + 2)
                     local over = redis.call('INCR', KEYS[i]) - free
                     redis.call('PEXPIRE', KEYS[i], memory)
                     if over > 0 then
                         local pause = math.min(first * 2 ^ math.min(over - 1, 40), longest)
                         redis.call('SET', KEYS[i + 1], '', 'PX', string.format('%d', pause))
                     end
                 end
                 return 0",
            ),
        }
    }
}
