//! NHN Cloud SMS v3.0, its path for messages that prove a phone.

use std::time::Duration;

use artipul_common::accounts::Secret;
use reqwest::{Client, Url, header::HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::SmsError;
use crate::outbound::{CallError, Reply, call};

/// Attempts to connect.
const ATTEMPTS: u32 = 3;
/// The pause after the first; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How messages are sent by NHN Cloud.
#[derive(Debug, Clone)]
pub struct NhnSettings {
    /// Where its API is.
    pub url: Url,
    /// The key of the app, which stands in addresses.
    pub app_key: String,
    /// What proves that the app is ours.
    pub secret_key: Secret,
    /// The registered number that messages come from.
    pub sender: String,
}

/// A client of NHN Cloud SMS.
pub struct Nhn {
    http: Client,
    url: Url,
    secret_key: HeaderValue,
    sender: String,
}

#[derive(Deserialize)]
struct Answer {
    header: Outcome,
    body: Option<Body>,
}

#[derive(Deserialize)]
struct Body {
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    send_result_list: Vec<Outcome>,
}

/// What became of the request, or of one of its messages.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    is_successful: Option<bool>,
    result_code: Option<i64>,
}

impl Nhn {
    /// A client with these settings.
    ///
    /// # Errors
    /// The address or the key cannot be used in a request.
    pub fn new(http: Client, settings: NhnSettings) -> Result<Self, String> {
        let NhnSettings { mut url, app_key, secret_key, sender } = settings;
        url.path_segments_mut()
            .map_err(|()| "sms-url has no path".to_owned())?
            .pop_if_empty()
            .extend(["sms", "v3.0", "appKeys", &app_key, "sender", "auth", "sms"]);
        let mut secret_key = HeaderValue::from_str(secret_key.reveal())
            .map_err(|_| "sms-secret-key has characters that no header has".to_owned())?;
        secret_key.set_sensitive(true);
        Ok(Self { http, url, secret_key, sender })
    }

    /// Sends a message to a phone, E.164.
    ///
    /// # Errors
    /// It was certainly not sent.
    pub(super) async fn send(&self, phone: &str, text: &str) -> Result<(), SmsError> {
        let body = json!({
            "body": text, "sendNo": self.sender, "recipientList": [recipient(phone)],
        });
        match self.post(&body).await {
            Ok(reply) => judge(&reply),
            Err(CallError::NotSent(cause)) => Err(SmsError::Busy(cause)),
            Err(error) => {
                // Sent again, it could arrive twice; whoever gets none asks for another.
                tracing::warn!(%error, "whether a text message was sent is not known");
                Ok(())
            }
        }
    }

    /// Posts a message once: tried again only as long as there was no connection.
    async fn post(&self, body: &Value) -> Result<Reply, CallError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.try_post(body).await {
                Err(CallError::NotSent(_)) => {}
                outcome => return outcome,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        self.try_post(body).await
    }

    async fn try_post(&self, body: &Value) -> Result<Reply, CallError> {
        let request = self.http.post(self.url.clone());
        call(request.header("x-secret-key", self.secret_key.clone()).json(body)).await
    }
}

/// A phone as the API takes it: Korean ones in their local form.
fn recipient(phone: &str) -> Value {
    match phone.strip_prefix("+82") {
        Some(local) => json!({ "recipientNo": format!("0{local}") }),
        None => json!({ "internationalRecipientNo": phone.trim_start_matches('+') }),
    }
}

/// What an answer says of the one message that was sent.
fn judge(reply: &Reply) -> Result<(), SmsError> {
    let status = reply.status.as_u16();
    let Ok(answer) = serde_json::from_slice::<Answer>(&reply.body) else {
        return match status {
            429 | 500.. => Err(SmsError::Busy(format!("status {status}"))),
            400.. => Err(SmsError::Refused(format!("status {status}"))),
            _ => {
                tracing::warn!(status, "whether a text message was sent is not known");
                Ok(())
            }
        };
    };
    of_code(&answer.header)?;
    let messages = answer.body.and_then(|body| body.data).map(|data| data.send_result_list);
    messages.iter().flatten().try_for_each(of_code)
}

