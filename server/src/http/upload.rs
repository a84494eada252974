//! Forms with files (`multipart/form-data`): received into files that have no name, so that
//! nothing of them is left behind, and never as a whole into memory.

use std::{
    fs::File,
    io,
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use artipul_common::{
    limits,
    problem::{FieldError, ProblemCode},
};
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use multer::{Field, Multipart};
use tokio::io::AsyncWriteExt;
use warp::http::{HeaderValue, header};

use super::{problem::Failure, request::RequestInfo};

/// The name under which every file is sent.
const FIELD: &str = "image";
/// How much of a form that is refused is read and thrown away.
const THROWN_AWAY: usize = 2 * limits::MAX_UPLOAD_BYTES;
/// Bytes before, between and behind files at a stretch: a head of a part is far smaller.
const MAX_BETWEEN: usize = 64 * 1024;

/// A form that is on its way.
pub struct Upload {
    info: Arc<RequestInfo>,
    body: Body,
}

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send>>;

/// Why a body is not read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Stopped {
    #[error("the body ended before its end")]
    CutOff,
    #[error("the body is too large")]
    TooLarge,
    #[error("there is too much between the files")]
    TooMuchBetween,
}

/// The bytes of a body as they come: one piece at a time, so that whoever reads them keeps no more
/// of them than he has to, and no more of them than there may be.
struct Body {
    chunks: Chunks,
    received: usize,
    /// Bytes that have been read and are not known to be of a file.
    between: Arc<AtomicUsize>,
    is_paused: bool,
    is_over: bool,
}

impl Stream for Body {
    type Item = Result<Bytes, Stopped>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        // `multer` takes whatever is ready, to the end of the body, before it gives any of it on.
        if std::mem::take(&mut self.is_paused) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        // It also keeps what it finds no boundary in, and searches all of it again each time.
        if self.between.load(Ordering::Relaxed) > MAX_BETWEEN {
            return Poll::Ready(Some(Err(Stopped::TooMuchBetween)));
        }
        let next = std::task::ready!(self.chunks.as_mut().poll_next(context));
        let next = next.map(|chunk| chunk.map_err(|_| Stopped::CutOff));
        let Some(Ok(chunk)) = next else {
            self.is_over = true;
            return Poll::Ready(next);
        };
        self.received += chunk.len();
        self.between.fetch_add(chunk.len(), Ordering::Relaxed);
        self.is_paused = true;
        let is_too_large = self.received > limits::MAX_UPLOAD_BYTES;
        Poll::Ready(Some(if is_too_large { Err(Stopped::TooLarge) } else { Ok(chunk) }))
    }
}

impl Upload {
    pub(super) fn new(
        info: Arc<RequestInfo>,
        body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + 'static,
    ) -> Self {
        let chunks = Box::pin(body.map(|chunk| {
            chunk.map(|mut chunk| {
                let length = chunk.remaining();
                chunk.copy_to_bytes(length)
            })
        }));
        let body =
            Body { chunks, received: 0, between: Arc::default(), is_paused: false, is_over: false };
        Self { info, body }
    }

    /// Refuses the form. What is on its way is thrown away, since whoever is cut off while he
    /// sends may never see why.
    pub async fn refuse(mut self, failure: Failure) -> Failure {
        self.throw_away().await;
        failure
    }

    async fn throw_away(&mut self) {
        if self.declared_length() > THROWN_AWAY {
            return;
        }
        while self.body.received <= THROWN_AWAY
            && let Some(Ok(chunk)) = self.body.chunks.next().await
        {
            self.body.received += chunk.len();
        }
    }

    /// Receives the files, in the order in which they come, each read from its beginning on.
    ///
    /// # Errors
    /// It is no such form, has other fields, is cut off, or is larger than it may be, in all or
    /// one of its files.
    pub async fn receive(mut self, inbox: &Path) -> Result<Vec<File>, Failure> {
        let received = self.try_receive(inbox).await;
        if received.is_err() {
            self.throw_away().await;
        }
        received
    }

