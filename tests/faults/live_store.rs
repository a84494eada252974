//! Redis dies, forgets, or hangs.

use std::time::Duration;

use tokio::time::sleep;

use crate::rig::{Crowd, Site, moment, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_bids_go_on_and_an_empty_one_is_as_good() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        site.redis().kill().await;
        crowd.carries_on().await;
        site.redis().restart().await;
        crowd.carries_on().await;
    }
    let told = crowd.goes_home().await;
    assert_eq!(told.unanswered, 0, "nobody is turned away");
    site.judges(told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgets_everything_is_missed_by_nobody() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() * 5 {
        site.redis().flush().await;
        sleep(moment() / 5).await;
    }
    crowd.carries_on().await;
    let told = crowd.goes_home().await;
    assert_eq!((told.unanswered, told.losses), (0, 0), "nobody notices");
    site.judges(told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_hangs_bids_go_on() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        site.redis().freeze().await;
        for _ in 0..4 {
            crowd.carries_on().await;
            sleep(Duration::from_millis(1_500)).await;
        }
        site.redis().thaw().await;
        crowd.carries_on().await;
    }
    let told = crowd.goes_home().await;
    assert_eq!(told.unanswered, 0, "nobody is turned away");
    site.judges(told).await;
}
