//! Getting into one's account again, changing it, its sessions and tokens.

use artipul_common::{
    ChargeId, EntryId, Money, SessionId, TokenId,
    accounts::{ArtistProfile, PhoneCodeSent, PhoneVerified, Secret, Session},
    credentials::{NewToken, PersonalToken, Scope, SessionInfo},
    problem::FieldError,
    social::{Flow, Identity, Outcome as Came, Provider},
    wallet::{Charge, ChargeStatus, Entry, EntryKind},
};
use chrono::TimeDelta;

use super::{screens::everywhere, *};
use crate::app::keeping::{Keeping, Kept};

fn session(id: i64, current: bool, agent: &str) -> SessionInfo {
    let at = |hours| samples::now() - TimeDelta::hours(hours);
    SessionInfo {
        id: SessionId::new(id),
        current,
        user_agent: Some(agent.to_owned()),
        address: Some("203.0.113.7".to_owned()),
        created_at: at(id * 40),
        last_used_at: at(id),
        expires_at: samples::now() + TimeDelta::days(20),
    }
}

fn about(id: i64, name: &str) -> PersonalToken {
    PersonalToken {
        id: TokenId::new(id),
        name: name.to_owned(),
        scopes: vec![Scope::Read, Scope::Bid],
        created_at: samples::now() - TimeDelta::days(3),
        expires_at: (id == 1).then(|| samples::now() + TimeDelta::days(30)),
        last_used_at: None,
    }
}

fn account(lang: Lang) -> Driven {
    let mut client = Driven::signed_in(lang);
    client.press("6");
    client
}

fn sessions(lang: Lang) -> Driven {
    let mut client = account(lang);
    client.press("l");
    let items = vec![
        session(1, true, "artipul/0.1.0"),
        session(2, false, "Mozilla/5.0 (X11; Linux x86_64)"),
    ];
    client.answer(is(|call| matches!(call, Keeping::Sessions)), kept(Kept::Sessions(items)));
    client
}

fn tokens(lang: Lang) -> Driven {
    let mut client = account(lang);
    client.press("ll");
    let items = vec![about(1, "밤마다 입찰"), about(2, "backup")];
    client.answer(is(|call| matches!(call, Keeping::Tokens)), kept(Kept::Tokens(items)));
    client
}

fn kept(kept: Kept) -> Outcome {
    Ok(Answer::Kept(kept))
}

fn is(kind: impl Fn(&Keeping) -> bool) -> impl Fn(&Call) -> bool {
    move |call| matches!(call, Call::Keeping(keeping) if kind(keeping))
}

/// The way to finding an address (0) or to a new password (1), with a phone that is proven.
fn proven(lang: Lang, way: usize) -> Driven {
    let mut client = Driven::browsing(lang);
    client.press("s\t\t\t\t\n");
    client.answer(is(|call| matches!(call, Keeping::Providers)), kept(Kept::Providers(Vec::new())));
    client.press(&"j".repeat(way));
    client.press("\n010-1234-5678\n");
    let sent = Answer::CodeSent(PhoneCodeSent { expires_in: 180 });
    client.answer(|call| matches!(call, Call::PhoneCode(_)), Ok(sent));
    client.press("123456\n");
    let verified = PhoneVerified { phone_token: Secret::new("proof") };
    let answer = Ok(Answer::PhoneVerified(verified));
    client.answer(|call| matches!(call, Call::VerifyPhone(_)), answer);
    client
}

fn found_email(lang: Lang) -> Driven {
    let mut client = proven(lang, 0);
    let email = Kept::Email("m***@example.com".to_owned());
    let call = client.answer(is(|call| matches!(call, Keeping::FindEmail(_))), kept(email));
    let Call::Keeping(Keeping::FindEmail(request)) = call else { unreachable!() };
    assert_eq!(request.phone_token, Secret::new("proof"));
    client
}

