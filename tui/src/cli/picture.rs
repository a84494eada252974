//! Draws the client into an SVG file instead of a terminal: how the README's picture is made.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use artipul_common::client::Client;
use clap::Args;

use super::error::CliError;
use crate::app::{self, Options, Portrait};

/// What to draw, if a picture is wanted at all.
#[derive(Debug, Args)]
pub(super) struct PictureArgs {
    /// Draw the screen into this SVG file and leave.
    #[arg(long, hide = true, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Columns and lines of the drawn screen.
    #[arg(long, hide = true, default_value = "120x36", value_parser = size)]
    size: (u16, u16),
    /// Draw so many frames instead, and say how long one took, in microseconds.
    #[arg(long, hide = true, value_name = "COUNT")]
    frames: Option<u32>,
    /// Keys to press first; `\n` is Enter, `~` a second of watching.
    #[arg(long, hide = true, default_value = "", value_parser = keys)]
    keys: String,
}

impl PictureArgs {
    pub(super) fn is_wanted(&self) -> bool {
        self.picture.is_some() || self.frames.is_some()
    }
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let parsed = text.split_once('x').and_then(|(columns, lines)| {
        Some((columns.parse::<u16>().ok()?, lines.parse::<u16>().ok()?))
    });
    parsed
        .filter(|(columns, lines)| (60..=400).contains(columns) && (16..=200).contains(lines))
        .ok_or_else(|| "must be like 120x36".to_owned())
}

fn keys(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.replace("\\n", "\n"))
}

/// Draws the picture.
pub(super) async fn draw(
    client: Client,
    options: Options,
    args: &PictureArgs,
) -> Result<(), CliError> {
    let wanted = Portrait { size: args.size, keys: args.keys.clone() };
    if let Some(frames) = args.frames {
        let frame = app::time_frames(client, options, &wanted, frames).await?;
        writeln!(io::stdout(), "{}", frame.as_micros())?;
        return Ok(());
    }
    let svg = app::portrait(client, options, &wanted).await?;
    if let Some(path) = &args.picture {
        std::fs::write(path, svg)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_columns_by_lines() {
        assert_eq!(size("120x36"), Ok((120, 36)));
        for text in ["", "120", "x36", "120x", "10x10", "120x36x2", "-1x20", "9999x50"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
