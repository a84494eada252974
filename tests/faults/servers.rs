//! A server dies, or is replaced.

use artipul_common::{
    AuctionId,
    client::{Client, tokens::MemoryTokens},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::rig::{Balancer, Crowd, Instance, Site, moment, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_amid_bids_loses_none() {
    let mut site = Site::shared(2).await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        site.servers[0].kill().await;
        crowd.carries_on().await;
        site.servers[0].restart().await;
        crowd.carries_on().await;
    }
    let told = crowd.goes_home().await;
    assert!(told.losses > 0, "streams were lost with the server");
    site.judges(told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_server_that_is_killed_amid_bids_loses_none() {
    let mut site = Site::embedded().await;
    let crowd = Crowd::at(&site).await;
    for _ in 0..rounds() {
        site.servers[0].kill().await;
        tokio::time::sleep(moment() / 2).await;
        site.servers[0].restart().await;
        crowd.carries_on().await;
    }
    let told = crowd.goes_home().await;
    assert!(told.losses > 0, "streams were lost with the server");
    site.judges(told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_are_replaced_one_by_one_and_nobody_is_turned_away() {
    let mut site = Site::shared(2).await;
    let servers = site.servers.iter().map(Instance::address).collect();
    let balancer = Balancer::before(servers).await;
    let crowd = Crowd::through(&site, &[balancer.url()]).await;
    for _ in 0..rounds() {
        for number in 0..2 {
            assert_eq!(site.servers[number].terminate().await, Some(0));
            crowd.carries_on().await;
            site.servers[number].restart().await;
            crowd.carries_on().await;
        }
    }
    let told = crowd.goes_home().await;
    assert_eq!(told.unanswered, 0, "the client's own retry covers every request");
    // Every server was gone once, so every stream that came to the true state has moved over.
    site.judges(told).await;
}

#[tokio::test]
async fn a_proxy_that_reaches_no_server_is_asked_again() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let mut requests = 0;
        while requests < 4 {
            let (mut connection, _) = proxy.accept().await.unwrap();
            let _ = connection.read(&mut [0; 4096]).await.unwrap();
            let answer =
                b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            connection.write_all(answer).await.unwrap();
            requests += 1;
        }
    });
    let client = Client::new(&url, MemoryTokens::default()).unwrap();
    let error = client.auction(AuctionId::new(1)).await.unwrap_err();
    assert!(error.is_passing(), "{error:?}");
    answering.await.unwrap();
}