fn new_token(lang: Lang) -> Driven {
    let mut client = tokens(lang);
    client.press("nnightly\t\t\t\t\t30d\n");
    let token = Secret::new("artipul_pat_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK");
    let made = NewToken { token, about: about(3, "nightly") };
    let made = kept(Kept::NewToken(Box::new(made)));
    let call = client.answer(is(|call| matches!(call, Keeping::MakeToken(_))), made);
    let Call::Keeping(Keeping::MakeToken(request)) = call else { unreachable!() };
    assert_eq!((request.name.as_str(), &*request.scopes), ("nightly", &[Scope::Read][..]));
    assert_eq!(request.expires_at, Some(samples::now() + TimeDelta::days(30)));
    client
}

#[test]
fn the_account() {
    everywhere("profile", account);
    everywhere("sessions", sessions);
    everywhere("tokens", tokens);
}

#[test]
fn the_ways_into_an_account() {
    everywhere("ways", |lang| {
        let mut client = Driven::browsing(lang);
        client.press("s\t\t\t\t\n");
        let providers = Kept::Providers(vec![provider()]);
        client.answer(is(|call| matches!(call, Keeping::Providers)), kept(providers));
        client
    });
    everywhere("find_email", found_email);
    everywhere("reset_password", |lang| proven(lang, 1));
}

#[test]
fn the_windows_of_the_account() {
    for (name, key) in
        [("edit", 'e'), ("password", 'p'), ("email", 'm'), ("phone", 't'), ("close", 'D')]
    {
        everywhere(name, |lang| {
            let mut client = account(lang);
            client.key(KeyCode::Char(key));
            client
        });
    }
    everywhere("make_token", |lang| {
        let mut client = tokens(lang);
        client.press("n");
        client
    });
    everywhere("new_token", new_token);
}

#[test]
fn a_new_password_is_set_by_phone_and_then_signed_in_with() {
    let mut client = proven(Lang::En, 1);
    client.press("mina@example.com\tnew password\n");
    client.hides("new password");
    let call =
        client.answer(is(|call| matches!(call, Keeping::ResetPassword(_))), Ok(Answer::Done));
    let Call::Keeping(Keeping::ResetPassword(request)) = call else { unreachable!() };
    assert_eq!(request.password, Secret::new("new password"));
    client.shows("The new password is set");
    client.shows("Open an account");
    client.hides("All sessions end");
}

#[test]
fn a_proof_that_is_used_up_leads_back_to_the_phone() {
    let mut client = proven(Lang::En, 1);
    client.press("mina@example.com\tnew password\n");
    let void = Err(problem(ProblemCode::PhoneTokenInvalid));
    client.answer(is(|call| matches!(call, Keeping::ResetPassword(_))), void);
    client.shows("The phone must be confirmed again");
    client.shows("Send the code");
}

#[test]
fn only_what_was_changed_of_a_profile_is_sent() {
    let mut client = account(Lang::En);
    client.press("e\t 김");
    client.key(KeyCode::Tab);
    client.key(KeyCode::Tab);
    client
        .send(Msg::Key(KeyEvent::new(KeyCode::Char('u'), crossterm::event::KeyModifiers::CONTROL)));
    client
        .send(Msg::Key(KeyEvent::new(KeyCode::Char('s'), crossterm::event::KeyModifiers::CONTROL)));
    let user = Answer::User(Box::new(samples::user()));
    let call = client.answer(|call| matches!(call, Call::EditProfile(_)), Ok(user));
    let Call::EditProfile(edit) = call else { unreachable!() };
    assert_eq!((&edit.nickname, edit.name.as_deref()), (&None, Some("김미나 김")));
    assert_eq!((&edit.college, edit.is_artist), (&Some(None), None));
    client.shows("The changes are saved");
    client.hides("Others see");
}

#[test]
fn a_wrong_password_stands_beside_its_field() {
    let mut client = account(Lang::En);
    client.press("pold password\tnew password\n");
    let error = FieldError::new("current_password", "wrong", "is not the password");
    let refusal =
        Problem { errors: vec![error], ..Problem::new(ProblemCode::ValidationFailed, "") };
    let refused = Err(ClientError::Problem(Box::new(refusal)));
    client.answer(is(|call| matches!(call, Keeping::ChangePassword(_))), refused);
    client.shows("! is wrong");
    client.shows("Password now");
}

