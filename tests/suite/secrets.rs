//! What nobody else may know: the leader's maximum, the reserve, and who people are.

mod maximum;
mod metrics;
mod personal;
mod raise;

use std::collections::BTreeSet;

use artipul_common::{
    AuctionId, Money,
    limits::{BID_UNIT, MAX_AMOUNT},
};
use artipul_server::auction::Increments;
use artipul_tests::{Answer, Mentions, Operation, Person, World};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A maximum that nothing else in a test is.
const MAXIMUM: Money = Money::new(737_000);
/// A reserve that nothing else in a test is.
const RESERVE: Money = Money::new(851_000);

/// Somebody who looks around: a person, or nobody.
#[derive(Clone, Copy)]
struct Eyes<'a> {
    world: &'a World,
    who: Option<&'a Person>,
}

/// What was asked, and what came.
type Seen = Vec<(String, Answer)>;

impl<'a> Eyes<'a> {
    fn of(world: &'a World, who: impl Into<Option<&'a Person>>) -> Self {
        Self { world, who: who.into() }
    }

    fn name(&self) -> &str {
        self.who.map_or("a stranger", |person| &person.nickname)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        match self.who {
            Some(person) => person.request(method, path),
            None => self.world.request(method, path),
        }
    }

    /// Everything that can be read with GET, about this auction and about its seller: every route
    /// of the document, every word that its parameters take, and small pages. Streams never end
    /// and are not among them.
    async fn everything(&self, auction: AuctionId, seller: &Person) -> Seen {
        let mut seen = Seen::new();
        for operation in self.world.document().await.operations() {
            let is_stream = operation.template.ends_with("/events");
            let is_for_operators = operation.said["tags"][0] == "Operations";
            if operation.method != Method::GET || is_stream || is_for_operators {
                continue;
            }
            let ids = match operation.template.split('/').nth(2) {
                Some("artists") => [seller.id.to_string(), "0".to_owned()],
                _ => [auction.to_string(), "0".to_owned()],
            };
            for id in &ids {
                for query in queries(&operation) {
                    let path = operation.template.replace("{id}", id).replace("{name}", id);
                    let path = format!("{path}{query}");
                    let answer = Answer::to(self.request(Method::GET, &path)).await;
                    assert!(answer.status < 500, "{path}: {}", answer.text());
                    seen.push((path, answer));
                }
                if !operation.template.contains('{') {
                    break;
                }
            }
        }
        assert!(seen.iter().filter(|(_, answer)| answer.status == 200).count() > 10);
        seen
    }

    /// What is answered to whatever could be tried without an effect.
    async fn attempts(&self, auction: AuctionId, least: Money) -> Seen {
        let bids = format!("/v1/auctions/{auction}/bids");
        let purchase = format!("/v1/auctions/{auction}/purchase");
        let edit = format!("/v1/auctions/{auction}");
        let mut tries: Vec<(Method, String, Value)> = Vec::new();
        let unit = BID_UNIT.points();
        for amount in [0, unit - 1, unit, least.points() - unit, i64::MAX] {
            tries.push((Method::POST, bids.clone(), json!({ "amount": amount })));
            tries.push((Method::POST, purchase.clone(), json!({ "price": amount })));
        }
        // Around the maximum and the reserve, where a careless answer would differ.
        let steps = [0, MAXIMUM.points(), RESERVE.points()];
        for amount in steps.into_iter().flat_map(|at| [at - unit, at, at + unit, at + 10 * unit]) {
            let dry_run = format!("{bids}?dry_run=true");
            tries.push((Method::POST, dry_run, json!({ "amount": amount })));
        }
        tries.push((Method::PATCH, edit.clone(), json!({ "title": "Another" })));
        tries.push((Method::DELETE, edit.clone(), json!({})));
        let mut seen = Seen::new();
        for (method, path, body) in tries {
            let request = self.request(method.clone(), &path).json(&body);
            let answer = Answer::to(request).await;
            assert!(answer.status < 500, "{method} {path}: {}", answer.text());
            seen.push((format!("{method} {path} {body}"), answer));
        }
        seen
    }
}

