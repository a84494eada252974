//! A connection: a conversation in requests and answers, which hyper leads, until it ends or an
//! answer turns out to be a stream. Over HTTP/1 without TLS the stream then goes on without hyper, on
//! the bare socket.

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use warp::reply::Response;

use super::{
    handover::{Handed, Handover, Socket},
    punctual::Punctual,
    router::Router,
    serve::{Place, Settings, told_to_stop},
    streaming,
    timely::Timely,
};
use crate::stream::subscription::Direct;

/// A connection that was accepted.
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) place: Place,
    pub(super) router: Arc<Router>,
    pub(super) tls: Option<TlsAcceptor>,
}

/// A stream that a connection has become.
pub(super) struct Following {
    stream: Direct,
    _place: Place,
}

impl Future for Following {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.stream).poll(context)
    }
}

impl Connection {
    /// Runs until the connection ends, or becomes a stream.
    pub(super) async fn run(
        self,
        stream: TcpStream,
        settings: Settings,
        stopping: watch::Receiver<bool>,
    ) -> Option<Following> {
        // A price must not wait for a full packet.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was not set");
        }
        let Self { peer, place, router, tls } = self;
        let party = Party { peer, router, settings };
        if let Some(tls) = tls {
            // In a box, as those without it need not carry it about.
            Box::pin(party.talk_over(tls, stream, stopping)).await;
            return None;
        }
        let handover = Arc::new(Handover::default());
        let socket = Socket::new(stream, Arc::clone(&handover));
        let Handed { subscription, head, framing } =
            party.talk(socket, Some(&handover), stopping).await?;
        let stream = subscription.write_to(handover.socket()?, framing, head);
        Some(Following { stream, _place: place })
    }
}

/// Requests that a client of HTTP/2 may send before the first is answered.
const MOST_AT_ONCE: u32 = 64;
/// After so long without a word over HTTP/2, it is asked whether somebody is there.
const LOOKED_AFTER: Duration = Duration::from_secs(30);
/// Whoever does not answer that in time is not.
const NO_ANSWER: Duration = Duration::from_secs(15);

/// Both ends of a conversation, and its bounds.
struct Party {
    peer: SocketAddr,
    router: Arc<Router>,
    settings: Settings,
}

impl Party {
    /// Answers requests over TLS, once hands were shaken. A stream stays in hyper's hands, as it has
    /// to be encrypted.
    async fn talk_over(
        self,
        tls: TlsAcceptor,
        stream: TcpStream,
        mut stopping: watch::Receiver<bool>,
    ) {
        let handshake = timeout(self.settings.header_timeout, tls.accept(stream));
        let shaken = tokio::select! {
            shaken = handshake => shaken,
            () = told_to_stop(&mut stopping) => return,
        };
        match shaken {
            Ok(Ok(stream)) => {
                self.talk(stream, None, stopping).await;
            }
            Ok(Err(error)) => tracing::debug!(peer = %self.peer, %error, "no handshake"),
            Err(_) => tracing::debug!(peer = %self.peer, "no handshake in time"),
        }
    }

    /// Answers requests until the connection ends, or one is answered with a stream that is to have
    /// the socket for itself, if there is a handover.
    async fn talk(
        self,
        socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        handover: Option<&Arc<Handover>>,
        mut stopping: watch::Receiver<bool>,
    ) -> Option<Handed> {
        let Self { peer, router, settings } = self;
        let service = service_fn(|request: Request<Incoming>| {
            let router = Arc::clone(&router);
            let handover = handover.cloned();
            let request = request.map(|body| Timely::new(body, settings.header_timeout));
            async move { Ok::<_, Infallible>(answer(request, peer, &router, handover.as_deref()).await) }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // No `pipeline_flush`: with it, neither an event nor the answer to a malformed head leaves
        // while bytes of a later request wait.
        builder.http1().timer(TokioTimer::new()).header_read_timeout(settings.header_timeout);
        // Whoever has asked is answered even if he has said that he will say no more, and what was let
        // in is carried out to its end. Over TLS that would be a way to leave: a stream that stays in
        // hyper's hands ends with it.
        builder.http1().half_close(handover.is_some());
        // What an answer waits with until it is taken is kept, so there are not too many at once.
        builder.http2().timer(TokioTimer::new()).max_concurrent_streams(MOST_AT_ONCE);
        builder.http2().keep_alive_interval(LOOKED_AFTER).keep_alive_timeout(NO_ANSWER);
        let socket = Punctual::new(socket, settings.header_timeout);
        let connection = builder.serve_connection(TokioIo::new(socket), service);
        let mut connection = std::pin::pin!(connection);
        let mut is_stopping = false;
        loop {
            tokio::select! {
                // What is handed over is handed over while the connection is polled.
                biased;
                outcome = connection.as_mut() => {
                    if let Err(error) = outcome {
                        tracing::debug!(%peer, %error, "a connection ended early");
                    }
                    return None;
                }
                handed = poll_fn(|_| handover.map_or(Poll::Pending, |handover| handover.poll())) => {
                    return Some(handed);
                }
                () = told_to_stop(&mut stopping), if !is_stopping => {
                    connection.as_mut().graceful_shutdown();
                    is_stopping = true;
                }
            }
        }
    }
}

/// Answers a request, unless the answer is handed over.
async fn answer(
    request: Request<Timely<Incoming>>,
    peer: SocketAddr,
    router: &Router,
    handover: Option<&Handover>,
) -> Response {
    let framing = streaming::framing(&request);
    let mut response = router.answer(request, peer).await;
    let Some(subscription) = streaming::subscription(&mut response) else { return response };
    let Some((framing, handover)) = framing.zip(handover) else {
        return streaming::with_body(response, subscription);
    };
    let head = streaming::head(&response, framing);
    handover.hand(Handed { subscription, head, framing });
    pending().await
}
