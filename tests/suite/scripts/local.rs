//! What needs no server, or tells how it stands with it.

use std::{collections::BTreeSet, os::unix::fs::PermissionsExt};

use artipul_tests::{Shell, on_every_backend};
use serde_json::Value;

/// An address at which nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

fn state<'f>(findings: &'f Value, name: &str) -> &'f str {
    let checks = findings["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap_or_else(|| panic!("no {name} in {findings}"))["state"].as_str().unwrap()
}

on_every_backend! {
    async fn the_doctor_finds_what_is_wrong(world: &World) {
        let anna = world.bidder(5).await;
        let mut shell = Shell::of(&anna, &world.url()).await;
        let healthy = shell.data(&["doctor"]).await;
        for name in ["server", "clock", "token", "session", "settings"] {
            assert_eq!(state(&healthy, name), "ok", "{healthy}");
        }
        let text = shell.run(&["doctor"]).await;
        assert!(text.out.contains(&anna.nickname), "{}", text.out);

        let sessions = shell.home().join(".local/state/artipul/sessions");
        let token = std::fs::read_dir(sessions).unwrap().map(|entry| entry.unwrap().path());
        let token = token.into_iter().find(|path| path.extension().is_some_and(|end| end == "token"));
        std::fs::set_permissions(token.unwrap(), std::fs::Permissions::from_mode(0o644)).unwrap();
        let (status, open) = shell.json(&["doctor"]).await;
        assert_eq!((status, state(&open["data"], "session")), (1, "fail"), "{open}");

        shell.move_to(NOWHERE);
        let (status, away) = shell.json(&["doctor"]).await;
        assert_eq!((status, state(&away["data"], "server")), (1, "fail"), "{away}");
        let forged = Shell::new(&world.url()).with("ARTIPUL_TOKEN", "nonsense");
        let (status, refused) = forged.json(&["doctor"]).await;
        assert_eq!((status, state(&refused["data"], "token")), (1, "fail"), "{refused}");
    }
}

#[tokio::test]
async fn the_doctor_reads_settings_that_nobody_else_can() {
    let shell = Shell::new(NOWHERE);
    std::fs::create_dir_all(shell.home().join(".config/artipul")).unwrap();
    shell.file(".config/artipul/client.toml", "sever = \"x\"\n");
    let (status, broken) = shell.json(&["doctor"]).await;
    assert_eq!((status, state(&broken["data"], "settings")), (1, "fail"), "{broken}");
    assert_eq!(shell.json(&["browse"]).await.0, 2);
}

#[tokio::test]
async fn people_are_told_in_their_language_and_scripts_in_one() {
    let shell = Shell::new(NOWHERE).with("LANG", "ko_KR.UTF-8");
    let wrong = shell.run(&["bid", "1", "2", "3", "--json"]).await;
    assert_eq!(wrong.document()["error"]["message"], "unexpected argument '3' found");
    assert!(wrong.err.contains("알 수 없는 인자: '3'"), "{}", wrong.err);
    let doctor = shell.run(&["doctor"]).await.out;
    for name in ["터미널", "설정", "세션", "서버"] {
        assert!(doctor.contains(name), "{name} is not in\n{doctor}");
    }
    let (_, document) = shell.json(&["doctor"]).await;
    for check in document["data"]["checks"].as_array().unwrap() {
        assert!(check["name"].as_str().unwrap().is_ascii(), "{check}");
    }
}

#[tokio::test]
async fn every_shell_completes_every_command() {
    let home = Shell::new(NOWHERE);
    let mut scripts = BTreeSet::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = home.run(&["completions", shell]).await;
        assert_eq!(said.status, Some(0), "{}", said.err);
        for word in ["browse", "relist", "participations", "retry-for"] {
            assert!(said.out.contains(word), "{word} is not in the completions of {shell}");
        }
        assert!(scripts.insert(said.out), "{shell} has another's");
    }
}

#[tokio::test]
async fn the_manual_has_a_page_for_every_command() {
    let home = Shell::new(NOWHERE);
    let main = home.run(&["man"]).await;
    for part in [".TH artipul 1", "Exit codes", "143"] {
        assert!(main.out.contains(part), "{part} is not in {}", main.out);
    }
    let folder = home.home().join("man");
    let pages = home.data(&["man", "--dir", folder.to_str().unwrap()]).await;
    let pages: BTreeSet<_> =
        pages["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    for page in ["artipul.1", "artipul-bid.1", "artipul-wallet-entries.1", "artipul-mine.1"] {
        assert!(pages.contains(page) && folder.join(page).exists(), "{page} is not in {pages:?}");
    }
}

#[tokio::test]
async fn the_help_and_the_manual_speak_the_language_of_their_reader() {
    let korean = Shell::new(NOWHERE).with("LC_ALL", "ko_KR.UTF-8");
    for words in [&["--help"][..], &["-h"], &["sell", "--help"], &["notices", "read", "-h"]] {
        let said = korean.run(words).await;
        assert_eq!((said.status, said.err.as_str()), (Some(0), ""));
        assert!(said.out.contains("사용법: artipul"), "{}", said.out);
        let said = korean.run(&[words, &["--lang", "en"]].concat()).await;
        assert!(said.out.contains("Usage: artipul") && !said.out.contains("사용법"));
    }
    let english = Shell::new(NOWHERE);
    assert!(english.run(&["bid", "--help", "--lang=ko"]).await.out.contains("사용법: artipul bid"));
    let settings = english.home().join(".config/artipul");
    std::fs::create_dir_all(&settings).unwrap();
    std::fs::write(settings.join("client.toml"), "lang = 'ko'\n").unwrap();
    assert!(english.run(&["--help"]).await.out.contains("사용법: artipul"), "as the settings say");
    let page = english.run(&["man"]).await.out;
    assert!(page.contains(".SH 개요") && page.contains("종료 코드"), "{page}");
}

#[tokio::test]
async fn every_command_answers_with_one_document() {
    let shell = Shell::new(NOWHERE);
    let file = shell.file("works.csv", "title\nOne\n");
    let lines = "browse|show 1|history 1|genres|artist 1|bid 1 20000|buy 1|follow 1|unfollow 1\
        |mine participations|mine purchases|mine auctions|mine watches|mine summary|notices\
        |notices read --all|wallet|wallet entries|charge 5000|charge cancel 1|charge confirm 1 p\
        |sell --title a --genre b --start-price 1000 --ends 7d|edit 1 --title a|images remove 1 a|images order 1 a|publish 1|cancel 1\
        |relist 1 --start-price 1000 --ends 7d|signup|login|logout|whoami|profile\
        |profile edit --name a|account sessions|admin trail|doctor|completions bash|man|demo";
    let mut known: BTreeSet<String> = ["watch", "list"].map(str::to_owned).into();
    for line in lines.split('|') {
        let words: Vec<_> = line.split_whitespace().collect();
        shell.json(&words).await;
        known.insert(words[0].to_owned());
    }
    shell.json(&["list", file.to_str().unwrap()]).await;
    // The manual is held against the command line by a test of its own.
    let manual = include_str!("../../../docs/scripts.md");
    let rows = manual.lines().filter_map(|line| line.strip_prefix("| `"));
    let named = rows.flat_map(|row| row.split(" | ").next().unwrap_or_default().split("`, `"));
    for name in named {
        let first = name.split([' ', '`']).next().unwrap_or_default();
        assert!(known.contains(first), "{first} was not tried");
    }
}
