//! Access tokens: signed, short-lived, and looked up among the signed-out ones at each use.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hash, Hasher},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use artipul_common::{
    SessionId, Timestamp, TokenId, UserId,
    accounts::Secret,
    credentials::{PERSONAL_TOKEN_PREFIX, Scope},
};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use serde::{Deserialize, Serialize};

use super::Accounts;
use crate::{
    db::{DbError, sessions},
    digest::sha256,
};

const ISSUER: &str = "artipul";
const AUDIENCE: &str = "artipul-api";

/// What instances' clocks may differ by, and how long personal tokens are trusted, with much to
/// spare.
const MARK_SPARE: Duration = Duration::from_secs(300);

/// Who sent a request. Clones share what he has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    shown: Arc<Shown>,
}

#[derive(Debug, PartialEq, Eq)]
struct Shown {
    credential: Credential,
    /// The name under which his session, or his personal token, is signed out.
    mark: String,
}

/// What lets a request in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// An access token of a session.
    Session(Access),
    /// A personal access token.
    Personal(Personal),
}

/// An access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The session.
    pub session: SessionId,
    /// The id of the access token, under which it is signed out.
    pub token_id: Arc<str>,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A personal access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// Its id.
    pub id: TokenId,
    /// What it may be used for.
    pub scopes: Arc<[Scope]>,
    /// Until when it is good; for ever unless said.
    pub expires_at: Option<Timestamp>,
}

impl Caller {
    pub(super) fn new(user: UserId, credential: Credential) -> Self {
        let mark = match &credential {
            Credential::Session(access) => session_mark(access.session),
            Credential::Personal(token) => token_mark(token.id),
        };
        Self { user, shown: Arc::new(Shown { credential, mark }) }
    }

    /// What he has shown.
    pub fn credential(&self) -> &Credential {
        &self.shown.credential
    }

    /// Whether he may do what needs this scope; whoever is signed in may do everything.
    pub fn may(&self, scope: Scope) -> bool {
        match self.credential() {
            Credential::Session(_) => true,
            Credential::Personal(token) => token.scopes.contains(&scope),
        }
    }

    /// The session, of somebody who is signed in.
    pub fn session(&self) -> Option<&Access> {
        match self.credential() {
            Credential::Session(access) => Some(access),
            Credential::Personal(_) => None,
        }
    }

    /// Until when he is let in, unless he signs out before.
    pub fn expires_at(&self) -> Option<Timestamp> {
        match self.credential() {
            Credential::Session(access) => Some(access.expires_at),
            Credential::Personal(token) => token.expires_at,
        }
    }

    /// What he is let in by, each under the name under which it is signed out.
    fn marks(&self) -> impl Iterator<Item = &str> + Clone {
        let token_id = self.session().map(|access| &*access.token_id);
        token_id.into_iter().chain([&*self.shown.mark])
    }

    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        // To the second, as the signed tokens say it.
        self.expires_at().is_some_and(|end| end.timestamp() < now.timestamp())
    }
}

/// The name under which all access tokens of a session are signed out.
pub(super) fn session_mark(session: SessionId) -> String {
    format!("session:{session}")
}

/// The name under which a personal access token is taken back.
pub(super) fn token_mark(token: TokenId) -> String {
    format!("token:{token}")
}

/// Why a token lets nobody in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// It is malformed, forged, or for somebody else.
    #[error("the token is not valid")]
    Invalid,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It was signed out.
    #[error("the token was revoked")]
    Revoked,
    /// Whether it was signed out cannot be found out.
    #[error(transparent)]
    Db(#[from] DbError),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: i64,
    jti: String,
    iat: i64,
    exp: i64,
}

pub(super) struct AccessKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    ttl: Duration,
    read_before: Recent,
}

/// Tokens that were found good lately.
#[derive(Default)]
struct Recent {
    tokens: RwLock<Generations>,
}

/// When the younger generation is full, it becomes the older one, and that is forgotten.
#[derive(Default)]
struct Generations {
    younger: HashMap<Fingerprint, Caller, BuildHasherDefault<ByPrint>>,
    older: HashMap<Fingerprint, Caller, BuildHasherDefault<ByPrint>>,
}

/// The SHA-256 of a token, which is known by it as surely as by its text, in one line of the
/// processor's cache instead of four.
#[derive(PartialEq, Eq)]
struct Fingerprint([u8; 32]);

