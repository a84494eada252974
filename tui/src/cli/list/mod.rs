//! `artipul list`: an artist lists a batch of works from a CSV or TOML file.
//!
//! Nothing is listed while a row has an error, unless asked for.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    time::Duration,
};

use artipul_common::client::Client;
use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::CliError;
use crate::{
    batch::{
        self,
        plan::{Plan, Step},
        rows::{self, Row, RowError},
        rules::{self, Rules},
        sheet,
    },
    i18n::{self, Lang, tr},
    ui::{money::won, text},
};

/// Works that are listed at the same time: enough to hide the way to the server and back.
const CONCURRENCY: usize = 8;

#[derive(Debug, clap::Args)]
#[command(after_long_help = COLUMNS)]
pub(super) struct Args {
    /// A CSV file with a header line, or a TOML file with a [[work]] table per work.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Show what would happen, and do nothing.
    #[arg(long)]
    plan: bool,
    /// List the rows without errors, even if others have some.
    #[arg(long)]
    skip_errors: bool,
    #[command(flatten)]
    rules: rules::Flags,
}

const COLUMNS: &str = "\
Columns (all texts; only title is required):
  reference      your own number of the work; a second run knows it again by this
  title          up to 400 characters
  artist         the name on the label; yours unless given
  description    up to 4,000 characters
  genre          a genre's slug, as `artipul-server` lists them under /v1/genres
  tags           separated by ';'; the first three are tags, all stand in the description
  medium, dimensions, year
  start_price    whole won, a multiple of 1,000
  reserve_price, buy_now_price
  starts_at      a moment (2026-12-01 18:00), or a length of time from now (2h)
  ends_at        likewise (7d)
  draft          true or false

A file with other columns is read with rules, from a file (--rules) or from flags:
  [columns]            # our name = the file's name
  reference = \"acno\"
  tags = \"subjects\"
  genre = \"classification\"
  [genres]             # the file's value = a slug
  \"on paper, print\" = \"printmaking\"
  [defaults]           # for cells that are empty or missing
  genre = \"painting\"
  start_price = \"10000\"
  ends_at = \"7d\"";

/// Lists the works of a file.
pub(super) async fn run(client: &Client, lang: Lang, args: Args) -> Result<(), CliError> {
    let rules = Rules::read(&args.rules).map_err(CliError::Batch)?;
    let name = args.file.display().to_string();
    let records =
        sheet::read(&args.file).map_err(|error| CliError::Batch(format!("{name}: {error}")))?;
    rules.check(&records).map_err(|error| CliError::Batch(format!("{name}: {error}")))?;
    let genres = client.genres().await?.items;
    let slugs: BTreeSet<String> = genres.into_iter().map(|genre| genre.slug).collect();
    let (rows, errors) = rows::all(&records, &rules, &slugs, client.clock().now());
    for error in &errors {
        complain(lang, &name, error);
    }
    let listed = batch::listed(client).await?;
    let plan = Plan::new(rows, &listed);
    let mut out = io::stdout().lock();
    if args.plan {
        show(&mut out, lang, &plan)?;
    }
    writeln!(out, "{}", summary(lang, &plan, errors.len()))?;
    drop(out);
    if args.plan {
        return if errors.is_empty() { Ok(()) } else { Err(CliError::BatchErrors(errors.len())) };
    }
    if !errors.is_empty() && !args.skip_errors {
        return Err(CliError::BatchErrors(errors.len()));
    }
    let failed = list(client, lang, &name, plan.new).await?;
    match failed + errors.len() {
        0 => Ok(()),
        count => Err(CliError::BatchErrors(count)),
    }
}

/// Lists works; how many could not be.
async fn list(client: &Client, lang: Lang, name: &str, rows: Vec<Row>) -> Result<usize, CliError> {
    let bar = progress(rows.len());
    let mut failed = 0;
    let mut outcomes = stream::iter(rows)
        .map(|row| async move {
            let outcome = client.list_work(&row.request, &row.key()).await;
            (row, outcome)
        })
        .buffer_unordered(CONCURRENCY);
    let mut done = 0;
    while let Some((row, outcome)) = outcomes.next().await {
        match outcome {
            Ok(_) => done += 1,
            // Every other row would fail in the same way.
            Err(error) if error.code().is_none() => {
                bar.abandon();
                writeln!(io::stdout(), "{}", tr!(lang, "list.done", count = done))?;
                return Err(error.into());
            }
            Err(error) => {
                failed += 1;
                let words = i18n::failure(lang, &error);
                bar.suspend(|| say(name, row.line, &words));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    writeln!(io::stdout(), "{}", tr!(lang, "list.done", count = done))?;
    Ok(failed)
}

fn progress(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(rows as u64);
    if io::stderr().is_terminal() {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} · {per_sec} · {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
    } else {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

fn complain(lang: Lang, name: &str, error: &RowError) {
    for fault in &error.faults {
        let words = i18n::field_error(lang, fault);
        say(name, error.line, &format!("{}: {words}", fault.field));
    }
}

fn say(name: &str, line: u64, words: &str) {
    // If there is nowhere to complain to, the exit status has to do.
    let _ = writeln!(io::stderr(), "{name}:{line}: {}", text::clean(words));
}

fn show(out: &mut impl Write, lang: Lang, plan: &Plan) -> io::Result<()> {
    for step in plan.steps() {
        let (mark, row) = match step {
            Step::New(row) => ("+", row),
            Step::Same(row) => ("=", row),
            Step::Differs(row, _) => ("!", row),
        };
        let request = &row.request;
        let title = text::clean(&request.title);
        let price = won(request.start_price);
        writeln!(out, "{mark} {:>6}  {}  {price}  {title}", row.line, request.genre)?;
        if let Step::Differs(_, fields) = step {
            writeln!(out, "          {}", tr!(lang, "list.differs", fields = fields.join(", ")))?;
        }
    }
    Ok(())
}

fn summary(lang: Lang, plan: &Plan, errors: usize) -> String {
    tr!(
        lang,
        "list.summary",
        new = plan.new.len(),
        same = plan.same.len(),
        differing = plan.differing.len(),
        errors = errors
    )
    .into_owned()
}
