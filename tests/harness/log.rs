//! Reads phone codes where an operator would: in the log of the `log` sender.

use std::{
    collections::HashMap,
    fmt::Debug,
    sync::{Mutex, Once, OnceLock},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, util::SubscriberInitExt};

use crate::eventually;

fn codes() -> &'static Mutex<HashMap<String, String>> {
    static CODES: OnceLock<Mutex<HashMap<String, String>>> = OnceLock::new();
    CODES.get_or_init(Mutex::default)
}

/// Starts reading the log of this process.
pub(crate) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let log = tracing_subscriber::fmt::layer()
            .with_test_writer()
            .with_filter(tracing_subscriber::EnvFilter::from_env("ARTIPUL_TEST_LOG"));
        tracing_subscriber::registry().with(Codes).with(log).init();
    });
}

/// The last code that was sent to a phone, E.164; it is taken out.
pub async fn phone_code(phone: &str) -> String {
    eventually("the code is sent", async || codes().lock().unwrap().remove(phone)).await
}

struct Codes;

impl<S: Subscriber> Layer<S> for Codes {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "artipul_server::sms" {
            event.record(&mut Message);
        }
    }
}

struct Message;

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let message = format!("{value:?}");
        let parts = message.strip_prefix("code=").and_then(|rest| rest.split_once(" phone="));
        if let Some((code, phone)) = parts.filter(|_| field.name() == "message") {
            codes().lock().unwrap().insert(phone.to_owned(), code.to_owned());
        }
    }
}