impl Fingerprint {
    fn of(token: &str) -> Self {
        Self(sha256(token.as_bytes()))
    }
}

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

/// Takes a part of a fingerprint as its hash, which it is already. Only signed tokens have a place,
/// so nobody can choose which.
#[derive(Default)]
struct ByPrint(u64);

impl Hasher for ByPrint {
    fn write(&mut self, bytes: &[u8]) {
        bytes.chunks(8).for_each(|part| {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.0 ^= u64::from_le_bytes(word);
        });
    }

    fn write_u64(&mut self, part: u64) {
        self.0 = part;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Tokens of a generation; each takes about a quarter of a kilobyte.
const GENERATION: usize = 32_768;

impl Recent {
    fn get(&self, print: &Fingerprint) -> Option<Caller> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        tokens.younger.get(print).or_else(|| tokens.older.get(print)).cloned()
    }

    fn insert(&self, print: Fingerprint, caller: Caller) {
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        if tokens.younger.len() >= GENERATION {
            tokens.older = std::mem::take(&mut tokens.younger);
        }
        tokens.younger.insert(print, caller);
    }
}

impl AccessKeys {
    pub(super) fn new(secret: &[u8], ttl: Duration) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
            ttl,
            read_before: Recent::default(),
        }
    }

    pub(super) fn ttl(&self) -> Duration {
        self.ttl
    }

    /// A token for a user's session, good from `now` on, and no longer than the session.
    pub(super) fn issue(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
        session_end: Timestamp,
    ) -> Result<Secret, String> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_string(),
            sid: session.get(),
            jti: format!("{:032x}", rand::random::<u128>()),
            iat: now.timestamp(),
            exp: (now + self.ttl).min(session_end).timestamp(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map(Secret::new)
            .map_err(|error| format!("an access token: {error}"))
    }

    /// Whom a token names; of one that was read before, without checking its signature again.
    fn read(&self, token: &str, now: Timestamp) -> Result<Caller, AccessError> {
        let print = Fingerprint::of(token);
        if let Some(caller) = self.read_before.get(&print) {
            let has_expired = caller.has_expired(now);
            return if has_expired { Err(AccessError::Expired) } else { Ok(caller) };
        }
        let caller = self.verify(token)?;
        self.read_before.insert(print, caller.clone());
        Ok(caller)
    }

    fn verify(&self, token: &str) -> Result<Caller, AccessError> {
        let claims = decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => AccessError::Expired,
                _ => AccessError::Invalid,
            })?
            .claims;
        let access = Access {
            session: SessionId::new(claims.sid),
            token_id: claims.jti.into(),
            expires_at: DateTime::from_timestamp(claims.exp, 0).ok_or(AccessError::Invalid)?,
        };
        let user = claims.sub.parse().map_err(|_| AccessError::Invalid)?;
        Ok(Caller::new(user, Credential::Session(access)))
    }
}

/// An access token for a user, signed by somebody else who knows the secret: nobody signs in.
///
/// # Errors
/// The secret cannot sign.
pub fn sign_access(
    secret: &[u8],
    ttl: Duration,
    user: UserId,
    session: SessionId,
) -> Result<Secret, String> {
    let now = Utc::now();
    AccessKeys::new(secret, ttl).issue(user, session, now, now + ttl)
}