#[test]
fn sessions_are_ended_after_a_question() {
    let mut client = sessions(Lang::En);
    client.press("jx");
    client.shows("Whoever uses it has to sign in again");
    client.press("y");
    let ended = is(|call| matches!(call, Keeping::EndSession(id) if id.get() == 2));
    client.answer(ended, Ok(Answer::Done));
    assert!(client.has_asked(is(|call| matches!(call, Keeping::Sessions))), "not read again");
    let mut client = sessions(Lang::En);
    client.press("Xy");
    assert!(client.has_asked(is(|call| matches!(call, Keeping::EndOtherSessions))));
    let mut client = sessions(Lang::En);
    client.press("xy");
    assert!(
        client.has_asked(|call| matches!(call, Call::SignOut)),
        "this session is signed out of"
    );
}

#[test]
fn a_token_is_copied_without_being_told_elsewhere() {
    let mut client = new_token(Lang::En);
    client.press("y");
    client.shows("The token is copied");
    let [speech @ Speech::CopySecret(token)] = &*client.speeches else {
        panic!("{:?}", client.speeches)
    };
    assert!(token.reveal().starts_with("artipul_pat_"));
    assert!(!format!("{speech:?}{:?}", client.model).contains("artipul_pat_0"));
    client.press("\u{1b}");
    client.hides("artipul_pat_");
}

#[test]
fn a_token_without_a_scope_is_not_asked_for() {
    let mut client = tokens(Lang::En);
    client.press("nnightly\t \t\t\t\t\n");
    client.shows("! Allow at least one thing");
    assert!(!client.has_asked(is(|call| matches!(call, Keeping::MakeToken(_)))));
}

#[test]
fn an_account_is_closed_by_its_word_and_what_ties_it_is_told() {
    let mut client = account(Lang::En);
    client.press("Da password\tcl\n");
    client.shows("! is another word");
    client.press("ose\n");
    let tie = FieldError::new("account", "leading", "leads an auction");
    let refusal = Problem { errors: vec![tie], ..Problem::new(ProblemCode::AccountInUse, "") };
    let refused = Err(ClientError::Problem(Box::new(refusal)));
    client.answer(is(|call| matches!(call, Keeping::Close(_))), refused);
    client.shows("· It leads an auction");
    client.press("\n");
    client.answer(is(|call| matches!(call, Keeping::Close(_))), Ok(Answer::Done));
    client.shows("The account is closed");
    client.shows("not signed in");
}

#[test]
fn a_top_up_is_taken_back_once() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("3");
    let entry = |id, kind, charge| Entry {
        id: EntryId::new(id),
        kind,
        amount: Money::new(10_000),
        balance_after: Money::new(20_000),
        auction_id: None,
        charge_id: Some(ChargeId::new(charge)),
        created_at: samples::now(),
    };
    let items = vec![
        entry(3, EntryKind::ChargeCancelled, 1),
        entry(2, EntryKind::Charge, 2),
        entry(1, EntryKind::Charge, 1),
    ];
    let page = Page { items, next_cursor: None };
    client.answer(|call| matches!(call, Call::Entries(_)), Ok(Answer::Entries(page)));
    client.press("x");
    client.hides("Go on?");
    client.press("jx");
    client.shows("Go on?");
    client.shows("₩10,000 · 12:00");
    client.press("y");
    let charge = Charge {
        id: ChargeId::new(2),
        amount: Money::new(10_000),
        status: ChargeStatus::Cancelled,
        gateway: "sandbox".to_owned(),
        checkout_url: None,
        created_at: samples::now(),
    };
    let cancelled = is(|call| matches!(call, Keeping::CancelCharge(id) if id.get() == 2));
    client.answer(cancelled, Ok(Answer::Charge(charge)));
    client.shows("Top-up cancelled");
    client.press("jx");
    client.hides("Go on?");
}

