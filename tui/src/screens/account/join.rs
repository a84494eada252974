//! Opening an account for somebody whom a provider of accounts knows: what it did not tell is
//! asked for.

use artipul_common::{accounts::Secret, limits, problem::FieldError, social::SignUpRequest};

use crate::{
    app::{
        account::Account,
        effect::{Answer, Call},
        keeping::Keeping,
        model::{After, Cx, Nav, Shared},
    },
    i18n::tr,
    screens::window::End,
    ui::form::{Field, Form},
};

/// What the provider told, and what was wanted before.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) provider: String,
    /// Proves who it is, once.
    pub(crate) sign_up_token: Secret,
    /// The address that the provider has verified; the account will have it.
    pub(crate) email: Option<String>,
    /// An address that it has not verified.
    pub(crate) suggested_email: Option<String>,
    pub(crate) suggested_nickname: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) after: After,
}

impl Join {
    pub(crate) fn form(&self) -> Form {
        let mut fields = vec![
            Field::line("nickname", "account.nickname", *limits::NICKNAME.end())
                .hint("account.nickname-hint"),
            Field::line("name", "account.name", *limits::NAME.end()),
        ];
        if self.email.is_none() {
            fields.insert(0, Field::line("email", "account.email", *limits::EMAIL_BYTES.end()));
        }
        fields.extend([
            Field::toggle("is_artist", "account.is-artist", false).hint("account.is-artist-hint"),
            Field::line("college", "account.college", *limits::COLLEGE.end())
                .hint("account.college-hint"),
            Field::button("send", "sign-up.create"),
        ]);
        let mut form = Form::new(fields);
        form.set("nickname", self.suggested_nickname.as_deref().unwrap_or_default());
        form.set("name", self.name.as_deref().unwrap_or_default());
        if self.email.is_none() {
            form.set("email", self.suggested_email.as_deref().unwrap_or_default());
        }
        form
    }

    pub(crate) fn explained(&self, shared: &Shared) -> String {
        match &self.email {
            Some(email) => {
                tr!(shared.lang, "social.join-as", provider = self.provider, email = email)
            }
            None => tr!(shared.lang, "social.join", provider = self.provider),
        }
        .into_owned()
    }

    /// What is asked of the server.
    ///
    /// # Errors
    /// What was typed wrong.
    pub(crate) fn call(
        &self,
        form: &Form,
        proof: Option<&Secret>,
    ) -> Result<Option<Call>, Vec<FieldError>> {
        let request = SignUpRequest {
            sign_up_token: self.sign_up_token.clone(),
            phone_token: proof.cloned().unwrap_or_else(|| Secret::new("")),
            nickname: form.value("nickname"),
            name: form.value("name"),
            is_artist: form.is_on("is_artist"),
            college: form.optional("college"),
            email: form.has("email").then(|| form.value("email")),
        };
        Ok(Some(Call::Keeping(Keeping::Join(Box::new(request.validated()?)))))
    }

    /// The account is open, and signed in to.
    pub(crate) fn ended(&self, answer: Answer, cx: &mut Cx) -> End {
        if let Answer::User(user) = answer {
            Account::sign_in(cx, *user);
            cx.go(Nav::SignedIn(self.after));
        }
        // Being signed in closes every window.
        End::Left
    }
}
