//! A load balancer in front of servers, such as operators have: connections go to the servers in
//! turn, and past those that take none.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A balancer; it ends when it is dropped.
pub(crate) struct Balancer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Balancer {
    /// A balancer in front of these addresses.
    pub(crate) async fn before(servers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let servers = Arc::new(servers);
        let turn = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (servers, turn) = (Arc::clone(&servers), Arc::clone(&turn));
                tokio::spawn(async move {
                    let Some(mut far) = connect(&servers, &turn).await else { return };
                    let _ = near.set_nodelay(true);
                    let _ = far.set_nodelay(true);
                    // Either side may end it at any time.
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { address, task }
    }

    /// How to reach it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connect(servers: &[String], turn: &AtomicUsize) -> Option<TcpStream> {
    let first = turn.fetch_add(1, Ordering::Relaxed);
    for number in 0..servers.len() {
        let server = &servers[(first + number) % servers.len()];
        if let Ok(stream) = TcpStream::connect(server).await {
            return Some(stream);
        }
    }
    None
}
