//! A server that stands in for somebody else's, and says what it is told to.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use warp::{
    Filter,
    http::{HeaderMap, Method, Response, header},
    path::FullPath,
};

/// A request, as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The parameters of the query.
    pub query: BTreeMap<String, String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Asked {
    /// The body as JSON.
    ///
    /// # Panics
    /// It is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The fields of a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        pairs(&String::from_utf8_lossy(&self.body))
    }

    /// A header's value; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What is said.
#[derive(Debug, Clone)]
pub enum Told {
    /// JSON with a status.
    Json(u16, Value),
    /// Any bytes with a status.
    Bytes(u16, Vec<u8>),
    /// Somewhere else.
    Elsewhere(String),
    /// Nothing, for as long as anybody waits.
    Nothing,
}

/// A server that stands in for another.
pub struct Stand {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

impl Stand {
    /// A server on a free port, which answers so.
    pub async fn new(answer: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let heard = Arc::clone(&asked);
        let answer = Arc::new(answer);
        let routes = warp::method()
            .and(warp::path::full())
            .and(warp::query::raw().or(warp::any().map(String::new)).unify())
            .and(warp::header::headers_cloned())
            .and(warp::body::bytes())
            .then(move |method, path: FullPath, query: String, headers, body| {
                let path = path.as_str().to_owned();
                let asked = Asked { method, path, query: pairs(&query), headers, body };
                heard.lock().unwrap().push(asked.clone());
                let told = answer(&asked);
                async move { reply(told).await }
            });
        let serving =
            tokio::spawn(async move { warp::serve(routes).incoming(listener).run().await });
        Self { address, asked, serving }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked at a path, in order.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn reply(told: Told) -> Response<Bytes> {
    let builder = Response::builder();
    let response = match told {
        Told::Json(status, value) => builder
            .status(status)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(value.to_string())),
        Told::Bytes(status, bytes) => builder.status(status).body(Bytes::from(bytes)),
        Told::Elsewhere(url) => {
            builder.status(302).header(header::LOCATION, url).body(Bytes::new())
        }
        Told::Nothing => std::future::pending().await,
    };
    response.unwrap()
}

/// The parameters of a query or of a form.
pub fn pairs(text: &str) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://h/?{text}")).unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}
