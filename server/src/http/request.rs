//! What is known of a request while it is answered.

use std::{fmt, net::IpAddr, sync::Arc};

use warp::http::{HeaderMap, HeaderValue};

use crate::accounts::Caller;

/// What the router and the connection know of a request, for the extractors.
#[derive(Debug)]
pub(super) struct RequestInfo {
    /// Where it came from, before any proxy.
    pub(super) address: IpAddr,
    /// Whom the token names, if the router has read it.
    pub(super) caller: Option<Caller>,
    /// What stands in the path at the template's names, decoded, in their order.
    pub(super) params: Vec<String>,
    /// The query string, without the question mark.
    pub(super) query: Option<String>,
    /// The headers.
    pub(super) headers: HeaderMap,
}

/// What tells a request from all others, in answers and in the log: sixteen hexadecimal digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestId(u64);

impl RequestId {
    /// One that nobody can guess.
    pub(super) fn random() -> Self {
        Self(rand::random())
    }

    /// It as the value of a header.
    pub(super) fn header(self) -> HeaderValue {
        let digit = |place: usize| b"0123456789abcdef"[(self.0 >> (60 - 4 * place)) as usize & 0xf];
        let digits: [u8; 16] = std::array::from_fn(digit);
        HeaderValue::from_bytes(&digits).expect("digits are visible ASCII")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

tokio::task_local! {
    pub(super) static REQUEST_ID: RequestId;
    /// The request that this task works on, for the extractors. As an extension of the request it
    /// would take three allocations.
    pub(super) static REQUEST: Arc<RequestInfo>;
}

/// The id of the request that this task works on.
pub(super) fn request_id() -> String {
    REQUEST_ID.try_with(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_called_the_same_in_answers_and_in_the_log() {
        for id in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX].map(RequestId) {
            assert_eq!(id.header().to_str().unwrap(), id.to_string());
        }
        assert_eq!(RequestId(0xab).to_string(), "00000000000000ab");
    }
}
