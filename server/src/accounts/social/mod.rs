//! Signing in with the accounts of others, from a terminal.
//!
//! A flow has four steps. Whoever *begins* it gets a secret, an address for a browser and a phrase.
//! The browser *comes back* from the provider with a code, for which the provider says who it is.
//! Its owner *confirms* in that browser that the phrase is the one in his terminal: an address that
//! somebody else has sent him ends here. Then whoever has the secret *collects* what came of it.
//!
//! What is under way is in the live state, so each step may reach another instance, and each thing
//! is taken once. Nobody gets into an account that a provider's account was not linked with by its
//! owner, whatever address the provider tells.

mod naver;
mod oidc;
mod phrase;
mod provider;
mod settings;

use std::{net::IpAddr, time::Duration};

use artipul_common::{
    Timestamp, UserId,
    accounts::Secret,
    problem::FieldError,
    social::{Flow, Identities, Identity, Provider as Shown, Providers, SignUpRequest},
    text,
};
use chrono::Utc;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::settings::ProviderSettings;
use self::{
    phrase::new_phrase,
    provider::{Asked, Found, Provider, Returned},
};
use super::{AccountError, Accounts, Opened, Visitor, registration::taken, sessions::new_token};
use crate::{
    config::Config,
    db::{
        DbError,
        accounts::{self, NO_PASSWORD, NewUser},
        identities::{self, IdentityRow},
        types::column,
        wallets,
    },
    digest::sha256_hex,
    locality::Locality,
    outbound,
};

/// How long a flow can be finished.
const FLOW_TTL: Duration = Duration::from_secs(10 * 60);
/// How long somebody may take to fill the form of a new account in.
const SIGN_UP_TTL: Duration = Duration::from_secs(30 * 60);

/// With whose accounts people may sign in.
pub struct Social {
    providers: Vec<Provider>,
}

impl Social {
    /// The providers of a configuration.
    ///
    /// # Errors
    /// The machine has no certificates by which they could be known.
    pub fn new(config: &Config) -> Result<Self, String> {
        let public_url = config.public_url.as_deref().unwrap_or_default();
        let of = |settings: &ProviderSettings| {
            let http = outbound::client(config.provider_timeout, settings.needs_tls())?;
            Ok(Provider::new(http, settings, public_url))
        };
        Ok(Self { providers: config.social.iter().map(of).collect::<Result<_, String>>()? })
    }

    fn provider(&self, id: &str) -> Result<&Provider, AccountError> {
        let found = self.providers.iter().find(|provider| provider.shown.id == id);
        found.ok_or(AccountError::ProviderUnknown)
    }

    /// The name that people know; of a provider that is no longer there, the other one.
    fn name(&self, id: &str) -> String {
        self.provider(id).map_or_else(|_| id.to_owned(), |provider| provider.shown.name.clone())
    }
}

/// A flow, from its beginning to its end.
#[derive(Serialize, Deserialize)]
struct Begun {
    provider: String,
    secret_hash: String,
    /// Who links, and does not sign in.
    links: Option<UserId>,
}

/// What comes back from a provider belongs to this.
#[derive(Serialize, Deserialize)]
struct SentOff {
    flow: String,
    provider: String,
    asked: Asked,
    phrase: String,
    /// The nickname of who links.
    links: Option<String>,
}

/// What is shown in the browser that came back, and not yet confirmed there.
#[derive(Serialize, Deserialize)]
struct Unconfirmed {
    flow: String,
    provider: String,
    browser_hash: String,
    found: Found,
}

/// What came of a flow and was not yet collected.
#[derive(Clone, Serialize, Deserialize)]
enum Ending {
    Found(Found),
    Denied,
    Failed,
}

/// Somebody who has yet to open an account.
#[derive(Serialize, Deserialize)]
struct Newcomer {
    provider: String,
    found: Found,
}

/// What came back through a browser.
#[derive(Debug, Clone, Default)]
pub struct CameBack {
    /// What the provider was sent off with.
    pub state: Option<String>,
    /// What it may be exchanged for who it is.
    pub code: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
    /// Who says to have answered (RFC 9207).
    pub issuer: Option<String>,
}

