//! A provider that nobody here has written: the npm package `oidc-provider`, run locally. Where
//! `ARTIPUL_TEST_OIDC` does not name the folder in which it is installed, these are skipped.

use std::{collections::BTreeMap, env, path::PathBuf, process::Stdio};

use artipul_common::{
    problem::ProblemCode,
    social::{Flow, Outcome},
};
use artipul_tests::{Answer, Backend, Neighbour, PUBLIC_URL, World, code, within};
use reqwest::{Method, Url, redirect};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::{Browser, form, ticket};

/// The provider, and what the servers are told of it.
struct Real {
    url: String,
    folder: TempDir,
    _process: Child,
}

fn installed() -> Option<PathBuf> {
    env::var_os("ARTIPUL_TEST_OIDC").map(PathBuf::from)
}

impl Neighbour for Real {
    async fn start() -> Self {
        let callback = |id: &str| format!("{PUBLIC_URL}/v1/social/callback/{id}");
        let mut process = Command::new("node")
            .arg(installed().unwrap().join("server.js"))
            .args([callback("rs256"), callback("es256")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = within("its first line", lines.next_line()).await.unwrap().expect("it runs");
        // What else it says is read as well, or it would break off.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let folder = tempfile::Builder::new().prefix("artipul-oidc-").tempdir().unwrap();
        let provider = |id: &str, auth: &str| {
            format!(
                "[[provider]]
                id = '{id}'
                name = 'Signed with {id}'
                kind = 'oidc'
                issuer = '{url}'
                client_id = '{id}'
                client_secret = 'secret'
                client_auth = '{auth}'
                "
            )
        };
        let file = provider("rs256", "basic") + &provider("es256", "post");
        std::fs::write(folder.path().join("social.toml"), file).unwrap();
        Self { url, folder, _process: process }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let file = self.folder.path().join("social.toml").display().to_string();
        vec![("social-file", file), ("public-url", PUBLIC_URL.to_owned())]
    }
}

impl Real {
    /// Signs in there as somebody, agrees to everything, and is sent back.
    async fn sign_in(&self, flow: &Flow, who: &str) -> String {
        let builder = reqwest::Client::builder().redirect(redirect::Policy::none());
        let client = builder.tls_certs_only([]).build().unwrap();
        let mut cookies = BTreeMap::new();
        let mut url = flow.authorize_url.clone();
        for _ in 0..20 {
            if url.starts_with(PUBLIC_URL) {
                return url;
            }
            let send = async |method: Method, cookies: &BTreeMap<String, String>, body: String| {
                let all: Vec<_> =
                    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let request = client.request(method, &url).header("cookie", all.join("; "));
                let kind = "application/x-www-form-urlencoded";
                Answer::to(request.header("content-type", kind).body(body)).await
            };
            let mut answer = send(Method::GET, &cookies, String::new()).await;
            keep(&mut cookies, &answer);
            if answer.status == 200 {
                let prompt =
                    if answer.text().contains("value=\"login\"") { "login" } else { "consent" };
                let body = format!("prompt={prompt}&login={who}&password=any");
                answer = send(Method::POST, &cookies, body).await;
                keep(&mut cookies, &answer);
            }
            let location = answer.header("location").unwrap_or_else(|| panic!("{}", answer.text()));
            url = Url::parse(&self.url).unwrap().join(location).unwrap().into();
        }
        panic!("it never ends: {url}")
    }
}

fn keep(cookies: &mut BTreeMap<String, String>, answer: &Answer) {
    for cookie in answer.headers.get_all("set-cookie") {
        let (name, value) =
            cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        cookies.insert(name.to_owned(), value.to_owned());
    }
}

/// Signs in with it as somebody, with each of its ways to sign.
async fn outcome(world: &World, real: &Real, provider: &str, who: &str) -> Outcome {
    let client = world.client();
    let flow = client.begin_social(provider).await.unwrap();
    let location = real.sign_in(&flow, who).await;
    let mut browser = Browser::new(world);
    let page = browser.come_back(&location).await;
    assert!(page.text().contains(&flow.phrase), "{}", page.text());
    browser.send(&ticket(&page), "same", provider).await;
    client.collect_social(&flow).await.unwrap()
}

async fn sign_up_and_in(world: &World, real: &Real) {
    for provider in ["rs256", "es256"] {
        let who = format!("{provider}-mina");
        let told = outcome(world, real, provider, &who).await;
        let Outcome::SignUpNeeded { sign_up_token, email, name, suggested_nickname, .. } = told
        else {
            panic!("{told:?}")
        };
        assert_eq!(email, Some(format!("{who}@example.com")));
        assert_eq!((name, suggested_nickname), (Some(format!("Name of {who}")), Some(who.clone())));
        let client = world.client();
        let session = client.social_sign_up(&form(world, sign_up_token, &who).await).await.unwrap();
        let told = outcome(world, real, provider, &who).await;
        let Outcome::SignedIn { session: again } = told else { panic!("{told:?}") };
        assert_eq!(again.user, session.user);
    }
    let told = outcome(world, real, "rs256", "unverified").await;
    let Outcome::SignUpNeeded { email, suggested_email, .. } = told else { panic!("{told:?}") };
    assert_eq!((email, suggested_email.as_deref()), (None, Some("unverified@example.com")));

    // A code that was used is good no more, wherever it is shown.
    let client = world.client();
    let (flow, other) =
        (client.begin_social("rs256").await.unwrap(), client.begin_social("rs256").await.unwrap());
    let used = real.sign_in(&flow, "mina").await;
    Browser::new(world).come_back(&used).await;
    let with_code_of = |from: &str, to: &str| {
        let code = super::parameters(from)["code"].clone();
        to.replace(&super::parameters(to)["code"], &code)
    };
    let second = with_code_of(&used, &real.sign_in(&other, "mina").await);
    let page = Browser::new(world).come_back(&second).await;
    assert!(page.text().contains("Not confirmed"), "{}", page.text());
    assert_eq!(code(client.collect_social(&other).await), ProblemCode::SocialFailed);
}

fn run(backend: Backend) {
    if installed().is_none() {
        eprintln!(
            "SKIPPED: the provider of ARTIPUL_TEST_OIDC is not installed (`tests/run` does it)"
        );
        return;
    }
    World::run_beside(backend, &[], sign_up_and_in);
}

#[test]
fn a_real_provider_signs_people_up_and_in_embedded() {
    run(Backend::Embedded);
}

#[test]
fn a_real_provider_signs_people_up_and_in_shared() {
    run(Backend::Shared);
}
