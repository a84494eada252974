//! Calls that carry images.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{
    Method, Response,
    multipart::{Form, Part},
};

use super::{CALL_TIMEOUT, Client, ClientError, Result, decode, offline};
use crate::{
    AuctionId,
    auctions::Image,
    images::{ImageQuery, Images},
    limits,
};

/// How much longer a call may take for what it carries: for so many bytes, a second.
const BYTES_PER_SECOND: usize = 64 * 1024;

/// A picture to be added to a work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageUpload {
    /// What it is called where it comes from; the server only passes it over.
    pub file_name: String,
    /// A JPEG, PNG or WebP, as it is in the file.
    pub bytes: Bytes,
}

impl Client {
    /// Adds pictures to a work while no bid stands, behind those that it has, and gives them as
    /// they are kept. One that is there is not added again, so the call is sent until it is
    /// answered.
    ///
    /// # Errors
    /// As [`ClientError`] says; so do all calls below.
    pub async fn add_images(&self, id: AuctionId, images: Vec<ImageUpload>) -> Result<Vec<Image>> {
        let length: usize = images.iter().map(|image| image.bytes.len()).sum();
        let time = CALL_TIMEOUT * 3 + Duration::from_secs((length / BYTES_PER_SECOND) as u64);
        let path = format!("/v1/auctions/{id}/images");
        let request = || Ok(self.request(Method::POST, &path).multipart(form(&images)));
        let answer: Images =
            self.repeat(|| async { decode(self.signed_anew(request, time).await?).await }).await?;
        Ok(answer.items)
    }

    /// Takes a picture from a work while no bid stands.
    pub async fn remove_image(&self, id: AuctionId, name: &str) -> Result<()> {
        let request = self.request(Method::DELETE, &format!("/v1/auctions/{id}/images/{name}"));
        self.signed(request).await.map(drop)
    }

    /// The bytes of an image, by the `url` of its description.
    pub async fn image(&self, url: &str) -> Result<Vec<u8>> {
        self.image_at(url, None).await
    }

    /// The bytes of an image in one of the widths of [`limits::IMAGE_WIDTHS`], or as it is where it
    /// is no wider than that.
    pub async fn image_at(&self, url: &str, width: Option<u32>) -> Result<Vec<u8>> {
        let request = self.request(Method::GET, url).query(&ImageQuery { w: width });
        bounded(self.send(request).await?, limits::MAX_KEPT_IMAGE_BYTES).await
    }
}

fn form(images: &[ImageUpload]) -> Form {
    images.iter().fold(Form::new(), |form, image| {
        let length = image.bytes.len() as u64;
        let part = Part::stream_with_length(image.bytes.clone(), length);
        form.part("image", part.file_name(image.file_name.clone()))
    })
}

/// The body of an answer, unless it is larger than it may be.
async fn bounded(mut response: Response, most: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(offline)? {
        if bytes.len() + chunk.len() > most {
            let detail = format!("an image of more than {most} bytes");
            return Err(ClientError::Unexpected(detail));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
