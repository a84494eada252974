//! Reads the log of this process as an operator would: the phone codes of the `log` sender, and
//! every line that mentions something.

use std::{
    collections::HashMap,
    fmt::{Debug, Write},
    sync::{Arc, Mutex, Once, OnceLock},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, util::SubscriberInitExt};

use crate::eventually;

#[derive(Default)]
struct Log {
    codes: HashMap<String, String>,
    mentions: Vec<(String, Lines)>,
}

type Lines = Arc<Mutex<Vec<String>>>;

fn log() -> &'static Mutex<Log> {
    static LOG: OnceLock<Mutex<Log>> = OnceLock::new();
    LOG.get_or_init(Mutex::default)
}

/// Starts reading the log of this process.
pub(crate) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let printed = tracing_subscriber::fmt::layer()
            .with_test_writer()
            .with_filter(tracing_subscriber::EnvFilter::from_env("ARTIPUL_TEST_LOG"));
        tracing_subscriber::registry().with(Reader).with(printed).init();
    });
}

/// The last code that was sent to a phone, E.164; it is taken out.
pub async fn phone_code(phone: &str) -> String {
    eventually("the code is sent", async || log().lock().unwrap().codes.remove(phone)).await
}

/// The lines that the server logs from now on, at whatever level, and that contain a text. All
/// servers of this process log into one, so the text must be of one test.
pub struct Mentions {
    lines: Lines,
}

impl Mentions {
    /// Starts looking for a text.
    pub fn of(text: impl Into<String>) -> Self {
        let lines = Lines::default();
        log().lock().unwrap().mentions.push((text.into(), Arc::clone(&lines)));
        Self { lines }
    }

    /// What was found so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

struct Reader;

impl<S: Subscriber> Layer<S> for Reader {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let target = event.metadata().target();
        if !target.starts_with("artipul_server") {
            return;
        }
        let mut line = Line(format!("{} {target}:", event.metadata().level()));
        event.record(&mut line);
        let Line(line) = line;
        let mut log = log().lock().unwrap();
        if target == "artipul_server::sms"
            && let Some((_, sent)) = line.split_once("code=")
            && let Some((code, phone)) = sent.split_once(" phone=")
        {
            log.codes.insert(phone.to_owned(), code.to_owned());
        }
        for (text, lines) in &log.mentions {
            if line.contains(text) {
                lines.lock().unwrap().push(line.clone());
            }
        }
    }
}

/// An event as a line: its message and fields.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let written = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
        written.unwrap();
    }
}
