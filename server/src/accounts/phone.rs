//! Phone codes: sent by SMS, good for a few minutes and a few tries; only a hash is kept.

use std::{net::IpAddr, time::Duration};

use artipul_common::{
    accounts::{PhoneCodeSent, PhoneVerified, Secret, VerifyPhoneRequest, normalise_phone},
    problem::FieldError,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{AccountError, Accounts};
use crate::{
    digest::sha256_hex,
    live::{CodeCheck, Tries},
    locality::Locality,
};

/// Comparisons of one code: so few from one place that a stranger cannot use up the owner's, and in
/// all so few that guessing is hopeless.
const TRIES: Tries = Tries { each: 5, all: 20 };
/// How long a proven phone can be used.
const PHONE_TOKEN_TTL: Duration = Duration::from_secs(10 * 60);

impl Accounts {
    /// Sends a code to a phone.
    ///
    /// # Errors
    /// The phone is none, too many codes were sent, the live state is away, or it was certainly
    /// not sent.
    pub async fn send_code(
        &self,
        phone: &str,
        address: IpAddr,
    ) -> Result<PhoneCodeSent, AccountError> {
        let phone = normalised(phone)?;
        let limits = &self.inner.limits;
        let from = Locality::from(address).to_string();
        for (what, who, limit) in [
            ("phone-codes-from", &from, limits.phone_codes_per_address),
            ("phone-codes-from-a-day", &from, limits.phone_codes_per_address_a_day),
            ("phone-codes-to", &phone, limits.phone_codes),
            ("phone-codes-to-a-day", &phone, limits.phone_codes_a_day),
        ] {
            self.limit(what, who, limit).await?;
        }
        let code = new_code();
        let ttl = self.inner.phone_code_ttl;
        self.inner.live.put_code(&phone, &self.code_hash(&phone, &code), ttl).await?;
        self.inner.sms.send_code(&phone, &code, ttl).await?;
        Ok(PhoneCodeSent { expires_in: ttl.as_secs() })
    }

    /// Proves a phone with its code.
    ///
    /// # Errors
    /// The phone is none, the code is not the one, or the live state is away.
    pub async fn verify_code(
        &self,
        request: &VerifyPhoneRequest,
        address: IpAddr,
    ) -> Result<PhoneVerified, AccountError> {
        let phone = normalised(&request.phone)?;
        let hash = self.code_hash(&phone, request.code.reveal().trim());
        let from = Locality::from(address).to_string();
        match self.inner.live.check_code(&phone, &hash, &from, TRIES).await? {
            CodeCheck::Right => {}
            CodeCheck::Wrong | CodeCheck::Absent => return Err(AccountError::CodeWrong),
        }
        let token = super::sessions::new_token();
        let name = token_name(&token);
        self.inner.live.put_once(&name, &phone, PHONE_TOKEN_TTL).await?;
        Ok(PhoneVerified { phone_token: token })
    }

    /// The phone that a token proves; the token stays good.
    pub(super) async fn proven_phone(&self, token: &Secret) -> Result<String, AccountError> {
        let phone = self.inner.live.peek_once(&token_name(token)).await?;
        phone.ok_or(AccountError::PhoneTokenInvalid)
    }

    /// Uses a phone token up.
    pub(super) async fn use_up(&self, token: &Secret) -> Result<(), AccountError> {
        self.inner.live.take_once(&token_name(token)).await?;
        Ok(())
    }

    fn code_hash(&self, phone: &str, code: &str) -> String {
        let secret = crate::digest::sha256_of(&self.inner.secret);
        sha256_hex(&[&"phone code", &secret, &phone, &code])
    }
}

fn token_name(token: &Secret) -> String {
    format!("phone-token:{}", sha256_hex(&[&token.reveal()]))
}

fn normalised(phone: &str) -> Result<String, AccountError> {
    normalise_phone(phone).ok_or_else(|| {
        AccountError::Invalid(vec![FieldError::new("phone", "invalid", "is no phone number")])
    })
}

/// Six digits from the operating system's random source.
fn new_code() -> String {
    let mut rng = StdRng::try_from_rng(&mut rand::rngs::SysRng)
        .expect("the operating system has random numbers");
    format!("{:06}", rng.random_range(0..1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits() {
        for _ in 0..1_000 {
            let code = new_code();
            assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
        }
    }
}
