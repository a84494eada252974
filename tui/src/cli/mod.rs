//! The command line: what was asked for, and with which server and session.
//!
//! Each subcommand is a module named after it. Without one, the interactive client starts. What a
//! command says goes through [`output`], how it ends through [`exit`]; `docs/scripts.md` has both
//! for those who write scripts.

mod account;
mod admin;
mod amount;
mod artist;
mod ask;
mod auction;
mod bid;
mod browse;
mod buy;
mod cancel;
mod charge;
mod command;
mod connection;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod edit;
mod error;
mod exit;
mod follow;
mod genres;
mod help;
mod history;
mod images;
mod korean;
mod list;
mod login;
mod logout;
mod manual;
mod mine;
mod misread;
mod notices;
mod once;
mod output;
mod page;
mod picture;
mod profile;
mod relist;
mod sell;
mod show;
mod signal;
mod signup;
mod social;
mod terms;
mod wallet;
mod watch;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use artipul_common::{
    accounts::Secret,
    client::{Client, tokens::FixedToken},
};
use clap::FromArgMatches;
use serde_json::json;

use self::{
    command::{Cli, Command},
    error::CliError,
    exit::Exit,
    output::Printer,
    picture::PictureArgs,
};
use crate::{
    app::{self, Options},
    config::{Config, session_directory},
    i18n::Lang,
    session::FileTokens,
};

pub use self::help::command;

/// What a command works with.
#[derive(Clone)]
struct Context {
    client: Client,
    lang: Lang,
    printer: Printer,
    /// Whether addresses are opened in a browser.
    opens_browser: bool,
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = match read(Lang::En) {
        Ok(cli) => cli,
        Err(error) => return misread(error),
    };
    let printer = Printer::new(cli.json);
    let environment = Lang::of_environment(|name| std::env::var(name).ok());
    let mut lang = cli.lang.unwrap_or(environment);
    let mut config = Config::load(cli.server.clone(), cli.lang);
    if let Ok(config) = &mut config {
        config.images = cli.images.unwrap_or(config.images);
        lang = config.lang;
    }
    let outcome = begin(cli, config, lang, printer);
    outcome.unwrap_or_else(|error| fail(printer, lang, &error)).into()
}

/// Reads the command line; what it asks for to be told is told in this language.
fn read(lang: Lang) -> Result<Cli, clap::Error> {
    command(lang).try_get_matches().and_then(|found| Cli::from_arg_matches(&found))
}

/// The language of a command line that only asks for help.
fn spoken() -> Lang {
    let environment = Lang::of_environment(|name| std::env::var(name).ok());
    let words: Vec<_> = std::env::args().collect();
    let flag = words.iter().position(|word| word == "--lang").and_then(|at| words.get(at + 1));
    let joined = words.iter().find_map(|word| word.strip_prefix("--lang="));
    let asked = flag.map(String::as_str).or(joined);
    let asked = asked.and_then(|word| <Lang as clap::ValueEnum>::from_str(word, true).ok());
    asked.or_else(|| Some(Config::load(None, None).ok()?.lang)).unwrap_or(environment)
}

/// A command line that cannot be read, or that asks for help: told in the language of whoever has
/// written it. Documents have no language of their own.
fn misread(english: clap::Error) -> ExitCode {
    let is_wrong = english.use_stderr();
    // The line could not be read, so it is not known better whether documents are wanted.
    if is_wrong && std::env::args_os().any(|argument| argument == "--json") {
        let message = english.to_string();
        let first = message.lines().take_while(|line| !line.is_empty()).map(str::trim);
        let message = first.collect::<Vec<_>>().join(" ");
        let message = message.trim_start_matches("error: ");
        Printer::new(true).refusal(&json!({ "code": "usage", "message": message }));
    }
    let _ = match spoken() {
        Lang::En => english.print(),
        Lang::Ko => {
            let told = read(Lang::Ko).err().unwrap_or(english);
            if is_wrong { told.apply::<misread::InKorean>().print() } else { told.print() }
        }
    };
    if is_wrong { Exit::Usage.into() } else { Exit::Done.into() }
}

/// Whoever has closed the output has read enough.
fn fail(printer: Printer, lang: Lang, error: &CliError) -> Exit {
    if error.is_broken_pipe() {
        return Exit::Done;
    }
    printer.failure(lang, error);
    error.exit()
}

