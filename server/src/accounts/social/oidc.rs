//! OpenID Connect: who somebody is, from an id token that its provider has signed.
//!
//! What the provider says of itself (its discovery document and its keys) is kept for a while. A
//! key that is not known has the keys read again, but not as often as somebody likes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use artipul_common::accounts::Secret;
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, PublicKeyUse},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Url, header};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    provider::{Asked, Found, ProviderError, Returned, Who, is_subject},
    settings::ClientAuth,
};
use crate::{
    digest::sha256_url,
    outbound::{Reply, call, safe_url},
};

/// How long what a provider says of itself is believed.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// How long after keys were read again for an unknown one before that is done again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How far the provider's clock may be off, in seconds.
const LEEWAY_SECONDS: u64 = 60;
/// The algorithms in which a token may be signed.
const ALGORITHMS: [Algorithm; 2] = [Algorithm::RS256, Algorithm::ES256];
/// The issuer, without its scheme, as which Google signs as well.
const GOOGLE: &str = "accounts.google.com";

/// A provider that speaks OpenID Connect.
pub(super) struct Oidc {
    http: Client,
    who: Who,
    issuer: String,
    client_auth: Option<ClientAuth>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    discovery: Option<(Arc<Discovery>, Instant)>,
    keys: Option<(Arc<Vec<Jwk>>, Instant)>,
    looked_again: Option<Instant>,
}

/// What a provider says of itself.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Keys {
    /// Read one by one: one of a kind that is not known does not spoil the others.
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<Secret>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: Audience,
    azp: Option<String>,
    nonce: Option<String>,
    #[serde(flatten)]
    person: Person,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What a provider tells of somebody besides who it is.
#[derive(Default, Deserialize)]
struct Person {
    email: Option<String>,
    email_verified: Option<Truth>,
    name: Option<String>,
    nickname: Option<String>,
    preferred_username: Option<String>,
}

impl Person {
    /// What this and that tell, that before this.
    fn with(self, more: Self) -> Self {
        // Whether an address is verified is said of that one alone.
        let (email, email_verified) = match more.email {
            Some(email) => (Some(email), more.email_verified),
            None => (self.email, self.email_verified),
        };
        Self {
            email,
            email_verified,
            name: more.name.or(self.name),
            nickname: more.nickname.or(self.nickname),
            preferred_username: more.preferred_username.or(self.preferred_username),
        }
    }
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    person: Person,
}

/// A truth, which some providers write as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Truth {
    Truth(bool),
    Text(String),
}

impl Truth {
    fn is_true(&self) -> bool {
        match self {
            Self::Truth(truth) => *truth,
            Self::Text(text) => text == "true",
        }
    }
}

impl Oidc {
    pub(super) fn new(
        http: Client,
        who: Who,
        issuer: String,
        client_auth: Option<ClientAuth>,
    ) -> Self {
        Self { http, who, issuer, client_auth, kept: Mutex::default() }
    }

    /// Where somebody signs in.
    pub(super) async fn authorize_url(&self, asked: &Asked) -> Result<String, ProviderError> {
        let discovery = self.discovery().await?;
        let mut url = endpoint(&self.issuer, &discovery.authorization_endpoint)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.who.client_id)
            .append_pair("redirect_uri", &self.who.redirect_uri)
            .append_pair("scope", &self.who.scopes)
            .append_pair("state", asked.state.reveal())
            .append_pair("nonce", asked.nonce.reveal())
            .append_pair("code_challenge", &sha256_url(asked.verifier.reveal().as_bytes()))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Who came back.
    pub(super) async fn found(
        &self,
        returned: &Returned<'_>,
        asked: &Asked,
    ) -> Result<Found, ProviderError> {
        let discovery = self.discovery().await?;
        match returned.issuer {
            Some(issuer) if issuer != self.issuer => {
                return Err(ProviderError::new("another provider has answered"));
            }
            None if discovery.authorization_response_iss_parameter_supported => {
                return Err(ProviderError::new("the answer does not say whose it is"));
            }
            _ => {}
        }
        let tokens = self.exchange(&discovery, returned.code, asked).await?;
        let claims = self.verify(&discovery, &tokens.id_token).await?;
        if claims.nonce.as_deref() != Some(asked.nonce.reveal()) {
            return Err(ProviderError::new("the id token is of another sign-in"));
        }
        if !is_subject(&claims.sub) {
            return Err(ProviderError::new("the id token names nobody"));
        }
        let person =
            self.person(&discovery, &claims.sub, claims.person, &tokens.access_token).await;
        Ok(Found {
            subject: claims.sub,
            email_is_verified: person.email_verified.as_ref().is_some_and(Truth::is_true),
            email: person.email,
            nickname: person.nickname.or(person.preferred_username),
            name: person.name,
        })
    }

