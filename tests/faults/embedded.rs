//! The embedded store has no room left.

use std::{fs, path::PathBuf, time::Duration};

use artipul_tests::patiently;
use tempfile::TempDir;
use tokio::{process::Command, time::sleep};

use crate::rig::{Crowd, Site, moment, rounds, say_loudly};

const PATIENCE: Duration = Duration::from_secs(60);
/// More than a crowd ever writes: the disk is full when it is filled, and has room when it is not.
const SMALL: usize = 512 << 20;

/// A file system that can be filled.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// One in memory; none where this machine lets nobody mount.
    async fn mount() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("artipul-disk-").tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={SMALL}"), "tmpfs"]).arg(folder.path());
        let output = mount.output().await.unwrap();
        if output.status.success() {
            return Some(Self { folder });
        }
        let why = String::from_utf8_lossy(&output.stderr);
        say_loudly(&format!("no full disk here, only a limit on files: {}", why.trim()));
        None
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Takes what room is left.
    fn fill(&self) {
        use std::io::Write;
        let mut ballast = fs::File::create(self.ballast()).unwrap();
        // Until there is none, to the last block.
        while ballast.write_all(&[0; 64 * 1024]).is_ok() {}
        while ballast.write_all(&[0; 512]).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

/// Lets a process write no file beyond this size, or wherever it wants again.
async fn limit_files(pid: u32, bytes: Option<u64>) {
    let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    let mut command = Command::new("prlimit");
    command.args(["--pid", &pid.to_string(), &format!("--fsize={limit}:unlimited")]);
    assert!(command.status().await.unwrap().success());
}

/// Waits until bids are put off, and a moment more.
async fn is_full(crowd: &Crowd) {
    let before = crowd.unanswered();
    patiently(PATIENCE, "bids are put off", async || (crowd.unanswered() > before).then_some(()))
        .await;
    sleep(moment()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_puts_bids_off_and_loses_none() {
    // Where nothing can be mounted, the limit on files below stands for it.
    let Some(disk) = SmallDisk::mount().await else { return };
    let site = Site::embedded_under(&[], Some(disk.path()), &[]).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        disk.fill();
        is_full(&crowd).await;
        disk.make_room();
        crowd.carries_on().await;
    }
    site.judges(crowd.goes_home().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_grow_puts_bids_off_and_loses_none() {
    // The signal that comes with the limit would end the program.
    let ignoring = ["/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
    let site = Site::embedded_under(&ignoring, None, &[]).await;
    let crowd = Crowd::at(&site).await;
    let pid = site.servers[0].process().pid();
    for _ in 0..rounds() {
        limit_files(pid, Some(4096)).await;
        is_full(&crowd).await;
        limit_files(pid, None).await;
        crowd.carries_on().await;
    }
    site.judges(crowd.goes_home().await).await;
}
