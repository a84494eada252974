//! Turns calls, which are data, into requests, and their answers into data again.

use std::time::Duration;

use artipul_common::client::{Client, ClientError};

use super::effect::{Answer, Call, Outcome};
use crate::ui::picture::{Order, Picture};

/// Asks the server.
pub(crate) async fn call(client: &Client, call: Call) -> Outcome {
    ask(client, call).await.map(Answer::cleaned)
}

async fn ask(client: &Client, call: Call) -> Outcome {
    Ok(match call {
        Call::Genres => Answer::Genres(client.genres().await?),
        Call::Auctions(query) => Answer::Auctions(client.auctions(&query).await?),
        Call::Auction(id) => Answer::Auction(Box::new(client.auction(id).await?)),
        Call::History(id, query) => Answer::History(client.history(id, &query).await?),
        Call::Forecast(id, amount) => Answer::Forecast(client.forecast_bid(id, amount).await?),
        Call::Bid { auction, amount, key } => {
            Answer::Receipt(in_time(client.bid(auction, amount, &key)).await?)
        }
        Call::Buy { auction, price, key } => {
            Answer::Receipt(in_time(client.buy(auction, price, &key)).await?)
        }
        Call::Watch(id, watching) => done(client.watch(id, watching).await)?,
        Call::ListWork { work, key } => {
            Answer::Auction(Box::new(in_time(client.list_work(&work, &key)).await?))
        }
        Call::EditAuction(id, edit) => {
            Answer::Auction(Box::new(client.edit_auction(id, &edit).await?))
        }
        Call::CancelAuction(id) => done(client.cancel_auction(id).await)?,
        other => ask_for_user(client, other).await?,
    })
}

/// The calls about the user himself.
async fn ask_for_user(client: &Client, call: Call) -> Outcome {
    Ok(match call {
        Call::Me => Answer::User(Box::new(client.me().await?)),
        Call::EditProfile(edit) => Answer::User(Box::new(client.edit_profile(&edit).await?)),
        Call::SignIn(request) => Answer::User(Box::new(client.sign_in(&request).await?.user)),
        Call::SignOut => done(client.sign_out().await)?,
        Call::PhoneCode(phone) => Answer::CodeSent(client.request_phone_code(&phone).await?),
        Call::VerifyPhone(request) => Answer::PhoneVerified(client.verify_phone(&request).await?),
        Call::NicknameAvailable(nickname) => {
            Answer::NicknameAvailable(client.nickname_available(&nickname).await?)
        }
        Call::SignUp(request) => Answer::User(Box::new(client.sign_up(&request).await?)),
        Call::Summary => Answer::Summary(client.summary().await?),
        Call::Participations(query) => Answer::Participations(client.participations(&query).await?),
        Call::Purchases(query) => Answer::Purchases(client.purchases(&query).await?),
        Call::MyAuctions(query) => Answer::Auctions(client.my_auctions(&query).await?),
        Call::Watches(query) => Answer::Auctions(client.watches(&query).await?),
        Call::Notifications(query) => Answer::Notifications(client.notifications(&query).await?),
        Call::MarkRead(request) => done(client.read_notifications(&request).await)?,
        Call::Wallet => Answer::Wallet(client.wallet().await?),
        Call::Entries(query) => Answer::Entries(client.wallet_entries(&query).await?),
        Call::Charge { amount, key } => Answer::Charge(in_time(client.charge(amount, &key)).await?),
        Call::ConfirmCharge { charge, payment_id } => {
            Answer::Charge(client.confirm_charge(charge, &payment_id).await?)
        }
        other => unreachable!("{other:?} is asked above"),
    })
}

/// After so long without an answer, the user is told that it is not known what became of it.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Gives up waiting after a while. For requests with a key only: they are sent again under it.
async fn in_time<T>(call: impl Future<Output = Result<T, ClientError>>) -> Result<T, ClientError> {
    let late = || ClientError::Offline("no answer in time".to_owned());
    tokio::time::timeout(ANSWER_WITHIN, call).await.unwrap_or_else(|_| Err(late()))
}

fn done(result: Result<(), ClientError>) -> Outcome {
    result.map(|()| Answer::Done)
}

/// Gets a picture and decodes it, off the threads that wait for other things.
pub(crate) async fn picture(client: &Client, url: &str, order: Order) -> Option<Picture> {
    let bytes = client.image_at(url, order.width()).await.ok()?;
    let decode = move || Picture::decode(&bytes, &order);
    match tokio::task::spawn_blocking(decode).await {
        Ok(Ok(picture)) => Some(picture),
        _ => None,
    }
}