/// What a browser shows.
#[derive(Debug, Clone)]
pub enum Page {
    /// Whether the phrase is the one in the terminal.
    Compare {
        /// The provider's name.
        provider: String,
        /// Who it is there, as far as that tells a person something.
        who: Option<String>,
        /// The phrase.
        phrase: String,
        /// The account that it is linked with, if it does not sign in.
        links: Option<String>,
        /// Stands in the form.
        ticket: Secret,
        /// Stands in the cookie: the form is good in this browser alone.
        browser: Secret,
    },
    /// The terminal goes on.
    Done,
    /// It was cancelled.
    Cancelled,
    /// The provider did not say who it is.
    Failed,
    /// There is no such flow, or it is over.
    Over,
}

/// What came of a flow, for who collects it.
#[derive(Debug, Clone)]
pub enum Collected {
    /// Not yet anything.
    Pending,
    /// A session.
    SignedIn(Box<Opened>),
    /// A linked account.
    Linked(Identity),
    /// Somebody who has yet to open an account.
    SignUpNeeded {
        /// Proves who it is.
        token: Secret,
        /// Seconds for which it does.
        expires_in: u64,
        /// What the provider has verified.
        email: Option<String>,
        /// What it has not.
        suggested_email: Option<String>,
        /// What could be a nickname.
        suggested_nickname: Option<String>,
        /// The person's name.
        name: Option<String>,
    },
}

fn flow_name(id: &str) -> String {
    format!("social-flow:{}", sha256_hex(&[&id]))
}

fn sent_off_name(state: &str) -> String {
    format!("social-state:{}", sha256_hex(&[&state]))
}

fn unconfirmed_name(ticket: &Secret) -> String {
    format!("social-ticket:{}", sha256_hex(&[&ticket.reveal()]))
}

fn result_name(id: &str) -> String {
    format!("social-result:{}", sha256_hex(&[&id]))
}

fn newcomer_name(token: &Secret) -> String {
    format!("social-sign-up:{}", sha256_hex(&[&token.reveal()]))
}

fn secret_hash(secret: &Secret) -> String {
    sha256_hex(&[&"social", &secret.reveal()])
}

fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it has string keys only")
}

/// What stands in the live state; what an instance of another version has written there is over.
fn read<T: DeserializeOwned>(text: Option<String>) -> Option<T> {
    serde_json::from_str(&text?).ok()
}

impl Accounts {
    /// With whose accounts people may sign in.
    pub fn social_providers(&self) -> Providers {
        let providers = &self.inner.social.providers;
        Providers { items: providers.iter().map(|provider| provider.shown.clone()).collect() }
    }

    /// Begins to sign in with a provider's account, or to link one with the caller's.
    ///
    /// # Errors
    /// There is no such provider, it cannot be reached, or too many were begun.
    pub async fn begin_social(
        &self,
        provider: &str,
        caller: Option<UserId>,
        address: IpAddr,
    ) -> Result<Flow, AccountError> {
        let provider = self.inner.social.provider(provider)?;
        let Shown { id, .. } = &provider.shown;
        let limit = self.inner.limits.sign_ins_per_address;
        self.limit("sign-ins-from", &Locality::from(address).to_string(), limit).await?;
        let links = match caller {
            Some(caller) => Some(self.profile(caller).await?),
            None => None,
        };
        let asked = Asked { state: new_token(), nonce: new_token(), verifier: new_token() };
        let authorize_url = provider.authorize_url(&asked).await.map_err(|error| {
            tracing::warn!(provider = id, %error, "nobody can sign in with a provider");
            AccountError::ProviderAway
        })?;
        let (flow, secret, phrase) = (new_token(), new_token(), new_phrase());
        let flow = flow.reveal().to_owned();
        let begun = Begun {
            provider: id.clone(),
            secret_hash: secret_hash(&secret),
            links: links.as_ref().map(|user| user.id),
        };
        let state_name = sent_off_name(asked.state.reveal());
        let sent_off = SentOff {
            flow: flow.clone(),
            provider: id.clone(),
            asked,
            phrase: phrase.clone(),
            links: links.map(|user| user.nickname),
        };
        let live = &self.inner.live;
        live.put_once(&flow_name(&flow), &written(&begun), FLOW_TTL).await?;
        live.put_once(&state_name, &written(&sent_off), FLOW_TTL).await?;
        Ok(Flow {
            flow_id: flow,
            flow_secret: secret,
            authorize_url,
            phrase,
            expires_in: FLOW_TTL.as_secs(),
        })
    }

