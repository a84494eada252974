//! A provider, whatever it speaks: where somebody signs in there, and who came back.

use artipul_common::{accounts::Secret, accounts::check_email, limits, social, text::Checks};
use reqwest::Client;
use serde::{Deserialize, Serialize};

use super::{
    naver::Naver,
    oidc::Oidc,
    settings::{Protocol, ProviderSettings},
};
use crate::outbound::CallError;

/// Why a provider did not say who somebody is; for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct ProviderError(String);

impl ProviderError {
    pub(super) fn new(cause: impl Into<String>) -> Self {
        Self(cause.into())
    }
}

impl From<CallError> for ProviderError {
    fn from(error: CallError) -> Self {
        Self(error.to_string())
    }
}

/// Who we are at a provider, and what we ask for.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
    pub(super) redirect_uri: String,
    /// With spaces in between.
    pub(super) scopes: String,
}

/// What somebody was sent off with, and what binds the answer to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    /// Comes back through the browser.
    pub(super) state: Secret,
    /// Comes back in the id token.
    pub(super) nonce: Secret,
    /// Only its hash is shown until the code is exchanged (PKCE).
    pub(super) verifier: Secret,
}

/// What came back through the browser.
#[derive(Debug, Clone, Copy)]
pub(super) struct Returned<'a> {
    /// Exchanged for what is told of somebody.
    pub(super) code: &'a str,
    /// Who says to have answered.
    pub(super) issuer: Option<&'a str>,
}

/// Somebody, as a provider knows him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Found {
    /// Who it is there.
    pub(super) subject: String,
    /// Where the provider says that he has mail.
    pub(super) email: Option<String>,
    /// Whether it says that this was proven.
    pub(super) email_is_verified: bool,
    /// What he calls himself.
    pub(super) nickname: Option<String>,
    /// His name.
    pub(super) name: Option<String>,
}

impl Found {
    /// What was found, as far as it can be taken: without an address that is none, and without
    /// what no line of text has.
    fn cleaned(self) -> Self {
        let line = |text: Option<String>| {
            let text: String = text?.chars().filter(|c| !c.is_control()).collect();
            let text: String = text.trim().chars().take(*limits::NAME.end()).collect();
            (!text.is_empty()).then(|| text.trim_end().to_owned())
        };
        let email = self.email.and_then(|mut email| {
            let mut checks = Checks::default();
            check_email(&mut checks, "email", &mut email);
            checks.finish(email).ok()
        });
        Self { email, nickname: line(self.nickname), name: line(self.name), ..self }
    }

    /// The address that is certainly his.
    pub(super) fn verified_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_is_verified)
    }

    /// A name that a nickname could be made of, as far as it has the letters of one.
    pub(super) fn suggested_nickname(&self) -> Option<String> {
        let source = self.nickname.as_ref().or(self.name.as_ref())?;
        let letters = source.chars().filter(|c| c.is_alphanumeric() || "_-.".contains(*c));
        let nickname: String = letters.take(*limits::NICKNAME.end()).collect();
        limits::NICKNAME.contains(&nickname.chars().count()).then_some(nickname)
    }
}

/// Whether this can be somebody's name at a provider: visible ASCII, as OpenID Connect bounds it.
pub(super) fn is_subject(subject: &str) -> bool {
    (1..=255).contains(&subject.len()) && subject.bytes().all(|byte| byte.is_ascii_graphic())
}

enum Kind {
    Oidc(Oidc),
    Naver(Naver),
}

/// Somebody with whose accounts people may sign in.
pub(super) struct Provider {
    /// The names in paths and for people.
    pub(super) shown: social::Provider,
    kind: Kind,
}

impl Provider {
    /// A provider to which people come back at `public_url`.
    pub(super) fn new(http: Client, settings: &ProviderSettings, public_url: &str) -> Self {
        let ProviderSettings { id, name, client_id, client_secret, scopes, protocol } =
            settings.clone();
        let redirect_uri = format!("{public_url}/v1/social/callback/{id}");
        let who = Who { client_id, client_secret, redirect_uri, scopes: scopes.join(" ") };
        let kind = match protocol {
            Protocol::Oidc { issuer, client_auth } => {
                Kind::Oidc(Oidc::new(http, who, issuer, client_auth))
            }
            Protocol::Naver(urls) => Kind::Naver(Naver::new(http, who, *urls)),
        };
        Self { shown: social::Provider { id, name }, kind }
    }

    /// Where somebody signs in.
    pub(super) async fn authorize_url(&self, asked: &Asked) -> Result<String, ProviderError> {
        match &self.kind {
            Kind::Oidc(oidc) => oidc.authorize_url(asked).await,
            Kind::Naver(naver) => Ok(naver.authorize_url(asked)),
        }
    }

    /// Who came back.
    pub(super) async fn found(
        &self,
        returned: Returned<'_>,
        asked: &Asked,
    ) -> Result<Found, ProviderError> {
        let found = match &self.kind {
            Kind::Oidc(oidc) => oidc.found(&returned, asked).await?,
            Kind::Naver(naver) => naver.found(&returned, asked).await?,
        };
        Ok(found.cleaned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(email: &str, nickname: &str) -> Found {
        Found {
            subject: "1".to_owned(),
            email: Some(email.to_owned()),
            email_is_verified: true,
            nickname: Some(nickname.to_owned()),
            name: Some(" \u{1b}[31mKim\nMina ".to_owned()),
        }
    }

    #[test]
    fn what_a_provider_tells_is_cleaned() {
        let clean = found(" Mina@Example.COM", "\u{7}").cleaned();
        assert_eq!(clean.email.as_deref(), Some("mina@example.com"));
        assert_eq!(clean.nickname, None);
        assert_eq!(clean.name.as_deref(), Some("[31mKimMina"));
        assert_eq!(found("no address", "x").cleaned().verified_email(), None);
    }

    #[test]
    fn a_nickname_is_suggested_if_there_are_letters_for_one() {
        let suggested = |nickname: &str| found("", nickname).suggested_nickname();
        assert_eq!(suggested("김 미나!"), Some("김미나".to_owned()));
        assert_eq!(suggested("a"), None);
        assert_eq!(suggested(&"x".repeat(99)).map(|name| name.len()), Some(20));
    }

    #[test]
    fn an_unverified_address_is_nobodys() {
        let unverified = Found { email_is_verified: false, ..found("a@b.c", "x") };
        assert_eq!(unverified.verified_email(), None);
    }

    #[test]
    fn a_subject_is_visible_ascii() {
        assert!(is_subject("1") && is_subject(&"x".repeat(255)));
        for none in ["", "a b", "a\0", "가", &"x".repeat(256)] {
            assert!(!is_subject(none), "{none}");
        }
    }
}
