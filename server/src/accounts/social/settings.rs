//! The operator's list of providers: a TOML file with a `[[provider]]` table for each.

use std::{collections::BTreeSet, path::Path};

use artipul_common::accounts::Secret;
use reqwest::Url;
use serde::Deserialize;

use crate::outbound::safe_url;

/// The longest name of a provider in paths.
const MAX_ID: usize = 32;

/// Somebody with whose accounts people may sign in.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// The name in paths.
    pub id: String,
    /// The name that people know.
    pub name: String,
    /// Who we are there.
    pub client_id: String,
    /// What proves it.
    pub client_secret: Secret,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// How it is asked.
    pub protocol: Protocol,
}

/// How a provider is asked who somebody is.
#[derive(Debug, Clone)]
pub enum Protocol {
    /// By OpenID Connect.
    Oidc {
        /// Who signs the id tokens, and where the discovery document is.
        issuer: String,
        /// How we prove who we are; otherwise as the provider says.
        client_auth: Option<ClientAuth>,
    },
    /// By Naver's OAuth 2.0.
    Naver(Box<NaverUrls>),
}

/// Where Naver is.
#[derive(Debug, Clone)]
pub struct NaverUrls {
    /// Where people sign in.
    pub authorize: Url,
    /// Where a code is exchanged.
    pub token: Url,
    /// Where it says who somebody is.
    pub profile: Url,
}

/// How we prove who we are when a code is exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuth {
    /// In the header.
    Basic,
    /// In the body.
    Post,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Google,
    Kakao,
    Naver,
    Oidc,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Entry>,
}

/// A table of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    kind: Kind,
    client_id: String,
    client_secret: Option<Secret>,
    client_secret_file: Option<String>,
    scopes: Option<Vec<String>>,
    issuer: Option<String>,
    client_auth: Option<ClientAuth>,
    authorize_url: Option<String>,
    token_url: Option<String>,
    profile_url: Option<String>,
}

impl ProviderSettings {
    /// The providers of a file; those of secrets are beside it.
    ///
    /// # Errors
    /// What is wrong with it. A secret is not repeated.
    pub fn read(path: &str) -> Result<Vec<Self>, String> {
        let text =
            std::fs::read_to_string(path).map_err(|error| format!("cannot be read ({error})"))?;
        let folder = Path::new(path).parent().unwrap_or(Path::new("."));
        // The whole error would show the lines around it.
        let file: File = toml::from_str(&text)
            .map_err(|error| format!("is no list of providers ({})", error.message()))?;
        let providers = file.provider.into_iter().map(|entry| {
            let id = entry.id.clone();
            entry.settings(folder).map_err(|detail| format!("of the provider {id:?}: {detail}"))
        });
        let providers = providers.collect::<Result<Vec<_>, _>>()?;
        let ids: BTreeSet<_> = providers.iter().map(|provider| &provider.id).collect();
        if ids.len() < providers.len() {
            return Err("has a provider's id twice".to_owned());
        }
        Ok(providers)
    }

    /// Whether it is reached over TLS.
    pub fn needs_tls(&self) -> bool {
        match &self.protocol {
            Protocol::Oidc { issuer, .. } => issuer.starts_with("https:"),
            Protocol::Naver(urls) => {
                [&urls.token, &urls.profile].iter().any(|url| url.scheme() == "https")
            }
        }
    }
}

