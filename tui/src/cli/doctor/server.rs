//! The server: whether it is there, what time it has, and whom it takes the user for.

use std::time::Instant;

use artipul_common::{
    Timestamp,
    client::{Client, ClientError},
};
use base64::Engine;
use chrono::TimeDelta;

use super::Check;
use crate::{
    cli::{error, token_of_environment},
    i18n::{self, Lang, tr},
    ui::time::Zone,
};

/// A clock that is further off makes countdowns of scripts wrong.
const SKEW: TimeDelta = TimeDelta::seconds(2);

/// Looks at the server and at the session with it.
pub(super) async fn checks(lang: Lang, client: &Client) -> Vec<Check> {
    let reached = reach(lang, client).await;
    let is_there = reached.state == super::State::Ok;
    let mut checks = vec![reached];
    if is_there {
        checks.push(clock(lang, client.clock().ahead()));
        checks.push(token(lang, client).await);
    }
    checks
}

async fn reach(lang: Lang, client: &Client) -> Check {
    let started = Instant::now();
    match client.health().await {
        Ok(health) => {
            let trip = started.elapsed().as_millis();
            let found = format!("{} · {} · {trip} ms", client.base(), health.version);
            Check::ok("server", found)
        }
        Err(error) => {
            let found = format!("{}: {}", client.base(), error::failure(lang, &error));
            Check::fail("server", found, lang.t("cli.doctor-server-hint"))
        }
    }
}

fn clock(lang: Lang, ahead: TimeDelta) -> Check {
    let found = format!("{:+.1} s", ahead.as_seconds_f64());
    if ahead.abs() > SKEW {
        Check::warn("clock", found, lang.t("cli.doctor-clock-hint"))
    } else {
        Check::ok("clock", found)
    }
}

async fn token(lang: Lang, client: &Client) -> Check {
    let given = token_of_environment();
    let from = match &given {
        Some(_) => "ARTIPUL_TOKEN".into(),
        None => lang.t("cli.doctor-kept-session"),
    };
    if !client.is_signed_in().await {
        return Check::ok("token", lang.t("cli.not-signed-in"));
    }
    match client.me().await {
        Ok(user) => {
            let until = given.as_deref().and_then(expiry).map(|at| {
                let moment = Zone::Local.date_time(at, client.clock().now());
                format!(" · {}", tr!(lang, "cli.doctor-until", moment = moment))
            });
            let until = until.unwrap_or_default();
            Check::ok("token", format!("{} · {} · {from}{until}", user.nickname, user.email))
        }
        Err(error @ ClientError::SignedOut) => {
            let found = format!("{from}: {}", i18n::failure(lang, &error));
            Check::fail("token", found, lang.t("cli.sign-in-hint"))
        }
        Err(error) => {
            let found = format!("{from}: {}", i18n::failure(lang, &error));
            Check::fail("token", found, lang.t("cli.doctor-server-hint"))
        }
    }
}

/// When a token says that it expires, if it is one that says so.
fn expiry(token: &str) -> Option<Timestamp> {
    let claims = token.split('.').nth(1)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_timestamp_secs(claims.get("exp")?.as_i64()?)
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    #[test]
    fn a_clock_that_is_off_is_warned_of() {
        assert_eq!(clock(Lang::En, TimeDelta::milliseconds(-1_900)).state, State::Ok);
        assert_eq!(clock(Lang::En, TimeDelta::seconds(3)).state, State::Warn);
        assert_eq!(clock(Lang::En, TimeDelta::seconds(-3)).detail, "-3.0 s");
    }

    #[test]
    fn a_token_may_say_when_it_expires() {
        let claims =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode("{\"exp\":1800000000}");
        let at = expiry(&format!("head.{claims}.signature")).unwrap();
        assert_eq!(at.timestamp(), 1_800_000_000);
        assert_eq!(expiry("opaque"), None);
        assert_eq!(expiry("a.b.c"), None);
    }
}
