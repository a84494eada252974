//! What stands between the network and the routes: who asks, whether he may, and what stands on every
//! answer.

use super::{headers::Headers, proxies::TrustedProxies, quotas::Quotas};

/// What stands between the network and the routes. By default it believes no proxy and limits
/// nobody.
#[derive(Default)]
pub struct Gate {
    /// The proxies that are believed.
    pub proxies: TrustedProxies,
    /// How many requests somebody may make.
    pub quotas: Option<Quotas>,
    /// What stands on every answer.
    pub headers: Headers,
}
