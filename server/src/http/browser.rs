//! The pages that a browser shows on its way through a sign-in: a question, or where to go on.
//!
//! They have no scripts and load nothing. What others may have written stands in them escaped.

use std::{borrow::Cow, sync::OnceLock};

use artipul_common::accounts::Secret;
use warp::{
    http::{HeaderMap, HeaderValue, header},
    reply::Response,
};

use crate::{accounts::Page, digest::sha256_base64};

/// The cookie that binds the question to the browser in which it is asked.
const COOKIE: &str = "artipul_social";

const STYLE: &str = "body{font:18px/1.5 system-ui,sans-serif;max-width:34em;margin:4em auto;\
    padding:0 1em;color:#222;background:#fff}.phrase{font-size:2em;font-weight:bold;\
    margin:.5em 0}button{font:inherit;padding:.5em 1.2em;margin:0 .6em .6em 0}\
    @media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}";

/// The languages of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    /// Korean.
    Ko,
    /// English.
    En,
}

impl Lang {
    /// The first of them that a browser asks for.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let languages = asked.unwrap_or_default().split(',').map(str::trim);
        let known = |tag: &str| match tag.split(['-', ';']).next()? {
            "ko" => Some(Self::Ko),
            "en" => Some(Self::En),
            _ => None,
        };
        languages.filter_map(known).next().unwrap_or(Self::En)
    }

    fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }
}

/// The browser's half of what binds a question to it, if it has been asked one.
pub(super) fn cookie(headers: &HeaderMap) -> Option<Secret> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && !value.is_empty())
        .map(|(_, value)| Secret::new(value))
}

/// A page as an answer. `provider` is its name in paths, `is_secure` whether browsers come over TLS.
pub(super) fn answer(page: &Page, lang: Lang, provider: &str, is_secure: bool) -> Response {
    let (title, body) = match page {
        Page::Compare { .. } => question(page, lang, provider),
        page => {
            let (title, text) = words(page, lang);
            (title, format!("<p>{text}</p>"))
        }
    };
    let tag = lang.tag();
    let html = format!(
        "<!DOCTYPE html><html lang=\"{tag}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Artipul</title>\
         <style>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
    );
    let mut response = Response::new(html.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy());
    headers.insert(header::SET_COOKIE, set_cookie(page, is_secure));
    response
}

/// Nothing but the style above, and a form for this server.
fn policy() -> HeaderValue {
    static POLICY: OnceLock<HeaderValue> = OnceLock::new();
    let policy = POLICY.get_or_init(|| {
        let style = sha256_base64(STYLE);
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; \
             frame-ancestors 'none'; base-uri 'none'"
        );
        HeaderValue::from_str(&policy).expect("base64 is ASCII")
    });
    policy.clone()
}

/// Whoever is asked keeps the cookie until the answer. Its path is where the browser is.
fn set_cookie(page: &Page, is_secure: bool) -> HeaderValue {
    let (value, age) = match page {
        Page::Compare { browser, .. } => (browser.reveal(), 600),
        _ => ("", 0),
    };
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; Max-Age={age}; HttpOnly; SameSite=Strict{secure}");
    let mut cookie = HeaderValue::from_str(&cookie).expect("tokens are base64");
    cookie.set_sensitive(true);
    cookie
}

