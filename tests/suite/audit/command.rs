//! `artipul-server audit`: a list on standard output, and an exit status.

use std::process::Output;

use artipul_tests::{Backend, World, binary, on_every_backend};
use tokio::process::Command;

use super::Sound;

/// Runs the command on a database, as an operator would beside the server.
async fn audit_of(database_url: &str, flags: &[&str]) -> Output {
    let mut command = Command::new(binary("artipul-server"));
    command.arg("audit").env_clear().args(["--database-url", database_url]);
    command.args(["--jwt-secret", "a secret that is as long as it has to be"]).args(flags);
    command.output().await.unwrap()
}

async fn audit(world: &World) -> Output {
    audit_of(&world.database_url(), &[]).await
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

    async fn it_changes_nothing(world: &World) {
        let sound = Sound::database(world).await;
        let before = world.tables().await;
        // Settings of its own are none of the database's.
        let output = audit_of(&world.database_url(), &["--soft-close", "17s"]).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(world.tables().await, before);
        sound.is_found_sound().await;
    }

    async fn a_database_that_is_not_there_is_no_sound_one(world: &World) {
        let folder = tempfile::Builder::new().prefix("artipul-test-").tempdir().unwrap();
        let url = match world.backend() {
            Backend::Embedded => format!("sqlite:{}", folder.path().join("none.sqlite3").display()),
            Backend::Shared => format!("{}x", world.database_url()),
        };
        let output = audit_of(&url, &[]).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{output:?}");
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "it is not made, either");
    }

    async fn tables_of_another_version_are_not_looked_at(world: &World) {
        world.is_damaged_on_purpose();
        world.sql("DELETE FROM __diesel_schema_migrations").await;
        let output = audit(world).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("not those of this version"), "{said}");
    }
}
