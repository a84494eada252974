//! The clock of a server's process is set.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use artipul_common::{AuctionId, problem::ProblemCode};
use artipul_server::db::auctions;
use artipul_tests::{code, in_ms, patiently};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::rig::{Crowd, Site, moment, rounds};

/// A clock for processes, apart from the machine's, that can be set while they run. What measures
/// lengths of time goes on undisturbed, as on a real machine.
struct WallClock {
    folder: TempDir,
    wrapper: Vec<String>,
}

impl WallClock {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("artipul-clock-").tempdir().unwrap();
        let file = folder.path().join("offset");
        let wrapper = [
            "/usr/bin/env".to_owned(),
            format!("LD_PRELOAD={}", library().display()),
            format!("FAKETIME_TIMESTAMP_FILE={}", file.display()),
            "FAKETIME_NO_CACHE=1".to_owned(),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
        ];
        let clock = Self { folder, wrapper: wrapper.to_vec() };
        clock.set(0);
        clock
    }

    fn wrapper(&self) -> Vec<&str> {
        self.wrapper.iter().map(String::as_str).collect()
    }

    /// Sets it so many seconds ahead of the machine's.
    fn set(&self, seconds: i64) {
        let file = self.folder.path().join("offset");
        // In one step, as it is read all the time.
        let next = file.with_extension("next");
        fs::write(&next, format!("{seconds:+}")).unwrap();
        fs::rename(next, file).unwrap();
    }
}

fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    folders
        .chain([PathBuf::from("/usr/lib"), PathBuf::from("/usr/lib64"), "/usr/local/lib".into()])
        .map(|folder| folder.join("faketime/libfaketimeMT.so.1"))
        .find(|path| Path::exists(path))
        .expect("libfaketime is not there: `tests/run` installs it")
}

const HOUR: i64 = 3_600;

/// How late an auction was settled, by the machine's clock. Nobody asks a server for it, since that
/// would remind it.
async fn lateness(site: &Site, id: AuctionId) -> Duration {
    let row = patiently(Duration::from_secs(30), "it is settled", async || {
        let row = site.look(move |conn| auctions::find(conn, id)).await.unwrap();
        row.closed_at.is_some().then_some(row)
    })
    .await;
    let late = row.closed_at.unwrap() - row.ends_at;
    late.to_std().expect("it was not closed early")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_clock_is_set_closes_no_auction_early_or_late() {
    let clock = WallClock::new();
    let site = Site::shared_under(1, &clock.wrapper(), &[]).await;
    let seller = site.people("seller", 1, &site.urls()).await.remove(0);
    let commits = async || site.servers[0].metric("artipul_desk_commit_seconds_count").await;
    for _ in 0..rounds() {
        for offset in [HOUR, -HOUR, 0] {
            clock.set(offset);
            let before = commits().await;
            let id = seller.list(|work| work.ends_at = in_ms(1_500)).await.id;
            let late = lateness(&site, id).await;
            assert!(late < Duration::from_secs(1), "{late:?} late after {offset} s");
            let transactions = commits().await - before;
            assert!(transactions < 20.0, "{transactions} to close one auction");
        }
    }
    let crowd = Crowd::at(&site).await;
    for offset in [HOUR, -HOUR, 0] {
        clock.set(offset);
        crowd.carries_on().await;
    }
    site.judges(crowd.goes_home().await).await;
}

/// On the embedded store the process's clock is the auctions' clock: set ahead, it ends them early;
/// set back, they are open for longer, and those that are younger have not started.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_embedded_store_a_clock_that_is_set_loses_no_bid_and_moves_no_end_back() {
    let clock = WallClock::new();
    let site = Site::embedded_under(&clock.wrapper(), None, &["--soft-close=20s"]).await;
    let crowd = Crowd::at(&site).await;
    let seller = site.people("seller", 1, &site.urls()).await.remove(0);
    let [anna, bora] = site.people("rival", 2, &site.urls()).await.try_into().ok().unwrap();
    anna.charge(90_000).await;
    bora.charge(90_000).await;
    for _ in 0..rounds() {
        let listed = seller.list(|work| work.ends_at = in_ms(70_000)).await;
        anna.bid(listed.id, 20).await;
        assert_eq!(seller.see(listed.id).await.ends_at, listed.ends_at);
        clock.set(60);
        // Only who changes the price or the leader moves the end.
        bora.bid(listed.id, 40).await;
        let moved = seller.see(listed.id).await.ends_at;
        assert!(moved > listed.ends_at);
        crowd.carries_on().await;
        clock.set(-60);
        sleep(moment()).await;
        assert_eq!(code(anna.try_bid(listed.id, 70).await), ProblemCode::AuctionNotStarted);
        clock.set(0);
        anna.bid(listed.id, 90).await;
        assert_eq!(seller.see(listed.id).await.ends_at, moved);
        crowd.carries_on().await;
    }
    site.judges(crowd.goes_home().await).await;
}
