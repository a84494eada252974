//! The command line: what was asked for, and with which server and session.
//!
//! Each subcommand is a module named after it. Without one, the interactive client starts.

#[cfg(feature = "demo")]
mod demo;
mod list;
mod login;
mod logout;
mod picture;

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use artipul_common::{
    accounts::Secret,
    client::{Client, ClientError, tokens::FixedToken},
};
use clap::{Parser, Subcommand};

use self::picture::PictureArgs;
use crate::{
    app::{self, Options},
    config::{Config, ConfigError, session_directory},
    i18n::{self, Lang},
    session::FileTokens,
    term::graphics::Images,
};

/// Artipul: art auctions in the terminal.
#[derive(Debug, Parser)]
#[command(name = "artipul", version, about, arg_required_else_help = false)]
struct Cli {
    /// The server's address, e.g. `http://127.0.0.1:7410`.
    #[arg(long, env = "ARTIPUL_SERVER", global = true, value_name = "URL")]
    server: Option<String>,
    /// The language of the screens.
    #[arg(long, global = true)]
    lang: Option<Lang>,
    /// How pictures are shown; by default the best way that the terminal has.
    #[arg(long, global = true, value_enum)]
    images: Option<Images>,
    #[command(flatten)]
    picture: PictureArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign in and keep the session.
    Login(login::Args),
    /// Sign out and forget the session.
    Logout,
    /// List a batch of works from a file.
    List(Box<list::Args>),
    /// Look at a living auction house without installing anything.
    #[cfg(feature = "demo")]
    Demo(demo::Args),
}

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The server's address is none.
    #[error("{0}")]
    Address(ClientError),
    /// There is no terminal to draw on or to ask at.
    #[error("no terminal")]
    NoTerminal,
    /// A batch cannot be read at all.
    #[error("{0}")]
    Batch(String),
    /// So many rows of a batch have errors, which were told one by one.
    #[error("{0} rows with errors")]
    BatchErrors(usize),
    #[cfg(feature = "demo")]
    #[error(transparent)]
    Demo(#[from] artipul_server::demo::DemoError),
}

impl CliError {
    fn words(&self, lang: Lang) -> String {
        match self {
            // What the network or the answer said helps whoever looks for the mistake.
            Self::Client(
                error @ (ClientError::Offline(detail) | ClientError::Unexpected(detail)),
            ) => format!("{} ({detail})", i18n::failure(lang, error)),
            Self::Client(error) => i18n::failure(lang, error),
            Self::Address(error) => i18n::tr!(lang, "cli.bad-address", detail = error).into_owned(),
            Self::Config(ConfigError::Keys { path, errors }) => {
                let (path, errors) = (path.display(), errors.words(lang));
                i18n::tr!(lang, "keys.bad", path = path, errors = errors).into_owned()
            }
            Self::NoTerminal => lang.t("cli.no-terminal").into_owned(),
            Self::BatchErrors(count) => i18n::tr!(lang, "list.errors", count = count).into_owned(),
            other => other.to_string(),
        }
    }
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let environment = Lang::of_environment(|name| std::env::var(name).ok());
    let fallback = cli.lang.unwrap_or(environment);
    let outcome = Config::load(cli.server.clone(), cli.lang).map_err(CliError::from).and_then(
        |mut config| {
            config.images = cli.images.unwrap_or(config.images);
            let lang = config.lang;
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let outcome = runtime.block_on(run(cli, config));
            // Requests that nobody waits for any more must not hold up the way out.
            runtime.shutdown_background();
            outcome.inspect_err(|error| complain(lang, error))
        },
    );
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(CliError::Config(error)) => {
            complain(fallback, &CliError::Config(error));
            ExitCode::FAILURE
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(lang: Lang, error: &CliError) {
    // If there is nowhere to complain to, the exit status has to do.
    let _ = writeln!(io::stderr(), "artipul: {}", error.words(lang));
}

async fn run(cli: Cli, config: Config) -> Result<(), CliError> {
    match cli.command {
        None => interact(client(&config)?, Options::of(&config), &cli.picture).await,
        Some(Command::Login(args)) => login::run(&client(&config)?, config.lang, args).await,
        Some(Command::List(args)) => list::run(&client(&config)?, config.lang, *args).await,
        Some(Command::Logout) => logout::run(&client(&config)?, config.lang).await,
        #[cfg(feature = "demo")]
        Some(Command::Demo(args)) => demo::run(Options::of(&config), args).await,
    }
}

/// Starts the interactive client, or draws a picture of it.
async fn interact(client: Client, options: Options, picture: &PictureArgs) -> Result<(), CliError> {
    if picture.is_wanted() {
        return picture::draw(client, options, picture).await;
    }
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(CliError::NoTerminal);
    }
    Ok(app::run(client, options).await?)
}

/// A client of the configured server, with the token from the environment or the kept session.
fn client(config: &Config) -> Result<Client, CliError> {
    match std::env::var("ARTIPUL_TOKEN") {
        Ok(token) if !token.is_empty() => {
            Client::new(&config.server, FixedToken(Secret::new(token)))
        }
        _ => {
            let tokens = FileTokens::new(&session_directory()?, &config.server);
            Client::new(&config.server, tokens)
        }
    }
    .map_err(CliError::Address)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
