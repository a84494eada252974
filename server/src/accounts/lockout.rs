//! How fast passwords can be tried.
//!
//! Whoever fails waits, longer each time: soon where one account is tried from one address, and
//! later where it is tried from many. An account that is attacked from everywhere stays open to its
//! owner where he has signed in before: there, only attempts from the same address count. Addresses
//! of nobody are counted like those of accounts, so none of this tells which there are.

use std::{net::IpAddr, time::Duration};

use super::{AccountError, Accounts};
use crate::{digest::sha256_hex, live::Pace, locality::Locality};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// From one address.
const FROM_ONE: Pace = Pace {
    free: 5,
    first_wait: Duration::from_secs(1),
    longest_wait: MINUTE.saturating_mul(15),
    memory: DAY,
};
/// From wherever the owner was not seen.
const FROM_ALL: Pace = Pace { free: 30, ..FROM_ONE };
/// How long it is remembered where an owner has signed in.
const SEEN: Duration = DAY.saturating_mul(30);

/// An attempt to sign in that may be made.
pub(super) struct Attempt {
    at_account: String,
    from_address: String,
}

impl Accounts {
    /// Counts an attempt to sign in to the account of an e-mail address, until it has succeeded.
    ///
    /// # Errors
    /// [`AccountError::Limited`], whoever it is.
    pub(super) async fn attempt(
        &self,
        email: &str,
        address: IpAddr,
    ) -> Result<Attempt, AccountError> {
        let limits = &self.inner.limits;
        let from = Locality::from(address).to_string();
        self.limit("sign-ins-from", &from, limits.sign_ins_per_address).await?;
        // The name of a counter is bounded, whatever is sent as an address.
        let at_account = sha256_hex(&[&email]);
        let from_address = format!("{at_account}:{from}");
        let is_seen = self.inner.live.peek_once(&seen(&from_address)).await.ok().flatten();
        self.limit("sign-ins-to", &from_address, limits.sign_ins).await?;
        let here = (from_address.as_str(), FROM_ONE);
        let begun = if is_seen.is_some() {
            self.inner.live.attempt(&[here]).await
        } else {
            self.limit("sign-ins-to", &at_account, limits.sign_ins).await?;
            self.inner.live.attempt(&[here, (at_account.as_str(), FROM_ALL)]).await
        };
        begun.map_err(|retry_after| AccountError::Limited { retry_after })?;
        Ok(Attempt { at_account, from_address })
    }

    /// The password was right: nothing of earlier attempts is held against him.
    pub(super) async fn succeeded(&self, attempt: &Attempt) {
        let Attempt { at_account, from_address } = attempt;
        self.inner.live.forget_attempts(&[at_account, from_address]).await;
        if let Err(away) = self.inner.live.put_once(&seen(from_address), "", SEEN).await {
            tracing::debug!(%away, "where somebody signed in is not remembered");
        }
    }
}

fn seen(from_address: &str) -> String {
    format!("signed-in:{from_address}")
}
