//! Configuration: defaults < file < environment < flags.
//!
//! One table names every setting once; the flags, the environment variables, the keys of the file
//! and the help come from it. Everything is checked together at start, and an error names the
//! setting, where its value came from, and what is allowed.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use artipul_common::accounts::Secret;
use chrono::TimeDelta;
use ipnet::IpNet;

pub use self::values::duration;
use self::values::{
    choice, database, http_url, images, increments, limit, long_enough, networks, or_off, origins,
    path, places, redis, socket_address,
};
use crate::{
    accounts::ProviderSettings, auction::House, db::Backend, media::store::Place, sms::NhnSettings,
};

mod outside;
mod values;

/// One setting, as users know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The flag without dashes, and the file's key.
    pub name: &'static str,
    /// What holds if nothing is said; empty where there is no default or it depends.
    pub default: &'static str,
    /// What values it takes.
    pub allowed: &'static str,
    /// What it does.
    pub help: &'static str,
}

macro_rules! settings {
    ($($name:literal, $default:literal, $allowed:literal, $help:literal;)*) => {
        /// Every setting.
        pub const SETTINGS: &[Setting] = &[
            $(Setting { name: $name, default: $default, allowed: $allowed, help: $help },)*
        ];
    };
}

settings! {
    "listen", "127.0.0.1:7410", "ADDRESS:PORT; port 0 picks a free one",
        "Where to listen";
    "data-dir", "", "a folder; it is created",
        "Where the embedded store, images and the secret are kept (default: artipul in the user's data folder)";
    "images-url", "", "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, file:///FOLDER or memory:///",
        "Where images are kept; buckets take their credentials from the environment (default: images in the data folder)";
    "image-decoders", "1", "1 to 64",
        "Images that are decoded at the same time; the largest take some 600 MB of memory each";
    "database-url", "", "mysql://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:PATH",
        "The database (default: SQLite in the data folder)";
    "redis-url", "", "redis://HOST:PORT/DATABASE",
        "The live state shared by instances (default: within the process)";
    "redis-prefix", "artipul:", "a text",
        "How names in Redis begin";
    "jwt-secret", "", "at least 32 bytes",
        "Signs access tokens; the same for all instances (default: created in the data folder)";
    "jwt-secret-file", "", "a file",
        "The file that has the secret";
    "public-url", "", "http://... or https://...",
        "How clients reach the server; named in the OpenAPI document (default: wherever they have the document from)";
    "trusted-proxies", "", "ADDRESS or ADDRESS/BITS, ..., ...",
        "Proxies whose X-Forwarded-For is believed (default: none)";
    "tls-certificate", "", "a PEM file with the certificate and those above it",
        "The server's certificate for TLS; read again when it changes (default: no TLS)";
    "tls-key", "", "a PEM file",
        "The key of the certificate";
    "http-redirect", "", "ADDRESS:PORT",
        "Where to send those who come without TLS to it (default: nowhere)";
    "hsts", "730d", "a duration, or off",
        "For how long browsers are told to use nothing but TLS, where it is used";
    "cors-origins", "", "https://HOST, ..., ...",
        "Origins whose pages may call the API from browsers (default: none)";
    "sms", "log", "log or nhn",
        "How phone codes are sent: into the log, or by NHN Cloud";
    "sms-app-key", "", "a text",
        "The app key at NHN Cloud SMS";
    "sms-secret-key", "", "a text",
        "The secret key of that app";
    "sms-secret-key-file", "", "a file",
        "The file that has the secret key";
    "sms-sender", "", "digits",
        "The registered number that text messages come from";
    "sms-url", "https://sms.api.nhncloudservice.com", "https://...",
        "Where NHN Cloud SMS is";
    "social-file", "", "a TOML file",
        "Whose accounts people may sign in with; needs a public-url (default: nobody's)";
    "provider-timeout", "8s", "a duration",
        "How long those who send text messages or sign people in may take to answer";
    "payments", "sandbox", "sandbox",
        "How points are paid";
    "log-format", "text", "text or json",
        "How log lines look";
    "log", "info", "a level, or directives like warn,artipul_server=debug",
        "What is logged";
    "metrics-token", "", "at least 32 bytes",
        "What collectors of /metrics send as a bearer token (default: only this machine may ask, and not through a proxy)";
    "database-connections", "8", "1 to 256",
        "Connections to the database for reading, and as many for writing on MySQL";
    "desk-writers", "", "1 to 64",
        "Transactions of bids at the same time, on MySQL (default: 2, or 1 on a machine with only two cores)";
    "desk-queue", "4096", "1 to 1000000",
        "Bids that may wait for each of them before the server says that it is busy";
    "desk-batch", "512", "1 to 10000",
        "Bids of one transaction";
    "max-connections", "10000", "1 to 1000000",
        "Client connections at the same time";
    "header-timeout", "10s", "a duration",
        "How long a client may take for a request's head, and for its body; a second more for each 64 KiB of it";
    "shutdown-grace", "10s", "a duration",
        "How long requests under way may take when the server stops";
    "access-token-ttl", "15m", "a duration",
        "How long an access token is good";
    "refresh-token-ttl", "30d", "a duration",
        "How long a session can be renewed";
    "bcrypt-cost", "12", "4 to 31",
        "How much work a password's hash is";
    "phone-code-ttl", "3m", "a duration",
        "How long a phone code is good";
    "limit-phone-codes", "5/1h", "COUNT/DURATION",
        "Codes to one phone";
    "limit-phone-codes-per-address", "20/1h", "COUNT/DURATION",
        "Codes asked for from one address";
    "limit-sign-ins", "10/10m", "COUNT/DURATION",
        "Attempts to sign in to one account";
    "limit-sign-ins-per-address", "100/10m", "COUNT/DURATION",
        "Attempts to sign in from one address";
    "limit-phone-codes-a-day", "15/1d", "COUNT/DURATION",
        "Codes to one phone, in the long run";
    "limit-phone-codes-per-address-a-day", "100/1d", "COUNT/DURATION",
        "Codes asked for from one address, in the long run";
    "limit-reads", "12000/1m", "COUNT/DURATION, or off",
        "Requests of one user that change nothing";
    "limit-reads-per-address", "12000/1m", "COUNT/DURATION, or off",
        "The same from one address, of all who are not signed in";
    "limit-bids", "600/1m", "COUNT/DURATION, or off",
        "Bids and purchases of one user";
    "limit-bids-per-address", "6000/1m", "COUNT/DURATION, or off",
        "Bids and purchases from one address";
    "limit-writes", "6000/1m", "COUNT/DURATION, or off",
        "Other changes of one user";
    "limit-writes-per-address", "3000/1m", "COUNT/DURATION, or off",
        "The same from one address, of all who are not signed in";
    "limit-streams-per-address", "1000", "1 to 1000000, or off",
        "Streams to one address at the same time, of each instance";
    "min-duration", "10m", "a duration",
        "The shortest auction";
    "max-duration", "60d", "a duration",
        "The longest auction";
    "soft-close", "3m", "a duration",
        "A bid with less than this left moves the end to this much after itself";
    "max-extension", "60m", "a duration",
        "How far late bids may move the end in all";
    "increments", "50000:1000,100000:2000,300000:5000,1000000:10000,3000000:50000,5000000:100000,10000000:200000,500000",
        "BOUND:STEP,...,STEP",
        "By how much a challenger goes over the price: below each bound its step, then the last";
    "ending-soon", "10m", "a duration",
        "How long before its end the followers of an auction are told";
}