fn begin(
    cli: Cli,
    config: Result<Config, crate::config::ConfigError>,
    lang: Lang,
    printer: Printer,
) -> Result<Exit, CliError> {
    // These need no server.
    match &cli.command {
        Some(Command::Completions(args)) => {
            return manual::completions(printer, command(lang), args);
        }
        Some(Command::Man(args)) => return manual::man(printer, lang, command(lang), args),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        if let Some(Command::Doctor) = &cli.command {
            let client = config.as_ref().ok().and_then(|config| client(config).ok());
            return doctor::run(printer, lang, config.as_ref(), client.as_ref()).await;
        }
        run(cli, config?, printer).await
    });
    // Requests that nobody waits for any more must not hold up the way out.
    runtime.shutdown_background();
    outcome
}

async fn run(cli: Cli, config: Config, printer: Printer) -> Result<Exit, CliError> {
    let lang = config.lang;
    let Some(command) = cli.command else {
        let client = client(&config)?;
        return interact(client, Options::of(&config), &cli.picture, printer).await;
    };
    let client = match &command {
        // These are about the session that is kept, whatever the environment says.
        Command::Login(_) | Command::Logout | Command::Signup(_) => kept_client(&config)?,
        _ => client(&config)?,
    };
    let context = &Context { client, lang, printer, opens_browser: config.browser };
    match command {
        Command::Login(args) => login::run(context, args).await,
        Command::Logout => logout::run(context).await,
        Command::Signup(args) => signup::run(context, args).await,
        Command::Whoami => profile::whoami(context).await,
        Command::Profile(args) => profile::run(context, args).await,
        Command::Account(args) => account::run(context, args).await,
        Command::Admin(args) => admin::run(context, args).await,
        Command::Browse(args) => browse::run(context, args).await,
        Command::Show(args) => show::run(context, args).await,
        Command::History(args) => history::run(context, args).await,
        Command::Watch(args) => watch::run(context, args).await,
        Command::Genres => genres::run(context).await,
        Command::Artist(args) => artist::run(context, args).await,
        Command::Bid(args) => bid::run(context, args).await,
        Command::Buy(args) => buy::run(context, args).await,
        Command::Follow(args) => follow::run(context, args, true).await,
        Command::Unfollow(args) => follow::run(context, args, false).await,
        Command::Mine(args) => mine::run(context, args).await,
        Command::Notices(args) => notices::run(context, args).await,
        Command::Wallet(args) => wallet::run(context, args).await,
        Command::Charge(args) => charge::run(context, args).await,
        Command::List(args) => list::run(context, *args).await,
        Command::Sell(args) => sell::run(context, *args).await,
        Command::Edit(args) => edit::run(context, *args).await,
        Command::Images(args) => images::run(context, args).await,
        Command::Publish(args) => edit::publish(context, args).await,
        Command::Relist(args) => relist::run(context, args).await,
        Command::Cancel(args) => cancel::run(context, args).await,
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run(Options::of(&config), args, printer).await,
        Command::Doctor | Command::Completions(_) | Command::Man(_) => {
            unreachable!("these were done before a server was looked for")
        }
    }
}

/// Starts the interactive client, or draws a picture of it.
async fn interact(
    client: Client,
    options: Options,
    picture: &PictureArgs,
    printer: Printer,
) -> Result<Exit, CliError> {
    if picture.is_wanted() {
        picture::draw(client, options, picture).await?;
    } else if printer.json || !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(CliError::NoTerminal);
    } else {
        app::run(client, options).await?;
    }
    Ok(Exit::Done)
}

/// The token that the environment gives, if it does.
fn token_of_environment() -> Option<String> {
    std::env::var("ARTIPUL_TOKEN").ok().filter(|token| !token.is_empty())
}

/// A client of the configured server, with the token from the environment or the kept session.
fn client(config: &Config) -> Result<Client, CliError> {
    match token_of_environment() {
        Some(token) => {
            Client::new(&config.server, FixedToken(Secret::new(token))).map_err(CliError::Address)
        }
        None => kept_client(config),
    }
}

/// A client of the configured server with the kept session.
fn kept_client(config: &Config) -> Result<Client, CliError> {
    let tokens = FileTokens::new(&session_directory()?, &config.server);
    Client::new(&config.server, tokens).map_err(CliError::Address)
}
