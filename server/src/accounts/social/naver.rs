//! Naver, which speaks OAuth 2.0: it is asked over TLS who somebody is, and signs nothing.

use artipul_common::accounts::Secret;
use reqwest::{Client, header};
use serde::Deserialize;

use super::{
    oidc::json,
    provider::{Asked, Found, ProviderError, Returned, Who, is_subject},
    settings::NaverUrls,
};
use crate::outbound::call;

/// Naver.
pub(super) struct Naver {
    http: Client,
    who: Who,
    urls: NaverUrls,
}

/// The answer to a code; a refusal comes with status 200 as well.
#[derive(Deserialize)]
struct Tokens {
    access_token: Option<Secret>,
}

#[derive(Deserialize)]
struct Profile {
    resultcode: String,
    response: Option<Person>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    email: Option<String>,
    nickname: Option<String>,
    name: Option<String>,
}

impl Naver {
    pub(super) fn new(http: Client, who: Who, urls: NaverUrls) -> Self {
        Self { http, who, urls }
    }

    /// Where somebody signs in.
    pub(super) fn authorize_url(&self, asked: &Asked) -> String {
        let mut url = self.urls.authorize.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.who.client_id)
            .append_pair("redirect_uri", &self.who.redirect_uri)
            .append_pair("state", asked.state.reveal());
        url.into()
    }

    /// Who came back.
    pub(super) async fn found(
        &self,
        returned: &Returned<'_>,
        asked: &Asked,
    ) -> Result<Found, ProviderError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.who.client_id),
            ("client_secret", self.who.client_secret.reveal()),
            ("redirect_uri", &self.who.redirect_uri),
            ("code", returned.code),
            ("state", asked.state.reveal()),
        ];
        let form = serde_html_form::to_string(form)
            .map_err(|error| ProviderError::new(format!("a form: {error}")))?;
        let request = self
            .http
            .post(self.urls.token.clone())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let tokens: Tokens = json(&call(request).await?, "its tokens")?;
        let token =
            tokens.access_token.ok_or_else(|| ProviderError::new("the code is not taken"))?;
        let request = self.http.get(self.urls.profile.clone()).bearer_auth(token.reveal());
        let profile: Profile = json(&call(request).await?, "what it tells of somebody")?;
        let person = profile.response.filter(|_| profile.resultcode == "00");
        let person = person.filter(|person| is_subject(&person.id));
        let person = person.ok_or_else(|| ProviderError::new("it does not tell who it is"))?;
        Ok(Found {
            subject: person.id,
            // People choose it themselves, and Naver does not say that it has been proven.
            email_is_verified: false,
            email: person.email,
            nickname: person.nickname,
            name: person.name,
        })
    }
}
