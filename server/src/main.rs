//! `artipul-server`: runs the server, audits its database, or appoints administrators.

use std::{io, path::PathBuf, process::ExitCode};

use artipul_server::{
    admin,
    app::Server,
    audit,
    config::{Config, SETTINGS, Sources, variable},
    db::{self, DbError, houses::Houses},
    telemetry,
};
use clap::{Arg, ArgMatches, Command};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};

/// Requests allocate and free many small pieces, on more than one thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let status = runtime.block_on(run());
    // A thread that waits for a database that hangs is not waited for.
    runtime.shutdown_background();
    status
}

/// The threads of the requests: one less than there are cores, since the desk's writers and the
/// streams have threads of their own. If that leaves one, it is this one, with a scheduler of its
/// own, which takes bids from their sockets in the order in which they came. That for several threads
/// begins with the last of those that came together, and whoever bid before it may be too low.
fn runtime() -> io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = match cores.saturating_sub(1) {
        0 | 1 => Builder::new_current_thread(),
        threads => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
    };
    builder.enable_all().build()
}

async fn run() -> ExitCode {
    let matches = command().get_matches();
    let (task, matches) = task(&matches);
    let config = match sources(matches).config() {
        Ok(config) => config,
        Err(errors) => return fail(&errors),
    };
    telemetry::log(config.log_format, &config.log);
    warn_of_flags(matches);
    match task {
        Task::Serve => serve(config).await,
        Task::Audit => run_audit(config).await,
        Task::Appoint { is_admin } => {
            let email = matches.get_one::<String>("email").cloned().unwrap_or_default();
            appoint(config, email, is_admin).await
        }
    }
}

/// What the program is to do.
enum Task {
    Serve,
    Audit,
    Appoint { is_admin: bool },
}

fn task(matches: &ArgMatches) -> (Task, &ArgMatches) {
    match matches.subcommand() {
        Some(("audit", matches)) => (Task::Audit, matches),
        Some(("user", matches)) => match matches.subcommand() {
            Some(("revoke-admin", matches)) => (Task::Appoint { is_admin: false }, matches),
            Some((_, matches)) => (Task::Appoint { is_admin: true }, matches),
            None => unreachable!("clap asks for one of them"),
        },
        _ => (Task::Serve, matches),
    }
}

/// The flags, from the table of settings.
fn command() -> Command {
    let flags = || {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("A TOML file with these settings as keys");
        let settings = SETTINGS.iter().map(|setting| {
            let default = match setting.default {
                "" => String::new(),
                default => format!(" [default: {default}]"),
            };
            Arg::new(setting.name)
                .long(setting.name)
                .value_name("VALUE")
                .help(format!("{}{default}", setting.help))
                .long_help(format!(
                    "{}{default}\nAllowed: {}\nEnvironment: {}",
                    setting.help,
                    setting.allowed,
                    variable(setting.name)
                ))
        });
        std::iter::once(config).chain(settings)
    };
    Command::new("artipul-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Artipul's API server. Without any setting it runs on an embedded store.")
        // A script may add a flag to those of a unit file.
        .args_override_self(true)
        .args(flags())
        .subcommand(
            Command::new("audit")
                .about("Checks every invariant of the database; exit status 1 if one fails")
                .args(flags()),
        )
        .subcommand(
            Command::new("user")
                .about("Accounts with a role")
                .subcommand_required(true)
                .subcommand(
                    Command::new("grant-admin")
                        .about("Makes a user an administrator")
                        .arg(email())
                        .args(flags()),
                )
                .subcommand(
                    Command::new("revoke-admin")
                        .about("Makes an administrator a user again")
                        .arg(email())
                        .args(flags()),
                ),
        )
}

fn email() -> Arg {
    Arg::new("email").value_name("EMAIL").required(true).help("The address of the account")
}

fn sources(matches: &ArgMatches) -> Sources {
    let mut sources = Sources::default();
    if let Some(path) = matches.get_one::<PathBuf>("config") {
        sources = sources.file(path);
    }
    sources = sources.environment(|name| std::env::var_os(name));
    for setting in SETTINGS {
        if let Some(value) = matches.get_one::<String>(setting.name) {
            sources = sources.set(setting.name, value);
        }
    }
    sources
}

/// Settings whose values are secret, or may have a password in them.
const SECRETS: [&str; 5] =
    ["jwt-secret", "metrics-token", "sms-secret-key", "database-url", "redis-url"];

/// Every user of the machine can read the command lines of its processes.
fn warn_of_flags(matches: &ArgMatches) {
    for name in SECRETS {
        let Some(value) = matches.get_one::<String>(name) else { continue };
        let is_address = name.ends_with("url");
        if !is_address || value.contains('@') {
            let variable = variable(name);
            tracing::warn!("--{name} can be read in the list of processes; say it by {variable}");
        }
    }
}

async fn serve(config: Config) -> ExitCode {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return fail(&"signals cannot be handled");
    };
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_default();
    if files < config.max_connections as u64 {
        let max_connections = config.max_connections;
        tracing::warn!(
            files,
            max_connections,
            "the system allows fewer open files than connections"
        );
    }
    let server = match Server::start(config).await {
        Ok(server) => server,
        Err(error) => return fail(&error),
    };
    #[allow(clippy::print_stdout, reason = "the first line tells scripts where the server listens")]
    {
        println!("listening on {}", server.url());
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    server.stop().await;
    ExitCode::SUCCESS
}

async fn run_audit(config: Config) -> ExitCode {
    let audit = tokio::task::spawn_blocking(move || {
        db::inspect(&config.database, |conn| audit::run(conn, &Houses::stored(&config.house)))
    });
    let report = match audit.await {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => return fail(&error),
        Err(error) => return fail(&error),
    };
    #[allow(clippy::print_stdout, reason = "this is what was asked for")]
    {
        for fault in &report.faults {
            println!("{fault}");
        }
        println!(
            "{} auctions, {} bids, {} wallets, {} ledger entries: {}",
            report.auctions,
            report.bids,
            report.wallets,
            report.entries,
            match report.faults.len() {
                0 => "all in order".to_owned(),
                faults => format!("{faults} faults"),
            }
        );
    }
    if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes somebody an administrator, or a user again.
async fn appoint(config: Config, email: String, is_admin: bool) -> ExitCode {
    let sought = email.clone();
    let work =
        move || db::inspect(&config.database, |conn| admin::appoint(conn, &sought, is_admin));
    let has_changed = match tokio::task::spawn_blocking(work).await {
        Ok(Ok(has_changed)) => has_changed,
        Ok(Err(DbError::NotFound)) => return fail(&format!("there is no account {email}")),
        Ok(Err(error)) => return fail(&error),
        Err(error) => return fail(&error),
    };
    let is_now = if is_admin { "an administrator" } else { "no administrator" };
    let already = if has_changed { "now" } else { "already" };
    #[allow(clippy::print_stdout, reason = "this is what was asked for")]
    {
        println!("{email} is {already} {is_now}");
    }
    ExitCode::SUCCESS
}

#[allow(clippy::print_stderr, reason = "there may be no log yet")]
fn fail(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("artipul-server: {error}");
    ExitCode::FAILURE
}
