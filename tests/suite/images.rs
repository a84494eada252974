//! Pictures of works: added, cleaned, shown in sizes, ordered, removed.

mod hostile;
mod kept;
mod metadata;
mod samples;
mod together;

use artipul_common::{
    AuctionId,
    auctions::{Auction, Image},
    client::ImageUpload,
    limits,
};
use artipul_tests::{Answer, Person, World, on_every_backend};
use image::{DynamicImage, GenericImageView};
use reqwest::Method;

use self::samples::{jpeg, photo, png};

/// A picture on its way, under a name that says nothing.
fn upload(bytes: impl Into<bytes::Bytes>) -> ImageUpload {
    ImageUpload { file_name: "picture".to_owned(), bytes: bytes.into() }
}

/// Where pictures are added to a work.
fn path(id: AuctionId) -> String {
    format!("/v1/auctions/{id}/images")
}

/// Adds pictures to a work.
async fn add(artist: &Person, id: AuctionId, pictures: &[Vec<u8>]) -> Vec<Image> {
    let uploads = pictures.iter().map(|bytes| upload(bytes.clone())).collect();
    artist.client.add_images(id, uploads).await.unwrap()
}

fn names(images: &[Image]) -> Vec<&str> {
    images.iter().map(|image| image.name.as_str()).collect()
}

/// An image as anybody gets it.
async fn shown(world: &World, image: &Image, query: &str) -> Answer {
    let answer = world.send(Method::GET, &format!("{}{query}", image.url)).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer
}

fn decoded(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

on_every_backend! {
    async fn what_is_added_is_shown_in_order_and_in_sizes(world: &World) {
        let artist = world.artist().await;
        let listed = artist.list(|_| ()).await;
        let pictures = [jpeg(&photo(900, 600)), png(&photo(200, 100)), jpeg(&photo(160, 90))];
        let added = add(&artist, listed.id, &pictures).await;
        let sizes: Vec<_> = added.iter().map(|image| (image.width, image.height)).collect();
        assert_eq!(sizes, [(900, 600), (200, 100), (160, 90)]);
        let seen: Auction = artist.see(listed.id).await;
        assert_eq!((&seen.images, seen.seq), (&added, listed.seq + 1));
        for (image, (extension, kind)) in
            added.iter().zip([("jpg", "image/jpeg"), ("png", "image/png"), ("jpg", "image/jpeg")])
        {
            let (digits, end) = image.name.split_once('.').unwrap();
            assert_eq!((digits.len(), end), (40, extension));
            for width in [None].into_iter().chain(limits::IMAGE_WIDTHS.map(Some)) {
                let query = width.map_or(String::new(), |width| format!("?w={width}"));
                let answer = shown(world, image, &query).await;
                assert_eq!(answer.header("content-type"), Some(kind));
                let picture = decoded(&answer.body);
                let expected = width.unwrap_or(u32::MAX).min(image.width);
                assert_eq!(picture.dimensions(), (expected, expected * image.height / image.width));
                let by_client = world.client().image_at(&image.url, width).await.unwrap();
                assert_eq!(by_client, answer.body);
            }
        }
        assert_eq!(names(&artist.see(listed.id).await.images), names(&added));
    }
}
