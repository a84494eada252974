//! Wallets: what users have, how it moved, and charges through a payment gateway.
//!
//! Holds and payments of auctions are the desk's; here points come in and go back out.

pub mod gateway;

use artipul_common::{
    ChargeId, Money, UserId,
    admin::ActionKind,
    events::NoticeKind,
    limits,
    problem::FieldError,
    text::Checks,
    wallet::{Charge, ChargeRequest, ChargeStatus, EntryKind, Wallet},
};
use tokio::sync::mpsc;

use self::gateway::{Gateway, GatewayError};
use crate::{
    db::{
        AsDbError, Conn, Db, DbError, accounts,
        admin::{self, NewAction},
        idempotency::{self, Answer, Known, RequestKey},
        notifications::{self, NewNotice},
        types::Named,
        wallets::{self, Account, ChargeRow, NewEntry, Transfer, WalletRow, WalletsAt},
    },
    live::News,
};

/// Why points did not move.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The amount is out of bounds.
    #[error("some fields are not valid")]
    Invalid(Vec<FieldError>),
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// There is no such charge of this user.
    #[error("there is no such charge")]
    NotFound,
    /// The charge is cancelled or has failed.
    #[error("the charge is no longer pending")]
    NotPending,
    /// The charge is not paid, or its points are spent or held.
    #[error("the charge cannot be cancelled")]
    NotCancellable,
    /// The gateway does not know the payment, or it is another one.
    #[error("the gateway does not confirm the payment")]
    NotConfirmed,
    /// The gateway cannot be reached.
    #[error("the payment gateway is away: {0}")]
    GatewayAway(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl AsDbError for WalletError {
    fn as_db_error(&self) -> Option<&DbError> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

impl From<GatewayError> for WalletError {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::NotConfirmed => Self::NotConfirmed,
            GatewayError::Away(detail) => Self::GatewayAway(detail),
        }
    }
}

/// The wallets of a server. Clones are the same.
#[derive(Clone)]
pub struct Wallets {
    db: Db,
    gateway: Gateway,
    news: mpsc::UnboundedSender<Vec<News>>,
}

impl From<WalletRow> for Wallet {
    fn from(row: WalletRow) -> Self {
        Self { balance: row.balance, held: row.held, available: row.balance - row.held }
    }
}

impl Wallets {
    /// The wallets in `db`, charged through `gateway`; what happens is told through `news`.
    pub fn new(db: Db, gateway: Gateway, news: mpsc::UnboundedSender<Vec<News>>) -> Self {
        Self { db, gateway, news }
    }

    /// Asks for a top-up. A repeated one with the same key gets the first answer.
    ///
    /// # Errors
    /// The amount is out of bounds, or the key was used for something else.
    pub async fn charge(
        &self,
        user: UserId,
        request: ChargeRequest,
        key: Option<RequestKey>,
    ) -> Result<Charge, WalletError> {
        check_amount(request.amount)?;
        let gateway = self.gateway.clone();
        let (charge, news) = self
            .db
            .write(move |conn| {
                if let Some(key) = &key {
                    match idempotency::look_up(conn, user, key)? {
                        Known::New => {}
                        Known::Answered(charge) => return Ok((charge, Vec::new())),
                        Known::Reused => return Err(WalletError::KeyReused),
                    }
                }
                let now = conn.now()?;
                let amount = request.amount;
                let id = wallets::insert_charge(conn, user, amount, gateway.name(), now)?;
                let mut row = wallets::lock_charge(conn, user, id)?.ok_or(DbError::NotFound)?;
                let begun = gateway.begin(id);
                row.checkout_url = begun.checkout_url;
                let news = match begun.paid_as {
                    Some(payment) => settle(conn, &mut row, payment)?,
                    None => Vec::new(),
                };
                wallets::save_charge(conn, &row)?;
                let charge = row.charge()?;
                if let Some(key) = &key {
                    idempotency::store(conn, Answer::new(user, key, &charge, now)?)?;
                }
                Ok((charge, news))
            })
            .await?;
        self.tell(news);
        Ok(charge)
    }

    /// Has a payment looked up at the gateway, and its points credited, once.
    ///
    /// # Errors
    /// There is no such charge, it is over, or the gateway does not confirm it.
    pub async fn confirm(
        &self,
        user: UserId,
        id: ChargeId,
        payment: String,
    ) -> Result<Charge, WalletError> {
        let row = self.charge_of(user, id).await?;
        if row.status == "paid" && row.payment_id.as_deref() == Some(payment.as_str()) {
            return Ok(row.charge()?);
        }
        if row.status != "pending" {
            return Err(WalletError::NotPending);
        }
        self.gateway.confirm(id, row.amount, &payment).await?;
        let (charge, news) = self
            .db
            .write(move |conn| {
                let mut row = wallets::lock_charge(conn, user, id)?.ok_or(WalletError::NotFound)?;
                let news = match row.status.as_str() {
                    "pending" => settle(conn, &mut row, payment.clone())?,
                    // Another request was faster.
                    "paid" if row.payment_id.as_ref() == Some(&payment) => Vec::new(),
                    _ => return Err(WalletError::NotPending),
                };
                wallets::save_charge(conn, &row)?;
                Ok((row.charge()?, news))
            })
            .await?;
        self.tell(news);
        Ok(charge)
    }

