//! How pictures are kept: found again, in sizes, for as long as a work names them.

use artipul_common::{AuctionId, auctions::Image, limits};
use artipul_tests::{World, on_every_backend};
use futures_util::future::join_all;
use reqwest::Method;

use super::{
    add, decoded, path,
    samples::{jpeg, photo, png},
    shown,
};

/// Keeps a PNG as the gallery does, without its sizes, for a work.
async fn hang(world: &World, id: AuctionId, bytes: &[u8], width: u32) -> Image {
    let name = world.app().media.put_png(bytes).await.unwrap();
    let work = format!("SELECT work_id AS number FROM auctions WHERE id = {id}");
    let work = world.number(&work).await;
    world
        .sql(&format!(
            "INSERT INTO images
             (work_id, position, name, content_type, width, height, bytes, created_at)
             VALUES ({work}, 0, '{name}', 'image/png', {width}, 1, 1, '2026-01-01 00:00:00')"
        ))
        .await;
    Image { url: format!("/v1/images/{name}"), name, width, height: 1 }
}

/// Whether anything is kept of an image.
async fn is_kept(world: &World, image: &Image) -> bool {
    let media = &world.app().media;
    let whole = media.get(&image.name, None).await.unwrap().is_some();
    let size = media.get(&image.name, Some(160)).await.unwrap().is_some();
    assert_eq!(whole, size, "all or nothing");
    whole
}

/// Looks for orphans when these images have been loose for long.
async fn tidy_up_later(world: &World) {
    world.sql("UPDATE loose_images SET since = '2020-01-01 00:00:00'").await;
    world.app().media.remove_orphans().await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) AS number FROM loose_images").await, 0);
}