/// How phone codes are sent.
#[derive(Debug, Clone)]
pub enum Sms {
    /// Into the log.
    Log,
    /// By NHN Cloud.
    Nhn(NhnSettings),
}

/// How points are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payments {
    /// Granted at once.
    Sandbox,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// So many within a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: u64,
    /// Within what.
    pub window: Duration,
}

/// What the server shows to be reached over TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those above it.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Where the secret of access tokens comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwtSecret {
    /// Said in the configuration.
    Given(Secret),
    /// Read from a file of the data folder, which is created if it is not there.
    Kept,
}

/// The configuration of a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where files are kept.
    pub data_dir: PathBuf,
    /// Where images are kept.
    pub images: Place,
    /// Images that are decoded at the same time.
    pub image_decoders: usize,
    /// The database.
    pub database: Backend,
    /// The shared live state, if there is one.
    pub redis_url: Option<String>,
    /// How names in Redis begin.
    pub redis_prefix: String,
    /// Signs access tokens.
    pub jwt_secret: JwtSecret,
    /// How clients reach the server, if that was said.
    pub public_url: Option<String>,
    /// The proxies that say whom they speak for.
    pub trusted_proxies: Vec<IpNet>,
    /// The certificate and its key, if the server speaks TLS.
    pub tls: Option<TlsFiles>,
    /// Where to listen for those who come without TLS.
    pub http_redirect: Option<SocketAddr>,
    /// For how long browsers are told to use nothing but TLS.
    pub hsts: Option<Duration>,
    /// The origins whose pages may call the API.
    pub cors_origins: Vec<String>,
    /// How phone codes are sent.
    pub sms: Sms,
    /// With whose accounts people may sign in.
    pub social: Vec<ProviderSettings>,
    /// How long those who send text messages or sign people in may take to answer.
    pub provider_timeout: Duration,
    /// How points are paid.
    pub payments: Payments,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
    /// What collectors of the metrics show.
    pub metrics_token: Option<Secret>,
    /// Connections to the database.
    pub database_connections: u32,
    /// Transactions of bids at the same time.
    pub desk_writers: usize,
    /// Bids that may wait for each of them.
    pub desk_queue: usize,
    /// Bids of one transaction.
    pub desk_batch: usize,
    /// Client connections at the same time.
    pub max_connections: usize,
    /// How long a client may take for a request's head and body.
    pub header_timeout: Duration,
    /// How long requests under way may take at the end.
    pub shutdown_grace: Duration,
    /// How long an access token is good.
    pub access_token_ttl: Duration,
    /// How long a session can be renewed.
    pub refresh_token_ttl: Duration,
    /// How much work a password's hash is.
    pub bcrypt_cost: u32,
    /// How long a phone code is good.
    pub phone_code_ttl: Duration,
    /// Codes to one phone.
    pub limit_phone_codes: Limit,
    /// Codes asked for from one address.
    pub limit_phone_codes_per_address: Limit,
    /// Attempts to sign in to one account.
    pub limit_sign_ins: Limit,
    /// Attempts to sign in from one address.
    pub limit_sign_ins_per_address: Limit,
    /// Codes to one phone, in the long run.
    pub limit_phone_codes_a_day: Limit,
    /// Codes asked for from one address, in the long run.
    pub limit_phone_codes_per_address_a_day: Limit,
    /// Requests of one user that change nothing.
    pub limit_reads: Option<Limit>,
    /// The same from one address, of all who are not signed in.
    pub limit_reads_per_address: Option<Limit>,
    /// Bids and purchases of one user.
    pub limit_bids: Option<Limit>,
    /// Bids and purchases from one address.
    pub limit_bids_per_address: Option<Limit>,
    /// Other changes of one user.
    pub limit_writes: Option<Limit>,
    /// The same from one address, of all who are not signed in.
    pub limit_writes_per_address: Option<Limit>,
    /// Streams to one address at the same time.
    pub limit_streams_per_address: Option<usize>,
    /// The rules' settings.
    pub house: House,
    /// How long before its end the followers of an auction are told.
    pub ending_soon: Duration,
}

