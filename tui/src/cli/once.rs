//! Actions that must happen once, however often they are sent: each has a key, which it keeps
//! through all its attempts and which the user may name.

use std::time::Duration;

use artipul_common::{
    client::{ClientError, Result, new_idempotency_key},
    limits,
    problem::ProblemCode,
};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{Context, error::CliError, signal};

/// The pause between two rounds of attempts; the client makes several within a round.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Send it under this key: the same request under the same key counts once, and is answered
    /// as it was answered first. Made anew unless given.
    #[arg(long, value_name = "KEY", value_parser = key)]
    key: Option<String>,
    /// Ask again for so long when the answer is lost or the server is busy.
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    retry_for: u64,
}

fn key(text: &str) -> std::result::Result<String, String> {
    let is_fine = limits::IDEMPOTENCY_KEY.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    let most = limits::IDEMPOTENCY_KEY.end();
    is_fine.then(|| text.to_owned()).ok_or(format!("must be 1 to {most} visible ASCII characters"))
}

/// How long an action is asked for again.
#[derive(Debug, Clone, Copy)]
struct Patience {
    whole: Duration,
    pause: Duration,
}

/// What an action came to, with its key.
#[derive(Debug, Serialize)]
pub(super) struct Done<T> {
    /// The server's answer.
    #[serde(flatten)]
    pub(super) answer: T,
    /// The key under which it was sent.
    pub(super) idempotency_key: String,
}

/// Takes an action until its outcome is known, or as long as the user has patience.
pub(super) async fn take<T>(
    context: &Context,
    args: &Args,
    attempt: impl AsyncFn(&str) -> Result<T>,
) -> std::result::Result<Done<T>, CliError> {
    // A server that cannot be reached is found out before anything is sent that may have arrived.
    if let Err(error @ ClientError::Offline(_)) = context.client.health().await {
        return Err(error.into());
    }
    let key = args.key.clone().unwrap_or_else(new_idempotency_key);
    let patience = Patience { whole: Duration::from_secs(args.retry_for), pause: PAUSE };
    let outcome = tokio::select! {
        outcome = repeat(&key, patience, attempt) => outcome,
        exit = signal::received() => return Err(CliError::Interrupted { exit, key }),
    };
    match outcome {
        Ok(answer) => Ok(Done { answer, idempotency_key: key }),
        Err(error) if is_lost(&error) => Err(CliError::Unknown { error, key }),
        Err(error) => Err(CliError::Action { error, key }),
    }
}

/// Sends it again and again while that may help. Once an answer was lost, a server that is busy
/// says nothing of what became of it.
async fn repeat<T>(
    key: &str,
    patience: Patience,
    attempt: impl AsyncFn(&str) -> Result<T>,
) -> Result<T> {
    let deadline = Instant::now() + patience.whole;
    let mut lost = None;
    loop {
        let error = match attempt(key).await {
            Err(error) if error.is_passing() => error,
            outcome => return outcome,
        };
        if is_lost(&error) {
            lost = Some(error.clone());
        }
        if Instant::now() + patience.pause >= deadline {
            return Err(lost.unwrap_or(error));
        }
        sleep(patience.pause).await;
    }
}

/// Whether the action may have been taken although it failed.
fn is_lost(error: &ClientError) -> bool {
    match error {
        ClientError::Offline(_) | ClientError::Unexpected(_) => true,
        ClientError::Problem(problem) => problem.code == ProblemCode::Internal,
        ClientError::SignedOut | ClientError::Tokens(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use artipul_common::problem::Problem;

    use super::*;

    fn busy() -> ClientError {
        ClientError::Problem(Box::new(Problem::new(ProblemCode::Busy, "")))
    }

    /// What comes of these answers, one per attempt, the last one again and again.
    async fn outcome_of(answers: Vec<Result<u8>>, whole: Duration) -> Result<u8> {
        let answers = RefCell::new(answers);
        let patience = Patience { whole, pause: Duration::from_millis(1) };
        repeat("k", patience, async |key| {
            assert_eq!(key, "k");
            let mut answers = answers.borrow_mut();
            if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
        })
        .await
    }

    #[tokio::test]
    async fn a_lost_answer_is_asked_for_again() {
        let lost = Err(ClientError::Offline("gone".to_owned()));
        let answers = vec![lost, Err(busy()), Ok(7)];
        assert_eq!(outcome_of(answers, Duration::from_secs(60)).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_busy_server_has_done_nothing_unless_an_answer_was_lost_before() {
        let whole = Duration::from_millis(30);
        assert!(!is_lost(&outcome_of(vec![Err(busy())], whole).await.unwrap_err()));
        let lost = Err(ClientError::Offline("gone".to_owned()));
        assert!(is_lost(&outcome_of(vec![lost, Err(busy())], whole).await.unwrap_err()));
    }

    #[test]
    fn a_key_is_short_and_visible() {
        assert!(key("my-first-bid").is_ok());
        for text in ["", "a b", "가", &"x".repeat(101)] {
            assert!(key(text).is_err(), "{text}");
        }
    }
}