    /// Cancels a charge; paid points are taken back while they are available.
    ///
    /// # Errors
    /// There is no such charge, it is over, or its points are spent or held.
    pub async fn cancel(&self, user: UserId, id: ChargeId) -> Result<Charge, WalletError> {
        self.db
            .write(move |conn| {
                let mut row = wallets::lock_charge(conn, user, id)?.ok_or(WalletError::NotFound)?;
                cancel(conn, &mut row)?;
                Ok(row.charge()?)
            })
            .await
    }

    /// Cancels anybody's charge, as an administrator decides. Its owner is told; one that was
    /// cancelled before stays so.
    ///
    /// # Errors
    /// There is no such charge, it is over, or its points are spent or held.
    pub async fn refund(
        &self,
        id: ChargeId,
        admin: UserId,
        reason: String,
    ) -> Result<(UserId, Charge), WalletError> {
        let (user, charge, news) = self
            .db
            .write(move |conn| {
                let user = wallets::owner_of_charge(conn, id)?.ok_or(WalletError::NotFound)?;
                let mut row = wallets::lock_charge(conn, user, id)?.ok_or(WalletError::NotFound)?;
                if !cancel(conn, &mut row)? {
                    return Ok((user, row.charge()?, Vec::new()));
                }
                let now = conn.now()?;
                let action = NewAction {
                    admin: Some(admin),
                    kind: ActionKind::RefundCharge,
                    subject: id.get(),
                    reason: reason.clone(),
                };
                admin::record(conn, &action, now)?;
                let notice = NewNotice {
                    user,
                    kind: NoticeKind::Refunded,
                    auction: None,
                    title: None,
                    price: Some(row.amount),
                };
                let news = notifications::tell(conn, vec![notice], now)?;
                Ok::<_, WalletError>((user, row.charge()?, news))
            })
            .await?;
        self.tell(news);
        Ok((user, charge))
    }

    async fn charge_of(&self, user: UserId, id: ChargeId) -> Result<ChargeRow, WalletError> {
        let row = self.db.read(move |conn| wallets::find_charge(conn, user, id)).await?;
        row.ok_or(WalletError::NotFound)
    }

    fn tell(&self, news: Vec<News>) {
        if !news.is_empty() {
            // Nobody listens only while the server shuts down.
            let _ = self.news.send(news);
        }
    }
}

fn check_amount(amount: Money) -> Result<(), WalletError> {
    let mut checks = Checks::default();
    if amount < limits::MIN_CHARGE {
        checks.too_small("amount", limits::MIN_CHARGE);
    } else if amount > limits::MAX_CHARGE {
        checks.too_large("amount", limits::MAX_CHARGE);
    }
    checks.finish(()).map_err(WalletError::Invalid)
}

/// Credits a paid charge: from the gateway into the wallet.
fn settle(conn: &mut Conn, row: &mut ChargeRow, payment: String) -> Result<Vec<News>, WalletError> {
    move_points(conn, row, Transfer::Charge(row.id), EntryKind::Charge, row.amount)?;
    ChargeStatus::Paid.name().clone_into(&mut row.status);
    row.payment_id = Some(payment);
    let now = conn.now()?;
    let notice = NewNotice {
        user: row.user_id,
        kind: NoticeKind::Charged,
        auction: None,
        title: None,
        price: Some(row.amount),
    };
    Ok(notifications::tell(conn, vec![notice], now)?)
}

/// Cancels a locked charge; whether it was not cancelled before.
fn cancel(conn: &mut Conn, row: &mut ChargeRow) -> Result<bool, WalletError> {
    match row.status.as_str() {
        "pending" => {}
        "paid" => take_back(conn, row)?,
        "cancelled" => return Ok(false),
        _ => return Err(WalletError::NotCancellable),
    }
    ChargeStatus::Cancelled.name().clone_into(&mut row.status);
    wallets::save_charge(conn, row)?;
    Ok(true)
}

fn take_back(conn: &mut Conn, row: &ChargeRow) -> Result<(), WalletError> {
    let transfer = Transfer::ChargeCancelled(row.id);
    move_points(conn, row, transfer, EntryKind::ChargeCancelled, -row.amount)
}

fn move_points(
    conn: &mut Conn,
    row: &ChargeRow,
    transfer: Transfer,
    kind: EntryKind,
    amount: Money,
) -> Result<(), WalletError> {
    let WalletsAt { wallets: locked, now } = wallets::lock(conn, vec![row.user_id])?;
    let mut wallet = locked.first().ok_or(DbError::NotFound)?.row;
    // Whoever closes an account has found its wallet empty, under this lock.
    if amount > Money::ZERO && accounts::is_closed(conn, row.user_id)? {
        return Err(WalletError::NotPending);
    }
    wallet.balance += amount;
    if wallet.balance < wallet.held {
        return Err(WalletError::NotCancellable);
    }
    wallets::save(conn, &[wallet])?;
    let account = Account::Wallet(row.user_id);
    let entries = [
        NewEntry::new(transfer, Account::Gateway, kind, -amount, None, now),
        NewEntry::new(transfer, account, kind, amount, Some(wallet.balance), now),
    ];
    Ok(wallets::book(conn, &entries)?)
}