impl Config {
    /// Whether clients reach the server over TLS, its own or a proxy's.
    pub fn is_reached_over_tls(&self) -> bool {
        let is_public = self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        self.tls.is_some() || is_public
    }
}

/// Why a configuration is none: every complaint, one per line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Default,
    File(PathBuf),
    Environment(String),
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::Flag(name) => write!(f, "the flag {name}"),
        }
    }
}

/// The values of settings from all places, the strongest of each.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    values: BTreeMap<&'static str, (String, Origin)>,
    errors: Vec<String>,
}

/// The environment variable of a setting.
pub fn variable(name: &str) -> String {
    format!("ARTIPUL_{}", name.to_uppercase().replace('-', "_"))
}

impl Sources {
    /// Adds a value of a setting from the program itself, as strong as a flag.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.put(name, value.into(), Origin::Flag(format!("--{name}")));
        self
    }

    /// Adds a file's values: TOML, with the settings' names as keys.
    #[must_use]
    pub fn file(mut self, path: &Path) -> Self {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                self.errors.push(format!("the file {}: {error}", path.display()));
                return self;
            }
        };
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                // The whole error would show the line, and a secret that stands in it.
                let before = error.span().and_then(|span| text.get(..span.start));
                let line = before.unwrap_or_default().matches('\n').count() + 1;
                let error = error.message();
                self.errors.push(format!("the file {}, line {line}: {error}", path.display()));
                return self;
            }
        };
        for (key, value) in table {
            let name = key.replace('_', "-");
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
                self.errors.push(format!("the file {}: there is no setting {key}", path.display()));
                continue;
            };
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                other => {
                    let kind = other.type_str();
                    let path = path.display();
                    self.errors.push(format!(
                        "the file {path}: {key} must be a text or a number, not {kind}"
                    ));
                    continue;
                }
            };
            self.put(setting.name, value, Origin::File(path.to_owned()));
        }
        self
    }

    /// Adds the environment's values.
    #[must_use]
    pub fn environment(mut self, get: impl Fn(&str) -> Option<OsString>) -> Self {
        for setting in SETTINGS {
            let name = variable(setting.name);
            match get(&name).map(OsString::into_string) {
                None => {}
                Some(Ok(value)) => self.put(setting.name, value, Origin::Environment(name)),
                Some(Err(_)) => {
                    self.errors.push(format!("the environment variable {name} is not UTF-8"));
                }
            }
        }
        self
    }

    fn put(&mut self, name: &'static str, value: String, origin: Origin) {
        self.values.insert(name, (value, origin));
    }

    /// The configuration, or everything that is wrong with it.
    ///
    /// # Errors
    /// [`ConfigError`] with one complaint per setting.
    pub fn config(self) -> Result<Config, ConfigError> {
        Reader { sources: self }.read()
    }
}

