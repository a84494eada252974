//! Redis dies, forgets, or hangs.

use crate::rig::{Crowd, Site, rounds};

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
    site.judges(crowd.goes_home().await).await;
}