fn provider() -> Provider {
    Provider { id: "acme".to_owned(), name: "Acme".to_owned() }
}

fn flow(url: &str) -> Flow {
    Flow {
        flow_id: "f1".to_owned(),
        flow_secret: Secret::new("flow-secret-of-mine"),
        authorize_url: url.to_owned(),
        phrase: "달빛 항아리".to_owned(),
        expires_in: 600,
    }
}

const URL: &str =
    "https://acme.example/authorize?response_type=code&client_id=artipul&state=abcdefghij";

/// A browser is waited for.
fn in_browser(lang: Lang) -> Driven {
    let mut client = Driven::browsing(lang);
    client.press("s\t\t\t\t\n");
    let providers = Kept::Providers(vec![provider()]);
    client.answer(is(|call| matches!(call, Keeping::Providers)), kept(providers));
    client.press("jj\n");
    let began = is(|call| matches!(call, Keeping::BeginSocial(id) if id == "acme"));
    client.answer(began, kept(Kept::Flow(Box::new(flow(URL)))));
    client
}

fn came(client: &mut Driven, came: Came) {
    client.wait(2);
    let collect = is(|call| matches!(call, Keeping::Collect(_)));
    client.answer(collect, kept(Kept::Came(Box::new(came))));
}

fn unknown_to_us() -> Came {
    Came::SignUpNeeded {
        sign_up_token: Secret::new("sign-up-token-of-mine"),
        expires_in: 1800,
        email: Some("mina@example.com".to_owned()),
        suggested_email: None,
        suggested_nickname: Some("미나".to_owned()),
        name: Some("김미나".to_owned()),
    }
}

/// A newcomer by a provider, whose phone is proven.
fn joining(lang: Lang) -> Driven {
    let mut client = in_browser(lang);
    came(&mut client, unknown_to_us());
    client.press("010-1234-5678\n");
    let sent = Answer::CodeSent(PhoneCodeSent { expires_in: 180 });
    client.answer(|call| matches!(call, Call::PhoneCode(_)), Ok(sent));
    client.press("123456\n");
    let verified = PhoneVerified { phone_token: Secret::new("proof") };
    let answer = Ok(Answer::PhoneVerified(verified));
    client.answer(|call| matches!(call, Call::VerifyPhone(_)), answer);
    client
}

fn links(lang: Lang) -> Driven {
    let mut client = account(lang);
    client.press("lll");
    let identity = Identity {
        provider: "acme".to_owned(),
        name: "Acme".to_owned(),
        email: Some("mina@acme.example".to_owned()),
        created_at: samples::now() - TimeDelta::days(9),
        last_used_at: samples::now() - TimeDelta::hours(2),
    };
    let identities = Kept::Identities(vec![identity]);
    client.answer(is(|call| matches!(call, Keeping::Identities)), kept(identities));
    client
}

#[test]
fn accounts_of_others() {
    everywhere("browser", in_browser);
    everywhere("joining", joining);
    everywhere("links", links);
}

#[test]
fn a_providers_account_signs_in_through_a_browser() {
    let mut client = in_browser(Lang::En);
    assert_eq!(client.opened, [URL]);
    client.shows("달빛 항아리");
    came(&mut client, Came::Pending {});
    assert!(!client.has_asked(is(|call| matches!(call, Keeping::Collect(_)))), "not at once");
    client.press("y");
    assert!(matches!(&*client.speeches, [Speech::Copy(url)] if url == URL));
    assert!(!format!("{:?}", client.model).contains("flow-secret-of-mine"));
    let session = Session {
        access_token: Secret::new("a"),
        token_type: "Bearer".to_owned(),
        expires_in: 900,
        user: samples::user(),
    };
    came(&mut client, Came::SignedIn { session });
    client.shows("Signed in as");
    client.hides("acme.example");
}