    async fn exchange(
        &self,
        discovery: &Discovery,
        code: &str,
        asked: &Asked,
    ) -> Result<Tokens, ProviderError> {
        let (id, secret) = (self.who.client_id.as_str(), self.who.client_secret.reveal());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.who.redirect_uri),
            ("code_verifier", asked.verifier.reveal()),
        ];
        let mut request = self.http.post(endpoint(&self.issuer, &discovery.token_endpoint)?);
        match self.client_auth.unwrap_or_else(|| discovery.client_auth()) {
            ClientAuth::Post => form.extend([("client_id", id), ("client_secret", secret)]),
            ClientAuth::Basic => request = request.header(header::AUTHORIZATION, basic(id, secret)),
        }
        let form = serde_html_form::to_string(&form)
            .map_err(|error| ProviderError::new(format!("a form: {error}")))?;
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(form);
        json(&call(request).await?, "its tokens")
    }

    /// The claims of an id token for us, that the provider has signed and that is still good.
    async fn verify(&self, discovery: &Discovery, token: &str) -> Result<Claims, ProviderError> {
        let wrong = |error| ProviderError::new(format!("the id token: {error}"));
        let header = decode_header(token).map_err(wrong)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(ProviderError::new("the id token is signed in a way that is not taken"));
        }
        let key = self.key(discovery, header.kid.as_deref(), header.alg).await?;
        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_audience(&[&self.who.client_id]);
        validation.set_issuer(&self.issuers());
        validation.leeway = LEEWAY_SECONDS;
        let claims = decode::<Claims>(token, &key, &validation).map_err(wrong)?.claims;
        let us = &self.who.client_id;
        let is_for_others = match &claims.aud {
            Audience::One(one) => one != us,
            Audience::Many(all) => !all.contains(us) || all.len() > 1 && claims.azp.is_none(),
        };
        if is_for_others || claims.azp.as_ref().is_some_and(|party| party != us) {
            return Err(ProviderError::new("the id token was given to somebody else"));
        }
        Ok(claims)
    }

    fn issuers(&self) -> Vec<&str> {
        let bare = self.issuer.strip_prefix("https://").filter(|bare| *bare == GOOGLE);
        [self.issuer.as_str()].into_iter().chain(bare).collect()
    }

    async fn key(
        &self,
        discovery: &Discovery,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, ProviderError> {
        let keys = self.keys(discovery).await?;
        if let Some(key) = pick(&keys, id, algorithm) {
            return Ok(key);
        }
        if !self.may_look_again() {
            return Err(ProviderError::new("the id token's key is not known"));
        }
        let keys = self.read_keys(discovery).await?;
        pick(&keys, id, algorithm)
            .ok_or_else(|| ProviderError::new("the id token's key is not the provider's"))
    }

    async fn discovery(&self) -> Result<Arc<Discovery>, ProviderError> {
        if let Some(kept) = fresh(&self.kept().discovery) {
            return Ok(kept);
        }
        let issuer = self.issuer.trim_end_matches('/');
        let url = endpoint(issuer, &format!("{issuer}/.well-known/openid-configuration"))?;
        let discovery: Discovery =
            json(&call(self.http.get(url)).await?, "its discovery document")?;
        if discovery.issuer != self.issuer {
            return Err(ProviderError::new("its discovery document is of another issuer"));
        }
        let discovery = Arc::new(discovery);
        self.kept().discovery = Some((Arc::clone(&discovery), Instant::now()));
        Ok(discovery)
    }

    async fn keys(&self, discovery: &Discovery) -> Result<Arc<Vec<Jwk>>, ProviderError> {
        let kept = fresh(&self.kept().keys);
        match kept {
            Some(kept) => Ok(kept),
            None => self.read_keys(discovery).await,
        }
    }

    async fn read_keys(&self, discovery: &Discovery) -> Result<Arc<Vec<Jwk>>, ProviderError> {
        let reply = call(self.http.get(endpoint(&self.issuer, &discovery.jwks_uri)?)).await?;
        let Keys { keys } = json(&reply, "its keys")?;
        let keys = keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        let keys = Arc::new(keys.collect::<Vec<Jwk>>());
        self.kept().keys = Some((Arc::clone(&keys), Instant::now()));
        Ok(keys)
    }

    fn may_look_again(&self) -> bool {
        let mut kept = self.kept();
        let may = kept.looked_again.is_none_or(|then| then.elapsed() >= LOOK_AGAIN);
        if may {
            kept.looked_again = Some(Instant::now());
        }
        may
    }

    /// Somebody's address and names: from the id token, and what it leaves out from where the
    /// provider tells more. Nobody is kept out because of these.
    async fn person(
        &self,
        discovery: &Discovery,
        subject: &str,
        told: Person,
        access_token: &Option<Secret>,
    ) -> Person {
        let is_whole = told.email.is_some() && told.email_verified.is_some();
        let (Some(url), Some(token), false) =
            (&discovery.userinfo_endpoint, access_token, is_whole)
        else {
            return told;
        };
        match self.ask(url, token).await {
            Ok(info) if info.sub == subject => told.with(info.person),
            Ok(_) => told,
            Err(error) => {
                tracing::warn!(issuer = %self.issuer, %error, "nothing more is told of somebody");
                told
            }
        }
    }

    async fn ask(&self, url: &str, token: &Secret) -> Result<UserInfo, ProviderError> {
        let request = self.http.get(endpoint(&self.issuer, url)?).bearer_auth(token.reveal());
        json(&call(request).await?, "what it tells of somebody")
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Discovery {
    fn client_auth(&self) -> ClientAuth {
        let has = |name: &str| {
            self.token_endpoint_auth_methods_supported
                .as_ref()
                .is_some_and(|methods| methods.iter().any(|method| method == name))
        };
        // What nothing is said of is Basic.
        if has("client_secret_post") && !has("client_secret_basic") {
            ClientAuth::Post
        } else {
            ClientAuth::Basic
        }
    }
}

/// The key that signs in this way: the one of this id, or the only one.
fn pick(keys: &[Jwk], id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
    let can_sign = |key: &&Jwk| {
        let is_for_signatures =
            matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
        let is_of_algorithm = match key.common.key_algorithm {
            Some(said) => said.to_string() == format!("{algorithm:?}"),
            None => true,
        };
        let family = DecodingKey::from_jwk(key).map(|key| key.family());
        is_for_signatures && is_of_algorithm && family.is_ok_and(|of| of == algorithm.family())
    };
    let mut suited = keys.iter().filter(can_sign);
    let key = match id {
        Some(id) => suited.find(|key| key.common.key_id.as_deref() == Some(id))?,
        None => suited.next().filter(|_| suited.next().is_none())?,
    };
    DecodingKey::from_jwk(key).ok()
}

fn fresh<T>(kept: &Option<(Arc<T>, Instant)>) -> Option<Arc<T>> {
    let kept = kept.as_ref().filter(|(_, since)| since.elapsed() < KEPT);
    kept.map(|(value, _)| Arc::clone(value))
}

/// An address that a provider names. One that is reached over TLS names none that is not: this
/// machine's own services are none of its business.
fn endpoint(issuer: &str, text: &str) -> Result<Url, ProviderError> {
    let wrong = |detail: String| ProviderError::new(format!("an address of it {detail}"));
    let url = safe_url(text).map_err(wrong)?;
    if issuer.starts_with("https:") && url.scheme() != "https" {
        return Err(wrong("is not reached over TLS, as the provider is".to_owned()));
    }
    Ok(url)
}

/// Who we are, as RFC 6749 wants it: both parts encoded as in a form.
fn basic(id: &str, secret: &str) -> header::HeaderValue {
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let both = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
    let mut value =
        header::HeaderValue::from_str(&format!("Basic {both}")).expect("base64 is ASCII");
    value.set_sensitive(true);
    value
}

/// What an answer says, if it is a success.
pub(super) fn json<T: DeserializeOwned>(reply: &Reply, what: &str) -> Result<T, ProviderError> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    if reply.status.is_success() {
        return serde_json::from_slice(&reply.body)
            .map_err(|error| ProviderError::new(format!("{what}: {error}")));
    }
    let status = reply.status.as_u16();
    let refusal = serde_json::from_slice::<Refusal>(&reply.body).map(|refusal| refusal.error);
    let refusal: String = refusal.unwrap_or_default().escape_debug().take(60).collect();
    Err(ProviderError::new(format!("{what}: status {status} {refusal}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys(keys: serde_json::Value) -> Vec<Jwk> {
        let keys: Vec<serde_json::Value> = serde_json::from_value(keys).unwrap();
        keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect()
    }

    #[test]
    fn a_provider_elsewhere_names_no_address_on_this_machine() {
        for url in ["http://127.0.0.1:6379/", "http://localhost/", "http://a.example/"] {
            assert!(endpoint("https://a.example", url).is_err(), "{url}");
        }
        assert!(endpoint("https://a.example", "https://b.example/token").is_ok());
        assert!(endpoint("http://127.0.0.1:9", "http://127.0.0.1:9/token").is_ok());
    }

    #[test]
    fn a_key_is_picked_for_what_it_is() {
        let rsa = json!({ "kty": "RSA", "kid": "r", "use": "sig", "n": "AQAB", "e": "AQAB" });
        let other = json!({ "kty": "RSA", "kid": "e", "use": "enc", "n": "AQAB", "e": "AQAB" });
        let shared = json!({ "kty": "oct", "kid": "h", "k": "AQAB" });
        let all = keys(json!([rsa, other, shared, { "kty": "moon" }, 5]));
        let picks = |id, algorithm| pick(&all, id, algorithm).is_some();
        assert!(picks(Some("r"), Algorithm::RS256) && picks(None, Algorithm::RS256));
        assert!(!picks(Some("r"), Algorithm::ES256));
        for id in ["e", "h", "x"] {
            assert!(!picks(Some(id), Algorithm::RS256), "{id}");
        }
        let two = keys(json!([rsa, rsa]));
        assert!(pick(&two, None, Algorithm::RS256).is_none(), "which one is not known");
    }

    #[test]
    fn what_is_shown_in_a_header_has_no_colons() {
        let value = basic("an:id", "s/e:c");
        let text = value.to_str().unwrap().strip_prefix("Basic ").unwrap().to_owned();
        assert_eq!(STANDARD.decode(text).unwrap(), b"an%3Aid:s%2Fe%3Ac");
    }
}
