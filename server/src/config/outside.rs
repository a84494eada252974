//! The settings of what is reached outside: text messages, and the accounts of others.

use artipul_common::accounts::Secret;

use super::{Reader, Sms, choice};
use crate::{accounts::ProviderSettings, outbound, sms::NhnSettings};

impl Reader {
    pub(super) fn sms(&mut self) -> Sms {
        let is_nhn = self.required("sms", |text| choice(text, &[("log", false), ("nhn", true)]));
        let url = self.required("sms-url", outbound::safe_url);
        let app_key = self.optional("sms-app-key", filled);
        let given = self.optional("sms-secret-key", filled);
        let from_file = self.optional("sms-secret-key-file", |path| {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("cannot be read ({error})"))?;
            filled(text.trim_end())
        });
        if given.is_some() && from_file.is_some() {
            self.object("sms-secret-key and sms-secret-key-file: only one of them");
        }
        let sender = self.optional("sms-sender", digits);
        if !is_nhn {
            return Sms::Log;
        }
        let secret_key = given.or(from_file).map(Secret::new);
        let (Some(app_key), Some(secret_key), Some(sender)) = (app_key, secret_key, sender) else {
            self.object("sms = nhn needs sms-app-key, sms-secret-key and sms-sender");
            return Sms::Log;
        };
        Sms::Nhn(NhnSettings { url, app_key, secret_key, sender })
    }

    pub(super) fn social(&mut self) -> Vec<ProviderSettings> {
        let providers = self.optional("social-file", ProviderSettings::read).unwrap_or_default();
        let public_url = self.text("public-url").map(|(url, _)| outbound::safe_url(&url));
        if !providers.is_empty() && !matches!(public_url, Some(Ok(_))) {
            self.object("social-file needs a public-url that begins with https://");
        }
        providers
    }

    fn object(&mut self, complaint: &str) {
        self.sources.errors.push(complaint.to_owned());
    }
}

fn filled(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn digits(text: &str) -> Result<String, String> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let is_number = (3..=13).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
    if is_number { Ok(digits) } else { Err("is no phone number".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn nhn() -> Sources {
        Sources::default()
            .set("sms", "nhn")
            .set("sms-app-key", "an-app")
            .set("sms-secret-key", "a-secret")
            .set("sms-sender", "02-123-4567")
    }

    #[test]
    fn messages_need_keys_and_a_sender() {
        let Sms::Nhn(settings) = nhn().config().unwrap().sms else { panic!("the log") };
        assert_eq!(settings.sender, "021234567");
        let complaints = Sources::default().set("sms", "nhn").config().unwrap_err().0;
        assert!(complaints[0].contains("sms-app-key"), "{complaints:?}");
    }

    #[test]
    fn keys_are_sent_nowhere_in_the_clear() {
        let complaints = nhn().set("sms-url", "http://sms.example").config().unwrap_err().0;
        assert!(complaints[0].contains("https://"), "{complaints:?}");
        assert!(nhn().set("sms-url", "http://127.0.0.1:9").config().is_ok());
    }
}
