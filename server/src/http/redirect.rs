//! Where those who come without TLS are sent: to the same path, with it.

use std::{convert::Infallible, sync::Arc, time::Duration};

use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};
use warp::{
    http::{HeaderValue, StatusCode, header, uri::Authority},
    reply::Response,
};

use super::serve::{OUT_OF_FILES, told_to_stop};

/// Connections at the same time; each asks once.
const CONNECTIONS: usize = 512;

/// Where to.
#[derive(Debug, Clone)]
pub enum Target {
    /// To this address, which clients know.
    Url(String),
    /// To this port of the host that was asked for.
    Port(u16),
}

impl Target {
    /// The address of what a request asks for; none if it does not say of which host.
    fn of<B>(&self, request: &Request<B>) -> Option<String> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        match self {
            Self::Url(url) => Some(format!("{url}{path}")),
            Self::Port(port) => {
                let host = request.headers().get(header::HOST)?.to_str().ok()?;
                let authority: Authority = host.parse().ok()?;
                let host = authority.host();
                Some(match port {
                    443 => format!("https://{host}{path}"),
                    port => format!("https://{host}:{port}{path}"),
                })
            }
        }
    }

    fn answer<B>(&self, request: &Request<B>) -> Response {
        let mut response = Response::default();
        let location = self.of(request).and_then(|url| HeaderValue::try_from(url).ok());
        match location {
            Some(location) => {
                *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
                response.headers_mut().insert(header::LOCATION, location);
            }
            None => *response.status_mut() = StatusCode::BAD_REQUEST,
        }
        response
    }
}

/// Sends away whoever comes, until told to stop.
pub async fn redirect(
    listener: TcpListener,
    target: Target,
    header_timeout: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told_to_stop(&mut stopping) => return,
        };
        let Ok((stream, _)) = accepted else {
            sleep(OUT_OF_FILES).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let target = target.clone();
        tokio::spawn(async move {
            let _place = place;
            // Whoever does not ask in time is sent nowhere.
            let _ = timeout(header_timeout, send_away(stream, &target)).await;
        });
    }
}

async fn send_away(stream: TcpStream, target: &Target) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = target.answer(&request);
        async move { Ok::<_, Infallible>(response) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).keep_alive(false);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "nobody was sent away");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(target: &Target, host: Option<&str>, path: &str) -> Option<String> {
        let mut request = Request::get(path);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let response = target.answer(&request.body(()).unwrap());
        let location = response.headers().get("location")?;
        assert_eq!(response.status(), 308);
        Some(location.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_same_path_is_asked_for_over_tls() {
        let url = Target::Url("https://artipul.example".to_owned());
        let expected = Some("https://artipul.example/v1/auctions?sort=ending".to_owned());
        assert_eq!(location(&url, Some("evil.example"), "/v1/auctions?sort=ending"), expected);
        assert_eq!(
            location(&Target::Port(443), Some("artipul.example:80"), "/v1").as_deref(),
            Some("https://artipul.example/v1")
        );
        assert_eq!(
            location(&Target::Port(7443), Some("[::1]:7480"), "/v1").as_deref(),
            Some("https://[::1]:7443/v1")
        );
    }

    #[test]
    fn without_a_host_there_is_nowhere_to_go() {
        for host in [None, Some(""), Some("a b"), Some("a/b")] {
            assert_eq!(location(&Target::Port(443), host, "/"), None, "{host:?}");
        }
    }
}
