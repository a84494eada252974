//! A fire drill, in builds for development only: with `ARTIPUL_DRILL` set to a place, the next
//! paste makes the client panic there, so that it can be seen what is left of the terminal.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::app::msg::Msg;

/// Whether the next frame panics.
static ALARM: AtomicBool = AtomicBool::new(false);

/// Panics if it is asked for: at once, in another thread, or in the next frame.
pub(crate) fn hear(msg: &Msg) {
    if !matches!(msg, Msg::Paste(_)) {
        return;
    }
    match std::env::var("ARTIPUL_DRILL").as_deref() {
        Ok("update") => panic!("a drill in an update"),
        // It has panicked when this returns, so what it said is known.
        Ok("task") => drop(thread::spawn(|| panic!("a drill in a task")).join()),
        Ok("frame") => ALARM.store(true, Ordering::Relaxed),
        _ => {}
    }
}

/// Panics if this frame is to.
pub(crate) fn begin_frame() {
    assert!(!ALARM.load(Ordering::Relaxed), "a drill in a frame");
}
