//! A provider of accounts that says what it is told to: OpenID Connect under `acme`, and Naver's
//! OAuth 2.0 under `naver`. It has keys of its own, and can do everything wrong.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, OnceLock},
};

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKey, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{
    stand::{Asked, Stand, Told},
    world::Neighbour,
};

/// Where browsers reach the servers, as the servers are told.
pub const PUBLIC_URL: &str = "https://artipul.example";
/// Who the servers are at the provider.
const CLIENT: &str = "artipul at acme";
/// What proves it.
pub const CLIENT_SECRET: &str = "the:secret/of artipul";

/// How an id token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// With one of the RSA keys, 0 or 1.
    Rsa(usize),
    /// With the P-256 key.
    Ec,
    /// Not at all.
    None,
    /// With HMAC, and the public key of the first RSA key for a secret.
    PublicKeyAsSecret,
    /// With the second RSA key, in the name of the first.
    InAnothersName,
    /// With the first RSA key, under a name that no key has.
    UnknownKey,
}

/// What the provider says; a test changes it.
pub struct Script {
    /// Claims of the id token, over the right ones; null leaves one out.
    pub claims: Map<String, Value>,
    /// What it tells of the person when it is asked.
    pub userinfo: Value,
    /// What Naver tells of the person.
    pub profile: Value,
    /// How the id token is signed.
    pub signing: Signing,
    /// The RSA keys that it shows.
    pub shown_keys: Vec<usize>,
    /// What it says at these paths instead.
    pub instead: HashMap<&'static str, Told>,
    /// Parameters with which it sends people back, over the right ones; empty leaves one out.
    pub sent_back: BTreeMap<&'static str, String>,
    codes: HashMap<String, BTreeMap<String, String>>,
}

/// A scripted provider.
pub struct Provider {
    stand: Stand,
    script: Arc<Mutex<Script>>,
    folder: TempDir,
}

struct Keys {
    rsa: [RsaKey; 2],
    ec: EcdsaKeyPair,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let rsa = || RsaKey::generate(KeySize::Rsa2048).unwrap();
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Keys { rsa: [rsa(), rsa()], ec }
    })
}

impl Neighbour for Provider {
    async fn start() -> Self {
        let script = Arc::new(Mutex::new(Script::new()));
        let told = Arc::clone(&script);
        let issuer = Arc::new(OnceLock::<String>::new());
        let known = Arc::clone(&issuer);
        let stand =
            Stand::new(move |asked| told.lock().unwrap().answer(asked, known.get().unwrap())).await;
        issuer.set(stand.url()).unwrap();
        let folder = tempfile::Builder::new().prefix("artipul-social-").tempdir().unwrap();
        let file = format!(
            "[[provider]]
            id = 'acme'
            name = 'Acme & Sons'
            kind = 'oidc'
            issuer = '{url}'
            client_id = '{CLIENT}'
            client_secret_file = 'secret'
            [[provider]]
            id = 'naver'
            name = 'Naver'
            kind = 'naver'
            client_id = '{CLIENT}'
            client_secret = '{CLIENT_SECRET}'
            authorize_url = '{url}/naver/authorize'
            token_url = '{url}/naver/token'
            profile_url = '{url}/naver/me'",
            url = stand.url()
        );
        std::fs::write(folder.path().join("social.toml"), file).unwrap();
        std::fs::write(folder.path().join("secret"), format!("{CLIENT_SECRET}\n")).unwrap();
        Self { stand, script, folder }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let file = self.folder.path().join("social.toml").display().to_string();
        vec![("social-file", file), ("public-url", PUBLIC_URL.to_owned())]
    }
}

impl Provider {
    /// What it says.
    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// What it was asked at a path.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.stand.asked(path)
    }

    /// Its address, which is the issuer as well.
    pub fn url(&self) -> String {
        self.stand.url()
    }

    /// Somebody else signs in from now on, of whom it tells this.
    pub fn person(&self, subject: &str, email: Option<(&str, bool)>) {
        let mut script = self.script();
        script.claims.insert("sub".to_owned(), json!(subject));
        let (address, is_verified) = email.unzip();
        script.claims.insert("email".to_owned(), json!(address));
        script.claims.insert("email_verified".to_owned(), json!(is_verified));
        script.userinfo = json!({ "sub": subject });
        script.profile = json!({ "id": subject, "email": address });
    }
}

impl Script {
    fn new() -> Self {
        let claims = json!({
            "sub": "acme-1", "email": "Mina@Example.com", "email_verified": true, "name": "Kim Mina",
            "nickname": "미나",
        });
        let Value::Object(claims) = claims else { unreachable!() };
        Self {
            claims,
            userinfo: json!({ "sub": "acme-1" }),
            profile: json!({ "id": "naver-1", "email": "mina@naver.com", "nickname": "미나" }),
            signing: Signing::Rsa(0),
            shown_keys: vec![0],
            instead: HashMap::new(),
            sent_back: BTreeMap::new(),
            codes: HashMap::new(),
        }
    }

