//! What is known of a request while it is answered.

use std::net::IpAddr;

use warp::http::HeaderMap;

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

tokio::task_local! {
    pub(super) static REQUEST_ID: String;
}

/// The id of the request that this task works on.
pub(super) fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}
