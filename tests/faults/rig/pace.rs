//! How long the load lasts, and how often a fault comes.

use std::{env, io::Write, time::Duration};

/// Seconds of load around each fault unless said otherwise.
const SECONDS: u64 = 1;
/// Seconds of load for which one more fault comes.
const SECONDS_PER_ROUND: u64 = 5;

fn seconds() -> u64 {
    match env::var("ARTIPUL_FAULT_SECONDS") {
        Ok(text) => text.parse().expect("ARTIPUL_FAULT_SECONDS is a number of seconds"),
        Err(_) => SECONDS,
    }
}

/// The load before and after a fault.
pub(crate) fn moment() -> Duration {
    Duration::from_secs(seconds() / u64::from(rounds())).max(Duration::from_secs(SECONDS))
}

/// How often the fault comes.
pub(crate) fn rounds() -> u32 {
    u32::try_from(seconds() / SECONDS_PER_ROUND).expect("it is a short time").max(1)
}

/// Says something that is to be heard also of a test that passes.
pub(crate) fn say_loudly(what: &str) {
    // What is printed is shown of tests that fail only; what is written is always seen.
    std::io::stderr().write_all(format!("\n*** {what} ***\n").as_bytes()).unwrap();
}
