//! What is no picture, no form, or too much: refused with the reason, and nothing comes of it.

use artipul_common::{AuctionId, limits, problem::Problem};
use artipul_tests::{Answer, Person, World, on_every_backend};
use futures_util::{StreamExt, stream};
use reqwest::{
    Method, RequestBuilder,
    multipart::{Form, Part},
};

use super::{
    path,
    samples::{
        animated_png, animated_webp, jpeg, jpeg_bomb, photo, png, png_bomb, webp, webp_bomb,
    },
};

fn form(pictures: impl IntoIterator<Item = Vec<u8>>) -> Form {
    pictures.into_iter().fold(Form::new(), |form, bytes| {
        // The name and the declared type are lies.
        let part = Part::bytes(bytes).file_name("cat.png").mime_str("image/png").unwrap();
        form.part("image", part)
    })
}

fn request(artist: &Person, id: AuctionId) -> RequestBuilder {
    artist.request(Method::POST, &path(id))
}

async fn refusal(request: RequestBuilder) -> Problem {
    Answer::to(request).await.problem()
}

/// The field and the word of the only error.
fn error(problem: &Problem) -> (&str, &str) {
    let [error] = problem.errors.as_slice() else { panic!("{problem:?}") };
    (&error.field, &error.code)
}

/// A form with a boundary `b`, as bytes.
fn raw(artist: &Person, id: AuctionId, body: impl Into<reqwest::Body>) -> RequestBuilder {
    request(artist, id).header("content-type", "multipart/form-data; boundary=b").body(body)
}

/// The head of a part of a form with a boundary `b`.
const PART: &[u8] =
    b"--b\r\ncontent-disposition: form-data; name=\"image\"; filename=\"x\"\r\n\r\n";

async fn on_a_listing(world: &World, test: impl AsyncFnOnce(&Person, AuctionId)) {
    let artist = world.artist().await;
    let listed = artist.list(|_| ()).await;
    let before = world.tables().await;
    test(&artist, listed.id).await;
    assert_eq!(artist.see(listed.id).await, listed);
    assert_eq!(world.tables().await, before, "nothing has changed");
}