/// The question whether the phrase is the one in the terminal.
fn question(page: &Page, lang: Lang, path: &str) -> (&'static str, String) {
    let Page::Compare { provider, who, phrase, links, ticket, .. } = page else {
        return ("", String::new());
    };
    let (provider, phrase) = (escaped(provider), escaped(phrase));
    let who = who.as_deref().map(|who| format!(" ({})", escaped(who))).unwrap_or_default();
    let links = links.as_deref().map(escaped);
    let (title, purpose, ask, yes, no) = match lang {
        Lang::Ko => (
            "터미널과 같은 말입니까?",
            match links {
                None => format!("터미널에서 {provider}{who} 계정으로 Artipul에 로그인합니다."),
                Some(nickname) => format!(
                    "{provider}{who} 계정을 Artipul 계정 <b>{nickname}</b>에 연결합니다. \
                     앞으로 이 {provider} 계정으로 <b>{nickname}</b>에 로그인하게 됩니다."
                ),
            },
            "내 터미널에 똑같은 말이 보일 때만 계속하세요. 다른 사람이 보낸 링크로 왔다면 취소하세요. \
             계속하면 그 사람이 내 계정을 쓸 수 있습니다.",
            "같습니다. 계속",
            "다릅니다. 취소",
        ),
        Lang::En => (
            "Does your terminal say the same?",
            match links {
                None => format!("A terminal signs in to Artipul as {provider}{who}."),
                Some(nickname) => format!(
                    "{provider}{who} is linked with the Artipul account <b>{nickname}</b>: from \
                     then on, {provider} signs you in as <b>{nickname}</b>."
                ),
            },
            "Go on only if your own terminal shows these words. If somebody sent you here, cancel: \
             that person could use your account.",
            "It does. Go on",
            "It does not. Cancel",
        ),
    };
    let ticket = escaped(ticket.reveal());
    let body = format!(
        "<p>{purpose}</p><p class=\"phrase\">{phrase}</p><p>{ask}</p>\
         <form method=\"post\" action=\"{path}\"><input type=\"hidden\" name=\"ticket\" \
         value=\"{ticket}\"><button name=\"answer\" value=\"same\">{yes}</button>\
         <button name=\"answer\" value=\"other\">{no}</button></form>",
        path = escaped(path),
    );
    (title, body)
}

fn words(page: &Page, lang: Lang) -> (&'static str, &'static str) {
    match (page, lang) {
        (Page::Compare { .. } | Page::Done, Lang::Ko) => {
            ("끝났습니다", "이 창을 닫고 터미널로 돌아가세요.")
        }
        (Page::Compare { .. } | Page::Done, Lang::En) => {
            ("Done", "Close this window and go back to the terminal.")
        }
        (Page::Cancelled, Lang::Ko) => ("취소했습니다", "이 창을 닫으세요."),
        (Page::Cancelled, Lang::En) => ("Cancelled", "Close this window."),
        (Page::Failed, Lang::Ko) => ("확인하지 못했습니다", "터미널로 돌아가 다시 시작해 주세요."),
        (Page::Failed, Lang::En) => ("Not confirmed", "Go back to the terminal and start again."),
        (Page::Over, Lang::Ko) => (
            "이미 끝난 로그인입니다",
            "이 주소는 한 번만, 10분 안에 쓸 수 있습니다. 터미널에서 다시 시작해 주세요.",
        ),
        (Page::Over, Lang::En) => (
            "This sign-in is over",
            "This address works once, within 10 minutes. Start again in the terminal.",
        ),
    }
}

/// A text as it may stand in HTML, also within quotes.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(who: &str, links: Option<&str>) -> Page {
        Page::Compare {
            provider: "A&B".to_owned(),
            who: Some(who.to_owned()),
            phrase: "blue heron".to_owned(),
            links: links.map(str::to_owned),
            ticket: Secret::new("ticket"),
            browser: Secret::new("browser"),
        }
    }

    #[test]
    fn what_others_wrote_is_text() {
        let page = compare("<script>'\"", Some("<b>"));
        for lang in [Lang::Ko, Lang::En] {
            let (_, body) = question(&page, lang, "google");
            assert!(body.contains("A&amp;B (&lt;script&gt;&#39;&quot;)"), "{body}");
            assert!(body.contains("<b>&lt;b&gt;</b>") && body.contains("blue heron"), "{body}");
            assert!(!body.contains("<script"), "{body}");
        }
    }

    #[test]
    fn the_cookie_is_of_this_question_and_ends_with_it() {
        let cookie = set_cookie(&compare("x", None), true);
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("artipul_social=browser; ") && cookie.ends_with("; Secure"));
        assert!(set_cookie(&Page::Done, false).to_str().unwrap().contains("=; Max-Age=0"));
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; artipul_social=browser"));
        assert_eq!(super::cookie(&headers).unwrap().reveal(), "browser");
    }

    #[test]
    fn the_language_is_the_first_that_is_known() {
        let of = |asked: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(asked));
            Lang::of(&headers)
        };
        assert_eq!(of("ko-KR,ko;q=0.9,en;q=0.8"), Lang::Ko);
        assert_eq!(of("fr, en-US;q=0.5, ko"), Lang::En);
        assert_eq!(of("*"), Lang::En);
    }
}
