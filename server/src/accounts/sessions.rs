//! Sessions: a refresh token that changes at each use, and access tokens in between.

use std::net::IpAddr;

use artipul_common::{
    SessionId, Timestamp, UserId,
    accounts::{Secret, Session, SignInRequest, User},
    credentials::Sessions,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use rand::{TryRng, rngs::SysRng};

use super::{
    AccountError, Accounts,
    access::{Access, session_mark},
    check_standing,
};
use crate::{
    db::{
        Conn, DbError, DbResult, accounts,
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
    /// Of whom, in which session, which has this end.
    Renewed(Box<(User, SessionId, Timestamp)>),
    Invalid,
    /// It was used before: somebody has a copy, so the whole session ended, under these names.
    Stolen(Vec<String>),
}

/// As many sessions as a user may have at once.
const MOST_SESSIONS: usize = 50;

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
        let is_right = self.inner.passwords.verify(password.clone(), hash.clone()).await;
        let (Some(row), Some(hash), true) = (row, hash, is_right) else {
            return Err(AccountError::CredentialsWrong);
        };
        self.succeeded(&attempt).await;
        let opened = self.open_session(row.id, visitor, Some(hash.clone())).await?;
        if self.inner.passwords.is_outdated(&hash) {
            self.renew_hash(row.id, password, hash).await;
        }
        Ok(opened)
    }

    /// Hashes a right password anew, with the work that is asked for now.
    async fn renew_hash(&self, user: UserId, password: String, old: String) {
        let renewed = match self.inner.passwords.hash(password).await {
            Ok(new) => self
                .inner
                .db
                .write(move |conn| accounts::replace_password(conn, user, &old, &new))
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        if let Err(error) = renewed {
            // The next sign-in comes back to it.
            tracing::debug!(error, "a password was not hashed anew");
        }
    }

    /// Opens a session of a user; where his password has shown who he is, only if it still has
    /// this hash.
    pub(super) async fn open_session(
        &self,
        user: UserId,
        visitor: Visitor,
        password_hash: Option<String>,
    ) -> Result<Opened, AccountError> {
        let now = Utc::now();
        let refresh_token = new_token();
        let new = NewSession {
            user,
            expires_at: now + self.refresh_ttl(),
            user_agent: visitor
                .user_agent
                .map(|agent| agent.chars().take(USER_AGENT_CHARS).collect()),
            address: Some(visitor.address.to_string()),
        };
        let hash = token_hash(&refresh_token);
        let (end, spare) = (new.expires_at, self.mark_spare());
        let (user, session, marks) = self
            .inner
            .db
            .write(move |conn| {
                // Whoever locks people out, or changes passwords, waits for this or goes first.
                let locked = accounts::lock_with_password(conn, user)?;
                let (row, stored) = locked.ok_or(AccountError::CredentialsWrong)?;
                if password_hash.as_ref().is_some_and(|hash| *hash != stored) {
                    return Err(AccountError::CredentialsWrong);
                }
                check_standing(conn, user)?;
                let marks = make_room(conn, user, now, spare)?;
                let session = sessions::open(conn, &new, &hash, now)?;
                Ok((accounts::user(conn, row)?, session, marks))
            })
            .await?;
        self.make_known(&marks).await;
        self.opened(user, session, end, refresh_token, now)
    }

    /// Renews a session; the token is used up. One that was used before ends the whole session.
    ///
    /// # Errors
    /// The token is unknown, expired, revoked or was used before.
    pub async fn refresh(&self, token: &Secret) -> Result<Opened, AccountError> {
        let now = Utc::now();
        let refresh_token = new_token();
        let (old, new) = (token_hash(token), token_hash(&refresh_token));
        let spare = self.mark_spare();
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
                    return Ok(Renewal::Stolen(end(conn, &[token.session], now, spare)?));
                }
                let Some(row) = accounts::find(conn, token.user)? else {
                    return Ok(Renewal::Invalid);
                };
                sessions::rotate(conn, token.session, &old, &new, now)?;
                let user = accounts::user(conn, row)?;
                let renewed = (user, token.session, token.expires_at);
                DbResult::Ok(Renewal::Renewed(Box::new(renewed)))
            })
            .await?;
        match renewal {
            Renewal::Renewed(renewed) => {
                let (user, session, end) = *renewed;
                self.opened(user, session, end, refresh_token, now)
            }
            Renewal::Invalid => Err(AccountError::RefreshTokenInvalid),
            Renewal::Stolen(marks) => {
                self.make_known(&marks).await;
                tracing::warn!("a refresh token was used twice; its session was ended");
                Err(AccountError::RefreshTokenInvalid)
            }
        }
    }

    /// Signs out: the sessions of either token end, with all access tokens that they ever had.
    ///
    /// # Errors
    /// The database failed; then nothing has changed.
    pub async fn sign_out(
        &self,
        access: Option<&Access>,
        refresh_token: Option<&Secret>,
    ) -> Result<(), AccountError> {
        let now = Utc::now();
        let token = access.map(|access| (access.token_id.to_string(), access.expires_at));
        let session = access.map(|access| access.session);
        let refresh = refresh_token.map(token_hash);
        let spare = self.mark_spare();
        let marks = self
            .inner
            .db
            .write(move |conn| {
                let mut ended: Vec<SessionId> = session.into_iter().collect();
                if let Some(hash) = &refresh
                    && let Some(token) = sessions::lock_token(conn, hash)?
                {
                    ended.push(token.session);
                }
                let mut marks = end(conn, &ended, now, spare)?;
                if let Some((token_id, expires_at)) = &token {
                    sessions::revoke_access(conn, token_id, *expires_at, now)?;
                    marks.push(token_id.clone());
                }
                Ok::<_, DbError>(marks)
            })
            .await?;
        self.make_known(&marks).await;
        Ok(())
    }

    /// Everywhere that a user is signed in, the session used last first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sessions(&self, user: UserId, access: &Access) -> Result<Sessions, AccountError> {
        let (now, current) = (Utc::now(), access.session);
        let rows = self.inner.db.read(move |conn| sessions::of_user(conn, user, now)).await?;
        Ok(Sessions { items: rows.into_iter().map(|row| row.info(current)).collect() })
    }

    /// Ends one session of a user.
    ///
    /// # Errors
    /// There is no such session of this user, or it is over.
    pub async fn end_session(&self, user: UserId, session: SessionId) -> Result<(), AccountError> {
        let spare = self.mark_spare();
        let marks = self
            .inner
            .db
            .write(move |conn| {
                let now = Utc::now();
                let sessions = sessions::of_user(conn, user, now)?;
                if !sessions.iter().any(|row| row.id == session) {
                    return Err(AccountError::SessionNotFound);
                }
                Ok(end(conn, &[session], now, spare)?)
            })
            .await?;
        self.make_known(&marks).await;
        Ok(())
    }

    /// Ends all sessions of a user but the one that asks.
    ///
    /// # Errors
    /// The database failed; then nothing has changed.
    pub async fn end_others(&self, user: UserId, access: &Access) -> Result<(), AccountError> {
        let (spare, current) = (self.mark_spare(), access.session);
        let marks = self
            .inner
            .db
            .write(move |conn| end_all(conn, user, Some(current), Utc::now(), spare))
            .await?;
        self.make_known(&marks).await;
        Ok(())
    }

    fn opened(
        &self,
        user: User,
        session: SessionId,
        end: Timestamp,
        refresh_token: Secret,
        now: Timestamp,
    ) -> Result<Opened, AccountError> {
        let access = &self.inner.access;
        let access_token =
            access.issue(user.id, session, now, end).map_err(AccountError::Defect)?;
        let left = (end - now).to_std().unwrap_or_default();
        let session = Session {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: access.ttl().min(left).as_secs(),
            user,
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

/// Ends sessions; gives the marks to be made known once this is committed.
fn end(
    conn: &mut Conn,
    ended: &[SessionId],
    now: Timestamp,
    spare: TimeDelta,
) -> DbResult<Vec<String>> {
    let mut marks = Vec::with_capacity(ended.len());
    for session in ended {
        sessions::revoke(conn, *session, now)?;
        let mark = session_mark(*session);
        sessions::revoke_access(conn, &mark, now + spare, now)?;
        marks.push(mark);
    }
    Ok(marks)
}

/// Ends the sessions that were used longest ago, where a user has as many as he may; gives the marks
/// to be made known once this is committed.
fn make_room(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
    spare: TimeDelta,
) -> DbResult<Vec<String>> {
    let open = sessions::of_user(conn, user, now)?;
    let too_many = open.into_iter().skip(MOST_SESSIONS - 1).map(|row| row.id);
    end(conn, &too_many.collect::<Vec<_>>(), now, spare)
}

/// Ends all sessions of a user, but perhaps one; gives the marks to be made known once this is
/// committed.
pub(super) fn end_all(
    conn: &mut Conn,
    user: UserId,
    but: Option<SessionId>,
    now: Timestamp,
    spare: TimeDelta,
) -> DbResult<Vec<String>> {
    let open = sessions::of_user(conn, user, now)?;
    let ended: Vec<SessionId> =
        open.into_iter().map(|row| row.id).filter(|id| Some(*id) != but).collect();
    end(conn, &ended, now, spare)
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
