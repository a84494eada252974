//! The database dies, hangs, hangs up, or has rows locked.

use crate::rig::{Crowd, Site, moment, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_killed_loses_no_bid() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        site.mariadb().kill().await;
        tokio::time::sleep(moment() / 2).await;
        site.mariadb().restart().await;
        crowd.carries_on().await;
    }
    let told = crowd.goes_home().await;
    assert!(told.unanswered > 0, "without a database nothing is answered");
    site.judges(told).await;
}