#[test]
fn a_cancelled_or_late_browser_is_told() {
    let mut client = in_browser(Lang::En);
    client.wait(2);
    let collect = is(|call| matches!(call, Keeping::Collect(_)));
    client.answer(collect, Err(problem(ProblemCode::SocialDenied)));
    client.shows("cancelled");
    let mut client = in_browser(Lang::En);
    client.wait(601);
    client.shows("The time is over");
    client.press("\u{1b}");
    client.shows("Open an account");
}

#[test]
fn a_newcomer_by_a_provider_is_asked_for_what_is_missing() {
    let mut client = joining(Lang::En);
    client.shows("you sign in as mina@example.com");
    client.hides("E-mail  ");
    client.press("\t\t \tK-Arts\n");
    let user = Answer::User(Box::new(samples::user()));
    let call = client.answer(is(|call| matches!(call, Keeping::Join(_))), Ok(user));
    let Call::Keeping(Keeping::Join(request)) = call else { unreachable!() };
    assert_eq!(request.sign_up_token, Secret::new("sign-up-token-of-mine"));
    assert_eq!(request.phone_token, Secret::new("proof"));
    assert_eq!((request.nickname.as_str(), request.name.as_str()), ("미나", "김미나"));
    assert_eq!(
        (request.is_artist, request.college.as_deref(), request.email),
        (true, Some("K-Arts"), None)
    );
    client.shows("Signed in as");
    client.hides("What is missing");
}

#[test]
fn accounts_of_others_are_linked_and_taken_off() {
    let mut client = links(Lang::En);
    client.press("n");
    let providers = Kept::Providers(vec![provider()]);
    client.answer(is(|call| matches!(call, Keeping::Providers)), kept(providers));
    client.press("\n");
    let began = is(|call| matches!(call, Keeping::BeginLink(_)));
    client.answer(began, kept(Kept::Flow(Box::new(flow(URL)))));
    let identity = Identity {
        provider: "acme".to_owned(),
        name: "Acme".to_owned(),
        email: None,
        created_at: samples::now(),
        last_used_at: samples::now(),
    };
    came(&mut client, Came::Linked { identity });
    client.shows("Acme is linked");
    client.hides("acme.example/authorize");
    let mut client = links(Lang::En);
    client.press("xy");
    assert!(client.has_asked(is(|call| matches!(call, Keeping::Unlink(id) if id == "acme"))));
}

#[test]
fn a_server_without_accounts_of_others_says_so() {
    for lang in [Lang::En, Lang::Ko] {
        let mut client = links(lang);
        client.shows(&format!("n {}", lang.t("social.key-link")));
        client.press("n");
        let none = Kept::Providers(Vec::new());
        client.answer(is(|call| matches!(call, Keeping::Providers)), kept(none));
        let words = lang.t("social.none");
        client.shows(words.split(' ').next_back().unwrap());
        client.shows("Esc");
        client.hides(&lang.t("key.do"));
        client.hides("↓");
    }
}

fn artist(lang: Lang) -> Driven {
    let mut client = Driven::signed_in(lang);
    client.press("\n");
    let auction = Box::new(samples::auctions().remove(0));
    client.answer(|call| matches!(call, Call::Auction(_)), Ok(Answer::Auction(auction)));
    client.press("A");
    let profile = ArtistProfile {
        id: samples::user().id,
        nickname: "달빛수집가".to_owned(),
        is_artist: true,
        college: Some("한국예술대학교".to_owned()),
        introduction: Some("밤의 색을 그립니다. 먹과 분채를 씁니다.".to_owned()),
        avatar: None,
        open_auctions: 2,
        sold: 14,
    };
    let profile = Ok(Answer::Artist(Box::new(profile)));
    client.answer(|call| matches!(call, Call::Artist(_)), profile);
    let page = Page { items: samples::auctions(), next_cursor: None };
    client.answer(|call| matches!(call, Call::ArtistAuctions(..)), Ok(Answer::Auctions(page)));
    client
}

#[test]
fn an_artists_page() {
    everywhere("artist", artist);
    let mut client = artist(Lang::En);
    client.press("j\n");
    assert!(client.has_asked(|call| matches!(call, Call::Auction(_))), "the work is opened");
    client.hides("밤의 색을");
}
