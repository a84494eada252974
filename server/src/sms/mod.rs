//! Text messages: how a phone code gets to its phone. It knows nothing of accounts.

mod nhn;

use std::time::Duration;

pub use self::nhn::{Nhn, NhnSettings};

/// Why a text message was certainly not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// The provider takes no messages to this number.
    #[error("the phone cannot be reached by text message")]
    Unreachable,
    /// The provider is away, or takes no more messages for now.
    #[error("text messages cannot be sent now: {0}")]
    Busy(String),
    /// The provider refuses what it should not: the settings are wrong.
    #[error("the provider of text messages refuses to send: {0}")]
    Refused(String),
}

/// Sends phone codes.
pub enum SmsSender {
    /// Into the log: the operator reads the code and passes it on.
    Log,
    /// By NHN Cloud.
    Nhn(Nhn),
}

impl SmsSender {
    /// Sends a code that is good for `ttl` to a phone, E.164. Where whether it was sent is not
    /// known, that is no error: it may arrive.
    ///
    /// # Errors
    /// It was certainly not sent.
    pub async fn send_code(&self, phone: &str, code: &str, ttl: Duration) -> Result<(), SmsError> {
        match self {
            Self::Log => {
                tracing::info!(target: "artipul_server::sms", "code={code} phone={phone}");
                Ok(())
            }
            Self::Nhn(nhn) => nhn.send(phone, &text(code, ttl)).await,
        }
    }
}

/// The message, within the 90 bytes of EUC-KR that a short one has.
fn text(code: &str, ttl: Duration) -> String {
    let minutes = ttl.as_secs().div_ceil(60).max(1);
    format!("[Artipul] 인증번호는 {code}입니다. {minutes}분 안에 입력해 주세요.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_code_and_minutes_and_fits() {
        let text = text("012345", Duration::from_secs(170));
        assert_eq!(text, "[Artipul] 인증번호는 012345입니다. 3분 안에 입력해 주세요.");
        let bytes: usize = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        assert!(bytes <= 90, "{bytes}");
    }
}
