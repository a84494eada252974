//! What somebody does with his own account in a window: what he has to type, what is asked of the
//! server, and what follows.

use artipul_common::{
    accounts::{EditProfileRequest, Secret, User, check_password},
    credentials::{
        ChangeEmailRequest, ChangePasswordRequest, ChangePhoneRequest, CloseAccountRequest,
        FindEmailRequest, NewTokenRequest, ResetPasswordRequest, Scope,
    },
    limits,
    problem::FieldError,
    text::Checks,
};

use crate::{
    app::{
        account::Account,
        effect::{Answer, Call},
        keeping::{Keeping, Kept},
        model::{After, Cx, Nav, Shared},
    },
    i18n::{Lang, tr},
    screens::window::{End, Found},
    ui::{
        field::{Kind, TextField},
        form::{Field, Form},
        money::won,
        time::parse_moment,
    },
};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    FindEmail,
    ResetPassword,
    Profile,
    Password,
    Email,
    Phone,
    Token,
    Close,
}

/// The scopes by their fields.
const SCOPES: [(Scope, &str, &str, &str); 4] = [
    (Scope::Read, "scope-read", "keep.scope-read", "keep.scope-read-means"),
    (Scope::Bid, "scope-bid", "keep.scope-bid", "keep.scope-bid-means"),
    (Scope::Sell, "scope-sell", "keep.scope-sell", "keep.scope-sell-means"),
    (Scope::Wallet, "scope-wallet", "keep.scope-wallet", "keep.scope-wallet-means"),
];

fn secret(id: &'static str, label: &'static str) -> Field {
    Field::text(id, label, TextField::new(Kind::Secret, 100))
}

fn current_password() -> Field {
    secret("current_password", "keep.current-password")
}

fn email(label: &'static str) -> Field {
    Field::line("email", label, *limits::EMAIL_BYTES.end())
}

fn save() -> Field {
    Field::button("send", "sell.save")
}

