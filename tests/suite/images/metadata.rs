//! What is left of a picture: its pixels, upright, and nothing else.

use artipul_common::limits;
use artipul_tests::on_every_backend;
use image::{DynamicImage, GenericImageView, Rgba, RgbaImage};

use super::{
    add, decoded,
    samples::{
        PLACE, chunk, cmyk_jpeg, exif, jpeg_with, lossy_webp, photo, png, png_with,
        progressive_jpeg, segment, webp,
    },
    shown,
};

/// The markers of a JPEG up to its pixels.
fn markers(bytes: &[u8]) -> Vec<u8> {
    let (mut at, mut markers) = (2, Vec::new());
    loop {
        assert_eq!(bytes[at], 0xff);
        markers.push(bytes[at + 1]);
        if bytes[at + 1] == 0xda {
            return markers;
        }
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
}

/// The kinds of the chunks of a PNG.
fn chunks(bytes: &[u8]) -> Vec<String> {
    let (mut at, mut kinds) = (8, Vec::new());
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        kinds.push(String::from_utf8(bytes[at + 4..at + 8].to_vec()).unwrap());
        at += 12 + length as usize;
    }
    kinds.dedup();
    kinds
}

/// Nothing that says where it was made, nor anything but pixels.
#[track_caller]
fn is_clean(bytes: &[u8]) {
    for secret in [PLACE, b"Exif", b"secret", b"ICC_PROFILE", b"http"] {
        let found = bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!found, "{} was kept", String::from_utf8_lossy(secret));
    }
    if bytes.starts_with(b"\x89PNG") {
        assert_eq!(chunks(bytes), ["IHDR", "IDAT", "IEND"]);
    } else {
        // JFIF's own, tables, frame, scan.
        let known = [0xe0, 0xdb, 0xc0, 0xc4, 0xdd, 0xda];
        assert!(
            markers(bytes).iter().all(|marker| known.contains(marker)),
            "{:x?}",
            markers(bytes)
        );
    }
}

fn is_near(found: Rgba<u8>, expected: Rgba<u8>) -> bool {
    found.0.iter().zip(expected.0).all(|(found, expected)| found.abs_diff(expected) < 24)
}

/// The corners of a picture from the top left, clockwise, a little within.
fn corners(picture: &DynamicImage) -> [Rgba<u8>; 4] {
    let (right, bottom) = (picture.width() - 4, picture.height() - 4);
    [(3, 3), (right, 3), (right, bottom), (3, bottom)].map(|(x, y)| picture.get_pixel(x, y))
}

/// Where the corners of what a camera saw are found when it is upright, by how it was held: the
/// first of a row and the first of a column in the words of the standard (TIFF 6.0, Orientation).
const UPRIGHT: [[usize; 4]; 8] = [
    [0, 1, 2, 3],
    [1, 0, 3, 2],
    [2, 3, 0, 1],
    [3, 2, 1, 0],
    [0, 3, 2, 1],
    [3, 0, 1, 2],
    [2, 1, 0, 3],
    [1, 2, 3, 0],
];

on_every_backend! {
    async fn a_picture_is_put_upright_and_loses_what_its_camera_noted(world: &World) {
        let artist = world.artist().await;
        let picture = photo(400, 300);
        for (orientation, places) in (1..).zip(UPRIGHT) {
            let id = artist.list(|_| ()).await.id;
            let noted = segment(0xe1, &[b"Exif\0\0", &exif(orientation)[..]].concat());
            let xmp = segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>secret</x:xmpmeta>");
            let icc = segment(0xe2, b"ICC_PROFILE\0\x01\x01secret");
            let comment = segment(0xfe, b"secret");
            let sent = jpeg_with(&picture, &[noted, xmp, icc, comment]);
            assert!(sent.windows(PLACE.len()).any(|window| window == PLACE));
            let kept = add(&artist, id, &[sent]).await.remove(0);
            let size = if orientation < 5 { (400, 300) } else { (300, 400) };
            assert_eq!((kept.width, kept.height), size, "{orientation}");
            for query in ["", "?w=160"] {
                let answer = shown(world, &kept, query).await;
                is_clean(&answer.body);
                let (found, expected) = (corners(&decoded(&answer.body)), corners(&picture));
                for (found, place) in found.into_iter().zip(places) {
                    assert!(is_near(found, expected[place]), "{orientation} {query}: {found:?}");
                }
            }
        }
    }

    async fn a_png_keeps_its_pixels_alone(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let picture = photo(200, 100);
        let sent = png_with(&picture, &[
            chunk(*b"eXIf", &exif(6)),
            chunk(*b"tEXt", b"Comment\0secret"),
            chunk(*b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0secret"),
            chunk(*b"tIME", &[7, 234, 1, 1, 0, 0, 0]),
        ]);
        let kept = add(&artist, id, &[sent]).await.remove(0);
        let answer = shown(world, &kept, "").await;
        is_clean(&answer.body);
        is_clean(&shown(world, &kept, "?w=160").await.body);
        assert_eq!(decoded(&answer.body), picture.rotate90(), "without loss");
    }

    async fn huge_notes_are_left_out(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let noted: Vec<_> = (0..250).map(|_| segment(0xe1, &[b'x'; 65_533])).collect();
        let profile = chunk(*b"iCCP", &[&b"secret\0\0"[..], &vec![b'x'; 15_000_000]].concat());
        let sent = [jpeg_with(&photo(40, 30), &noted), png_with(&photo(40, 30), &[profile])];
        assert!(sent.iter().all(|sent| sent.len() > limits::MAX_IMAGE_BYTES / 2));
        for kept in add(&artist, id, &sent).await {
            let answer = shown(world, &kept, "").await;
            is_clean(&answer.body);
            assert!(answer.body.len() < 10_000);
        }
    }

    async fn each_kind_of_still_picture_is_read(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let glass = RgbaImage::from_fn(200, 100, |x, _| Rgba([10, 200, 30, (x % 256) as u8]));
        let glass = DynamicImage::from(glass);
        let deep = DynamicImage::from(photo(200, 100).to_rgb16());
        let sent = [
            png(&glass), webp(&glass), webp(&photo(200, 100)), lossy_webp(),
            cmyk_jpeg(), progressive_jpeg(), png(&deep), png(&photo(9, 9).grayscale()),
        ];
        let kept = add(&artist, id, &sent).await;
        let end = |name: &str| name.split_once('.').unwrap().1.to_owned();
        // Without loss stays without loss, and what is transparent stays so.
        let ends: Vec<_> = kept.iter().map(|kept| end(&kept.name)).collect();
        assert_eq!(ends, ["png", "png", "png", "jpg", "jpg", "jpg", "png", "png"][..ends.len()]);
        for (kept, original) in kept.iter().zip([&glass, &glass, &photo(200, 100)]) {
            let answer = shown(world, kept, "").await;
            assert_eq!(decoded(&answer.body).to_rgba8(), original.to_rgba8());
        }
        let narrow = decoded(&shown(world, &kept[0], "?w=160").await.body);
        assert!(narrow.get_pixel(2, 2).0[3] < 30, "as transparent as the whole");
        // The paper is red on the right, blue on the left; inks are told apart from light.
        for index in [3, 5] {
            let picture = decoded(&shown(world, &kept[index], "").await.body);
            let (left, right) = (picture.get_pixel(2, 8), picture.get_pixel(13, 8));
            assert!(left[2] > left[0] && right[0] > right[2], "{left:?} {right:?}");
        }
    }
}
