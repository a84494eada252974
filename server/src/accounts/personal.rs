//! Personal access tokens: for scripts, with scopes, until they expire or are taken back.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use artipul_common::{
    Timestamp, TokenId, UserId,
    accounts::Secret,
    credentials::{
        NewToken, NewTokenRequest, PERSONAL_TOKEN_PREFIX, PersonalToken, PersonalTokens,
    },
    limits,
};
use chrono::{TimeDelta, Utc};

use super::{
    AccessError, AccountError, Accounts, Caller, Credential,
    access::{Personal, token_mark},
    new_secret,
};
use crate::{
    db::{
        DbError, accounts, sessions,
        tokens::{self, NewRow, TokenRow},
    },
    digest::sha256_hex,
};

/// How long a token is trusted without a look into the database. One that is taken back is known
/// to be at once all the same.
const TRUSTED: Duration = Duration::from_secs(30);
/// Tokens that are trusted; a third of a kilobyte each.
const MOST_TRUSTED: usize = 10_000;
/// Uses closer together than this are one.
const USE: TimeDelta = TimeDelta::seconds(60);

/// Tokens that the database knew a moment ago, by their hashes.
#[derive(Default)]
pub(super) struct Trusted {
    tokens: Mutex<HashMap<String, (Caller, Instant)>>,
}

impl Trusted {
    fn get(&self, hash: &str) -> Option<Caller> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, since) = tokens.get(hash)?;
        (since.elapsed() < TRUSTED).then(|| caller.clone())
    }

    fn insert(&self, hash: String, caller: Caller, since: Instant) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST_TRUSTED {
            tokens.clear();
        }
        tokens.insert(hash, (caller, since));
    }
}

impl Accounts {
    /// Whom a personal access token names.
    pub(super) async fn read_personal(&self, token: &str) -> Result<Caller, AccessError> {
        let hash = token_hash(token);
        let now = Utc::now();
        let caller = match self.inner.trusted.get(&hash) {
            Some(caller) => caller,
            None => self.look_up(hash, now).await?,
        };
        if caller.has_expired(now) { Err(AccessError::Expired) } else { Ok(caller) }
    }

    /// Whom a token names that was good a moment ago.
    pub(super) fn trusted(&self, token: &str) -> Option<Caller> {
        let caller = self.inner.trusted.get(&token_hash(token))?;
        (!caller.has_expired(Utc::now())).then_some(caller)
    }

    async fn look_up(&self, hash: String, now: Timestamp) -> Result<Caller, AccessError> {
        let since = Instant::now();
        let sought = hash.clone();
        let row = self.inner.db.read(move |conn| tokens::find(conn, &sought)).await?;
        let row = row.ok_or(AccessError::Invalid)?;
        self.take_note(&row, now);
        let token = Personal {
            id: row.id,
            scopes: row.scopes()?.into(),
            expires_at: row.expires_at.map(|end| end.and_utc()),
        };
        let caller = Caller::new(row.user_id, Credential::Personal(token));
        self.inner.trusted.insert(hash, caller.clone(), since);
        Ok(caller)
    }

    /// Has it written down that a token was used; whoever uses it does not wait for that.
    fn take_note(&self, row: &TokenRow, now: Timestamp) {
        if row.last_used_at.is_some_and(|last| now - last.and_utc() < USE) {
            return;
        }
        let (db, id) = (self.inner.db.clone(), row.id);
        tokio::spawn(async move {
            let noted = db.write(move |conn| tokens::touch(conn, id, now)).await;
            if let Err(error) = noted {
                let error: DbError = error;
                tracing::debug!(%error, "the use of a token was not noted");
            }
        });
    }

    /// Makes a personal access token.
    ///
    /// # Errors
    /// Fields are wrong, or there are too many tokens.
    pub async fn make_token(
        &self,
        user: UserId,
        request: NewTokenRequest,
    ) -> Result<NewToken, AccountError> {
        let request = request.validated(Utc::now()).map_err(AccountError::Invalid)?;
        let token = Secret::new(format!("{PERSONAL_TOKEN_PREFIX}{}", new_secret().reveal()));
        let new = NewRow {
            user,
            name: request.name,
            hash: token_hash(token.reveal()),
            scopes: request.scopes,
            expires_at: request.expires_at,
        };
        let about = self
            .inner
            .db
            .write(move |conn| {
                // So that tokens are counted and accounts closed one after the other.
                accounts::lock(conn, user)?.ok_or(AccountError::Gone)?;
                super::check_standing(conn, user)?;
                if tokens::of_user(conn, user)?.len() >= limits::MAX_TOKENS {
                    return Err(AccountError::TooManyTokens);
                }
                let now = conn.now()?;
                Ok(tokens::insert(conn, &new, now)?.token()?)
            })
            .await?;
        Ok(NewToken { token, about })
    }

    /// A user's personal access tokens, the newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tokens(&self, user: UserId) -> Result<PersonalTokens, AccountError> {
        let items: Result<Vec<PersonalToken>, DbError> = self
            .inner
            .db
            .read(move |conn| {
                tokens::of_user(conn, user)?.into_iter().map(TokenRow::token).collect()
            })
            .await;
        Ok(PersonalTokens { items: items? })
    }

    /// Takes a personal access token back; it is refused everywhere from then on.
    ///
    /// # Errors
    /// There is no such token of this user.
    pub async fn take_back_token(&self, user: UserId, id: TokenId) -> Result<(), AccountError> {
        let spare = self.mark_spare();
        self.inner
            .db
            .write(move |conn| {
                if !tokens::remove(conn, user, id)? {
                    return Err(AccountError::TokenNotFound);
                }
                let now = conn.now()?;
                Ok(sessions::revoke_access(conn, &token_mark(id), now + spare, now)?)
            })
            .await?;
        self.make_known(&[token_mark(id)]).await;
        Ok(())
    }
}

fn token_hash(token: &str) -> String {
    sha256_hex(&[&"personal access token", &token])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_tokens_are_trusted_than_there_is_room_for() {
        let trusted = Trusted::default();
        let token = Personal { id: TokenId::new(1), scopes: [].into(), expires_at: None };
        let caller = Caller::new(UserId::new(1), Credential::Personal(token));
        for number in 0..=MOST_TRUSTED {
            trusted.insert(number.to_string(), caller.clone(), Instant::now());
        }
        assert!(trusted.get("0").is_none());
        assert_eq!(trusted.get(&MOST_TRUSTED.to_string()), Some(caller));
    }
}
