//! Accounts: who somebody is, and how he shows it.

mod closing;
mod credentials;
mod devices;
mod phone;
mod profile;
mod sessions;
mod tokens;

use std::sync::atomic::{AtomicU32, Ordering};

use artipul_common::{
    accounts::{Secret, SignUpRequest, VerifyPhoneRequest},
    client::Result,
};
use artipul_tests::{World, phone_code};

/// A phone that no other test of this process has.
pub(crate) fn new_phone() -> String {
    static PHONES: AtomicU32 = AtomicU32::new(50_000_000);
    format!("+8210{}", PHONES.fetch_add(1, Ordering::Relaxed))
}

/// A code for a phone, as it arrives there.
async fn code_for(world: &World, phone: &str) -> String {
    world.client().request_phone_code(phone).await.unwrap();
    phone_code(phone).await
}

/// Tries a code; what proves the phone if it is right.
async fn verify(world: &World, phone: &str, code: &str) -> Result<Secret> {
    let request = VerifyPhoneRequest { phone: phone.to_owned(), code: Secret::new(code) };
    world.client().verify_phone(&request).await.map(|verified| verified.phone_token)
}

/// What proves a phone.
pub(crate) async fn proof_of(world: &World, phone: &str) -> Secret {
    let code = code_for(world, phone).await;
    verify(world, phone, &code).await.unwrap()
}

/// What proves the phone of somebody new.
pub(crate) async fn proof(world: &World) -> Secret {
    proof_of(world, &new_phone()).await
}

/// A sign-up that nothing is wrong with.
fn newcomer(nickname: &str, phone_token: Secret) -> SignUpRequest {
    SignUpRequest {
        email: format!("{nickname}@example.com"),
        password: Secret::new("blue heron at dusk"),
        nickname: nickname.to_owned(),
        name: "Kim Mina".to_owned(),
        phone_token,
        is_artist: false,
        college: None,
    }
}

/// A code of six digits that is not this one.
fn another(code: &str) -> String {
    let wrong = if code == "000000" { "000001" } else { "000000" };
    wrong.to_owned()
}