impl Purpose {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::FindEmail => "keep.find-email",
            Self::ResetPassword => "keep.reset-password",
            Self::Profile => "keep.profile",
            Self::Password => "keep.change-password",
            Self::Email => "keep.change-email",
            Self::Phone => "keep.change-phone",
            Self::Token => "keep.make-token",
            Self::Close => "keep.close",
        }
    }

    /// Whether a phone has to be proven first.
    pub(crate) fn needs_phone(self) -> bool {
        matches!(self, Self::FindEmail | Self::ResetPassword | Self::Phone)
    }

    pub(crate) fn form(self, shared: &Shared) -> Form {
        let fields = match self {
            Self::FindEmail => vec![Field::button("send", "keep.find-email")],
            Self::ResetPassword => vec![
                email("account.email"),
                secret("password", "keep.new-password").hint("account.password-hint"),
                Field::button("send", "keep.set-password"),
            ],
            Self::Profile => return profile_form(shared),
            Self::Password => vec![
                current_password(),
                secret("password", "keep.new-password").hint("account.password-hint"),
                Field::button("send", "keep.set-password"),
            ],
            Self::Email => vec![email("keep.new-email"), current_password(), save()],
            Self::Phone => vec![current_password(), save()],
            Self::Token => return token_form(),
            Self::Close => vec![
                current_password(),
                Field::line("word", "keep.close-type", 20),
                Field::button("send", "keep.close"),
            ],
        };
        Form::new(fields)
    }

    /// What is said above the form.
    pub(crate) fn explained(self, shared: &Shared) -> String {
        let lang = shared.lang;
        let key = match self {
            Self::FindEmail => "keep.to-phone",
            Self::ResetPassword => "keep.reset-means",
            Self::Profile => "keep.profile-means",
            Self::Password => "keep.password-means",
            Self::Email => "keep.email-means",
            Self::Phone => "keep.phone-means",
            Self::Token => "keep.token-means",
            Self::Close => return close_means(shared),
        };
        lang.t(key).into_owned()
    }

    /// What is asked of the server; nothing where nothing was changed.
    ///
    /// # Errors
    /// What was typed wrong.
    pub(crate) fn call(
        self,
        form: &Form,
        proof: Option<&Secret>,
        shared: &Shared,
    ) -> Result<Option<Call>, Vec<FieldError>> {
        let typed = |id: &str| Secret::new(form.value(id));
        let phone_token = || proof.cloned().unwrap_or_else(|| Secret::new(""));
        let keeping = match self {
            Self::FindEmail => Keeping::FindEmail(FindEmailRequest { phone_token: phone_token() }),
            Self::ResetPassword => Keeping::ResetPassword(
                ResetPasswordRequest {
                    email: form.value("email"),
                    phone_token: phone_token(),
                    password: typed("password"),
                }
                .validated()?,
            ),
            Self::Profile => {
                let changes = changes(form, shared.account.user());
                let edit = changes.map(EditProfileRequest::validated).transpose()?;
                return Ok(edit.map(|edit| Call::EditProfile(Box::new(edit))));
            }
            Self::Password => {
                let mut checks = Checks::default();
                require(&mut checks, form, "current_password");
                check_password(&mut checks, "password", &typed("password"));
                Keeping::ChangePassword(checks.finish(ChangePasswordRequest {
                    current_password: typed("current_password"),
                    password: typed("password"),
                })?)
            }
            Self::Email => {
                let mut checks = Checks::default();
                let mut email = form.value("email");
                artipul_common::accounts::check_email(&mut checks, "email", &mut email);
                require(&mut checks, form, "current_password");
                Keeping::ChangeEmail(checks.finish(ChangeEmailRequest {
                    current_password: typed("current_password"),
                    email,
                })?)
            }
            Self::Phone => {
                let mut checks = Checks::default();
                require(&mut checks, form, "current_password");
                Keeping::ChangePhone(checks.finish(ChangePhoneRequest {
                    current_password: typed("current_password"),
                    phone_token: phone_token(),
                })?)
            }
            Self::Token => Keeping::MakeToken(token(form, shared)?),
            Self::Close => {
                let mut checks = Checks::default();
                require(&mut checks, form, "current_password");
                if form.value("word").trim() != shared.lang.t("keep.close-word") {
                    checks.error("word", "not-the-word", "is another word");
                }
                let current_password = typed("current_password");
                Keeping::Close(checks.finish(CloseAccountRequest { current_password })?)
            }
        };
        Ok(Some(Call::Keeping(keeping)))
    }

    /// What follows when it is done.
    pub(crate) fn ended(self, answer: Answer, cx: &mut Cx) -> End {
        let lang = cx.lang();
        match (self, answer) {
            (_, Answer::Kept(Kept::Email(email))) => End::Shown(Found::Email(email)),
            (_, Answer::Kept(Kept::NewToken(made))) => {
                cx.go(Nav::Changed);
                End::Shown(Found::Token(made.token))
            }
            (Self::ResetPassword, _) => {
                cx.go(Nav::SignIn(After::Nothing));
                said(lang, "keep.password-reset")
            }
            (Self::Close, _) => {
                cx.go(Nav::Closed);
                End::Silent
            }
            (_, Answer::User(user)) => {
                let words = match self {
                    Self::Email => tr!(lang, "keep.email-changed", email = user.email),
                    Self::Phone => tr!(lang, "keep.phone-changed", phone = user.phone),
                    _ => lang.t("sell.saved"),
                };
                let words = words.into_owned();
                Account::sign_in(cx, *user);
                End::Said(words)
            }
            (Self::Password, _) => {
                cx.go(Nav::Changed);
                said(lang, "keep.password-changed")
            }
            _ => said(lang, "sell.unchanged"),
        }
    }
}

fn said(lang: Lang, key: &'static str) -> End {
    End::Said(lang.t(key).into_owned())
}

fn require(checks: &mut Checks, form: &Form, id: &'static str) {
    if form.value(id).is_empty() {
        checks.error(id, "required", "must not be empty");
    }
}

fn profile_form(shared: &Shared) -> Form {
    let user = shared.account.user();
    let is_artist = user.is_some_and(|user| user.is_artist);
    let mut form = Form::new(vec![
        Field::line("nickname", "account.nickname", *limits::NICKNAME.end())
            .hint("account.nickname-hint"),
        Field::line("name", "account.name", *limits::NAME.end()),
        Field::toggle("is_artist", "account.is-artist", is_artist).hint("account.is-artist-hint"),
        Field::line("college", "account.college", *limits::COLLEGE.end())
            .hint("account.college-hint"),
        Field::line("address", "cli.address", *limits::ADDRESS.end()),
        Field::paragraph("introduction", "cli.introduction"),
        save(),
    ]);
    if let Some(user) = user {
        for (id, value) in texts(user) {
            form.set(id, value);
        }
    }
    form
}

