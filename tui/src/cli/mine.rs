//! `artipul mine`: what is the user's own.

use artipul_common::{
    auctions::Phase,
    mine::{MyAuctionsQuery, Participation, ParticipationQuery, Purchase, Standing, Summary},
    page::PageQuery,
};

use super::{
    Context, auction,
    error::CliError,
    exit::Exit,
    output::{Column, Sheet},
    page,
};
use crate::{
    i18n::Lang,
    ui::{money::won, time::Zone},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Auctions on which you have bid.
    Participations {
        /// Only those in this state.
        #[arg(long, value_enum)]
        state: Option<State>,
        #[command(flatten)]
        page: page::Args,
    },
    /// Works that you have bought.
    Purchases(page::Args),
    /// Auctions of your own works.
    Auctions {
        /// Only those in this phase.
        #[arg(long, value_enum)]
        phase: Option<MyPhase>,
        #[command(flatten)]
        page: page::Args,
    },
    /// Auctions that you follow.
    Watches(page::Args),
    /// How much there is of everything.
    Summary,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum State {
    Leading,
    Outbid,
    Won,
    Lost,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum MyPhase {
    Draft,
    Upcoming,
    Open,
    Ended,
}

impl From<State> for Standing {
    fn from(state: State) -> Self {
        match state {
            State::Leading => Self::Leading,
            State::Outbid => Self::Outbid,
            State::Won => Self::Won,
            State::Lost => Self::Lost,
        }
    }
}

impl From<MyPhase> for Phase {
    fn from(phase: MyPhase) -> Self {
        match phase {
            MyPhase::Draft => Self::Draft,
            MyPhase::Upcoming => Self::Upcoming,
            MyPhase::Open => Self::Open,
            MyPhase::Ended => Self::Ended,
        }
    }
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let client = &context.client;
    match args.command {
        Command::Participations { state, page } => {
            let state = state.map(Standing::from);
            let read = async |limit, cursor| {
                client.participations(&ParticipationQuery { state, limit, cursor }).await
            };
            let found = page.read(read).await?;
            page::say(context, &found, |sheet, items| participations(sheet, context.lang, items))?;
        }
        Command::Purchases(page) => {
            let read = async |limit, cursor| client.purchases(&PageQuery { limit, cursor }).await;
            let found = page.read(read).await?;
            page::say(context, &found, |sheet, items| purchases(sheet, context, items))?;
        }
        Command::Auctions { phase, page } => {
            let phase = phase.map(Phase::from);
            let read = async |limit, cursor| {
                client.my_auctions(&MyAuctionsQuery { phase, limit, cursor }).await
            };
            let found = page.read(read).await?;
            page::say(context, &found, |sheet, items| auction::table(sheet, context, items))?;
        }
        Command::Watches(page) => {
            let read = async |limit, cursor| client.watches(&PageQuery { limit, cursor }).await;
            let found = page.read(read).await?;
            page::say(context, &found, |sheet, items| auction::table(sheet, context, items))?;
        }
        Command::Summary => {
            let counts = client.summary().await?;
            context.printer.done(&counts, |sheet| summary(sheet, context.lang, &counts))?;
        }
    }
    Ok(Exit::Done)
}

fn participations(sheet: &mut Sheet, lang: Lang, items: &[Participation]) {
    let columns = [
        Column::numbers("ID"),
        Column::words(lang.t("column.title")),
        Column::numbers(lang.t("column.price")),
        Column::numbers(lang.t("column.maximum")),
        Column::words(lang.t("column.state")),
    ];
    let row = |item: &Participation| {
        let state = match item.state {
            Standing::Leading => lang.t("tab.leading"),
            Standing::Outbid => lang.t("tab.outbid"),
            Standing::Won => lang.t("tab.won"),
            Standing::Lost => lang.t("tab.lost"),
        };
        vec![
            item.auction.id.to_string(),
            item.auction.title.clone(),
            auction::amount(item.auction.price),
            won(item.maximum),
            state.into_owned(),
        ]
    };
    sheet.table(&columns, &items.iter().map(row).collect::<Vec<_>>());
}

fn purchases(sheet: &mut Sheet, context: &Context, items: &[Purchase]) {
    let lang = context.lang;
    let columns = [
        Column::numbers("ID"),
        Column::words(lang.t("column.title")),
        Column::words(lang.t("column.artist")),
        Column::numbers(lang.t("column.paid")),
        Column::words(lang.t("column.when")),
    ];
    let now = context.client.clock().now();
    let row = |item: &Purchase| {
        vec![
            item.auction.id.to_string(),
            item.auction.title.clone(),
            item.auction.artist.clone(),
            won(item.price),
            Zone::Local.date_time(item.sold_at, now),
        ]
    };
    sheet.table(&columns, &items.iter().map(row).collect::<Vec<_>>());
}

fn summary(sheet: &mut Sheet, lang: Lang, counts: &Summary) {
    let facts = [
        (lang.t("tab.leading"), counts.leading),
        (lang.t("tab.outbid"), counts.outbid),
        (lang.t("tab.won"), counts.won),
        (lang.t("tab.lost"), counts.lost),
        (lang.t("cli.purchases"), counts.purchases),
        (lang.t("tab.watching"), counts.watches),
        (lang.t("tab.drafts"), counts.drafts),
        (lang.t("tab.upcoming"), counts.upcoming),
        (lang.t("tab.selling"), counts.selling),
        (lang.t("tab.sold"), counts.sold),
        (lang.t("tab.unsold"), counts.unsold),
        (lang.t("outcome.cancelled"), counts.cancelled),
        (lang.t("cli.unread"), counts.unread),
    ];
    sheet.facts(&facts.map(|(name, count)| (name, count.to_string())));
}
