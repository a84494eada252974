//! `artipul login`: signs in and keeps the session for the next commands.

use std::io::{self, BufRead, IsTerminal, Write};

use artipul_common::{
    accounts::{Secret, SignInRequest},
    client::Client,
};

use super::CliError;
use crate::{
    i18n::{Lang, tr},
    ui::text,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The account's e-mail address; asked for unless given.
    #[arg(long)]
    email: Option<String>,
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(client: &Client, lang: Lang, args: Args) -> Result<(), CliError> {
    let email = match args.email {
        Some(email) => email,
        None if args.password_stdin || !io::stdin().is_terminal() => {
            return Err(CliError::NoTerminal);
        }
        None => ask(&lang.t("account.email"))?,
    };
    let password = if args.password_stdin {
        line()?
    } else {
        rpassword::prompt_password(format!("{}: ", lang.t("account.password")))?
    };
    let request = SignInRequest { email, password: Secret::new(password) };
    let user = client.sign_in(&request).await?.user;
    let nickname = text::clean(&user.nickname);
    let words = tr!(lang, "toast.signed-in", nickname = nickname);
    Ok(writeln!(io::stdout(), "{words}")?)
}

fn ask(label: &str) -> io::Result<String> {
    write!(io::stderr(), "{label}: ")?;
    io::stderr().flush()?;
    line()
}

fn line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
