//! Phone codes by NHN Cloud: what it is sent, and what becomes of what it says.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use artipul_common::{
    accounts::{Secret, VerifyPhoneRequest},
    problem::ProblemCode,
};
use artipul_tests::{
    Asked, Backend, Mentions, Neighbour, Stand, Told, World, beside_on_every_backend, problem,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const PATH: &str = "/sms/v3.0/appKeys/an%20app%2Fkey/sender/auth/sms";
const SECRET: &str = "secret-of-nhn-4711";

/// NHN Cloud, as a test tells it to be.
struct Nhn {
    stand: Stand,
    told: Arc<Mutex<Told>>,
}

/// An answer of the API with a result code.
fn result(code: i64) -> Told {
    Told::Json(
        200,
        json!({
            "header": { "isSuccessful": code == 0, "resultCode": code, "resultMessage": "words" },
            "body": (code == 0).then(|| json!({ "data": {
                "requestId": "20261122", "statusCode": "2", "sendResultList": [
                    { "recipientNo": "010", "resultCode": 0, "resultMessage": "SUCCESS", "recipientSeq": 1 },
                ],
            }})),
        }),
    )
}

impl Neighbour for Nhn {
    async fn start() -> Self {
        let told = Arc::new(Mutex::new(result(0)));
        let said = Arc::clone(&told);
        let stand = Stand::new(move |_| said.lock().unwrap().clone()).await;
        Self { stand, told }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        nhn_at(self.stand.url())
    }
}

fn nhn_at(url: String) -> Vec<(&'static str, String)> {
    vec![
        ("sms", "nhn".to_owned()),
        ("sms-url", url),
        ("sms-app-key", "an app/key".to_owned()),
        ("sms-secret-key", SECRET.to_owned()),
        ("sms-sender", "02-1234-5678".to_owned()),
    ]
}

impl Nhn {
    fn says(&self, told: Told) {
        *self.told.lock().unwrap() = told;
    }

    fn sent(&self) -> Vec<Asked> {
        self.stand.asked(PATH)
    }

    /// The code of the message that was sent last.
    fn last_code(&self) -> String {
        let text = self.sent().last().unwrap().json()["body"].as_str().unwrap().to_owned();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits[..6].to_owned()
    }
}

async fn verify(world: &World, phone: &str, code: &str) {
    let request = VerifyPhoneRequest { phone: phone.to_owned(), code: Secret::new(code) };
    world.client().verify_phone(&request).await.unwrap();
}

beside_on_every_backend! {
    async fn a_code_is_sent_and_good(world: &World, nhn: &Nhn) {
        let phone = "010-4711-0001";
        world.client().request_phone_code(phone).await.unwrap();
        let [asked] = nhn.sent().try_into().unwrap();
        assert_eq!(asked.header("x-secret-key"), SECRET);
        let body = asked.json();
        assert_eq!(body["sendNo"], "0212345678");
        assert_eq!(body["recipientList"], json!([{ "recipientNo": "01047110001" }]));
        let text = body["body"].as_str().unwrap();
        assert!(text.contains("인증") && text.contains("3분"), "{text}");
        verify(world, phone, &nhn.last_code()).await;

        world.client().request_phone_code("+14155550100").await.unwrap();
        let body = nhn.sent()[1].json();
        assert_eq!(body["recipientList"], json!([{ "internationalRecipientNo": "14155550100" }]));
    }

    async fn whatever_is_wrong_is_told_to_whom_it_concerns(world: &World, nhn: &Nhn) {
        let client = world.client();
        let secret = Mentions::of(SECRET);
        for (number, (told, expected)) in [
            (result(-2019), ProblemCode::ValidationFailed),
            (result(-2044), ProblemCode::ValidationFailed),
            (result(-2052), ProblemCode::Busy),
            (result(-9999), ProblemCode::Busy),
            (result(-1000), ProblemCode::Busy),
            (Told::Json(401, json!({ "message": SECRET })), ProblemCode::Busy),
            (Told::Bytes(502, b"<html>".to_vec()), ProblemCode::Busy),
        ].into_iter().enumerate() {
            nhn.says(told.clone());
            let refusal = problem(client.request_phone_code(&format!("010-4711-100{number}")).await);
            assert_eq!(refusal.code, expected, "{told:?}");
            match expected {
                ProblemCode::Busy => assert!(refusal.retry_after.unwrap() >= 30, "{refusal:?}"),
                _ => assert_eq!((refusal.errors[0].field.as_str(), refusal.errors[0].code.as_str()), ("phone", "unreachable")),
            }
            assert!(!refusal.detail.contains(SECRET) && !refusal.detail.contains("words"), "{refusal}");
        }
        assert_eq!(nhn.sent().len(), 7, "nothing is sent twice");
        assert_eq!(secret.lines(), Vec::<String>::new());
    }

    async fn an_answer_that_is_lost_is_not_asked_for_again(world: &World, nhn: &Nhn)
    with ["provider-timeout" = "300ms"]
    {
        let elsewhere = Told::Elsewhere(format!("{}/again", nhn.stand.url()));
        for told in [Told::Nothing, elsewhere, Told::Bytes(200, b"no json".to_vec()), Told::Bytes(200, vec![b' '; 1_000_000])] {
            let (before, phone) = (nhn.sent().len(), "010-4711-0003");
            nhn.says(told);
            world.client().request_phone_code(phone).await.unwrap();
            assert_eq!(nhn.sent().len(), before + 1);
            // It may have arrived, so it is good.
            verify(world, phone, &nhn.last_code()).await;
        }
        assert!(nhn.stand.asked("/again").is_empty());
    }
}

/// A server that reads what comes and hangs up with nothing said.
#[test]
fn a_connection_that_breaks_is_not_tried_again() {
    struct Breaking {
        url: String,
        taken: Arc<AtomicUsize>,
    }
    impl Neighbour for Breaking {
        async fn start() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let taken = Arc::<AtomicUsize>::default();
            let count = Arc::clone(&taken);
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    use tokio::io::AsyncReadExt;
                    count.fetch_add(1, Ordering::SeqCst);
                    let _ = stream.read(&mut [0; 1_024]).await;
                }
            });
            Self { url, taken }
        }

        fn settings(&self) -> Vec<(&'static str, String)> {
            nhn_at(self.url.clone())
        }
    }
    World::run_beside(Backend::Embedded, &[], async |world: &World, nhn: &Breaking| {
        world.client().request_phone_code("010-4711-0004").await.unwrap();
        assert_eq!(nhn.taken.load(Ordering::SeqCst), 1);
    });
}

/// Nobody listens there.
#[test]
fn whoever_cannot_be_reached_is_not_told_by_address() {
    struct Away(std::net::SocketAddr);
    impl Neighbour for Away {
        async fn start() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            Self(listener.local_addr().unwrap())
        }

        fn settings(&self) -> Vec<(&'static str, String)> {
            nhn_at(format!("http://{}", self.0))
        }
    }
    World::run_beside(Backend::Embedded, &[], async |world: &World, _: &Away| {
        let refusal = problem(world.client().request_phone_code("010-4711-0005").await);
        assert_eq!(refusal.code, ProblemCode::Busy);
        let told: Value = serde_json::to_value(&refusal).unwrap();
        assert!(!told.to_string().contains("127.0.0.1"), "{told}");
    });
}