    fn answer(&mut self, asked: &Asked, issuer: &str) -> Told {
        if let Some(told) = self.instead.get(asked.path.as_str()) {
            return told.clone();
        }
        match asked.path.as_str() {
            "/.well-known/openid-configuration" => Told::Json(200, discovery(issuer)),
            "/keys" => Told::Json(200, self.jwks()),
            "/authorize" | "/naver/authorize" => self.authorize(asked, issuer),
            "/token" => self.token(asked, issuer),
            "/userinfo" => Told::Json(200, self.userinfo.clone()),
            "/naver/token" => self.naver_token(asked),
            "/naver/me" if asked.header("authorization") == "Bearer naver-token" => {
                let profile = &self.profile;
                Told::Json(
                    200,
                    json!({ "resultcode": "00", "message": "success", "response": profile }),
                )
            }
            _ => Told::Json(404, json!({ "error": "nothing" })),
        }
    }

    fn jwks(&self) -> Value {
        let mut shown: Vec<Value> = self.shown_keys.iter().map(|index| rsa_jwk(*index)).collect();
        let point = keys().ec.public_key().as_ref();
        shown.push(json!({
            "kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig", "alg": "ES256",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        }));
        shown.push(json!({ "kty": "of-a-kind-to-come", "kid": "moon" }));
        json!({ "keys": shown })
    }

    fn authorize(&mut self, asked: &Asked, issuer: &str) -> Told {
        let code = format!("{:032x}", rand::random::<u128>());
        let mut back: BTreeMap<&str, String> = BTreeMap::from([
            ("code", code.clone()),
            ("state", asked.query["state"].clone()),
            ("scope", "what providers add".to_owned()),
        ]);
        if asked.path == "/authorize" {
            back.insert("iss", issuer.to_owned());
        }
        self.codes.insert(code, asked.query.clone());
        back.extend(self.sent_back.clone());
        let back = back.into_iter().filter(|(_, value)| !value.is_empty());
        let url = reqwest::Url::parse_with_params(&asked.query["redirect_uri"], back).unwrap();
        Told::Elsewhere(url.into())
    }

    /// What a code was given for, if the exchange is right; it is used up.
    fn exchanged(&mut self, form: &BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
        let given = self.codes.remove(form.get("code")?)?;
        let is_right = form["grant_type"] == "authorization_code"
            && form["redirect_uri"] == given["redirect_uri"];
        is_right.then_some(given)
    }

    fn token(&mut self, asked: &Asked, issuer: &str) -> Told {
        let form = asked.form();
        let given = self.exchanged(&form).filter(|given| {
            let verifier = form["code_verifier"].as_bytes();
            let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier));
            given["code_challenge_method"] == "S256" && given["code_challenge"] == challenge
        });
        let Some(given) = given else {
            return Told::Json(400, json!({ "error": "invalid_grant" }));
        };
        let now = Utc::now().timestamp();
        let mut claims = json!({
            "iss": issuer, "aud": CLIENT, "azp": CLIENT, "nonce": given["nonce"], "iat": now,
            "exp": now + 300,
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(self.claims.clone());
        claims.retain(|_, value| !value.is_null());
        let id_token = self.signing.token(&json!(claims));
        let tokens = json!({
            "id_token": id_token, "access_token": "acme-token", "token_type": "Bearer",
        });
        Told::Json(200, tokens)
    }

    fn naver_token(&mut self, asked: &Asked) -> Told {
        let form = asked.form();
        let is_us = form["client_id"] == CLIENT && form["client_secret"] == CLIENT_SECRET;
        let given = self.exchanged(&form).filter(|given| is_us && given["state"] == form["state"]);
        match given {
            Some(_) => Told::Json(200, json!({ "access_token": "naver-token" })),
            // As Naver does.
            None => Told::Json(200, json!({ "error": "invalid_request" })),
        }
    }
}

fn discovery(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "authorization_response_iss_parameter_supported": true,
    })
}

fn rsa_jwk(index: usize) -> Value {
    let public = keys().rsa[index].public_key();
    json!({
        "kty": "RSA", "kid": format!("rsa-{index}"), "use": "sig", "alg": "RS256",
        "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
    })
}

impl Signing {
    /// A token of these claims.
    fn token(self, claims: &Value) -> String {
        let (algorithm, key) = match self {
            Self::Rsa(0) | Self::InAnothersName => ("RS256", "rsa-0"),
            Self::Rsa(_) => ("RS256", "rsa-1"),
            Self::Ec => ("ES256", "ec"),
            Self::None => ("none", "rsa-0"),
            Self::PublicKeyAsSecret => ("HS256", "rsa-0"),
            Self::UnknownKey => ("RS256", "of nobody"),
        };
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": key });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = self.signature(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn signature(self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let rsa = |index: usize| {
            let key = &keys().rsa[index];
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
            signature
        };
        match self {
            Self::Rsa(index) => rsa(index),
            Self::InAnothersName => rsa(1),
            Self::UnknownKey => rsa(0),
            Self::Ec => keys().ec.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::None => Vec::new(),
            Self::PublicKeyAsSecret => {
                let public = keys().rsa[0].public_key().as_ref().to_vec();
                let key = hmac::Key::new(hmac::HMAC_SHA256, &public);
                hmac::sign(&key, message).as_ref().to_vec()
            }
        }
    }
}