/// What a result code means (the documentation's table of API result codes).
fn of_code(outcome: &Outcome) -> Result<(), SmsError> {
    let code = outcome.result_code.unwrap_or_default();
    let told = || format!("result code {code}");
    match code {
        0 if outcome.is_successful != Some(false) => Ok(()),
        // No number, a country that is not served or blocked, or a recipient who wants none.
        -2018 | -2019 | -2046..=-2044 | -6001 => Err(SmsError::Unreachable),
        // Its own troubles, and quotas of the day, of the month, or by the rate of success.
        -9999 | -2021 | -2047 | -2053..=-2051 => Err(SmsError::Busy(told())),
        _ => Err(SmsError::Refused(told())),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    fn judged(status: u16, body: &str) -> Result<(), SmsError> {
        judge(&Reply {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.as_bytes().into(),
        })
    }

    fn header(code: i64) -> String {
        let body = json!({
            "header": { "isSuccessful": code == 0, "resultCode": code, "resultMessage": "" },
            "body": null,
        });
        body.to_string()
    }

    #[test]
    fn a_korean_phone_is_local_and_others_are_not() {
        assert_eq!(recipient("+821012345678"), json!({ "recipientNo": "01012345678" }));
        let abroad = json!({ "internationalRecipientNo": "14155550100" });
        assert_eq!(recipient("+14155550100"), abroad);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_tried_for_three_times() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = NhnSettings {
            url: format!("http://{}", listener.local_addr().unwrap()).parse().unwrap(),
            app_key: "app".to_owned(),
            secret_key: Secret::new("secret"),
            sender: "021234567".to_owned(),
        };
        drop(listener);
        let http = crate::outbound::client(Duration::from_secs(8), false).unwrap();
        let began = tokio::time::Instant::now();
        let sent = Nhn::new(http, settings).unwrap().send("+821012345678", "text").await;
        assert!(matches!(sent, Err(SmsError::Busy(_))), "{sent:?}");
        assert!(began.elapsed() >= FIRST_PAUSE + 2 * FIRST_PAUSE, "{:?}", began.elapsed());
    }

    #[test]
    fn each_code_is_somebodys_fault() {
        assert_eq!(judged(200, &header(0)), Ok(()));
        for code in [-2018, -2019, -2044, -2045, -2046, -6001] {
            assert_eq!(judged(200, &header(code)), Err(SmsError::Unreachable), "{code}");
        }
        for code in [-9999, -2021, -2047, -2051, -2052, -2053] {
            assert!(matches!(judged(200, &header(code)), Err(SmsError::Busy(_))), "{code}");
        }
        for code in [-1000, -1004, -1008, -2312, -2313, -8000, 4] {
            assert!(matches!(judged(200, &header(code)), Err(SmsError::Refused(_))), "{code}");
        }
    }

    #[test]
    fn the_message_itself_may_be_refused() {
        let body = r#"{"header":{"isSuccessful":true,"resultCode":0,"resultMessage":"SUCCESS"},
            "body":{"data":{"requestId":"x","statusCode":"2","sendResultList":[
                {"recipientNo":"010","resultCode":-2019,"resultMessage":"no","recipientSeq":1}]}}}"#;
        assert_eq!(judged(200, body), Err(SmsError::Unreachable));
        assert_eq!(judged(200, &body.replace("-2019", "0")), Ok(()));
    }

    #[test]
    fn what_is_no_answer_of_the_api_is_judged_by_its_status() {
        assert!(matches!(judged(503, "<html>"), Err(SmsError::Busy(_))));
        assert!(matches!(judged(429, ""), Err(SmsError::Busy(_))));
        assert!(matches!(judged(401, "{}"), Err(SmsError::Refused(_))));
        assert!(matches!(judged(302, ""), Ok(())));
    }
}