/// What a profile has as text, by its fields.
fn texts(user: &User) -> [(&'static str, &str); 5] {
    [
        ("nickname", user.nickname.as_str()),
        ("name", user.name.as_str()),
        ("college", user.college.as_deref().unwrap_or_default()),
        ("address", user.address.as_deref().unwrap_or_default()),
        ("introduction", user.introduction.as_deref().unwrap_or_default()),
    ]
}

/// What was changed of a profile; `None` if nothing was.
fn changes(form: &Form, user: Option<&User>) -> Option<EditProfileRequest> {
    let user = user?;
    let changed = |id: &str| {
        let before = texts(user).into_iter().find(|(name, _)| *name == id);
        let typed = form.value(id);
        (before.map(|(_, before)| before.trim()) != Some(typed.trim())).then_some(typed)
    };
    let emptied = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let is_artist = form.is_on("is_artist");
    let edit = EditProfileRequest {
        nickname: changed("nickname"),
        name: changed("name"),
        is_artist: (is_artist != user.is_artist).then_some(is_artist),
        college: changed("college").map(emptied),
        introduction: changed("introduction").map(emptied),
        address: changed("address").map(emptied),
        avatar: None,
    };
    let is_changed = edit.nickname.is_some()
        || edit.name.is_some()
        || edit.is_artist.is_some()
        || edit.college.is_some()
        || edit.introduction.is_some()
        || edit.address.is_some();
    is_changed.then_some(edit)
}

fn token_form() -> Form {
    let mut fields = vec![
        Field::line("name", "keep.token-name", *limits::TOKEN_NAME.end())
            .hint("keep.token-name-hint"),
    ];
    let scopes = SCOPES.into_iter();
    fields.extend(
        scopes.map(|(scope, id, label, hint)| {
            Field::toggle(id, label, scope == Scope::Read).hint(hint)
        }),
    );
    fields.push(Field::line("expires_at", "keep.expires", 30).hint("keep.expires-hint"));
    fields.push(Field::button("send", "keep.make-token"));
    Form::new(fields)
}

fn token(form: &Form, shared: &Shared) -> Result<NewTokenRequest, Vec<FieldError>> {
    let scopes = SCOPES.into_iter().filter(|(_, id, ..)| form.is_on(id));
    let mut checks = Checks::default();
    let end = form.optional("expires_at");
    let expires_at = end.as_ref().and_then(|end| parse_moment(end, shared.now, shared.zone));
    if end.is_some() && expires_at.is_none() {
        checks.error("expires_at", "time-form", "is no moment");
    }
    let request = NewTokenRequest {
        name: form.value("name"),
        scopes: scopes.map(|(scope, ..)| scope).collect(),
        expires_at,
    };
    let told = |errors: Vec<FieldError>| {
        errors
            .into_iter()
            .map(|error| match error.field.as_str() {
                "scopes" => FieldError::new(SCOPES[0].1, "scopes-required", error.detail),
                _ => error,
            })
            .collect::<Vec<_>>()
    };
    let request = request.validated(shared.now).map_err(told)?;
    checks.finish(request)
}

/// What closing means, and what is known to keep the account from being closed.
fn close_means(shared: &Shared) -> String {
    let (lang, account) = (shared.lang, &shared.account);
    let mut words = vec![lang.t("keep.close-means").into_owned()];
    let (leading, selling) = account.summary.map_or((0, 0), |all| (all.leading, all.selling));
    if leading > 0 {
        words.push(tr!(lang, "keep.close-leading", count = leading).into_owned());
    }
    if selling > 0 {
        words.push(tr!(lang, "keep.close-selling", count = selling).into_owned());
    }
    if let Some(wallet) = account.wallet.filter(|wallet| wallet.balance.points() > 0) {
        words.push(tr!(lang, "keep.close-points", points = won(wallet.balance)).into_owned());
    }
    words.push(tr!(lang, "keep.close-type-means", word = lang.t("keep.close-word")).into_owned());
    words.join("\n")
}
