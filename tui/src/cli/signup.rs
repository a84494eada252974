//! `artipul signup`: opens an account and signs in.
//!
//! In a terminal it asks for what the command line leaves out. Without one it takes two runs: one
//! that has a code sent to the phone (`--send-code`), and one with the code and all the rest.

use artipul_common::accounts::{Secret, SignInRequest, SignUpRequest, VerifyPhoneRequest};
use serde_json::json;

use super::{Context, ask, error::CliError, exit::Exit, login, output};
use crate::i18n::tr;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The phone, like 010-1234-5678 or +82..., to which a code is sent.
    #[arg(long)]
    phone: Option<String>,
    /// Only have the code sent.
    #[arg(long, conflicts_with = "code")]
    send_code: bool,
    /// The six digits that were sent.
    #[arg(long)]
    code: Option<String>,
    /// The address to sign in with.
    #[arg(long)]
    email: Option<String>,
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
    /// The public name: 2 to 20 letters, digits, `_`, `-` or `.`.
    #[arg(long)]
    nickname: Option<String>,
    /// Your name.
    #[arg(long)]
    name: Option<String>,
    /// You list works.
    #[arg(long)]
    artist: bool,
    /// Where you study.
    #[arg(long, value_name = "TEXT")]
    college: Option<String>,
}

const HELP: &str = "\
Examples:
  artipul signup                                      # asks for everything
  artipul signup --phone 010-1234-5678 --send-code    # without a terminal: first the code,
  artipul signup --phone 010-1234-5678 --code 123456 --email you@example.com \\
      --nickname mina --name 'Kim Mina' --password-stdin < password.txt";

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let (client, lang) = (&context.client, context.lang);
    let phone = ask::line_unless(args.phone, "--phone", &lang.t("account.phone"))?;
    if args.send_code {
        let sent = client.request_phone_code(&phone).await?;
        let words = tr!(lang, "cli.code-sent", phone = phone);
        let data = json!({ "expires_in": sent.expires_in });
        context.printer.done(&data, |sheet| sheet.line(&words))?;
        return Ok(Exit::Done);
    }
    if args.code.is_none() && ask::somebody_is_there() {
        client.request_phone_code(&phone).await?;
        output::note(&tr!(lang, "cli.code-sent", phone = phone));
    }
    let code = Secret::new(ask::line_unless(args.code, "--code", &lang.t("account.code"))?);
    let email = ask::line_unless(args.email, "--email", &lang.t("account.email"))?;
    let nickname = ask::line_unless(args.nickname, "--nickname", &lang.t("account.nickname"))?;
    let name = ask::line_unless(args.name, "--name", &lang.t("account.name"))?;
    let password = ask::password(args.password_stdin, &lang.t("account.password"))?;
    // A code works once, so it is used when all the rest is at hand.
    let phone_token = client.verify_phone(&VerifyPhoneRequest { phone, code }).await?.phone_token;
    let request = SignUpRequest {
        email: email.clone(),
        password: password.clone(),
        nickname,
        name,
        phone_token,
        is_artist: args.artist,
        college: args.college,
    };
    client.sign_up(&request).await?;
    let user = client.sign_in(&SignInRequest { email, password }).await?.user;
    login::signed_in(context, &user)
}
