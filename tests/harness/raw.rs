//! Requests that no well-behaved client sends, byte by byte.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Answer, World, within};

impl World {
    /// The answer to these bytes, over a connection of their own. What follows an answer's head
    /// is taken as its body until the server closes the connection or the declared length is
    /// reached.
    ///
    /// # Panics
    /// No answer comes, or it is no HTTP.
    pub async fn send_bytes(&self, bytes: &[u8]) -> Answer {
        let address = self.url();
        let address = address.strip_prefix("http://").unwrap();
        let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
        let bytes = bytes.to_vec();
        let sent = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(100)..]).into_owned();
        // A server that refuses early need not read the rest.
        let sending = tokio::spawn(async move {
            let _ = writer.write_all(&bytes).await;
            writer
        });
        let mut received = Vec::new();
        let answer = within("an answer to raw bytes", async {
            loop {
                let mut buffer = [0; 16 * 1024];
                let count = reader.read(&mut buffer).await.unwrap_or(0);
                received.extend_from_slice(&buffer[..count]);
                match parse(&received) {
                    Some(answer) if count == 0 || is_whole(&answer) => return answer,
                    None if count == 0 => {
                        panic!(
                            "no answer, but {:?}, to {sent:?}",
                            String::from_utf8_lossy(&received)
                        )
                    }
                    _ => {}
                }
            }
        })
        .await;
        sending.abort();
        answer
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: HeaderMap = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_str(value.trim()).unwrap())
        })
        .collect();
    Some(Answer { status, headers, body: bytes[end + 4..].to_vec() })
}

fn is_whole(answer: &Answer) -> bool {
    let declared = answer.header("content-length").and_then(|length| length.parse().ok());
    declared.is_some_and(|length: usize| answer.body.len() >= length)
}
