//! How many requests somebody may make: which limit a route has, who is counted, and what stands of
//! it on the answer.

use std::{net::IpAddr, time::Duration};

use artipul_common::{UserId, problem::ProblemCode};
use warp::{
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    reply::Response,
};

use super::{extract::bearer, problem::Failure};
use crate::{
    accounts::{Accounts, Caller},
    config::{Config, Limit},
    live::{Balance, Holder, Kind, Live, Who},
    locality::Locality,
};

/// What stands on every answer of a limit: how many, how many are left, when all are back, and both
/// of the rule in one.
static NAMES: [HeaderName; 4] = [
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
    HeaderName::from_static("ratelimit-policy"),
];

/// Which limit a route has. Whoever looks after the server is not held up.
pub(super) fn kind_of(method: &Method, template: &str) -> Option<Kind> {
    match template {
        "/healthz" | "/readyz" | "/metrics" => None,
        "/v1/auctions/{id}/bids" | "/v1/auctions/{id}/purchase" if method == Method::POST => {
            Some(Kind::Bids)
        }
        _ if matches!(*method, Method::GET | Method::HEAD) => Some(Kind::Reads),
        _ => Some(Kind::Writes),
    }
}

/// The limits of a kind; none where as many as come are let in.
struct Limits {
    of_user: Option<Rule>,
    of_address: Option<Rule>,
}

/// A limit, and what stands of it on every answer.
struct Rule {
    limit: Limit,
    count: HeaderValue,
    policy: HeaderValue,
}

/// How many requests somebody may make.
pub struct Quotas {
    live: Live,
    accounts: Accounts,
    reads: Limits,
    bids: Limits,
    writes: Limits,
}

/// What is left of the limit that is nearest.
#[derive(Clone, Copy)]
pub(super) struct Allowance<'a> {
    rule: &'a Rule,
    balance: Balance,
}

impl Quotas {
    /// The limits of the configuration, counted in the live state.
    pub fn new(config: &Config, live: Live, accounts: Accounts) -> Self {
        let limits = |of_user: Option<Limit>, of_address: Option<Limit>| Limits {
            of_user: of_user.map(Rule::new),
            of_address: of_address.map(Rule::new),
        };
        Self {
            live,
            accounts,
            reads: limits(config.limit_reads, config.limit_reads_per_address),
            bids: limits(config.limit_bids, config.limit_bids_per_address),
            writes: limits(config.limit_writes, config.limit_writes_per_address),
        }
    }

    /// Who says that he asks, if his token is good. Whether it was signed out is not looked at:
    /// whoever has it uses up its user's allowance and nobody else's.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Option<Caller> {
        let token = bearer(headers).ok().flatten()?;
        self.accounts.read_token(token).ok()
    }

    /// Counts a request. A bid counts for its user and for his address; of anything else, users
    /// count wherever they are, and whoever is not signed in counts by his address.
    pub(super) fn count(
        &self,
        kind: Kind,
        user: Option<UserId>,
        address: IpAddr,
    ) -> Option<Allowance<'_>> {
        let (limits, address_counts) = match kind {
            Kind::Reads => (&self.reads, user.is_none()),
            Kind::Bids => (&self.bids, true),
            Kind::Writes => (&self.writes, user.is_none()),
        };
        let take = |who, rule| self.take(Holder { kind, who }, rule);
        let rule = user.zip(limits.of_user.as_ref());
        let of_user = rule.map(|(user, rule)| take(Who::User(user), rule));
        if of_user.is_some_and(|allowance| allowance.balance.wait.is_some()) {
            return of_user;
        }
        let rule = limits.of_address.as_ref().filter(|_| address_counts);
        let of_address = rule.map(|rule| take(Who::At(Locality::from(address)), rule));
        [of_user, of_address].into_iter().flatten().min_by_key(|allowance| allowance.balance.left)
    }

    fn take<'a>(&self, holder: Holder, rule: &'a Rule) -> Allowance<'a> {
        let balance = self.live.take(holder, rule.limit);
        if balance.wait.is_some() {
            let labels = [("limit", holder.kind.name()), ("of", holder.who.name())];
            metrics::counter!("artipul_limited_total", &labels).increment(1);
        }
        Allowance { rule, balance }
    }
}

impl Rule {
    fn new(limit: Limit) -> Self {
        let policy = format!("{};w={}", limit.count, seconds(limit.window));
        let policy = HeaderValue::try_from(policy).expect("numbers are visible ASCII");
        Self { limit, count: HeaderValue::from(limit.count), policy }
    }
}

impl Allowance<'_> {
    /// Why the request is not answered, if it is one too many.
    pub(super) fn refusal(&self) -> Option<Failure> {
        let wait = self.balance.wait?;
        let failure = Failure::new(ProblemCode::RateLimited, "too many requests");
        Some(failure.retry_after(seconds(wait).max(1)))
    }

    /// Says on an answer what is left.
    pub(super) fn write(&self, response: &mut Response) {
        let Self { rule, balance } = self;
        let headers = response.headers_mut();
        let [limit, remaining, reset, policy] = &NAMES;
        headers.insert(limit, rule.count.clone());
        headers.insert(remaining, HeaderValue::from(balance.left));
        headers.insert(reset, HeaderValue::from(seconds(balance.full_in)));
        headers.insert(policy, rule.policy.clone());
    }
}

/// Rounded up, so that whoever waits so long is let in.
fn seconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_has_the_limit_of_what_it_does() {
        let kind = |method, template| kind_of(&method, template);
        assert_eq!(kind(Method::POST, "/v1/auctions/{id}/bids"), Some(Kind::Bids));
        assert_eq!(kind(Method::POST, "/v1/auctions/{id}/purchase"), Some(Kind::Bids));
        assert_eq!(kind(Method::GET, "/v1/auctions/{id}/bids"), Some(Kind::Reads));
        assert_eq!(kind(Method::GET, "/v1/auctions"), Some(Kind::Reads));
        assert_eq!(kind(Method::POST, "/v1/auctions"), Some(Kind::Writes));
        assert_eq!(kind(Method::DELETE, "/v1/sessions/current"), Some(Kind::Writes));
        assert_eq!(kind(Method::GET, "/readyz"), None);
    }
}