struct Reader {
    sources: Sources,
}

impl Reader {
    /// The value of a setting and where it came from; none where nothing is said.
    fn text(&self, name: &str) -> Option<(String, Origin)> {
        if let Some(value) = self.sources.values.get(name) {
            return Some(value.clone());
        }
        let default = setting(name).default;
        (!default.is_empty()).then(|| (default.to_owned(), Origin::Default))
    }

    fn complain(&mut self, name: &str, origin: &Origin, value: &str, detail: &str) {
        let allowed = setting(name).allowed;
        // A secret is not repeated where it could be read.
        let value = if name.contains("secret") || name.ends_with("token") || name.ends_with("url") {
            "its value"
        } else {
            value
        };
        let complaint = format!("{name} (from {origin}): {value} {detail}; allowed: {allowed}");
        self.sources.errors.push(complaint);
    }

    fn optional<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let (value, origin) = self.text(name)?;
        match parse(&value) {
            Ok(parsed) => Some(parsed),
            Err(detail) => {
                self.complain(name, &origin, &value, &detail);
                None
            }
        }
    }

    /// A setting with a default; while there are complaints, what it gives does not matter.
    fn required<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        let parsed = self.optional(name, &parse);
        parsed.unwrap_or_else(|| {
            let default = setting(name).default;
            parse(default).unwrap_or_else(|error| panic!("the default of {name}: {error}"))
        })
    }

    fn number<T: TryFrom<u64>>(&mut self, name: &str, range: RangeInclusive<u64>) -> T {
        self.required(name, |text| whole_number(text, &range))
    }

    fn duration(&mut self, name: &str) -> Duration {
        self.required(name, duration)
    }

    fn delta(&mut self, name: &str) -> TimeDelta {
        self.required(name, |text| {
            TimeDelta::from_std(duration(text)?).map_err(|_| "is too long".to_owned())
        })
    }

    fn read(mut self) -> Result<Config, ConfigError> {
        let data_dir = self.optional("data-dir", path).unwrap_or_else(default_data_dir);
        let database = self
            .optional("database-url", database)
            .unwrap_or_else(|| Backend::Sqlite { path: data_dir.join("artipul.sqlite3") });
        let images = self
            .optional("images-url", images)
            .unwrap_or_else(|| Place::Folder(data_dir.join("images")));
        let config = Config {
            listen: self.required("listen", socket_address),
            images,
            image_decoders: self.number("image-decoders", 1..=64),
            database,
            redis_url: self.optional("redis-url", redis),
            redis_prefix: self.required("redis-prefix", |text| Ok(text.to_owned())),
            jwt_secret: self.secret(),
            public_url: self.optional("public-url", http_url),
            trusted_proxies: self.optional("trusted-proxies", networks).unwrap_or_default(),
            tls: self.tls(),
            http_redirect: self.optional("http-redirect", socket_address),
            hsts: self.required("hsts", |text| or_off(text, duration)),
            cors_origins: self.optional("cors-origins", origins).unwrap_or_default(),
            sms: self.sms(),
            social: self.social(),
            provider_timeout: self.duration("provider-timeout"),
            payments: self
                .required("payments", |text| choice(text, &[("sandbox", Payments::Sandbox)])),
            log_format: self.required("log-format", |text| {
                choice(text, &[("text", LogFormat::Text), ("json", LogFormat::Json)])
            }),
            log: self.required("log", |text| {
                tracing_subscriber::EnvFilter::try_new(text)
                    .map(|_| text.to_owned())
                    .map_err(|error| format!("is no filter ({error})"))
            }),
            metrics_token: self.optional("metrics-token", long_enough),
            database_connections: self.number("database-connections", 1..=256),
            desk_writers: self
                .optional("desk-writers", |text| whole_number(text, &(1..=64)))
                .unwrap_or_else(usual_writers),
            desk_queue: self.number("desk-queue", 1..=1_000_000),
            desk_batch: self.number("desk-batch", 1..=10_000),
            max_connections: self.number("max-connections", 1..=1_000_000),
            header_timeout: self.duration("header-timeout"),
            shutdown_grace: self.duration("shutdown-grace"),
            access_token_ttl: self.duration("access-token-ttl"),
            refresh_token_ttl: self.duration("refresh-token-ttl"),
            bcrypt_cost: self.number("bcrypt-cost", 4..=31),
            phone_code_ttl: self.duration("phone-code-ttl"),
            limit_phone_codes: self.required("limit-phone-codes", limit),
            limit_phone_codes_per_address: self.required("limit-phone-codes-per-address", limit),
            limit_sign_ins: self.required("limit-sign-ins", limit),
            limit_sign_ins_per_address: self.required("limit-sign-ins-per-address", limit),
            limit_phone_codes_a_day: self.required("limit-phone-codes-a-day", limit),
            limit_phone_codes_per_address_a_day: self
                .required("limit-phone-codes-per-address-a-day", limit),
            limit_reads: self.limit_or_off("limit-reads"),
            limit_reads_per_address: self.of_address("limit-reads-per-address", limit),
            limit_bids: self.limit_or_off("limit-bids"),
            limit_bids_per_address: self.of_address("limit-bids-per-address", limit),
            limit_writes: self.limit_or_off("limit-writes"),
            limit_writes_per_address: self.of_address("limit-writes-per-address", limit),
            limit_streams_per_address: self.of_address("limit-streams-per-address", places),
            house: House {
                increments: self.required("increments", increments),
                min_duration: self.delta("min-duration"),
                max_duration: self.delta("max-duration"),
                soft_close: self.delta("soft-close"),
                max_extension: self.delta("max-extension"),
            },
            ending_soon: self.duration("ending-soon"),
            data_dir,
        };
        if config.house.min_duration > config.house.max_duration {
            let complaint = "min-duration must not be longer than max-duration".to_owned();
            self.sources.errors.push(complaint);
        }
        if config.http_redirect.is_some() && !config.is_reached_over_tls() {
            let complaint = "http-redirect needs tls-certificate and tls-key, or a public-url \
                that begins with https://";
            self.sources.errors.push(complaint.to_owned());
        }
        if self.sources.errors.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(self.sources.errors))
        }
    }

    fn limit_or_off(&mut self, name: &str) -> Option<Limit> {
        self.required(name, |text| or_off(text, limit))
    }

    /// A limit of addresses: where they tell nobody from another, only if it was asked for.
    fn of_address<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let is_asked_for = self.sources.values.contains_key(name);
        let limit = self.required(name, |text| or_off(text, &parse));
        limit.filter(|_| is_asked_for || !self.is_private())
    }

    /// Whether only this machine reaches the server, and no proxy on it for others: then everybody
    /// has the same address.
    fn is_private(&self) -> bool {
        let is_said = |name| self.sources.values.contains_key(name);
        let listen = self.text("listen").and_then(|(text, _)| text.parse::<SocketAddr>().ok());
        listen.is_some_and(|address| address.ip().is_loopback())
            && !is_said("trusted-proxies")
            && !is_said("public-url")
    }

    fn tls(&mut self) -> Option<TlsFiles> {
        let certificate = self.optional("tls-certificate", path);
        let key = self.optional("tls-key", path);
        if certificate.is_some() != key.is_some() {
            let complaint = "tls-certificate and tls-key: both of them or none".to_owned();
            self.sources.errors.push(complaint);
        }
        let (certificate, key) = certificate.zip(key)?;
        Some(TlsFiles { certificate, key })
    }

    fn secret(&mut self) -> JwtSecret {
        let given = self.optional("jwt-secret", long_enough);
        let from_file = self.optional("jwt-secret-file", |path| {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("cannot be read ({error})"))?;
            long_enough(text.trim_end())
        });
        if given.is_some() && from_file.is_some() {
            let complaint = "jwt-secret and jwt-secret-file: only one of them".to_owned();
            self.sources.errors.push(complaint);
        }
        given.or(from_file).map_or(JwtSecret::Kept, JwtSecret::Given)
    }
}

