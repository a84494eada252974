//! The proof of a phone: a code is sent to it, and comes back.
//!
//! In a terminal that is one run. Without one it takes two: one that has the code sent
//! (`--send-code`), and one that reads it.

use artipul_common::accounts::{Secret, VerifyPhoneRequest};
use serde_json::json;

use super::super::{Context, ask, error::CliError, exit::Exit, output};
use crate::i18n::tr;

#[derive(Debug, Default, clap::Args)]
#[group(skip)]
pub(in crate::cli) struct Args {
    /// The phone, like 010-1234-5678 or +82..., to which a code is sent.
    #[arg(long)]
    phone: Option<String>,
    /// Only have the code sent.
    #[arg(long, conflicts_with = "code_stdin")]
    send_code: bool,
    /// Read the six digits that were sent from standard input instead of asking for them.
    #[arg(long)]
    code_stdin: bool,
}

/// A phone with the code that came to it.
pub(in crate::cli) struct Answered {
    phone: String,
    code: Secret,
}

/// What came of having a code sent.
pub(in crate::cli) enum Step {
    /// That was all that was wanted.
    Sent(Exit),
    /// The code is at hand.
    Answered(Answered),
}

impl Args {
    /// Has the code sent where it is not at hand, and asks for it.
    pub(in crate::cli) async fn ask(self, context: &Context) -> Result<Step, CliError> {
        let (client, lang) = (&context.client, context.lang);
        let phone = ask::line_unless(self.phone, "--phone", &lang.t("account.phone"))?;
        let words = tr!(lang, "cli.code-sent", phone = phone);
        if self.send_code {
            let sent = client.request_phone_code(&phone).await?;
            let data = json!({ "expires_in": sent.expires_in });
            context.printer.done(&data, |sheet| sheet.line(&words))?;
            return Ok(Step::Sent(Exit::Done));
        }
        if !self.code_stdin && ask::somebody_is_there() {
            client.request_phone_code(&phone).await?;
            output::note(&words);
        }
        let code = ask::code(self.code_stdin, &lang.t("account.code"))?;
        Ok(Step::Answered(Answered { phone, code }))
    }
}

impl Answered {
    /// Proves the phone. A code works once, so this comes when all the rest is at hand.
    pub(in crate::cli) async fn prove(self, context: &Context) -> Result<Secret, CliError> {
        let request = VerifyPhoneRequest { phone: self.phone, code: self.code };
        Ok(context.client.verify_phone(&request).await?.phone_token)
    }
}
