//! `artipul list`: an artist lists a batch of works from a CSV or TOML file.
//!
//! Nothing is listed while a row has an error, unless asked for.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    time::Duration,
};

use artipul_common::{AuctionId, problem::FieldError};
use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::{
    Context,
    error::CliError,
    exit::Exit,
    output::{self, Sheet},
};
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
    #[arg(value_name = "FILE", required_unless_present = "named")]
    file: Option<PathBuf>,
    /// The file, as a flag.
    #[arg(long = "file", id = "named", value_name = "FILE", conflicts_with = "file")]
    named: Option<PathBuf>,
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

/// What came of a batch.
#[derive(Debug, Serialize)]
struct Outcome {
    /// Whether it was only looked at what would happen.
    dry_run: bool,
    /// What each row would be, or was.
    rows: Vec<RowOutcome>,
    /// What is wrong with the rows that have errors.
    errors: Vec<Fault>,
}

#[derive(Debug, Serialize)]
struct RowOutcome {
    line: u64,
    reference: String,
    title: String,
    /// `new`, `listed`, `same` or `differs`.
    state: &'static str,
    /// In which texts the listed work differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<String>,
    /// The auction, if it was listed by this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    auction_id: Option<AuctionId>,
}

#[derive(Debug, Serialize)]
struct Fault {
    line: u64,
    #[serde(flatten)]
    error: FieldError,
}

/// Lists the works of a file.
pub(super) async fn run(context: &Context, args: Args) -> Result<Exit, CliError> {
    let (client, lang) = (&context.client, context.lang);
    let file = args.file.or(args.named).ok_or(CliError::Missing("FILE"))?;
    let rules = Rules::read(&args.rules).map_err(CliError::File)?;
    let name = file.display().to_string();
    let records = sheet::read(&file).map_err(|error| CliError::File(format!("{name}: {error}")))?;
    rules.check(&records).map_err(|error| CliError::File(format!("{name}: {error}")))?;
    let genres = client.genres().await?.items;
    let slugs: BTreeSet<String> = genres.into_iter().map(|genre| genre.slug).collect();
    let (rows, errors) = rows::all(&records, &rules, &slugs, client.clock().now());
    for error in &errors {
        complain(lang, &name, error);
    }
    let listed = batch::listed(client).await?;
    let plan = Plan::new(rows, &listed);
    context.printer.words(|sheet| {
        if args.plan {
            show(sheet, lang, &plan);
        }
        sheet.line(&summary(lang, &plan, errors.len()));
    })?;
    let mut outcome = outcome(args.plan, &plan, errors);
    let has_errors = !outcome.errors.is_empty();
    if args.plan || (has_errors && !args.skip_errors) {
        if !args.plan {
            let rows: BTreeSet<u64> = outcome.errors.iter().map(|fault| fault.line).collect();
            output::note(&tr!(lang, "list.errors", count = rows.len()));
        }
        context.printer.done(&outcome, |_| {})?;
        return Ok(if has_errors { Exit::Failed } else { Exit::Done });
    }
    let done = list(context, &name, plan.new, &mut outcome).await?;
    context.printer.done(&outcome, |sheet| sheet.line(&tr!(lang, "list.done", count = done)))?;
    Ok(if outcome.errors.is_empty() { Exit::Done } else { Exit::Failed })
}

/// What would come of a plan.
fn outcome(dry_run: bool, plan: &Plan, errors: Vec<RowError>) -> Outcome {
    let rows = plan.steps().into_iter().map(|step| {
        let (row, state, fields) = match step {
            Step::New(row) => (row, "new", &[][..]),
            Step::Same(row) => (row, "same", &[][..]),
            Step::Differs(row, fields) => (row, "differs", fields),
        };
        RowOutcome {
            line: row.line,
            reference: row.reference().to_owned(),
            title: row.request.title.clone(),
            state,
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            auction_id: None,
        }
    });
    let faults = errors
        .into_iter()
        .flat_map(|row| row.faults.into_iter().map(move |error| Fault { line: row.line, error }));
    Outcome { dry_run, rows: rows.collect(), errors: faults.collect() }
}

/// Lists works and notes what came of each; how many were listed.
async fn list(
    context: &Context,
    name: &str,
    rows: Vec<Row>,
    outcome: &mut Outcome,
) -> Result<usize, CliError> {
    let (client, lang) = (&context.client, context.lang);
    let bar = progress(rows.len());
    let mut answers = stream::iter(rows)
        .map(|row| async move {
            let answer = client.list_work(&row.request, &row.key()).await;
            (row, answer)
        })
        .buffer_unordered(CONCURRENCY);
    let mut done = 0;
    while let Some((row, answer)) = answers.next().await {
        match answer {
            Ok(auction) => {
                done += 1;
                if let Some(row) = outcome.rows.iter_mut().find(|other| other.line == row.line) {
                    (row.state, row.auction_id) = ("listed", Some(auction.id));
                }
            }
            // Every other row would fail in the same way.
            Err(error) if error.code().is_none() => {
                bar.abandon();
                context.printer.words(|sheet| sheet.line(&tr!(lang, "list.done", count = done)))?;
                return Err(error.into());
            }
            Err(error) => {
                let words = i18n::failure(lang, &error);
                bar.suspend(|| say(name, row.line, &words));
                let code = error.code().map_or("unknown", |code| code.as_str());
                let error = FieldError::new("", code, error.to_string());
                outcome.errors.push(Fault { line: row.line, error });
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(done)
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

fn show(sheet: &mut Sheet, lang: Lang, plan: &Plan) {
    for step in plan.steps() {
        let (mark, row) = match step {
            Step::New(row) => ("+", row),
            Step::Same(row) => ("=", row),
            Step::Differs(row, _) => ("!", row),
        };
        let request = &row.request;
        let title = text::clean(&request.title);
        let price = won(request.start_price);
        let line = format!("{mark} {:>6}  {}  {price}  {title}\n", row.line, request.genre);
        sheet.verbatim(&line);
        if let Step::Differs(_, fields) = step {
            let differs = tr!(lang, "list.differs", fields = fields.join(", "));
            sheet.verbatim(&format!("          {differs}\n"));
        }
    }
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
