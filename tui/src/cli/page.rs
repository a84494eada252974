//! Which part of a list: a page of it, or all.

use artipul_common::{client::Result, page::Page};
use serde::Serialize;

use super::{
    Context,
    error::CliError,
    output::{self, Sheet},
};
use crate::i18n::tr;

/// Items of a page when all are read.
const LARGEST: u32 = 100;

#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// At most so many, 1 to 100; 20 unless given.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: Option<u32>,
    /// Go on where another page ended: its `next_cursor`.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// All of them, page after page.
    #[arg(long, conflicts_with_all = ["limit", "cursor"])]
    all: bool,
}

impl Args {
    /// Reads what is asked for.
    pub(super) async fn read<T>(
        &self,
        read: impl AsyncFn(Option<u32>, Option<String>) -> Result<Page<T>>,
    ) -> Result<Page<T>> {
        if !self.all {
            return read(self.limit, self.cursor.clone()).await;
        }
        let mut items = Vec::new();
        let mut cursor = None;
        loop {
            let page = read(Some(LARGEST), cursor).await?;
            items.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(Page { items, next_cursor: None });
            }
        }
    }
}

/// Says a page of a list, and how to go on.
pub(super) fn say<T: Serialize>(
    context: &Context,
    page: &Page<T>,
    table: impl FnOnce(&mut Sheet, &[T]),
) -> std::result::Result<(), CliError> {
    context.printer.done(page, |sheet| match &*page.items {
        [] => sheet.line(&context.lang.t("cli.nothing")),
        items => table(sheet, items),
    })?;
    if let Some(cursor) = &page.next_cursor
        && !context.printer.json
    {
        output::note(&tr!(context.lang, "cli.more", cursor = cursor));
    }
    Ok(())
}