impl Accounts {
    /// Who an access token, or a personal one, lets in.
    ///
    /// # Errors
    /// As [`AccessError`] says.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, AccessError> {
        let caller = if token.starts_with(PERSONAL_TOKEN_PREFIX) {
            self.read_personal(token).await?
        } else {
            self.inner.access.read(token, Utc::now())?
        };
        self.let_in(caller).await
    }

    /// Whom a token names, who may have signed out, as far as it is known without a look into the
    /// database.
    ///
    /// # Errors
    /// It is not valid, has expired, or is not known.
    pub fn read_token(&self, token: &str) -> Result<Caller, AccessError> {
        if token.starts_with(PERSONAL_TOKEN_PREFIX) {
            return self.trusted(token).ok_or(AccessError::Invalid);
        }
        self.inner.access.read(token, Utc::now())
    }

    /// The caller whom a token names, unless he has signed out.
    ///
    /// # Errors
    /// He has, or that cannot be found out.
    pub async fn let_in(&self, caller: Caller) -> Result<Caller, AccessError> {
        let is_revoked = self.is_signed_out(&caller).await?;
        if is_revoked { Err(AccessError::Revoked) } else { Ok(caller) }
    }

    /// Whether what a caller has shown was signed out.
    ///
    /// # Errors
    /// The database's, where the live store does not know.
    pub async fn is_signed_out(&self, caller: &Caller) -> Result<bool, DbError> {
        match self.inner.live.is_any_revoked(caller.marks()).await {
            Ok(Some(is_revoked)) => return Ok(is_revoked),
            // It has lost its memory.
            Ok(None) => self.recall_revoked().await?,
            Err(away) => tracing::debug!(%away, "a token is looked up in the database"),
        }
        let marks: Vec<String> = caller.marks().map(str::to_owned).collect();
        self.inner.db.read(move |conn| sessions::is_any_revoked(conn, marks.clone())).await
    }

    /// Tells every instance what was signed out, which the database knows already.
    pub async fn make_known(&self, marks: &[String]) {
        for mark in marks {
            if let Err(away) = self.inner.live.revoke(mark, self.mark_ttl()).await {
                // Until [`Accounts::share_revoked`] can tell, the database does.
                tracing::warn!(%away, "what was signed out is known to the database only");
                return;
            }
        }
    }

    /// How long it is remembered that something was signed out: longer than any access token
    /// lives, and longer than a personal one is trusted without a look into the database.
    fn mark_ttl(&self) -> Duration {
        self.inner.access.ttl() + MARK_SPARE
    }

    /// The same, to be added to a time.
    pub(super) fn mark_spare(&self) -> TimeDelta {
        TimeDelta::from_std(self.mark_ttl()).expect("durations of the configuration fit")
    }

    /// Fills the live store's memory of signed-out tokens from the database.
    async fn recall_revoked(&self) -> Result<(), DbError> {
        let tokens = self.revoked_since(DateTime::UNIX_EPOCH).await?;
        if let Err(away) = self.inner.live.remember_revoked(&tokens).await {
            tracing::debug!(%away, "signed-out tokens cannot be remembered");
        }
        Ok(())
    }

    /// Tells the live store what was signed out while it could not hear the other instances.
    async fn close_revocation_gap(&self) {
        let Some(gap) = self.inner.live.revocation_gap() else { return };
        match self.revoked_since(DateTime::UNIX_EPOCH).await {
            Ok(tokens) => self.inner.live.close_revocation_gap(gap, &tokens),
            // It is asked for again, and until then the others are.
            Err(error) => tracing::debug!(%error, "signed-out tokens cannot be read"),
        }
    }

    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<(String, Duration)>, DbError> {
        let now = Utc::now();
        let db = &self.inner.db;
        let tokens = db.read(move |conn| sessions::revoked_access(conn, since, now)).await?;
        let left = |end: Timestamp| (end - now).to_std().unwrap_or_default();
        Ok(tokens.into_iter().map(|(id, end)| (id, left(end))).collect())
    }

    /// Tells the live store of the tokens that were signed out at or after `since`, in case it
    /// could not be told when it happened. `false` if it could not be told now either, and then
    /// the same time is to be asked for again.
    pub async fn share_revoked(&self, since: Timestamp) -> bool {
        self.close_revocation_gap().await;
        let tokens = match self.revoked_since(since).await {
            Ok(tokens) => tokens,
            Err(error) => {
                tracing::debug!(%error, "signed-out tokens cannot be read");
                return false;
            }
        };
        match self.inner.live.revoke_again(&tokens).await {
            Ok(true) => true,
            // What it knew before these is lost.
            Ok(false) => self.recall_revoked().await.is_ok(),
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, hash::BuildHasher};

    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn keys() -> AccessKeys {
        AccessKeys::new(SECRET, Duration::from_secs(60))
    }

    fn issue(keys: &AccessKeys, now: Timestamp) -> String {
        let end = now + Duration::from_secs(3_600);
        let token = keys.issue(UserId::new(7), SessionId::new(9), now, end).unwrap();
        token.reveal().to_owned()
    }

    #[test]
    fn a_token_names_its_user_and_session() {
        let caller = keys().read(&issue(&keys(), Utc::now()), Utc::now()).unwrap();
        let session = caller.session().unwrap().session;
        assert_eq!((caller.user, session), (UserId::new(7), SessionId::new(9)));
    }

    #[test]
    fn tokens_are_found_apart_and_a_known_signature_lets_nobody_else_in() {
        let keys = keys();
        let now = Utc::now();
        let tokens: Vec<_> = (0..1_000).map(|_| issue(&keys, now)).collect();
        let hash = |token: &String| {
            BuildHasherDefault::<ByPrint>::default().hash_one(Fingerprint::of(token))
        };
        // The lower bits choose the place, the upper ones tell those of a place apart.
        let places: HashSet<_> = tokens.iter().map(|token| hash(token) % 1_024).collect();
        assert!(places.len() > 500, "{} places", places.len());
        let tags: HashSet<_> = tokens.iter().map(|token| hash(token) >> 57).collect();
        assert!(tags.len() > 100, "{} tags", tags.len());

        assert!(keys.read(&tokens[0], now).is_ok());
        let (body, _) = tokens[1].rsplit_once('.').unwrap();
        let (_, signature) = tokens[0].rsplit_once('.').unwrap();
        let forged = keys.read(&format!("{body}.{signature}"), now);
        assert!(matches!(forged, Err(AccessError::Invalid)));
    }

    #[test]
    fn a_token_that_was_read_before_expires_all_the_same() {
        let keys = keys();
        let now = Utc::now();
        let token = issue(&keys, now);
        assert!(keys.read(&token, now).is_ok());
        assert!(keys.read(&token, now + Duration::from_secs(60)).is_ok());
        let late = keys.read(&token, now + Duration::from_secs(61));
        assert!(matches!(late, Err(AccessError::Expired)));
    }

    #[test]
    fn the_tokens_that_were_read_last_are_known() {
        let keys = keys();
        let caller = keys.read(&issue(&keys, Utc::now()), Utc::now()).unwrap();
        let print = |number: usize| Fingerprint::of(&number.to_string());
        for number in 0..3 * GENERATION {
            keys.read_before.insert(print(number), caller.clone());
        }
        let is_known = |number: usize| keys.read_before.get(&print(number)).is_some();
        assert!(!is_known(0) && is_known(3 * GENERATION - 1) && is_known(2 * GENERATION));
    }

    #[test]
    fn whoever_knows_the_secret_can_sign() {
        let ttl = Duration::from_secs(60);
        let token = sign_access(SECRET, ttl, UserId::new(7), SessionId::new(9)).unwrap();
        assert_eq!(keys().read(token.reveal(), Utc::now()).unwrap().user, UserId::new(7));
    }

    #[test]
    fn each_token_has_its_own_id() {
        let read = || keys().read(&issue(&keys(), Utc::now()), Utc::now()).unwrap();
        let id = |caller: &Caller| caller.session().unwrap().token_id.clone();
        assert_ne!(id(&read()), id(&read()));
    }

    #[test]
    fn an_old_token_has_expired() {
        let token = issue(&keys(), Utc::now() - Duration::from_secs(61));
        assert!(matches!(keys().read(&token, Utc::now()), Err(AccessError::Expired)));
    }

    #[test]
    fn a_token_of_another_secret_or_purpose_is_refused() {
        let others = AccessKeys::new(b"another-secret-of-32-bytes-or-so", Duration::from_secs(60));
        let token = issue(&others, Utc::now());
        assert!(matches!(keys().read(&token, Utc::now()), Err(AccessError::Invalid)));
        let claims = serde_json::json!({
            "iss": ISSUER, "aud": "something-else", "sub": "7", "sid": 9, "jti": "x", "iat": 0,
            "exp": Utc::now().timestamp() + 60,
        });
        let token = encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET)).unwrap();
        assert!(matches!(keys().read(&token, Utc::now()), Err(AccessError::Invalid)));
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
        let signed = issue(&keys(), Utc::now());
        let claims = signed.split('.').nth(1).unwrap();
        let header = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
        for token in [format!("{header}.{claims}."), format!("{header}.{claims}"), String::new()] {
            assert!(
                matches!(keys().read(&token, Utc::now()), Err(AccessError::Invalid)),
                "{token}"
            );
        }
    }
}