fn setting(name: &str) -> &'static Setting {
    let found = SETTINGS.iter().find(|setting| setting.name == name);
    found.expect("every name that is read stands in the table")
}

fn whole_number<T: TryFrom<u64>>(text: &str, range: &RangeInclusive<u64>) -> Result<T, String> {
    let number: u64 = text.parse().map_err(|_| "is no whole number".to_owned())?;
    if !range.contains(&number) {
        return Err("is out of range".to_owned());
    }
    T::try_from(number).map_err(|_| "is out of range".to_owned())
}

/// Two, which overlap while one of them waits for the disk; where requests and the database leave a
/// core for one of them at most, two only make each other's transactions smaller.
fn usual_writers() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores > 2 { 2 } else { 1 }
}

fn default_data_dir() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
    let base = set("XDG_DATA_HOME").map(PathBuf::from).unwrap_or_else(|| {
        set("HOME")
            .map_or_else(|| PathBuf::from("."), |home| PathBuf::from(home).join(".local/share"))
    });
    base.join("artipul")
}

/// The least length of the secret that signs access tokens: that of its hash.
pub const MIN_SECRET_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(sources: Sources) -> Vec<String> {
        sources.config().expect_err("it is wrong").0
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\njwt-secret = \"a-long-secret\n").unwrap();
        let told = complaints(Sources::default().file(&path)).join("\n");
        assert!(told.contains("line 2") && !told.contains("a-long-secret"), "{told}");
    }

    #[test]
    fn every_default_is_allowed() {
        let config = Sources::default().config().unwrap();
        assert_eq!(config.house, House::default());
        assert_eq!(config.listen.port(), 7410);
        assert!(matches!(config.database, Backend::Sqlite { .. }));
    }

    #[test]
    fn the_readme_has_every_setting() {
        let readme = include_str!("../../README.md");
        for Setting { name, default, help, .. } in SETTINGS {
            let default = match *default {
                "" => String::new(),
                default => format!("`{default}`"),
            };
            let row = format!("| `--{name}` | {default} | {help} |");
            assert!(readme.contains(&row), "missing in README.md:\n{row}");
        }
    }

    #[test]
    fn the_example_for_operators_is_understood_also_where_it_is_commented_out() {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/server.toml.example");
        let text = std::fs::read_to_string(example).unwrap();
        let config = Sources::default().file(Path::new(example)).config().unwrap();
        assert!(config.redis_url.is_some() && !config.trusted_proxies.is_empty());
        let is_setting = |line: &str| {
            let name = line.split(" = ").next().unwrap_or_default();
            SETTINGS.iter().any(|setting| setting.name == name)
        };
        let lines = text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line));
        let all: Vec<&str> = lines.filter(|line| is_setting(line)).collect();
        assert!(all.len() > text.lines().filter(|line| is_setting(line)).count());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.toml");
        std::fs::write(&path, all.join("\n")).unwrap();
        Sources::default().file(&path).config().unwrap();
    }

    #[test]
    fn the_unit_for_operators_starts_the_server_with_flags_that_there_are() {
        let unit = include_str!("../../deploy/artipul-server@.service");
        let start = unit.split("ExecStart=").nth(1).unwrap().split("\n#").next().unwrap();
        let flags: Vec<&str> =
            start.split_whitespace().filter_map(|word| word.strip_prefix("--")).collect();
        assert!(flags.contains(&"listen"));
        for flag in flags {
            let is_flag = SETTINGS.iter().any(|setting| setting.name == flag);
            assert!(is_flag || flag == "config", "{flag}");
        }
    }

    #[test]
    fn where_everybody_has_the_same_address_no_limit_of_addresses_is_taken_for_granted() {
        let limits = |sources: Sources| {
            let config = sources.config().unwrap();
            (config.limit_bids_per_address.is_some(), config.limit_streams_per_address.is_some())
        };
        let here = || Sources::default();
        assert_eq!(limits(here()), (false, false));
        assert_eq!(limits(here().set("limit-bids-per-address", "5/1s")), (true, false));
        for (name, value) in [
            ("listen", "0.0.0.0:7410"),
            ("trusted-proxies", "127.0.0.1"),
            ("public-url", "https://artipul.example"),
        ] {
            assert_eq!(limits(here().set(name, value)), (true, true), "{name}");
        }
        assert!(here().config().unwrap().limit_bids.is_some(), "users are limited everywhere");
    }

    #[test]
    fn a_stronger_place_wins() {
        let path = std::env::temp_dir().join(format!("artipul-config-{}.toml", std::process::id()));
        std::fs::write(&path, "listen = '127.0.0.1:1'\nbcrypt_cost = 5\nlog-format = 'json'")
            .unwrap();
        let environment = |name: &str| match name {
            "ARTIPUL_LISTEN" => Some(OsString::from("127.0.0.1:2")),
            "ARTIPUL_BCRYPT_COST" => Some(OsString::from("6")),
            _ => None,
        };
        let sources = Sources::default().file(&path).environment(environment);
        let config = sources.set("bcrypt-cost", "7").config().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.bcrypt_cost, 7);
        assert_eq!(config.log_format, LogFormat::Json);
    }

    #[test]
    fn a_complaint_names_setting_origin_and_what_is_allowed() {
        let environment =
            |name: &str| (name == "ARTIPUL_LISTEN").then(|| OsString::from("nonsense"));
        let complaint = complaints(Sources::default().environment(environment)).remove(0);
        for part in ["listen", "ARTIPUL_LISTEN", "nonsense", "ADDRESS:PORT"] {
            assert!(complaint.contains(part), "{complaint}");
        }
    }

    #[test]
    fn all_complaints_come_at_once() {
        let sources = Sources::default()
            .set("listen", "here")
            .set("bcrypt-cost", "99")
            .set("database-url", "postgres://a/b")
            .set("images-url", "ftp://a/b")
            .set("image-decoders", "0")
            .set("redis-url", "http://a")
            .set("jwt-secret", "short")
            .set("soft-close", "soon")
            .set("increments", "5:5")
            .set("limit-sign-ins", "many")
            .set("limit-reads", "none")
            .set("trusted-proxies", "here")
            .set("cors-origins", "*")
            .set("tls-key", "key.pem")
            .set("log", "=,=");
        assert_eq!(complaints(sources).len(), 15);
    }

    #[test]
    fn secrets_are_not_in_complaints() {
        let sources = Sources::default()
            .set("jwt-secret", "hunter2")
            .set("metrics-token", "hunter2")
            .set("database-url", "mysql://me:hunter2@host:1/");
        for complaint in complaints(sources) {
            assert!(!complaint.contains("hunter2"), "{complaint}");
        }
    }
}
