//! What the screen shows, or has just done, as a line for the shell.

use artipul_common::auctions::{AuctionQuery, Phase, Sort};

use super::model::{Dialog, Model, Section};

/// The command line of what is on top; `None` where there is none.
pub(crate) fn line(model: &Model) -> Option<String> {
    let mut words = vec!["artipul".to_owned()];
    if model.shared.server_named {
        words.extend(["--server".to_owned(), model.shared.server.clone()]);
    }
    words.extend(subcommand(model)?);
    Some(words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
}

fn subcommand(model: &Model) -> Option<Vec<String>> {
    match model.dialogs.last() {
        Some(Dialog::Bid(bid)) => return bid.command(),
        Some(Dialog::Buy(buy)) => return Some(buy.command()),
        Some(Dialog::TopUp(top_up)) => return top_up.command(),
        Some(Dialog::Artist(artist)) => return Some(artist.command()),
        // All about a work is what its page shows.
        Some(Dialog::Reading(_)) | None => {}
        Some(_) => return None,
    }
    if let Some(page) = &model.page {
        return Some(vec!["show".to_owned(), page.id().to_string()]);
    }
    match model.section {
        Section::Browse => Some(browse(&model.browse.query())),
        Section::Mine => Some(model.mine.command()),
        Section::Wallet => Some(vec!["wallet".to_owned()]),
        Section::Notices => Some(vec!["notices".to_owned()]),
        Section::Sell => None,
        Section::Account => Some(model.account.command()),
        Section::Admin => Some(model.admin.command()),
    }
}

/// What is as it would be without being said is left out.
fn browse(query: &AuctionQuery) -> Vec<String> {
    let mut words = vec!["browse".to_owned()];
    // In one word with its flag: a value may begin with a dash.
    let mut say = |flag: &str, value: &str| words.push(format!("{flag}={value}"));
    if let Some(genre) = &query.genre {
        say("--genre", genre);
    }
    match query.phase {
        Some(Phase::Upcoming) => say("--phase", "upcoming"),
        Some(Phase::Ended) => say("--phase", "ended"),
        Some(Phase::Open | Phase::Draft) | None => {}
    }
    match query.sort {
        Some(Sort::Newest) => say("--sort", "newest"),
        Some(Sort::Popular) => say("--sort", "popular"),
        Some(Sort::Cheapest) => say("--sort", "price"),
        Some(Sort::Dearest) => say("--sort", "-price"),
        Some(Sort::Ending) | None => {}
    }
    if let Some(looked_for) = &query.q {
        say("--query", looked_for);
    }
    words
}

/// A word as a POSIX shell takes it for one and no more.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_one_word_in_a_shell() {
        assert_eq!(quoted("painting"), "painting");
        assert_eq!(quoted("달항아리"), "달항아리");
        assert_eq!(quoted("moon jar"), "'moon jar'");
        assert_eq!(quoted("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