    /// A browser comes back from a provider: who it is is asked there, and shown.
    ///
    /// # Errors
    /// There is no such provider, or the live state is away.
    pub async fn come_back(&self, provider: &str, back: &CameBack) -> Result<Page, AccountError> {
        let provider = self.inner.social.provider(provider)?;
        let id = &provider.shown.id;
        let Some(state) = &back.state else { return Ok(Page::Over) };
        let sent_off = self.inner.live.take_once(&sent_off_name(state)).await?;
        let Some(sent_off) = read::<SentOff>(sent_off).filter(|sent_off| sent_off.provider == *id)
        else {
            return Ok(Page::Over);
        };
        let Some(code) = back.code.as_deref().filter(|_| back.error.is_none()) else {
            let error = back.error.as_deref().unwrap_or_default();
            let error: String = error.escape_debug().take(60).collect();
            tracing::debug!(provider = id, error, "a provider sent somebody back without a code");
            let is_denial = error == "access_denied";
            let (result, page) = match is_denial {
                true => (Ending::Denied, Page::Cancelled),
                false => (Ending::Failed, Page::Failed),
            };
            self.finish(&sent_off.flow, &result).await?;
            return Ok(page);
        };
        let returned = Returned { code, issuer: back.issuer.as_deref() };
        let found = match provider.found(returned, &sent_off.asked).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(provider = id, %error, "a provider did not say who somebody is");
                self.finish(&sent_off.flow, &Ending::Failed).await?;
                return Ok(Page::Failed);
            }
        };
        let (ticket, browser) = (new_token(), new_token());
        let who = found.email.clone().or_else(|| found.name.clone());
        let unconfirmed = Unconfirmed {
            flow: sent_off.flow,
            provider: id.clone(),
            browser_hash: secret_hash(&browser),
            found,
        };
        self.inner
            .live
            .put_once(&unconfirmed_name(&ticket), &written(&unconfirmed), FLOW_TTL)
            .await?;
        let (phrase, links) = (sent_off.phrase, sent_off.links);
        let provider = provider.shown.name.clone();
        Ok(Page::Compare { provider, who, phrase, links, ticket, browser })
    }

    /// Somebody says in the browser that the phrase is the one in his terminal, or that it is not.
    /// Without the cookie of that browser nothing happens.
    ///
    /// # Errors
    /// There is no such provider, or the live state is away.
    pub async fn compare(
        &self,
        provider: &str,
        ticket: Option<&Secret>,
        browser: Option<&Secret>,
        is_same: bool,
    ) -> Result<Page, AccountError> {
        let id = &self.inner.social.provider(provider)?.shown.id;
        let (Some(ticket), Some(browser)) = (ticket, browser) else { return Ok(Page::Over) };
        let (live, name) = (&self.inner.live, unconfirmed_name(ticket));
        let is_this = |unconfirmed: &Unconfirmed| {
            unconfirmed.provider == *id && unconfirmed.browser_hash == secret_hash(browser)
        };
        if read::<Unconfirmed>(live.peek_once(&name).await?).filter(is_this).is_none() {
            return Ok(Page::Over);
        }
        let Some(unconfirmed) = read::<Unconfirmed>(live.take_once(&name).await?) else {
            return Ok(Page::Over);
        };
        let (result, page) = match is_same {
            true => (Ending::Found(unconfirmed.found), Page::Done),
            false => (Ending::Denied, Page::Cancelled),
        };
        self.finish(&unconfirmed.flow, &result).await?;
        Ok(page)
    }

    async fn finish(&self, flow: &str, result: &Ending) -> Result<(), AccountError> {
        Ok(self.inner.live.put_once(&result_name(flow), &written(result), FLOW_TTL).await?)
    }

    /// What came of a flow: a session, a linked account, or what an account can be opened with. It
    /// is told once. A flow that links is collected by who began it, signed in.
    ///
    /// # Errors
    /// There is no such flow, it was cancelled or failed, or the account is another's.
    pub async fn collect_social(
        &self,
        flow: &str,
        secret: &Secret,
        caller: Option<UserId>,
        visitor: Visitor,
    ) -> Result<Collected, AccountError> {
        let live = &self.inner.live;
        let begun = read::<Begun>(live.peek_once(&flow_name(flow)).await?)
            .filter(|begun| begun.secret_hash == secret_hash(secret))
            .ok_or(AccountError::FlowUnknown)?;
        match (begun.links, caller) {
            (Some(_), None) => return Err(AccountError::SignedOut),
            (Some(user), Some(caller)) if caller != user => {
                return Err(AccountError::FlowUnknown);
            }
            _ => {}
        }
        let result = live.take_once(&result_name(flow)).await?;
        let Some(result) = read::<Ending>(result) else { return Ok(Collected::Pending) };
        let collected = match result.clone() {
            Ending::Found(found) => self.settle(begun, found, visitor).await,
            Ending::Denied => Err(AccountError::SocialDenied),
            Ending::Failed => Err(AccountError::SocialFailed),
        };
        if matches!(&collected, Err(AccountError::Db(error)) if error.is_passing()) {
            // Nothing was done, so it can be collected again.
            self.finish(flow, &result).await?;
        } else {
            live.take_once(&flow_name(flow)).await?;
        }
        collected
    }

    async fn settle(
        &self,
        begun: Begun,
        found: Found,
        visitor: Visitor,
    ) -> Result<Collected, AccountError> {
        let Begun { provider, links, .. } = begun;
        if let Some(user) = links {
            return Ok(Collected::Linked(self.link(user, provider, found).await?));
        }
        let now = Utc::now();
        let (id, told) = (provider.clone(), found.clone());
        let row = self.inner.db.write(move |conn| {
            let Some(identity) = identities::find(conn, &id, &told.subject)? else {
                return Ok(None);
            };
            identities::touch(conn, &identity, told.email.as_deref(), now)?;
            let row = accounts::find(conn, identity.user_id)?.ok_or(DbError::NotFound)?;
            Ok::<_, DbError>(Some(row))
        });
        match row.await? {
            Some(row) => {
                Ok(Collected::SignedIn(Box::new(self.open_session(row.id, visitor, None).await?)))
            }
            None => self.ask_for_more(provider, found).await,
        }
    }

    async fn ask_for_more(
        &self,
        provider: String,
        found: Found,
    ) -> Result<Collected, AccountError> {
        let verified = found.verified_email().map(str::to_owned);
        if let Some(email) = verified.clone() {
            let known =
                self.inner.db.read(move |conn| accounts::find_by_email(conn, email)).await?;
            if known.is_some() {
                return Err(AccountError::EmailOfAnother);
            }
        }
        let token = new_token();
        let collected = Collected::SignUpNeeded {
            token: token.clone(),
            expires_in: SIGN_UP_TTL.as_secs(),
            suggested_email: found.email.clone().filter(|_| verified.is_none()),
            suggested_nickname: found.suggested_nickname(),
            name: found.name.clone(),
            email: verified,
        };
        let newcomer = written(&Newcomer { provider, found });
        self.inner.live.put_once(&newcomer_name(&token), &newcomer, SIGN_UP_TTL).await?;
        Ok(collected)
    }

    async fn link(
        &self,
        user: UserId,
        provider: String,
        found: Found,
    ) -> Result<Identity, AccountError> {
        enum Linked {
            Row(IdentityRow),
            OfAnother,
            Second,
        }
        let row = identity_row(user, provider, &found, Utc::now());
        let linked = self.inner.db.write(move |conn| {
            accounts::lock(conn, user)?.ok_or(DbError::NotFound)?;
            if accounts::is_closed(conn, user)? {
                return Err(DbError::NotFound);
            }
            if let Some(known) = identities::find(conn, &row.provider, &row.subject)? {
                let is_own = known.user_id == user;
                return Ok(if is_own { Linked::Row(known) } else { Linked::OfAnother });
            }
            if identities::of_provider(conn, user, &row.provider)?.is_some() {
                return Ok(Linked::Second);
            }
            identities::insert(conn, &row)?;
            Ok::<_, DbError>(Linked::Row(row.clone()))
        });
        match linked.await.map_err(taken)? {
            Linked::Row(row) => Ok(self.shown(row)),
            Linked::OfAnother => Err(AccountError::IdentityTaken),
            Linked::Second => Err(AccountError::ProviderLinked),
        }
    }

    /// Opens an account for somebody whom a provider knows, and signs in. It has no password.
    ///
    /// # Errors
    /// Fields are wrong, the phone is not proven, the token is used or expired, or address,
    /// nickname, phone or the provider's account are taken.
    pub async fn social_sign_up(
        &self,
        request: SignUpRequest,
        visitor: Visitor,
    ) -> Result<Opened, AccountError> {
        let request = request.validated().map_err(AccountError::Invalid)?;
        let name = newcomer_name(&request.sign_up_token);
        let newcomer = read::<Newcomer>(self.inner.live.peek_once(&name).await?);
        let Newcomer { provider, found } = newcomer.ok_or(AccountError::SignUpTokenInvalid)?;
        let email = address_of(&request, &found)?;
        let phone = self.newcomers_phone(&request.phone_token).await?;
        let now = Utc::now();
        let new = NewUser {
            email,
            password_hash: NO_PASSWORD.to_owned(),
            nickname_key: text::fold(&request.nickname),
            nickname: request.nickname,
            name: request.name,
            phone,
            is_artist: request.is_artist,
            college: request.college,
            created_at: column(now),
        };
        let row = self.inner.db.write(move |conn| {
            let row = accounts::insert(conn, &new)?;
            wallets::open(conn, row.id)?;
            identities::insert(conn, &identity_row(row.id, provider.clone(), &found, now))?;
            Ok::<_, DbError>(row)
        });
        let row = row.await.map_err(taken)?;
        // Neither could open a second account; they are used up only now that nothing can go wrong
        // any more.
        if let Err(error) = self.use_up(&request.phone_token).await {
            tracing::warn!(%error, "a phone token was not used up");
        }
        if let Err(error) = self.inner.live.take_once(&name).await {
            tracing::warn!(%error, "a sign-up token was not used up");
        }
        self.open_session(row.id, visitor, None).await
    }

    /// The providers' accounts that are linked with a user's.
    ///
    /// # Errors
    /// As the database says.
    pub async fn identities(&self, user: UserId) -> Result<Identities, AccountError> {
        let rows = self.inner.db.read(move |conn| identities::of_user(conn, user)).await?;
        Ok(Identities { items: rows.into_iter().map(|row| self.shown(row)).collect() })
    }

    /// Unlinks a provider's account.
    ///
    /// # Errors
    /// None is linked, or it is the only way in.
    pub async fn unlink(&self, user: UserId, provider: &str) -> Result<(), AccountError> {
        enum Unlinked {
            Done,
            NotLinked,
            Last,
        }
        let provider = provider.to_owned();
        let known: Vec<String> =
            self.social_providers().items.into_iter().map(|provider| provider.id).collect();
        let unlinked = self.inner.db.write(move |conn| {
            accounts::lock(conn, user)?.ok_or(DbError::NotFound)?;
            let all = identities::of_user(conn, user)?;
            if all.iter().all(|row| row.provider != provider) {
                return Ok(Unlinked::NotLinked);
            }
            // A provider that is not there any more lets nobody in.
            let lets_in = |row: &IdentityRow| known.contains(&row.provider);
            let is_other_way = all.iter().any(|row| row.provider != provider && lets_in(row));
            if !is_other_way && !accounts::has_password(conn, user)? {
                return Ok(Unlinked::Last);
            }
            identities::remove(conn, user, &provider)?;
            Ok::<_, DbError>(Unlinked::Done)
        });
        match unlinked.await.map_err(taken)? {
            Unlinked::Done => Ok(()),
            Unlinked::NotLinked => Err(AccountError::IdentityUnknown),
            Unlinked::Last => Err(AccountError::LastWayIn),
        }
    }

    fn shown(&self, row: IdentityRow) -> Identity {
        Identity {
            name: self.inner.social.name(&row.provider),
            provider: row.provider,
            email: row.email,
            created_at: row.created_at.and_utc(),
            last_used_at: row.last_used_at.and_utc(),
        }
    }
}

/// The address of a new account: the one that the provider has verified, or else the one that was
/// typed.
fn address_of(request: &SignUpRequest, found: &Found) -> Result<String, AccountError> {
    let wrong =
        |code, detail| Err(AccountError::Invalid(vec![FieldError::new("email", code, detail)]));
    match (found.verified_email(), &request.email) {
        (Some(verified), None) => Ok(verified.to_owned()),
        (Some(verified), Some(typed)) if verified == typed => Ok(verified.to_owned()),
        (Some(_), Some(_)) => wrong("invalid", "the provider has verified another"),
        (None, Some(typed)) => Ok(typed.clone()),
        (None, None) => wrong("required", "the provider has verified none"),
    }
}

fn identity_row(user: UserId, provider: String, found: &Found, now: Timestamp) -> IdentityRow {
    IdentityRow {
        user_id: user,
        provider,
        subject: found.subject.clone(),
        email: found.email.clone(),
        created_at: column(now),
        last_used_at: column(now),
    }
}
