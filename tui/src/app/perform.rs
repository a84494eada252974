//! Turns calls, which are data, into requests, and their answers into data again.

use std::{path::PathBuf, time::Duration};

use artipul_common::{
    AuctionId,
    client::{Client, ClientError, ImageUpload},
};

use super::{
    effect::{Answer, Call, Outcome},
    files, keeping, office,
};
use crate::{
    batch::preview::{self, PreviewError},
    ui::picture::{Order, Picture},
};

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
        Call::Artist(id) => Answer::Artist(Box::new(client.artist(id).await?)),
        Call::ArtistAuctions(id, page) => {
            Answer::Auctions(client.artist_auctions(id, &page).await?)
        }
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
        Call::Relist { auction, terms, key } => {
            Answer::Auction(Box::new(in_time(client.relist(auction, &terms, &key)).await?))
        }
        Call::AuctionToEdit(id) => {
            let (auction, version) = client.auction_to_edit(id).await?;
            Answer::AuctionToEdit(Box::new(auction), version)
        }
        Call::EditAuction(id, edit, version) => Answer::Auction(Box::new(match version {
            Some(version) => client.edit_auction_if(id, &edit, &version).await?,
            None => client.edit_auction(id, &edit).await?,
        })),
        Call::CancelAuction(id) => done(client.cancel_auction(id).await)?,
        Call::LookAtPicture(path) => match blocking(move || files::look_at(&path)).await? {
            Ok(file) => Answer::PictureFile(file),
            Err(fault) => Answer::PictureFault(fault),
        },
        Call::AddImage { auction, path } => add_image(client, auction, path).await?,
        Call::ReadBatch(path) => read_batch(client, path).await?,
        Call::RemoveImage(id, name) => done(client.remove_image(id, &name).await)?,
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
        Call::Keeping(question) => keeping::ask(client, question).await?,
        Call::Office(question) => office::ask(client, question).await?,
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

/// Sends a picture from a file of this machine.
async fn add_image(client: &Client, auction: AuctionId, path: PathBuf) -> Outcome {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    match blocking(move || files::read(&path)).await? {
        Ok(bytes) => {
            let file_name = name.unwrap_or_default();
            let upload = ImageUpload { file_name, bytes: bytes.into() };
            Ok(Answer::Images(client.add_images(auction, vec![upload]).await?))
        }
        Err(fault) => Ok(Answer::PictureFault(fault)),
    }
}

/// Looks at a file of works.
async fn read_batch(client: &Client, path: String) -> Outcome {
    let Ok(path) = blocking(move || files::found(&path)).await? else {
        return Ok(Answer::NoPreview(PreviewError::Missing));
    };
    match preview::read(client, &path).await {
        Ok(preview) => Ok(Answer::Preview(Box::new(preview))),
        Err(PreviewError::Server(error @ ClientError::SignedOut)) => Err(error),
        Err(error) => Ok(Answer::NoPreview(error)),
    }
}

/// Runs what blocks off the threads that wait for other things.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ClientError> {
    let work = tokio::task::spawn_blocking(work).await;
    work.map_err(|error| ClientError::Unexpected(error.to_string()))
}

/// Gets a picture and decodes it, off the threads that wait for other things.
pub(crate) async fn picture(client: &Client, url: &str, order: Order) -> Option<Picture> {
    let address = url.to_owned();
    if let Some(picture) = blocking(move || files::picture(&address, &order)).await.ok()? {
        return picture;
    }
    let bytes = client.image_at(url, order.width()).await.ok()?;
    blocking(move || Picture::decode(&bytes, &order).ok()).await.ok().flatten()
}
