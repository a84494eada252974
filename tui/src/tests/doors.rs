//! Signing in, signing up, signing out, and what was wanted before.

use artipul_common::accounts::{PhoneCodeSent, PhoneVerified, Secret};

use super::*;

/// A sign-up whose phone is proven.
pub(super) fn details(lang: Lang) -> Driven {
    let mut client = Driven::browsing(lang);
    client.press("s");
    for _ in 0..3 {
        client.key(KeyCode::Tab);
    }
    client.press("\n010-1234-5678\n");
    let sent = Answer::CodeSent(PhoneCodeSent { expires_in: 180 });
    client.answer(|call| matches!(call, Call::PhoneCode(_)), Ok(sent));
    client.press("123456\n");
    let verified = PhoneVerified { phone_token: Secret::new("proof") };
    let answer = Ok(Answer::PhoneVerified(verified));
    client.answer(|call| matches!(call, Call::VerifyPhone(_)), answer);
    client
}

fn user() -> Answer {
    Answer::User(Box::new(samples::user()))
}

#[test]
fn a_bid_that_needs_an_account_goes_on_after_signing_in() {
    let mut client = Driven::browsing(Lang::En);
    client.press("b");
    client.shows("Open an account");
    client.press("mina@example.com\tsecret pass\n");
    client.answer(|call| matches!(call, Call::SignIn(_)), Ok(user()));
    client.shows("You pay only what is needed");
}

#[test]
fn a_wrong_password_is_forgotten_and_the_address_kept() {
    let mut client = Driven::browsing(Lang::En);
    client.press("smina@example.com\twrong pass\n");
    let wrong = Err(problem(ProblemCode::CredentialsWrong));
    client.answer(|call| matches!(call, Call::SignIn(_)), wrong);
    client.shows("E-mail or password is wrong");
    client.shows("mina@example.com");
    client.hides("•");
}

#[test]
fn a_password_outlives_a_lost_connection() {
    let mut client = Driven::browsing(Lang::En);
    client.press("smina@example.com\tright pass\n");
    client.answer(|call| matches!(call, Call::SignIn(_)), Err(lost()));
    client.shows("The server cannot be reached");
    client.shows("••••••••••");
    client.press("\n");
    client.answer(|call| matches!(call, Call::SignIn(_)), Ok(user()));
    client.shows("Signed in as");
}

#[test]
fn a_password_is_never_on_the_screen() {
    let mut client = Driven::browsing(Lang::En);
    client.press("smina@example.com\topen sesame");
    client.hides("sesame");
    client.shows("•••••••••••");
}

#[test]
fn an_account_is_opened_and_signed_in() {
    let mut client = details(Lang::En);
    client.press("mina@example.com\tlong enough\tmina\tKim Mina\t\t\n");
    let (id, call) = client.take(|call| matches!(call, Call::SignUp(_))).expect("sent");
    let Call::SignUp(request) = call else { unreachable!() };
    assert_eq!(request.phone_token, Secret::new("proof"));
    assert_eq!(request.nickname, "mina");
    client.send(Msg::Answered(id, Box::new(Ok(user()))));
    client.answer(|call| matches!(call, Call::SignIn(_)), Ok(user()));
    client.shows("Signed in as");
}

#[test]
fn a_nickname_is_asked_for_once_nobody_types() {
    let mut client = details(Lang::En);
    client.press("\t\tmin");
    assert!(!client.has_asked(|call| matches!(call, Call::NicknameAvailable(_))));
    client.wait(1);
    let (old, _) = client.take(|call| matches!(call, Call::NicknameAvailable(_))).unwrap();
    client.press("a");
    client.wait(1);
    client.send(Msg::Answered(old, Box::new(Ok(Answer::NicknameAvailable(false)))));
    client.hides("taken");
    let call = client.answer(
        |call| matches!(call, Call::NicknameAvailable(_)),
        Ok(Answer::NicknameAvailable(true)),
    );
    assert!(matches!(call, Call::NicknameAvailable(name) if name == "mina"));
    client.shows("This nickname is free");
}

#[test]
fn the_servers_field_errors_stand_beside_the_fields() {
    let mut client = details(Lang::En);
    client.press("mina@example.com\tlong enough\tmina\tKim Mina\t\t\n");
    let taken = Err(problem(ProblemCode::NicknameTaken));
    client.answer(|call| matches!(call, Call::SignUp(_)), taken);
    client.shows("! is taken");
}

#[test]
fn a_session_that_is_over_says_so_and_browsing_goes_on() {
    let mut client = Driven::signed_in(Lang::En);
    client.press("2");
    let over = Err(ClientError::SignedOut);
    client.answer(|call| matches!(call, Call::Participations(_)), over);
    client.shows("The session is over");
    client.shows("not signed in");
    client.press("1");
    client.shows("달빛 아래 정물");
}

#[test]
fn signing_out_asks_first_and_forgets() {
    let mut client = Driven::signed_in(Lang::En);
    client.shows("★");
    client.press("s");
    client.shows("Go on?");
    client.press("y");
    assert!(client.has_asked(|call| matches!(call, Call::SignOut)));
    client.shows("not signed in");
    client.hides("★");
}

#[test]
fn who_is_signed_in_is_asked_for_until_the_server_says() {
    let mut client = Driven::new(samples::model(Lang::En));
    client.send(Msg::Started { signed_in: true });
    client.answer(|call| matches!(call, Call::Me), Err(lost()));
    client.shows("checking who you are");
    client.wait(2);
    client.answer(|call| matches!(call, Call::Me), Ok(user()));
    client.shows("달빛수집가");
}

#[test]
fn the_language_changes_at_once() {
    let mut client = Driven::browsing(Lang::En);
    client.shows("ending soonest");
    client.key(KeyCode::F(2));
    client.shows("마감 임박순");
}
