//! A server of a few fixed answers, for what only the runtime does: tasks, streams, sessions.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What it answers to a path.
#[derive(Clone)]
pub(super) enum Reply {
    Json(String),
    /// A JSON answer that sets the refresh cookie.
    Session(String, &'static str),
    /// Events, and then nothing more.
    Stream(String),
}

/// The running server.
pub(super) struct Fake {
    pub(super) base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Starts a server that answers by path, queries left out.
    pub(super) async fn start(replies: HashMap<&'static str, Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, replies.clone(), Arc::clone(&log)));
            }
        });
        Self { base, asked }
    }

    /// How often a path was asked for.
    pub(super) fn count(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == path).count()
    }
}

async fn serve(
    mut stream: TcpStream,
    replies: HashMap<&'static str, Reply>,
    log: Arc<Mutex<Vec<String>>>,
) {
    let mut bytes = Vec::new();
    loop {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |length| length.trim().parse::<usize>().unwrap());
        while bytes.len() < end + 4 + length {
            if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
        }
        bytes.drain(..end + 4 + length);
        let path = head.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
        log.lock().unwrap().push(path.clone());
        let (head, body) = match replies.get(path.as_str()) {
            Some(Reply::Json(body)) => (String::new(), body.clone()),
            Some(Reply::Session(body, cookie)) => {
                (format!("set-cookie: artipul_refresh={cookie}; HttpOnly\r\n"), body.clone())
            }
            Some(Reply::Stream(events)) => {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
                stream.write_all(format!("{head}{events}").as_bytes()).await.unwrap();
                // Open until the client goes.
                let _ = stream.read_buf(&mut bytes).await;
                return;
            }
            None => panic!("nobody thought of {path}"),
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{head}\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}
