//! Sessions: a refresh token that changes at each use, and access tokens in between.

use std::net::IpAddr;

use artipul_common::{
    Timestamp,
    accounts::{Secret, Session, SignInRequest, User},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use rand::{TryRng, rngs::SysRng};

use super::{AccountError, Accounts, Caller};
use crate::{
    db::{
        DbError, DbResult,
        accounts::{self, UserRow},
        sessions::{self, NewSession},
    },
    digest::sha256_hex,
};

/// Who is at the door.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Where the request came from.
    pub address: IpAddr,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

/// An opened or renewed session.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What the client gets.
    pub session: Session,
    /// What renews it, once.
    pub refresh_token: Secret,
}

/// How the use of a refresh token came out, within its transaction.
enum Renewal {
    Renewed(Box<(UserRow, artipul_common::SessionId)>),
    Invalid,
    /// It was used before: somebody has a copy, so the whole session ended.
    Stolen,
}

/// The longest name of a client that is kept.
const USER_AGENT_CHARS: usize = 200;

impl Accounts {
    /// Signs in.
    ///
    /// # Errors
    /// Address and password do not go together, or there were too many attempts.
    pub async fn sign_in(
        &self,
        request: SignInRequest,
        visitor: Visitor,
    ) -> Result<Opened, AccountError> {
        let email = request.email.trim().to_lowercase();
        let attempt = self.attempt(&email, visitor.address).await?;
        let found = self.inner.db.read(move |conn| accounts::find_by_email(conn, email)).await?;
        let (row, hash) = found.unzip();
        let password = request.password.reveal().to_owned();
        let is_right = self.inner.passwords.verify(password, hash).await;
        let Some(row) = row.filter(|_| is_right) else {
            return Err(AccountError::CredentialsWrong);
        };
        self.succeeded(&attempt).await;
        let now = Utc::now();
        let refresh_token = new_token();
        let new = NewSession {
            user: row.id,
            expires_at: now + self.refresh_ttl(),
            user_agent: visitor
                .user_agent
                .map(|agent| agent.chars().take(USER_AGENT_CHARS).collect()),
            address: Some(visitor.address.to_string()),
        };
        let hash = token_hash(&refresh_token);
        let session =
            self.inner.db.write(move |conn| sessions::open(conn, &new, &hash, now)).await?;
        self.opened(row, session, refresh_token, now)
    }

    /// Renews a session; the token is used up. One that was used before ends the whole session.
    ///
    /// # Errors
    /// The token is unknown, expired, revoked or was used before.
    pub async fn refresh(&self, token: &Secret) -> Result<Opened, AccountError> {
        let now = Utc::now();
        let refresh_token = new_token();
        let (old, new) = (token_hash(token), token_hash(&refresh_token));
        let renewal = self
            .inner
            .db
            .write(move |conn| {
                let Some(token) = sessions::lock_token(conn, &old)? else {
                    return Ok(Renewal::Invalid);
                };
                if token.is_revoked || token.expires_at <= now {
                    return Ok(Renewal::Invalid);
                }
                if token.is_used {
                    sessions::revoke(conn, token.session, now)?;
                    return Ok(Renewal::Stolen);
                }
                let Some(row) = accounts::find(conn, token.user)? else {
                    return Ok(Renewal::Invalid);
                };
                sessions::rotate(conn, token.session, &old, &new, now)?;
                DbResult::Ok(Renewal::Renewed(Box::new((row, token.session))))
            })
            .await?;
        match renewal {
            Renewal::Renewed(renewed) => {
                let (row, session) = *renewed;
                self.opened(row, session, refresh_token, now)
            }
            Renewal::Invalid => Err(AccountError::RefreshTokenInvalid),
            Renewal::Stolen => {
                tracing::warn!("a refresh token was used twice; its session was ended");
                Err(AccountError::RefreshTokenInvalid)
            }
        }
    }

    /// Signs out: the access token and the session of either token end.
    ///
    /// # Errors
    /// The database failed; then nothing has changed.
    pub async fn sign_out(
        &self,
        caller: Option<&Caller>,
        refresh_token: Option<&Secret>,
    ) -> Result<(), AccountError> {
        let now = Utc::now();
        let access = caller.map(|caller| (caller.token_id.clone(), caller.expires_at));
        let session = caller.map(|caller| caller.session);
        let refresh = refresh_token.map(token_hash);
        self.inner
            .db
            .write(move |conn| {
                if let Some(session) = session {
                    sessions::revoke(conn, session, now)?;
                }
                if let Some(hash) = &refresh
                    && let Some(token) = sessions::lock_token(conn, hash)?
                {
                    sessions::revoke(conn, token.session, now)?;
                }
                if let Some((token_id, expires_at)) = &access {
                    sessions::revoke_access(conn, token_id, *expires_at, now)?;
                }
                Ok::<_, DbError>(())
            })
            .await?;
        if let Some(caller) = caller {
            let ttl = (caller.expires_at - now).to_std().unwrap_or_default();
            if let Err(away) = self.inner.live.revoke(&caller.token_id, ttl).await {
                // Until [`Accounts::share_revoked`] can tell, the database does.
                tracing::warn!(%away, "a signed-out token is known to the database only");
            }
        }
        Ok(())
    }

    fn opened(
        &self,
        row: UserRow,
        session: artipul_common::SessionId,
        refresh_token: Secret,
        now: Timestamp,
    ) -> Result<Opened, AccountError> {
        let access = &self.inner.access;
        let access_token = access.issue(row.id, session, now).map_err(AccountError::Defect)?;
        let session = Session {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: access.ttl().as_secs(),
            user: User::from(row),
        };
        Ok(Opened { session, refresh_token })
    }

    fn refresh_ttl(&self) -> TimeDelta {
        TimeDelta::from_std(self.inner.refresh_token_ttl)
            .expect("durations of the configuration fit")
    }

    /// How long a refresh token is good.
    pub fn refresh_token_ttl(&self) -> std::time::Duration {
        self.inner.refresh_token_ttl
    }
}

/// 256 random bits from the operating system.
pub fn new_token() -> Secret {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system has random numbers");
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}

fn token_hash(token: &Secret) -> String {
    sha256_hex(&[&"refresh token", &token.reveal()])
}
