//! The bodies of answers.

use std::cell::RefCell;

use bytes::Bytes;
use serde::Serialize;
use warp::{
    http::{HeaderValue, header},
    reply::Response,
};

/// Room for a body that is kept for the next one, in bytes.
const KEPT: usize = 16 * 1024;
/// As many headers as an answer has at least, for which the same goes.
const USUAL_HEADERS: usize = 12;

/// A value as JSON.
pub(super) fn json(value: &impl Serialize) -> Bytes {
    thread_local!(static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
    ROOM.with_borrow_mut(|room| {
        // Of one that could not be written to its end, something may be left.
        room.clear();
        serde_json::to_writer(&mut *room, value).expect("what is answered has string keys only");
        let json = Bytes::copy_from_slice(room);
        if room.capacity() > KEPT {
            *room = Vec::new();
        }
        json
    })
}

/// The answer 200 with a body.
pub(super) fn of(bytes: Bytes, content_type: &'static str) -> Response {
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.reserve(USUAL_HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use serde::{Serializer, ser::Error, ser::SerializeSeq};

    use super::*;

    /// Fails after its beginning.
    struct Torn;

    impl Serialize for Torn {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_seq(None)?.serialize_element("a secret")?;
            Err(S::Error::custom("torn"))
        }
    }

    #[test]
    fn an_answer_begins_with_nothing_of_one_that_failed() {
        let torn = std::panic::catch_unwind(|| json(&Torn));
        assert!(torn.is_err());
        assert_eq!(json(&[1, 2]), "[1,2]");
    }

    #[test]
    fn a_long_answer_leaves_no_room_behind_and_harms_none() {
        let long = "x".repeat(4 * KEPT);
        assert_eq!(json(&long).len(), long.len() + 2);
        assert_eq!(json(&"y"), "\"y\"");
    }
}
