//! A stream of events as its bytes come, for what no typed client shows.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use reqwest::{RequestBuilder, Version, header::HeaderMap};
use tokio::task::JoinHandle;

use crate::eventually;

/// A stream that is read until it is dropped.
pub struct Feed {
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The version of HTTP that it came over.
    pub version: Version,
    text: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
}

impl Feed {
    /// Opens a stream.
    ///
    /// # Panics
    /// It is refused.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", response.url());
        let (headers, version) = (response.headers().clone(), response.version());
        let text = Arc::new(Mutex::new(String::new()));
        let read = Arc::clone(&text);
        let reading = tokio::spawn(async move {
            let mut chunks = response.bytes_stream();
            while let Some(Ok(chunk)) = chunks.next().await {
                read.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk));
            }
        });
        Self { headers, version, text, reading }
    }

    /// What has come so far.
    pub fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// Waits until this has come; all that has come by then.
    pub async fn until(&self, part: &str) -> String {
        eventually(part, async || Some(self.text()).filter(|text| text.contains(part))).await
    }

    /// Whether the server has ended it.
    pub fn is_over(&self) -> bool {
        self.reading.is_finished()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.reading.abort();
    }
}
