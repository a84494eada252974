//! Several faults at once.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::rig::{Crowd, Site, moment, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb_and_redis_are_killed_at_once() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        let Site { mariadb, redis, .. } = &mut site;
        let (mariadb, redis) = (mariadb.as_mut().unwrap(), redis.as_mut().unwrap());
        tokio::join!(mariadb.kill(), redis.kill());
        sleep(moment() / 2).await;
        tokio::join!(mariadb.restart(), redis.restart());
        crowd.carries_on().await;
    }
    site.judges(crowd.goes_home().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_killed_while_the_database_hangs() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        site.mariadb().freeze().await;
        sleep(moment() / 2).await;
        site.servers[0].kill().await;
        site.mariadb().thaw().await;
        site.servers[0].restart().await;
        crowd.carries_on().await;
    }
    site.judges(crowd.goes_home().await).await;
}

/// Whatever can happen happens, in no order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_day_loses_no_bid() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    let over = Instant::now() + moment() * rounds() * 3;
    while Instant::now() < over {
        let pause = Duration::from_millis(rand::random_range(50..800));
        let fault = rand::random_range(0..7);
        println!("fault {fault} for {pause:?}");
        match fault {
            0 | 1 => {
                site.servers[fault].kill().await;
                sleep(pause).await;
                site.servers[fault].restart().await;
            }
            2 => {
                site.mariadb().kill().await;
                sleep(pause).await;
                site.mariadb().restart().await;
            }
            3 => {
                site.mariadb().freeze().await;
                sleep(pause).await;
                site.mariadb().thaw().await;
            }
            4 => site.mariadb().administer("KILL HARD USER artipul@127.0.0.1").await,
            5 => {
                site.redis().kill().await;
                sleep(pause).await;
                site.redis().restart().await;
            }
            _ => site.redis().flush().await,
        }
        sleep(pause).await;
    }
    crowd.carries_on().await;
    site.judges(crowd.goes_home().await).await;
}