/// Query strings that an operation takes: none, each word of each parameter, a page of one.
fn queries(operation: &Operation) -> Vec<String> {
    let mut queries = vec![String::new()];
    for (name, schema) in operation.parameters("query") {
        // A parameter that may be left out says so around what it is.
        let schema = schema["oneOf"].get(0).unwrap_or(&schema);
        let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
        queries.extend(words.map(|word| format!("?{name}={word}")));
        match name.as_str() {
            "limit" => queries.push("?limit=1".to_owned()),
            "nickname" => queries.push("?nickname=bidder0".to_owned()),
            _ => {}
        }
    }
    queries
}

/// An answer as text: its headers, its body, and what stands in its cursor.
fn text(answer: &Answer) -> String {
    let mut text = format!("{:?}\n{}", answer.headers, answer.text());
    if let Ok(body) = serde_json::from_slice::<Value>(&answer.body)
        && let Some(cursor) = body["next_cursor"].as_str()
        && let Ok(cursor) = URL_SAFE_NO_PAD.decode(cursor)
    {
        text.push_str(&String::from_utf8_lossy(&cursor));
    }
    text
}

/// The ways in which an amount can be written, and the amounts that follow from it.
fn forms(secret: Money) -> BTreeSet<String> {
    let over = secret + Increments::default().over(secret);
    let mut forms = BTreeSet::new();
    for amount in [secret, secret + BID_UNIT, over] {
        let (thousands, rest) = (amount.points() / 1_000, amount.points() % 1_000);
        for separator in ["", ",", "_", ".", " "] {
            forms.insert(format!("{thousands}{separator}{rest:03}"));
        }
    }
    forms
}

/// Whether a text shows a word. A number is none where it is part of another one: of an id, or of
/// the fraction of a time.
fn shows(text: &str, word: &str) -> bool {
    let is_number = word.starts_with(|c: char| c.is_ascii_digit());
    let is_other = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c) || c == 'Z';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !(is_number && (before.ends_with(is_other) || after.starts_with(is_other)))
    })
}

/// Fails if one of these texts shows one of these words.
#[track_caller]
fn hidden<'t>(
    who: &str,
    words: &BTreeSet<String>,
    texts: impl IntoIterator<Item = (&'t str, String)>,
) {
    for (where_, text) in texts {
        for word in words {
            assert!(!shows(&text, word), "{who} sees {word} at {where_}: {text}");
        }
    }
}

/// As [`hidden`], of answers.
#[track_caller]
fn hidden_in(who: &str, words: &BTreeSet<String>, seen: &Seen) {
    hidden(who, words, seen.iter().map(|(path, answer)| (path.as_str(), text(answer))));
}

/// As [`hidden`], of attempts: an amount that was tried may come back to whoever tried it.
#[track_caller]
fn hidden_in_attempts(who: &str, secret: Money, seen: Seen) {
    for (what, answer) in seen {
        let body: Value = serde_json::from_str(&what[what.find('{').unwrap()..]).unwrap();
        let tried = body["amount"].as_i64().or(body["price"].as_i64()).unwrap_or_default();
        let tried = forms(Money::new(tried.clamp(0, MAX_AMOUNT.points())));
        let words = forms(secret).difference(&tried).cloned().collect();
        hidden_in(who, &words, &vec![(what, answer)]);
    }
}

/// The log, read for an amount in whatever form.
struct Watch {
    secret: Money,
    log: Vec<Mentions>,
}

impl Watch {
    fn of(secret: Money) -> Self {
        Self { secret, log: forms(secret).into_iter().map(Mentions::of).collect() }
    }

    /// The lines that show it.
    fn lines(&self) -> Vec<String> {
        let forms = forms(self.secret);
        let lines = self.log.iter().flat_map(Mentions::lines);
        lines.filter(|line| forms.iter().any(|form| shows(line, form))).collect()
    }
}
