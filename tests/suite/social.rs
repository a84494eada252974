//! Signing in with the accounts of others: who gets in, and who does not.

mod flows;
mod hostile;
mod linking;
mod real;
mod sign_up;
mod terminal;

use artipul_common::{
    accounts::{Secret, Session},
    client::{Client, Result},
    social::{Flow, Outcome, SignUpRequest},
};
use artipul_tests::{Answer, PUBLIC_URL, Person, Provider, World, http, pairs};
use reqwest::{Method, redirect};

/// A browser: it has a cookie, or none.
struct Browser<'a> {
    world: &'a World,
    cookie: Option<String>,
}

impl<'a> Browser<'a> {
    fn new(world: &'a World) -> Self {
        Self { world, cookie: None }
    }

    /// What a provider sends it back to.
    async fn sign_in(&self, flow: &Flow) -> String {
        let client = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .tls_certs_only([])
            .build()
            .unwrap();
        let answer = Answer::to(client.get(&flow.authorize_url)).await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        answer.header("location").unwrap().to_owned()
    }

    /// Goes where the provider sent it.
    async fn come_back(&mut self, location: &str) -> Answer {
        let path = location.strip_prefix(PUBLIC_URL).expect("it comes back to us");
        let answer = Answer::to(self.world.request(Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap();
        self.cookie = (!cookie.ends_with('=')).then(|| cookie.to_owned());
    }

    /// Presses a button on the page that asks.
    async fn press(&mut self, page: &Answer, button: &str) -> Answer {
        let answer = self.send(&ticket(page), button, "acme").await;
        self.keep(&answer);
        answer
    }

    async fn send(&self, ticket: &str, button: &str, provider: &str) -> Answer {
        let path = format!("/v1/social/callback/{provider}");
        let request = self.world.request(Method::POST, &path);
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let kind = "application/x-www-form-urlencoded";
        let body = format!("ticket={ticket}&answer={button}");
        Answer::to(request.header("content-type", kind).body(body)).await
    }

    /// All that somebody does in a browser who has begun a flow himself.
    async fn walk(mut self, flow: &Flow) {
        let location = self.sign_in(flow).await;
        let page = self.come_back(&location).await;
        assert!(page.text().contains(&flow.phrase), "{}", page.text());
        let done = self.press(&page, "same").await;
        assert!(done.text().contains("go back to the terminal"), "{}", done.text());
    }
}

/// What stands in the form of a page.
pub(crate) fn ticket(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("name=\"ticket\" value=\"").expect("the page asks");
    rest.split('"').next().unwrap().to_owned()
}

/// What comes of a flow that somebody goes through as he should.
async fn outcome(world: &World, client: &Client, provider: &str) -> Result<Outcome> {
    let flow = client.begin_social(provider).await?;
    let mut browser = Browser::new(world);
    let location = browser.sign_in(&flow).await;
    let page = browser.come_back(&location).await;
    if page.text().contains("name=\"ticket\"") {
        browser.send(&ticket(&page), "same", provider).await;
    }
    client.collect_social(&flow).await
}

/// What proves who a newcomer is.
async fn newcomer(world: &World, provider: &str) -> (Client, Secret) {
    let client = world.client();
    match outcome(world, &client, provider).await {
        Ok(Outcome::SignUpNeeded { sign_up_token, .. }) => (client, sign_up_token),
        other => panic!("no newcomer: {other:?}"),
    }
}

/// A form of a new account that nothing is wrong with.
async fn form(world: &World, sign_up_token: Secret, nickname: &str) -> SignUpRequest {
    SignUpRequest {
        sign_up_token,
        phone_token: crate::accounts::proof(world).await,
        nickname: nickname.to_owned(),
        name: "Kim Mina".to_owned(),
        is_artist: false,
        college: None,
        email: None,
    }
}

/// Somebody who has opened an account with that of a provider.
async fn join(world: &World, nickname: &str) -> (Client, Session) {
    let (client, token) = newcomer(world, "acme").await;
    let session = client.social_sign_up(&form(world, token, nickname).await).await.unwrap();
    (client, session)
}

/// Links a provider's account with a person's.
async fn link(world: &World, person: &Person, provider: &str) -> Result<Outcome> {
    let flow = person.client.begin_link(provider).await?;
    let mut browser = Browser::new(world);
    let location = browser.sign_in(&flow).await;
    let page = browser.come_back(&location).await;
    browser.send(&ticket(&page), "same", provider).await;
    person.client.collect_social(&flow).await
}

/// The parameters of an address.
fn parameters(url: &str) -> std::collections::BTreeMap<String, String> {
    pairs(url.split_once('?').unwrap().1)
}

/// Where a provider's answer to a flow goes, with these parameters instead.
async fn sent_back(browser: &Browser<'_>, flow: &Flow, changes: &[(&str, &str)]) -> String {
    let location = browser.sign_in(flow).await;
    let mut parameters = parameters(&location);
    for (name, value) in changes {
        parameters.insert((*name).to_owned(), (*value).to_owned());
    }
    let base = location.split('?').next().unwrap();
    reqwest::Url::parse_with_params(base, parameters).unwrap().into()
}

/// The answer to collecting by hand.
async fn collect(world: &World, flow: &Flow, secret: &str) -> Answer {
    let path = format!("{}/v1/social/flows/{}/collect", world.url(), flow.flow_id);
    let body = serde_json::json!({ "flow_secret": secret });
    Answer::to(http().post(path).json(&body)).await
}

/// How many accounts, linked accounts and sessions there are.
async fn counts(world: &World) -> [i64; 3] {
    let mut counts = [0; 3];
    for (count, table) in counts.iter_mut().zip(["users", "identities", "sessions"]) {
        *count = world.number(&format!("SELECT COUNT(*) AS number FROM {table}")).await;
    }
    counts
}

/// The provider of these tests, as it is without a word.
fn plain(provider: &Provider) {
    let mut script = provider.script();
    script.instead.clear();
    script.sent_back.clear();
}