    async fn try_receive(&mut self, inbox: &Path) -> Result<Vec<File>, Failure> {
        let boundary = self.boundary()?;
        if self.declared_length() > limits::MAX_UPLOAD_BYTES {
            return Err(Stopped::TooLarge.into());
        }
        receive_files(&mut self.body, boundary, inbox).await
    }

    fn boundary(&self) -> Result<String, Failure> {
        let content_type = self.info.headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str);
        let content_type = content_type.and_then(Result::ok).unwrap_or_default();
        multer::parse_boundary(content_type).map_err(|error| match error {
            multer::Error::NoBoundary => {
                Failure::new(ProblemCode::InvalidHeader, "Content-Type has no boundary")
            }
            _ => Failure::new(
                ProblemCode::UnsupportedMediaType,
                "the body must be declared as multipart/form-data",
            ),
        })
    }

    /// How long the body says that it is; nothing if it does not say.
    fn declared_length(&self) -> usize {
        let declared = self.info.headers.get(header::CONTENT_LENGTH);
        declared.and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or_default()
    }
}

async fn receive_files(
    body: &mut Body,
    boundary: String,
    inbox: &Path,
) -> Result<Vec<File>, Failure> {
    let between = Arc::clone(&body.between);
    let mut form = Multipart::new(body, boundary);
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        between.store(0, Ordering::Relaxed);
        let at = format!("{FIELD}.{}", files.len());
        if field.name() != Some(FIELD) {
            let name = field.name().unwrap_or_default();
            let detail = format!("there is no field of this name; files are sent as {FIELD:?}");
            return Err(Failure::field(name, "unknown-field", &detail));
        }
        if files.len() == limits::MAX_IMAGES {
            return Err(too_many());
        }
        files.push(receive_file(field, &between, &at, inbox).await?);
    }
    if files.is_empty() {
        return Err(Failure::field(FIELD, "required", "there is no file in the form"));
    }
    Ok(files)
}

async fn receive_file(
    mut field: Field<'_>,
    between: &AtomicUsize,
    at: &str,
    inbox: &Path,
) -> Result<File, Failure> {
    let file = tempfile::tempfile_in(inbox).map_err(full)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut length = 0;
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        between.store(0, Ordering::Relaxed);
        length += chunk.len();
        if length > limits::MAX_IMAGE_BYTES {
            let detail = format!("a picture has at most {} bytes", limits::MAX_IMAGE_BYTES);
            let error = FieldError::new(at, "too-large", detail);
            return Err(Failure::fields(vec![error.bounded(limits::MAX_IMAGE_BYTES as i64)]));
        }
        file.write_all(&chunk).await.map_err(full)?;
    }
    file.flush().await.map_err(full)?;
    Ok(file.into_std().await)
}

fn too_many() -> Failure {
    let detail = format!("a work has at most {} pictures", limits::MAX_IMAGES);
    let error = FieldError::new(FIELD, "too-many", detail);
    Failure::fields(vec![error.bounded(limits::MAX_IMAGES as i64)])
}

/// The disk does not take any more, or not just now.
fn full(error: io::Error) -> Failure {
    tracing::error!(%error, "an upload could not be written");
    Failure::busy("the server cannot take files just now")
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::TooLarge => {
                let detail = format!("a form has at most {} bytes", limits::MAX_UPLOAD_BYTES);
                Self::new(ProblemCode::BodyTooLarge, detail)
            }
            Stopped::CutOff | Stopped::TooMuchBetween => {
                Self::new(ProblemCode::BodyUnreadable, stopped.to_string())
            }
        }
    }
}

fn unreadable(error: multer::Error) -> Failure {
    if let multer::Error::StreamReadFailed(cause) = &error
        && let Some(stopped) = cause.downcast_ref::<Stopped>()
    {
        return (*stopped).into();
    }
    Failure::new(ProblemCode::BodyUnreadable, format!("the form cannot be read: {error}"))
}