on_every_backend! {
    async fn what_is_no_still_picture_is_refused(world: &World) {
        on_a_listing(world, async |artist, id| {
            let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
            let picture = photo(300, 200);
            for (bytes, word) in [
                (Vec::new(), "required"),
                (b"This is a text that is called a picture.".to_vec(), "not-a-picture"),
                (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), "not-a-picture"),
                (b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "not-a-picture"),
                (b"BM\0\0\0\0\0\0\0\0".to_vec(), "not-a-picture"),
                (b"\x89PNG\r\n\x1a\n".to_vec(), "damaged"),
                (b"\xff\xd8\xff".to_vec(), "damaged"),
                (b"RIFF\x04\0\0\0WEBP".to_vec(), "damaged"),
                (animated_png(), "animated"),
                (animated_webp(), "animated"),
                (half(jpeg(&picture)), "damaged"),
                (half(png(&picture)), "damaged"),
                (half(webp(&picture)), "damaged"),
            ] {
                let pictures = [png(&photo(5, 5)), bytes.clone()];
                let problem = refusal(request(artist, id).multipart(form([bytes]))).await;
                assert_eq!(error(&problem), ("image.0", word));
                if word != "required" {
                    continue;
                }
                // A good one before it is not added either; what is kept of it is removed later.
                let problem = refusal(request(artist, id).multipart(form(pictures))).await;
                assert_eq!(error(&problem), ("image.1", word));
                world.sql("DELETE FROM loose_images").await;
            }
        }).await;
    }

    async fn what_says_that_it_is_huge_is_not_unpacked(world: &World) {
        on_a_listing(world, async |artist, id| {
            let side = limits::MAX_IMAGE_SIDE;
            for bytes in [
                png_bomb(60_000, 60_000, 8),
                png_bomb(u32::MAX >> 1, 1, 8),
                png_bomb(side + 1, 1, 8),
                png_bomb(side, side, 8),
                // Four bytes for each pixel are not too many, eight are.
                png_bomb(side, 4_000, 16),
                jpeg_bomb(60_000, 60_000),
                jpeg_bomb(12_001, 1),
                jpeg_bomb(11_000, 11_000),
                webp_bomb(16_383, 16_383),
                webp_bomb(11_000, 11_000),
            ] {
                assert!(bytes.len() < 2_000);
                let what = format!("{:?}", String::from_utf8_lossy(&bytes[..40]));
                let problem = refusal(request(artist, id).multipart(form([bytes]))).await;
                assert_eq!(error(&problem), ("image.0", "too-large"), "{what}");
            }
            // What would be unpacked is found to be damaged.
            let problem = refusal(request(artist, id).multipart(form([png_bomb(50, 50, 16)]))).await;
            assert_eq!(error(&problem), ("image.0", "damaged"));
        }).await;
    }

    async fn too_many_bytes_are_refused(world: &World) {
        on_a_listing(world, async |artist, id| {
            let large = vec![7; limits::MAX_IMAGE_BYTES + 1];
            let problem = refusal(request(artist, id).multipart(form([large.clone()]))).await;
            assert_eq!(error(&problem), ("image.0", "too-large"));
            assert_eq!(problem.errors[0].bound, Some(limits::MAX_IMAGE_BYTES as i64));
            let all = vec![vec![7; 14 * 1024 * 1024]; limits::MAX_IMAGES];
            let problem = refusal(request(artist, id).multipart(form(all.clone()))).await;
            assert_eq!(problem.code.as_str(), "body-too-large", "declared");
            let parts: Vec<_> = all.into_iter().map(|bytes| [PART, &bytes, b"\r\n"].concat()).collect();
            let chunks = stream::iter(parts).map(Ok::<_, std::io::Error>);
            let problem = refusal(raw(artist, id, reqwest::Body::wrap_stream(chunks))).await;
            assert_eq!(problem.code.as_str(), "body-too-large", "as it comes");
            let absurd = format!(
                "POST {} HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\n\
                 content-type: multipart/form-data; boundary=b\r\ncontent-length: 99999999999\r\n\r\n",
                path(id), artist.token
            );
            let problem = world.send_bytes(absurd.as_bytes()).await.problem();
            assert_eq!(problem.code.as_str(), "body-too-large", "before it comes");
            let nine = (0..9).map(|width| png(&photo(5 + width, 5)));
            let problem = refusal(request(artist, id).multipart(form(nine))).await;
            assert_eq!((error(&problem), problem.errors[0].bound), (("image", "too-many"), Some(8)));
        }).await;
    }

    async fn what_is_no_form_with_pictures_is_refused(world: &World) {
        on_a_listing(world, async |artist, id| {
            let whole = [PART, b"abc\r\n--b--\r\n"].concat();
            for (kind, code) in [
                (None, "unsupported-media-type"),
                (Some("image/png"), "unsupported-media-type"),
                (Some("application/json"), "unsupported-media-type"),
                (Some("multipart/mixed; boundary=b"), "unsupported-media-type"),
                (Some("multipart/form-data"), "invalid-header"),
            ] {
                let mut sent = request(artist, id).body(whole.clone());
                if let Some(kind) = kind {
                    sent = sent.header("content-type", kind);
                }
                assert_eq!(refusal(sent).await.code.as_str(), code, "{kind:?}");
            }
            let mut cut_off: Vec<Vec<u8>> =
                (0..whole.len() - 4).step_by(7).map(|length| whole[..length].to_vec()).collect();
            cut_off.push(b"nothing of a form".to_vec());
            cut_off.push([b"--b\r\nno colon\r\n\r\n", &whole[..]].concat());
            for body in cut_off {
                let problem = refusal(raw(artist, id, body)).await;
                assert_eq!(problem.code.as_str(), "body-unreadable", "{problem}");
            }
            let problem = refusal(raw(artist, id, "--b--\r\n")).await;
            assert_eq!(error(&problem), ("image", "required"), "no file");
            let other = form([png(&photo(5, 5))]).text("title", "x");
            let problem = refusal(request(artist, id).multipart(other)).await;
            assert_eq!(error(&problem), ("title", "unknown-field"));
        }).await;
    }

    async fn what_is_between_pictures_is_not_collected(world: &World) {
        on_a_listing(world, async |artist, id| {
            let much = vec![b'x'; 4 * 1024 * 1024];
            for body in [
                much.clone(),
                [b"--b\r\ncontent-disposition: ", &much[..]].concat(),
                [PART, b"abc\r\n--b\r\nx: ", &much].concat(),
            ] {
                let problem = refusal(raw(artist, id, body)).await;
                assert_eq!(problem.code.as_str(), "body-unreadable", "{problem}");
                assert_eq!(problem.detail, "there is too much between the files");
            }
        }).await;
    }
}
