//! `artipul-server`: runs the server, or audits its database.

use std::{path::PathBuf, process::ExitCode};

use artipul_server::{
    app::Server,
    audit,
    config::{Config, SETTINGS, Sources, variable},
    db::{self, houses::Houses},
    telemetry,
};
use clap::{Arg, ArgMatches, Command};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let matches = command().get_matches();
    let (is_audit, matches) = match matches.subcommand() {
        Some(("audit", matches)) => (true, matches),
        _ => (false, &matches),
    };
    let config = match sources(matches).config() {
        Ok(config) => config,
        Err(errors) => return fail(&errors),
    };
    telemetry::log(config.log_format, &config.log);
    if is_audit { run_audit(config).await } else { serve(config).await }
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

#[allow(clippy::print_stderr, reason = "there may be no log yet")]
fn fail(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("artipul-server: {error}");
    ExitCode::FAILURE
}
