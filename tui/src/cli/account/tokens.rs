//! `artipul account tokens`: personal access tokens for scripts.

use artipul_common::{
    TokenId,
    credentials::{NewTokenRequest, PersonalToken, PersonalTokens, Scope},
};
use serde_json::json;

use super::super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{self, Column, Sheet},
    terms,
};
use crate::{i18n::tr, ui::time::Zone};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

const HELP: &str = "\
Examples:
  artipul account tokens make --name bot --scope read --scope bid --expires 30d > token.txt
  ARTIPUL_TOKEN=$(cat token.txt) artipul bid 17 1,200,000
  artipul account tokens revoke 3";

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a token; it is shown this once.
    Make(MakeArgs),
    /// Take a token back: it is worth nothing from then on.
    Revoke {
        /// The token's id.
        #[arg(value_name = "ID")]
        token: TokenId,
    },
}

#[derive(Debug, clap::Args)]
struct MakeArgs {
    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// What it may be used for; can be given several times: read (see what is yours), bid (bid, buy,
    /// follow), sell (offer works), wallet (top up).
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope)]
    scopes: Vec<Scope>,
    /// Until when it is good: a length of time (7d, 36h) or a moment (2026-12-01 18:00); for ever
    /// unless given.
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
}

fn scope(name: &str) -> Result<Scope, String> {
    let known = Scope::ALL.map(Scope::as_str).join(", ");
    Scope::try_from(name.to_owned()).map_err(|error| format!("{error}; there are {known}"))
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    match args.command {
        None => list(context).await,
        Some(Command::Make(args)) => make(context, args).await,
        Some(Command::Revoke { token }) => revoke(context, token).await,
    }
}

async fn list(context: &Context) -> Result<Exit, CliError> {
    let PersonalTokens { items } = context.client.personal_tokens().await?;
    context.printer.done(&json!({ "items": items }), |sheet| match &*items {
        [] => sheet.line(&context.lang.t("cli.nothing")),
        items => table(sheet, context, items),
    })?;
    Ok(Exit::Done)
}

async fn make(context: &Context, args: MakeArgs) -> Result<Exit, CliError> {
    let expires_at = terms::moment_if(context, "--expires", args.expires.as_ref())?;
    let request = NewTokenRequest { name: args.name, scopes: args.scopes, expires_at };
    let made = context.client.make_token(&request).await?;
    // Alone on its line, so that it can be taken as it is.
    context.printer.done(&made, |sheet| sheet.line(made.token.reveal()))?;
    output::note(&tr!(context.lang, "keep.token-once", id = made.about.id));
    Ok(Exit::Done)
}

async fn revoke(context: &Context, token: TokenId) -> Result<Exit, CliError> {
    context.client.take_back_token(token).await?;
    let words = tr!(context.lang, "keep.token-taken-back", id = token);
    context.printer.done(&json!({ "token_id": token }), |sheet| sheet.line(&words))?;
    Ok(Exit::Done)
}

fn table(sheet: &mut Sheet, context: &Context, tokens: &[PersonalToken]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("ID"),
        Column::words(lang.t("keep.token-name")),
        Column::words(lang.t("keep.scopes")),
        Column::words(lang.t("keep.expires")),
        Column::words(lang.t("keep.last-used")),
    ];
    let now = context.client.clock().now();
    let row = |token: &PersonalToken| {
        let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let moment = |at, never| match at {
            Some(at) => Zone::Local.date_time(at, now),
            None => lang.t(never).into_owned(),
        };
        vec![
            token.id.to_string(),
            token.name.clone(),
            scopes.join(" "),
            moment(token.expires_at, "keep.never-expires"),
            moment(token.last_used_at, "keep.never-used"),
        ]
    };
    sheet.table(&columns, &tokens.iter().map(row).collect::<Vec<_>>());
}