on_every_backend! {
    async fn an_image_is_kept_by_whoever_got_it(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let image = add(&artist, id, &[jpeg(&photo(900, 600))]).await.remove(0);
        for query in ["", "?w=160", "?w=1280"] {
            let path = format!("{}{query}", image.url);
            let answer = shown(world, &image, query).await;
            let tag = answer.header("etag").unwrap().to_owned();
            let holds = |answer: &artipul_tests::Answer| {
                assert_eq!(answer.header("etag"), Some(tag.as_str()));
                assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
                assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
                let policy = answer.header("content-security-policy");
                assert_eq!(policy, Some("default-src 'none'; frame-ancestors 'none'"));
                // Pages of others may show it.
                assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
            };
            holds(&answer);
            for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
                let request = world.request(Method::GET, &path).header("if-none-match", known);
                let answer = artipul_tests::Answer::to(request).await;
                assert_eq!((answer.status, answer.body.len()), (304, 0));
                holds(&answer);
            }
            let request = world.request(Method::GET, &path).header("if-none-match", "\"x\"");
            assert_eq!(artipul_tests::Answer::to(request).await.status, 200);
            let head = world.send(Method::HEAD, &path).await;
            assert_eq!((head.status, head.body.len()), (200, 0));
            assert_eq!(head.header("content-length"), Some(answer.body.len().to_string().as_str()));
            holds(&head);
        }
        let tags = [shown(world, &image, "").await, shown(world, &image, "?w=160").await];
        assert_ne!(tags[0].header("etag"), tags[1].header("etag"));
    }

    async fn other_widths_are_refused(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let image = add(&artist, id, &[png(&photo(900, 600))]).await.remove(0);
        for width in ["0", "1", "161", "900", "1281", "-160", "160.0"] {
            let answer = world.send(Method::GET, &format!("{}?w={width}", image.url)).await;
            assert_eq!(answer.problem().code.as_str(), "invalid-query", "{width:?}");
        }
        // The sizes have no names of their own.
        let answer = world.send(Method::GET, &format!("{}.w160.png", image.url)).await;
        assert_eq!(answer.problem().code.as_str(), "image-not-found");
    }

    async fn a_large_image_comes_whole(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let mut state = 1_u32;
        let noise = image::RgbImage::from_fn(900, 900, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(state >> 8) as u8, (state >> 16) as u8, (state >> 24) as u8])
        });
        let noise = image::DynamicImage::from(noise);
        let image = add(&artist, id, &[png(&noise)]).await.remove(0);
        let answer = shown(world, &image, "").await;
        assert!(answer.body.len() > 2 * 1024 * 1024);
        assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
        assert_eq!(decoded(&answer.body), noise);
        assert_eq!(world.client().image(&image.url).await.unwrap(), answer.body);
    }

    async fn sizes_that_are_missing_are_made_when_somebody_asks(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let image = hang(world, id, &png(&photo(700, 350)), 700).await;
        let asked = limits::IMAGE_WIDTHS.iter().cycle().take(12);
        let paths: Vec<_> = asked.map(|width| (*width, format!("?w={width}"))).collect();
        let answers = join_all(paths.iter().map(|(_, query)| shown(world, &image, query))).await;
        for ((width, _), answer) in paths.iter().zip(&answers) {
            assert_eq!(decoded(&answer.body).width(), (*width).min(700));
        }
        let other = artist.list(|_| ()).await.id;
        let broken = hang(world, other, b"\x89PNG\r\n\x1a\n", 700).await;
        assert_eq!(shown(world, &broken, "?w=160").await.body, b"\x89PNG\r\n\x1a\n", "as it is");
    }

    async fn what_no_work_names_is_removed_after_a_while(world: &World) {
        let artist = world.artist().await;
        let (one, other) = (artist.list(|_| ()).await.id, artist.list(|_| ()).await.id);
        let sent = |width| png(&photo(width, 200));
        let shared = add(&artist, one, &[sent(300)]).await.remove(0);
        add(&artist, other, &[sent(300)]).await;
        let lost = add(&artist, one, &[sent(301)]).await.remove(0);
        let named = add(&artist, one, &[sent(302)]).await.remove(0);
        artist.client.remove_image(one, &shared.name).await.unwrap();
        artist.client.remove_image(one, &lost.name).await.unwrap();
        world.app().media.remove_orphans().await.unwrap();
        assert!(is_kept(world, &lost).await, "not at once");
        tidy_up_later(world).await;
        assert!(!is_kept(world, &lost).await);
        assert!(is_kept(world, &shared).await, "the other work has it");
        assert!(is_kept(world, &named).await);
        // It can come back, also right after.
        assert_eq!(add(&artist, one, &[sent(301)]).await, std::slice::from_ref(&lost));
        assert!(is_kept(world, &lost).await);
        tidy_up_later(world).await;
        assert!(is_kept(world, &lost).await);
    }

    async fn what_nobody_came_to_name_is_removed_too(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let tag = "\"99\"";
        let part = reqwest::multipart::Part::bytes(png(&photo(300, 20))).file_name("a.png");
        let form = reqwest::multipart::Form::new().part("image", part);
        let request = artist.request(Method::POST, &path(id)).header("if-match", tag);
        let refused = artipul_tests::Answer::to(request.multipart(form)).await;
        assert_eq!(refused.problem().code.as_str(), "precondition-failed");
        let names = "SELECT COUNT(*) AS number FROM loose_images";
        assert_eq!(world.number(names).await, 1, "it was kept");
        tidy_up_later(world).await;

        let draft = artist.list(|work| work.draft = true).await.id;
        let image = add(&artist, draft, &[png(&photo(301, 20))]).await.remove(0);
        tidy_up_later(world).await;
        assert!(is_kept(world, &image).await);
        artist.client.cancel_auction(draft).await.unwrap();
        tidy_up_later(world).await;
        assert!(!is_kept(world, &image).await, "it went with its draft");
    }

    async fn images_can_be_kept_elsewhere(world: &World)
    with ["images-url" = "memory:///", "image-decoders" = "2"]
    {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let image = add(&artist, id, &[jpeg(&photo(300, 200))]).await.remove(0);
        assert_eq!(decoded(&shown(world, &image, "?w=160").await.body).width(), 160);
        artist.client.remove_image(id, &image.name).await.unwrap();
        tidy_up_later(world).await;
        assert!(!is_kept(world, &image).await);
    }
}
