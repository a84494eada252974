//! `artipul-server audit`: a list on standard output, and an exit status.

use std::process::Output;

use artipul_tests::{Backend, World, binary, on_every_backend};
use tokio::process::Command;

use super::Sound;

/// Runs the command on the database of a world, as an operator would beside the server.
async fn audit(world: &World) -> Output {
    let folder = tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap();
    let mut command = Command::new(binary("artipul-server"));
    command.arg("audit").env_clear().arg("--data-dir").arg(folder.path());
    command.arg("--database-url").arg(world.database_url());
    if world.backend() == Backend::Shared {
        command.args(["--jwt-secret", "a secret that is as long as it has to be"]);
    }
    command.output().await.unwrap()
}

fn lines(output: &[u8]) -> Vec<String> {
    String::from_utf8(output.to_vec()).unwrap().lines().map(str::to_owned).collect()
}

on_every_backend! {
    async fn a_sound_database_is_said_to_be_in_order(world: &World) {
        let sound = Sound::database(world).await;
        let output = audit(world).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let [line] = &lines(&output.stdout)[..] else { panic!("{output:?}") };
        assert!(line.ends_with(": all in order"), "{line}");
        let auctions = sound.world.audit().await.auctions;
        assert!(line.starts_with(&format!("{auctions} auctions, ")), "{line}");
    }

    async fn every_fault_of_a_damaged_one_is_listed(world: &World) {
        let sound = Sound::database(world).await;
        world.damage("UPDATE wallets SET balance = balance + 1").await;
        world.damage(&format!("UPDATE auctions SET bid_count = 9 WHERE id = {}", sound.open)).await;
        let faults = sound.faults().await;
        let wallets = world.number("SELECT COUNT(*) AS number FROM wallets").await;
        assert_eq!(i64::try_from(faults.len()).unwrap(), wallets + 1);
        let output = audit(world).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let mut said = lines(&output.stdout);
        let sum = said.pop().unwrap();
        assert!(sum.ends_with(&format!(": {} faults", faults.len())), "{sum}");
        said.sort();
        let mut faults = faults;
        faults.sort();
        assert_eq!(said, faults);
    }

    async fn a_database_that_is_not_there_is_no_sound_one(world: &World) {
        let mut command = Command::new(binary("artipul-server"));
        command.arg("audit").env_clear();
        let url = match world.backend() {
            Backend::Embedded => "sqlite:/nowhere/at/all.sqlite3".to_owned(),
            Backend::Shared => format!("{}x", world.database_url()),
        };
        command.args(["--database-url", &url]);
        command.args(["--jwt-secret", "a secret that is as long as it has to be"]);
        let output = command.output().await.unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{output:?}");
    }
}