impl Entry {
    fn settings(self, folder: &Path) -> Result<ProviderSettings, String> {
        let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=MAX_ID).contains(&self.id.len()) || !self.id.chars().all(is_id) {
            return Err(format!("an id is 1 to {MAX_ID} of a-z, 0-9 and -"));
        }
        Ok(ProviderSettings {
            client_secret: self.secret(folder)?,
            scopes: self.scopes(),
            protocol: self.protocol()?,
            id: self.id,
            name: self.name,
            client_id: self.client_id,
        })
    }

    fn secret(&self, folder: &Path) -> Result<Secret, String> {
        match (&self.client_secret, &self.client_secret_file) {
            (Some(secret), None) => Ok(secret.clone()),
            (None, Some(file)) => std::fs::read_to_string(folder.join(file))
                .map(|text| Secret::new(text.trim_end()))
                .map_err(|error| format!("client_secret_file cannot be read ({error})")),
            _ => Err("it needs either client_secret or client_secret_file".to_owned()),
        }
    }

    fn scopes(&self) -> Vec<String> {
        let default: &[&str] = match self.kind {
            Kind::Google | Kind::Oidc => &["openid", "email", "profile"],
            Kind::Kakao => &["openid", "account_email", "profile_nickname"],
            Kind::Naver => &[],
        };
        let said = self.scopes.clone();
        said.unwrap_or_else(|| default.iter().map(|scope| (*scope).to_owned()).collect())
    }

    fn protocol(&self) -> Result<Protocol, String> {
        let issuer = match (self.kind, self.issuer.as_deref()) {
            (Kind::Naver, _) => return self.naver(),
            (_, Some(issuer)) => issuer,
            (Kind::Google, None) => "https://accounts.google.com",
            (Kind::Kakao, None) => "https://kauth.kakao.com",
            (Kind::Oidc, None) => return Err("it needs an issuer".to_owned()),
        };
        safe_url(issuer).map_err(|detail| format!("issuer {detail}"))?;
        let client_auth = match self.kind {
            // It takes no other, whether its document says so or not.
            Kind::Kakao => Some(ClientAuth::Post),
            _ => self.client_auth,
        };
        Ok(Protocol::Oidc { issuer: issuer.to_owned(), client_auth })
    }

    fn naver(&self) -> Result<Protocol, String> {
        let url = |said: &Option<String>, default| safe_url(said.as_deref().unwrap_or(default));
        Ok(Protocol::Naver(Box::new(NaverUrls {
            authorize: url(&self.authorize_url, "https://nid.naver.com/oauth2.0/authorize")?,
            token: url(&self.token_url, "https://nid.naver.com/oauth2.0/token")?,
            profile: url(&self.profile_url, "https://openapi.naver.com/v1/nid/me")?,
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ProviderSettings>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "from-a-file\n").unwrap();
        let path = folder.path().join("social.toml");
        std::fs::write(&path, text).unwrap();
        ProviderSettings::read(path.to_str().unwrap())
    }

    fn entry(more: &str) -> String {
        format!("[[provider]]\nid = 'a'\nname = 'A'\nclient_id = 'c'\n{more}\n")
    }

    #[test]
    fn the_known_ones_need_keys_alone() {
        for kind in ["google", "kakao", "naver"] {
            let text = entry(&format!("kind = '{kind}'\nclient_secret_file = 'secret'"));
            let providers = read(&text).unwrap();
            assert_eq!(providers[0].client_secret.reveal(), "from-a-file");
            assert!(providers[0].needs_tls());
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_secrets() {
        let oidc = "kind = 'oidc'\nclient_secret = 'hunter2'";
        for (text, part) in [
            (entry(oidc), "issuer"),
            (entry(&format!("{oidc}\nissuer = 'http://a.example'")), "https://"),
            (entry("kind = 'google'"), "client_secret"),
            (entry(&format!("{oidc}\nnonsense = 1")), "nonsense"),
            (entry(oidc).replace("'a'", "'A/b'"), "a-z"),
            (entry("client_secret = 'hunter2'\nkind = 'myspace'"), "google"),
            (entry("kind = 'naver'\nclient_secret = 'hunter2'").repeat(2), "twice"),
            ("client_secret = 'hunter2".to_owned(), "list"),
        ] {
            let complaint = read(&text).unwrap_err();
            assert!(complaint.contains(part), "{complaint}");
            assert!(!complaint.contains("hunter2"), "{complaint}");
        }
    }
}
