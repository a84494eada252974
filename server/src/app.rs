//! The server's parts, wired together here and nowhere else.

use std::{fs::File, io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use artipul_common::accounts::Secret;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use crate::{
    accounts::{Accounts, Social},
    admin::Office,
    config::{Config, JwtSecret, MIN_SECRET_BYTES, Payments, Sms},
    db::{Backend, Db, DbError, houses::Houses, works},
    desk::{Audience, Desk, DeskSettings, Outlet, Remember},
    http::{
        gate::Gate,
        headers::Headers,
        openapi,
        proxies::TrustedProxies,
        quotas::Quotas,
        redirect::{self, Target},
        router::Router,
        routes, serve,
        tls::{Certificate, TlsError},
    },
    jobs,
    live::{Away, Live, News, local::Local, redis::Redis},
    media::{
        Media,
        store::{Store, StoreError},
    },
    outbound,
    parts::{App, GenreTable, Parts},
    recent::Recent,
    sms::{Nhn, SmsSender},
    stream::{hub::Hub, places::Places, publish, sync::Sync},
    telemetry,
    wallet::{Wallets, gateway::Gateway},
};

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or folder.
    #[error("{what}: {error}")]
    File {
        /// Which.
        what: String,
        /// Why.
        error: io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// Another server runs on the embedded store.
    #[error("another server is running on the store in {0}")]
    InUse(String),
    /// The secret is not usable.
    #[error("{0}")]
    Secret(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The place for images.
    #[error(transparent)]
    Images(#[from] StoreError),
    /// What is reached outside.
    #[error("{0}")]
    Outside(String),
    /// The certificate or its key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The live store's address.
    #[error(transparent)]
    Live(#[from] Away),
}

/// What takes the news to the subscribers and to the other instances.
struct Telling {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// How long a server that stops takes to tell the others what it did last.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A running server.
pub struct Server {
    address: SocketAddr,
    /// Where those who come without TLS are sent to it.
    redirect: Option<SocketAddr>,
    speaks_tls: bool,
    app: App,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    jobs: jobs::Jobs,
    telling: Telling,
    /// How long what is under way may take at the end.
    grace: Duration,
    /// Held as long as the server runs on the embedded store.
    _store_lock: Option<File>,
}

impl Server {
    /// Starts a server; it answers as soon as this returns.
    ///
    /// # Errors
    /// As [`StartError`] says.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let file = |what: &Path| {
            let what = what.display().to_string();
            move |error| StartError::File { what, error }
        };
        telemetry::metrics();
        std::fs::create_dir_all(&config.data_dir).map_err(file(&config.data_dir))?;
        let store_lock = lock_store(&config.database)?;
        let secret = secret(&config)?;
        let certificate = config.tls.clone().map(Certificate::open).transpose()?;
        let tls = certificate.as_ref().map(Certificate::acceptor).transpose()?;
        let (listener, address) = listen(config.listen)?;
        let redirecting = config.http_redirect.map(listen).transpose()?;

        let (backend, connections) = (config.database.clone(), config.database_connections);
        let db = tokio::task::spawn_blocking(move || Db::open(backend, connections))
            .await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        let live = match &config.redis_url {
            Some(url) => Live::Redis(Box::new(Redis::new(url, &config.redis_prefix)?)),
            None => Live::Local(Local::default()),
        };
        let (news, receiver) = mpsc::unbounded_channel();
        let app = wire(&config, &secret, db, live, &news).await?;
        let (stop_telling, told_to_stop) = oneshot::channel();
        let hub_and_desk = (app.hub.clone(), app.desk.clone());
        let telling = publish::run(receiver, hub_and_desk, app.live.clone(), told_to_stop);
        let telling = tokio::spawn(telling);
        let sync = Sync {
            hub: app.hub.clone(),
            db: app.db.clone(),
            desk: app.desk.clone(),
            houses: app.houses.clone(),
            recent: app.recent.clone(),
        };
        tokio::spawn(sync.run(app.live.listen()));
        tokio::spawn(app.hub.clone().beat());
        let jobs = jobs::start(&app).await;

        let (stop, stopping) = watch::channel(false);
        let router = Router::new(routes::all(&app), app.recent.clone()).behind(gate(&config, &app));
        let settings = serve::Settings {
            max_connections: config.max_connections,
            header_timeout: config.header_timeout,
            shutdown_grace: config.shutdown_grace,
        };
        let redirect = redirecting.as_ref().map(|(_, address)| *address);
        if let Some((listener, _)) = redirecting {
            let target = target(&config, address);
            let timeout = config.header_timeout;
            tokio::spawn(redirect::redirect(listener, target, timeout, stopping.clone()));
        }
        let watching = certificate.map(|certificate| tokio::spawn(certificate.watch()));
        let speaks_tls = tls.is_some();
        let serving = serve::serve(listener, tls, Arc::new(router), settings, stopping);
        let serving = tokio::spawn(async move {
            serving.await;
            if let Some(watching) = watching {
                watching.abort();
            }
        });
        let telling = Telling { stop: stop_telling, task: telling };
        let grace = config.shutdown_grace;
        Ok(Self {
            address,
            redirect,
            speaks_tls,
            app,
            stop,
            serving,
            jobs,
            telling,
            grace,
            _store_lock: store_lock,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How to reach it from this machine.
    pub fn url(&self) -> String {
        let scheme = if self.speaks_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Where those who come without TLS are sent to it, if anywhere.
    pub fn redirect_address(&self) -> Option<SocketAddr> {
        self.redirect
    }

    /// Its parts.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops: takes no more requests, ends the streams with a hint to come back, and lets what is
    /// under way finish.
    pub async fn stop(self) {
        self.app.hub.close();
        let _ = self.stop.send(true);
        let _ = self.serving.await;
        self.jobs.stop().await;
        // A database that does not answer must not keep the server from stopping.
        if tokio::time::timeout(self.grace, self.app.desk.close()).await.is_err() {
            tracing::warn!("the desk had not finished");
        }
        let Telling { stop, task } = self.telling;
        let _ = stop.send(());
        // Whoever cannot be told reads it from the database.
        let _ = tokio::time::timeout(LAST_WORDS, task).await;
    }
}

async fn wire(
    config: &Config,
    secret: &[u8],
    db: Db,
    live: Live,
    news: &mpsc::UnboundedSender<Vec<News>>,
) -> Result<App, StartError> {
    let house = config.house.clone();
    let houses = db.write(move |conn| Houses::open(conn, &house)).await?;
    let settings = DeskSettings {
        houses: houses.clone(),
        writers: config.desk_writers,
        queue: config.desk_queue,
        batch: config.desk_batch,
    };
    let gateway = match config.payments {
        Payments::Sandbox => Gateway::Sandbox,
    };
    let store = Store::open(&config.images)?;
    let media = Media::new(store, db.clone(), config.data_dir.clone(), config.image_decoders);
    let genres = GenreTable::new(db.read(works::genres).await?);
    let hub = Hub::start();
    let recent = Recent::default();
    let outside = (sms(config)?, Social::new(config).map_err(StartError::Outside)?);
    let outlet = Outlet {
        remember: remember(&hub, &recent),
        audience: audience(&hub, &live),
        news: news.clone(),
    };
    let desk = Desk::start(&db, &settings, &outlet);
    let accounts = Accounts::new(config, secret, (db.clone(), live.clone()), outside);
    let wallets = Wallets::new(db.clone(), gateway, news.clone());
    let parts = Parts {
        office: Office::new(db.clone(), accounts.clone(), desk.clone(), wallets.clone()),
        desk,
        hub,
        recent,
        places: Places::new(config.limit_streams_per_address),
        accounts,
        wallets,
        media,
        genres,
        houses,
        metrics_token: config.metrics_token.clone(),
        is_secure: config.public_url.as_ref().is_some_and(|url| url.starts_with("https:")),
        document: openapi::json(config.public_url.as_deref()).into(),
        ending_soon: chrono::TimeDelta::from_std(config.ending_soon)
            .expect("durations of the configuration fit"),
        db,
        live,
    };
    Ok(App::new(parts))
}

/// How phone codes are sent.
fn sms(config: &Config) -> Result<SmsSender, StartError> {
    let Sms::Nhn(settings) = &config.sms else { return Ok(SmsSender::Log) };
    let needs_tls = settings.url.scheme() == "https";
    let http = outbound::client(config.provider_timeout, needs_tls);
    let nhn = http.and_then(|http| Nhn::new(http, settings.clone()));
    nhn.map(SmsSender::Nhn).map_err(StartError::Outside)
}

/// What stands before the routes.
fn gate(config: &Config, app: &App) -> Gate {
    let hsts = config.hsts.filter(|_| config.is_reached_over_tls());
    Gate {
        proxies: TrustedProxies::new(config.trusted_proxies.clone()),
        quotas: Some(Quotas::new(config, app.live.clone(), app.accounts.clone())),
        headers: Headers::new(hsts, &config.cors_origins),
    }
}

/// Where those are sent who come without TLS.
fn target(config: &Config, address: SocketAddr) -> Target {
    let public_url = config.public_url.as_ref().filter(|url| url.starts_with("https://"));
    public_url.map_or(Target::Port(address.port()), |url| Target::Url(url.clone()))
}

/// Connections that may wait to be accepted: when an auction is about to end, many come at once.
const BACKLOG: u32 = 4_096;

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let listening = || {
        let listener = bind(address)?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    listening().map_err(|error| StartError::Listen { address, error })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that is started again takes the place of the one before at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Takes note of what the desk has committed.
fn remember(hub: &Hub, recent: &Recent) -> Remember {
    let (hub, recent) = (hub.clone(), recent.clone());
    Arc::new(move |news| {
        hub.remember(news);
        recent.forget();
    })
}

/// Whether notices may be heard: by those they are for, here, or through other instances.
fn audience(hub: &Hub, live: &Live) -> Audience {
    let (hub, live) = (hub.clone(), live.clone());
    Arc::new(move |notices| !live.is_alone() || hub.has_any(notices.users()))
}

/// Two servers on one embedded store would each believe to be alone.
fn lock_store(backend: &Backend) -> Result<Option<File>, StartError> {
    let Backend::Sqlite { path } = backend else { return Ok(None) };
    let lock_path = path.with_extension("server");
    let what = lock_path.display().to_string();
    let lock = File::create(&lock_path).map_err(|error| StartError::File { what, error })?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(_) => Err(StartError::InUse(path.display().to_string())),
    }
}

/// The secret that signs access tokens; kept in the data folder where none was given.
fn secret(config: &Config) -> Result<Vec<u8>, StartError> {
    if let JwtSecret::Given(secret) = &config.jwt_secret {
        return Ok(secret.reveal().as_bytes().to_vec());
    }
    if config.redis_url.is_some() {
        tracing::warn!(
            "no jwt-secret is given: only instances with the same data-dir accept each other's tokens"
        );
    }
    let path = config.data_dir.join("secret");
    kept_secret(&path)
        .map_err(|error| StartError::File { what: path.display().to_string(), error })
        .and_then(|secret| {
            if secret.reveal().len() < MIN_SECRET_BYTES {
                let path = path.display();
                let detail = format!("{path} is too short for a secret; remove it to get another");
                return Err(StartError::Secret(detail));
            }
            Ok(secret.reveal().as_bytes().to_vec())
        })
}

fn kept_secret(path: &Path) -> io::Result<Secret> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let read = || std::fs::read_to_string(path).map(|text| Secret::new(text.trim_end()));
    if path.exists() {
        return read();
    }
    let secret = crate::accounts::new_secret();
    // Linked into place when it is whole: two servers that start at once get the same one.
    let unfinished = path.with_extension(format!("{:x}", rand::random::<u64>()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(secret.reveal().as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&unfinished, path);
    std::fs::remove_file(&unfinished)?;
    match linked {
        Ok(()) => Ok(secret),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(),
        Err(error) => Err(error),
    }
}
