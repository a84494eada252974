//! Signing in with a provider's account, or linking it: the user goes to a browser, and the command
//! waits for what comes of that.

use std::time::Duration;

use artipul_common::{
    accounts::Secret,
    client::ClientError,
    social::{Flow, Identity, Outcome, SignUpRequest},
};
use tokio::time::{Instant, sleep};

use super::{
    Context,
    account::proof::{self, Step},
    ask,
    error::CliError,
    exit::Exit,
    login, output,
};
use crate::{i18n::tr, term::browser};

/// How often it is asked what came of it.
const PAUSE: Duration = Duration::from_secs(1);

/// What only somebody who opens an account is asked.
#[derive(Debug, Default)]
pub(super) struct Newcomer {
    pub(super) is_artist: bool,
    pub(super) college: Option<String>,
}

/// Signs in, or opens an account for whoever has none.
pub(super) async fn sign_in(
    context: &Context,
    provider: &str,
    newcomer: Newcomer,
) -> Result<Exit, CliError> {
    let flow = context.client.begin_social(provider).await?;
    match outcome(context, &flow).await? {
        Outcome::SignedIn { session } => login::signed_in(context, &session.user),
        Outcome::SignUpNeeded { sign_up_token, email, suggested_nickname, name, .. } => {
            let known = Known { email, suggested_nickname, name };
            join(context, sign_up_token, known, newcomer).await
        }
        other => Err(unexpected(&other)),
    }
}

/// Links the provider's account with that of the signed-in user.
pub(super) async fn link(context: &Context, provider: &str) -> Result<Identity, CliError> {
    let flow = context.client.begin_link(provider).await?;
    match outcome(context, &flow).await? {
        Outcome::Linked { identity } => Ok(identity),
        other => Err(unexpected(&other)),
    }
}

fn unexpected(outcome: &Outcome) -> CliError {
    CliError::Client(ClientError::Unexpected(format!("{outcome:?}")))
}

/// Sends the user to a browser, and waits until he is done there.
async fn outcome(context: &Context, flow: &Flow) -> Result<Outcome, CliError> {
    let lang = context.lang;
    output::note(&lang.t("social.open"));
    output::note(&flow.authorize_url);
    output::note(&format!("{} {}", lang.t("social.phrase"), flow.phrase));
    if context.opens_browser && ask::somebody_is_there() {
        browser::open(&flow.authorize_url);
    }
    let end = Instant::now() + Duration::from_secs(flow.expires_in);
    loop {
        match context.client.collect_social(flow).await {
            Ok(Outcome::Pending {}) => {}
            Err(error) if error.is_passing() && Instant::now() < end => {}
            outcome => return Ok(outcome?),
        }
        sleep(PAUSE).await;
    }
}

/// What the provider told.
struct Known {
    email: Option<String>,
    suggested_nickname: Option<String>,
    name: Option<String>,
}

/// Asks for what the provider did not tell, and opens an account.
async fn join(
    context: &Context,
    sign_up_token: Secret,
    known: Known,
    newcomer: Newcomer,
) -> Result<Exit, CliError> {
    let lang = context.lang;
    if !ask::somebody_is_there() {
        output::note(&lang.t("social.needs-terminal"));
        return Err(CliError::NoTerminal);
    }
    let email = match known.email {
        Some(_) => None,
        None => Some(ask::line_unless(None, "--email", &lang.t("account.email"))?),
    };
    let nickname = suggested(context, "account.nickname", known.suggested_nickname)?;
    let name = suggested(context, "account.name", known.name)?;
    let is_artist = newcomer.is_artist || ask::whether(&lang.t("social.lists-works"))?;
    let college = match newcomer.college {
        None if is_artist => ask::line_unless(None, "--college", &lang.t("social.studies"))?,
        said => said.unwrap_or_default(),
    };
    let Step::Answered(answered) = proof::Args::default().ask(context).await? else {
        return Ok(Exit::Failed);
    };
    let request = SignUpRequest {
        sign_up_token,
        phone_token: answered.prove(context).await?,
        nickname,
        name,
        is_artist,
        college: Some(college).filter(|college| !college.trim().is_empty()),
        email,
    };
    let session = context.client.social_sign_up(&request).await?;
    output::note(&tr!(lang, "social.joined"));
    login::signed_in(context, &session.user)
}

/// Asks for something; what is suggested is taken by an empty answer.
fn suggested(
    context: &Context,
    label: &'static str,
    suggestion: Option<String>,
) -> Result<String, CliError> {
    let label = context.lang.t(label);
    let Some(suggestion) = suggestion else { return ask::line_unless(None, "", &label) };
    let said = ask::line_unless(None, "", &format!("{label} [{suggestion}]"))?;
    Ok(if said.trim().is_empty() { suggestion } else { said })
}
