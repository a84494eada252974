//! `artipul completions` and `artipul man`: what a shell and `man` know of the command line, made
//! from the command line itself.

use std::{fs, path::PathBuf};

use clap::Command;
use clap_complete::Shell;
use serde_json::json;

use super::{error::CliError, exit::Exit, korean, output::Printer};
use crate::i18n::Lang;

#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS)]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

const COMPLETIONS: &str = "\
Examples:
  artipul completions bash > ~/.local/share/bash-completion/completions/artipul
  artipul completions zsh > ~/.zfunc/_artipul
  artipul completions fish > ~/.config/fish/completions/artipul.fish";

#[derive(Debug, clap::Args)]
#[command(after_help = MAN)]
pub(super) struct ManArgs {
    /// Write a page for every command into this folder, instead of the main page to the output.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

const MAN: &str = "\
Examples:
  artipul man | man -l -
  artipul man --dir ~/.local/share/man/man1";

/// Says a shell's completions.
pub(super) fn completions(
    printer: Printer,
    mut command: Command,
    args: &CompletionsArgs,
) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "artipul", &mut script);
    let script = String::from_utf8_lossy(&script);
    let data = json!({ "shell": args.shell.to_string(), "script": script });
    printer.done(&data, |sheet| sheet.verbatim(&script))?;
    Ok(Exit::Done)
}

/// Says the main page of the manual, or writes all pages.
pub(super) fn man(
    printer: Printer,
    lang: Lang,
    command: Command,
    args: &ManArgs,
) -> Result<Exit, CliError> {
    let Some(folder) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        let page = headed(lang, &String::from_utf8_lossy(&page));
        printer.done(&json!({ "page": page }), |sheet| sheet.verbatim(&page))?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command, folder)?;
    let mut files: Vec<_> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("artipul") && name.ends_with(".1"))
        .collect();
    files.sort();
    for file in &files {
        let path = folder.join(file);
        let page = fs::read_to_string(&path)?;
        fs::write(&path, headed(lang, &page))?;
    }
    let data = json!({ "folder": folder.display().to_string(), "files": files });
    printer.done(&data, |sheet| {
        for file in &files {
            sheet.line(file);
        }
    })?;
    Ok(Exit::Done)
}

/// A page with its headings in a language.
fn headed(lang: Lang, page: &str) -> String {
    match lang {
        Lang::En => page.to_owned(),
        Lang::Ko => korean::page(page),
    }
}
