//! Asks for what a command line left out, where there is a terminal to ask at. Where there is
//! none, what is missing is an error that names its flag.

use std::io::{self, BufRead, IsTerminal, Write};

use artipul_common::accounts::Secret;

use super::error::CliError;

/// Whether there is somebody who could be asked.
pub(super) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// What a flag said, or an answer.
pub(super) fn line_unless(
    said: Option<String>,
    flag: &'static str,
    label: &str,
) -> Result<String, CliError> {
    match said {
        Some(said) => Ok(said),
        None if !somebody_is_there() => Err(CliError::Missing(flag)),
        None => {
            write!(io::stderr(), "{label}: ")?;
            io::stderr().flush()?;
            Ok(line_of_input()?)
        }
    }
}

/// Whether the answer is yes, in either language; on a Korean keyboard, `y` is `ㅛ`.
pub(super) fn whether(question: &str) -> Result<bool, CliError> {
    let said = line_unless(None, "", question)?.trim().to_lowercase();
    Ok(["y", "yes", "ㅛ", "네", "예"].contains(&&*said))
}

/// The next line of the standard input if `from_input`, or an answer that is not shown.
pub(super) fn password(from_input: bool, label: &str) -> Result<Secret, CliError> {
    let password = if from_input {
        line_of_input()?
    } else if somebody_is_there() {
        rpassword::prompt_password(format!("{label}: "))?
    } else {
        return Err(CliError::Missing("--password-stdin"));
    };
    Ok(Secret::new(password))
}

/// A code of a phone: the next line of the standard input if `from_input`, or an answer.
pub(super) fn code(from_input: bool, label: &str) -> Result<Secret, CliError> {
    let said = if from_input { Some(line_of_input()?) } else { None };
    Ok(Secret::new(line_unless(said, "--code-stdin", label)?))
}

fn line_of_input() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
