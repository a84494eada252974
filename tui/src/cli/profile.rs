//! `artipul whoami` and `artipul profile`: the signed-in account, shown and changed.

use std::borrow::Cow;

use artipul_common::accounts::{EditProfileRequest, User};

use super::{Context, auction, error::CliError, exit::Exit, output::Sheet};
use crate::ui::time::Zone;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Change what is named; the rest stays as it is. An empty text empties.
    Edit(Changes),
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// The public name.
    #[arg(long)]
    nickname: Option<String>,
    /// Your name.
    #[arg(long)]
    name: Option<String>,
    /// Whether you list works.
    #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
    artist: Option<bool>,
    /// Where you study.
    #[arg(long, value_name = "TEXT")]
    college: Option<String>,
    /// A few words about yourself.
    #[arg(long, value_name = "TEXT")]
    introduction: Option<String>,
    /// Where works are sent to.
    #[arg(long, value_name = "TEXT")]
    address: Option<String>,
    /// A picture's name or URL.
    #[arg(long, value_name = "TEXT")]
    avatar: Option<String>,
}

impl From<Changes> for EditProfileRequest {
    fn from(changes: Changes) -> Self {
        let nullable = |text: Option<String>| text.map(|text| (!text.is_empty()).then_some(text));
        Self {
            nickname: changes.nickname,
            name: changes.name,
            is_artist: changes.artist,
            college: nullable(changes.college),
            introduction: nullable(changes.introduction),
            address: nullable(changes.address),
            avatar: nullable(changes.avatar),
        }
    }
}

/// Says who is signed in.
pub(super) async fn whoami(context: &Context) -> Result<Exit, CliError> {
    let user = context.client.me().await?;
    context.printer.done(&user, |sheet| {
        sheet.line(&format!("{} · {} · {}", user.nickname, user.email, user.id));
    })?;
    Ok(Exit::Done)
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let user = match args.command {
        None => context.client.me().await?,
        Some(Command::Edit(changes)) => context.client.edit_profile(&changes.into()).await?,
    };
    context.printer.done(&user, |sheet| facts(sheet, context, &user))?;
    Ok(Exit::Done)
}

fn facts(sheet: &mut Sheet, context: &Context, user: &User) {
    let lang = context.lang;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| auction::NONE.to_owned());
    let yes_or_no: Cow<'static, str> = lang.t(if user.is_artist { "form.yes" } else { "form.no" });
    let now = context.client.clock().now();
    sheet.facts(&[
        ("ID".into(), user.id.to_string()),
        (lang.t("account.nickname"), user.nickname.clone()),
        (lang.t("account.name"), user.name.clone()),
        (lang.t("account.email"), user.email.clone()),
        (lang.t("account.phone"), user.phone.clone()),
        (lang.t("account.is-artist"), yes_or_no.into_owned()),
        (lang.t("account.college"), text(&user.college)),
        (lang.t("cli.introduction"), text(&user.introduction)),
        (lang.t("cli.address"), text(&user.address)),
        (lang.t("cli.avatar"), text(&user.avatar)),
        (lang.t("cli.since"), Zone::Local.date_time(user.created_at, now)),
    ]);
}
