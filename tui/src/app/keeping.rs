//! The questions about what lets somebody into an account, as data: credentials, sessions,
//! personal access tokens.

use artipul_common::{
    ChargeId, SessionId, TokenId,
    client::Client,
    credentials::{
        ChangeEmailRequest, ChangePasswordRequest, ChangePhoneRequest, CloseAccountRequest,
        FindEmailRequest, NewToken, NewTokenRequest, PersonalToken, ResetPasswordRequest,
        SessionInfo,
    },
    social::{Flow, Identity, Outcome as Came, Provider, SignUpRequest},
};

use super::effect::{Answer, Outcome};
use crate::ui::text::clean;

/// A question.
#[derive(Debug, Clone)]
pub(crate) enum Keeping {
    FindEmail(FindEmailRequest),
    ResetPassword(ResetPasswordRequest),
    ChangePassword(ChangePasswordRequest),
    ChangeEmail(ChangeEmailRequest),
    ChangePhone(ChangePhoneRequest),
    Close(CloseAccountRequest),
    Sessions,
    EndSession(SessionId),
    EndOtherSessions,
    Tokens,
    MakeToken(NewTokenRequest),
    TakeBack(TokenId),
    CancelCharge(ChargeId),
    Providers,
    BeginSocial(String),
    BeginLink(String),
    Collect(Box<Flow>),
    /// Opens an account for somebody whom a provider knows.
    Join(Box<SignUpRequest>),
    Identities,
    Unlink(String),
}

/// What the server said to it.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    /// The address that was looked for, most of it hidden.
    Email(String),
    Sessions(Vec<SessionInfo>),
    Tokens(Vec<PersonalToken>),
    NewToken(Box<NewToken>),
    Providers(Vec<Provider>),
    Flow(Box<Flow>),
    /// What came of a flow.
    Came(Box<Came>),
    Identities(Vec<Identity>),
}

/// Asks the server.
pub(super) async fn ask(client: &Client, question: Keeping) -> Outcome {
    Ok(match question {
        Keeping::FindEmail(body) => Kept::Email(client.find_email(&body).await?.email).into(),
        Keeping::ResetPassword(body) => done(client.reset_password(&body).await?),
        Keeping::ChangePassword(body) => done(client.change_password(&body).await?),
        Keeping::ChangeEmail(body) => Answer::User(Box::new(client.change_email(&body).await?)),
        Keeping::ChangePhone(body) => Answer::User(Box::new(client.change_phone(&body).await?)),
        Keeping::Close(body) => done(client.close_account(&body).await?),
        Keeping::Sessions => Kept::Sessions(client.sessions().await?.items).into(),
        Keeping::EndSession(id) => done(client.end_session(id).await?),
        Keeping::EndOtherSessions => done(client.end_other_sessions().await?),
        Keeping::Tokens => Kept::Tokens(client.personal_tokens().await?.items).into(),
        Keeping::MakeToken(body) => {
            Kept::NewToken(Box::new(client.make_token(&body).await?)).into()
        }
        Keeping::TakeBack(id) => done(client.take_back_token(id).await?),
        Keeping::CancelCharge(id) => Answer::Charge(client.cancel_charge(id).await?),
        Keeping::Providers => Kept::Providers(client.social_providers().await?.items).into(),
        Keeping::BeginSocial(id) => Kept::Flow(Box::new(client.begin_social(&id).await?)).into(),
        Keeping::BeginLink(id) => Kept::Flow(Box::new(client.begin_link(&id).await?)).into(),
        Keeping::Collect(flow) => Kept::Came(Box::new(client.collect_social(&flow).await?)).into(),
        Keeping::Join(body) => Answer::User(Box::new(client.social_sign_up(&body).await?.user)),
        Keeping::Identities => Kept::Identities(client.identities().await?.items).into(),
        Keeping::Unlink(id) => done(client.unlink(&id).await?),
    })
}

fn done((): ()) -> Answer {
    Answer::Done
}

impl From<Kept> for Answer {
    fn from(kept: Kept) -> Self {
        Self::Kept(kept)
    }
}

impl Kept {
    /// Takes out what could disturb the screen.
    pub(super) fn clean(&mut self) {
        match self {
            Self::Email(email) => *email = clean(email),
            Self::Sessions(sessions) => {
                for session in sessions {
                    for text in [&mut session.user_agent, &mut session.address] {
                        *text = text.as_deref().map(clean);
                    }
                }
            }
            Self::Tokens(tokens) => {
                tokens.iter_mut().for_each(|token| token.name = clean(&token.name));
            }
            Self::NewToken(made) => made.about.name = clean(&made.about.name),
            Self::Providers(providers) => {
                providers.iter_mut().for_each(|provider| provider.name = clean(&provider.name));
            }
            Self::Flow(flow) => {
                flow.authorize_url = clean(&flow.authorize_url);
                flow.phrase = clean(&flow.phrase);
            }
            Self::Came(came) => clean_outcome(came),
            Self::Identities(identities) => identities.iter_mut().for_each(clean_identity),
        }
    }
}

fn clean_outcome(came: &mut Came) {
    match came {
        Came::Pending {} => {}
        Came::SignedIn { session } => super::clean::user(&mut session.user),
        Came::Linked { identity } => clean_identity(identity),
        Came::SignUpNeeded { email, suggested_email, suggested_nickname, name, .. } => {
            for text in [email, suggested_email, suggested_nickname, name] {
                *text = text.as_deref().map(clean);
            }
        }
    }
}

fn clean_identity(identity: &mut Identity) {
    identity.name = clean(&identity.name);
    identity.email = identity.email.as_deref().map(clean);
}
