//! Who may change the pictures of a work, when, and what comes of several changes.

use artipul_common::{
    AuctionId, Money,
    auctions::{Auction, EditAuctionRequest, RelistRequest},
    client::{Result, new_idempotency_key},
    limits,
    problem::ProblemCode,
};
use artipul_tests::{Answer, Backend, Feed, Person, code, in_ms, on_every_backend, problem};
use futures_util::future::join_all;
use reqwest::{
    Method,
    header::IF_MATCH,
    multipart::{Form, Part},
};

use super::{
    add, names, path,
    samples::{jpeg, photo, png},
    shown, upload,
};

/// Different pictures.
fn pictures(widths: std::ops::Range<u32>) -> Vec<Vec<u8>> {
    widths.map(|width| png(&photo(width, 9))).collect()
}

async fn order(artist: &Person, id: AuctionId, names: Vec<String>) -> Result<Auction> {
    let request = EditAuctionRequest { images: Some(names), ..Default::default() };
    artist.client.edit_auction(id, &request).await
}

on_every_backend! {
    async fn the_same_picture_is_added_once(world: &World) {
        let artist = world.artist().await;
        let listed = artist.list(|_| ()).await;
        let [a, b] = [jpeg(&photo(30, 20)), jpeg(&photo(31, 20))];
        let first = add(&artist, listed.id, &[a.clone(), b.clone(), a.clone()]).await;
        assert_eq!((&first[0], first.len()), (&first[2], 3), "as it was sent");
        let seen = artist.see(listed.id).await;
        assert_eq!(seen.images, first[..2]);
        assert_eq!(add(&artist, listed.id, &[b, a]).await, [first[1].clone(), first[0].clone()]);
        assert_eq!(artist.see(listed.id).await, seen, "nothing has changed");
    }

    async fn pictures_are_ordered_and_removed(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let added = add(&artist, id, &pictures(10..14)).await;
        let own = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let mut wanted = own(names(&added));
        wanted.rotate_left(1);
        wanted.swap(0, 2);
        let ordered = order(&artist, id, wanted.clone()).await.unwrap();
        assert_eq!(own(names(&ordered.images)), wanted);
        for wrong in [
            Vec::new(),
            wanted[1..].to_vec(),
            [&wanted[..], &wanted[..1]].concat(),
            [&wanted[1..], &wanted[1..2]].concat(),
            [&wanted[1..], &["none.png".to_owned()]].concat(),
        ] {
            let refused = problem(order(&artist, id, wrong).await);
            assert_eq!((refused.errors[0].field.as_str(), refused.errors.len()), ("images", 1));
        }
        artist.client.remove_image(id, &wanted[1]).await.unwrap();
        let seen = artist.see(id).await;
        assert_eq!(own(names(&seen.images)), [&wanted[..1], &wanted[2..]].concat());
        for name in [wanted[1].as_str(), "none.png", "..%2Fsecret"] {
            let refused = artist.client.remove_image(id, name).await;
            assert_eq!(code(refused), ProblemCode::ImageNotFound, "{name}");
        }
        assert_eq!(artist.see(id).await, seen);
        let removed = added.iter().find(|image| image.name == wanted[1]).unwrap();
        assert_eq!(world.send(Method::GET, &removed.url).await.problem().code, ProblemCode::ImageNotFound);
    }

    async fn a_change_is_refused_to_others_and_when_it_is_too_late(world: &World) {
        let (artist, other, anna) = (world.artist().await, world.artist().await, world.bidder(900).await);
        let id = artist.list(|_| ()).await.id;
        let draft = artist.list(|work| work.draft = true).await.id;
        let hung = add(&artist, id, &pictures(10..12)).await;
        add(&artist, draft, &pictures(10..11)).await;
        let tries = async |person: &Person, id| {
            let added = person.client.add_images(id, vec![upload(png(&photo(20, 9)))]).await;
            let removed = person.client.remove_image(id, &hung[0].name).await;
            let reversed = vec![hung[1].name.clone(), hung[0].name.clone()];
            [code(added), code(removed), code(order(person, id, reversed).await)]
        };
        let before = world.tables().await;
        for person in [&other, &anna] {
            assert_eq!(tries(person, id).await, [ProblemCode::NotSeller; 3]);
            assert_eq!(tries(person, draft).await, [ProblemCode::AuctionNotFound; 3]);
        }
        assert_eq!(world.tables().await, before, "nothing was even kept");
        anna.bid(id, 20).await;
        assert_eq!(tries(&artist, id).await, [ProblemCode::AuctionHasBids; 3]);
        let over = artist.list(|work| work.ends_at = in_ms(1_500)).await.id;
        add(&artist, over, &pictures(10..12)).await;
        artist.settled(over).await;
        assert_eq!(tries(&artist, over).await, [ProblemCode::AuctionEnded; 3]);
        assert_eq!(names(&artist.see(over).await.images), names(&hung));
    }

    async fn a_relisted_work_keeps_its_pictures(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let hung = add(&artist, id, &pictures(10..12)).await;
        artist.client.cancel_auction(id).await.unwrap();
        let terms = RelistRequest {
            start_price: Money::new(10_000),
            reserve_price: None,
            buy_now_price: None,
            starts_at: None,
            ends_at: in_ms(3_600_000),
            draft: false,
        };
        let again = artist.client.relist(id, &terms, &new_idempotency_key()).await.unwrap();
        assert_eq!(again.images, hung);
    }

    async fn a_change_of_what_has_changed_meanwhile_is_refused(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let tag = async || {
            let answer = artist.send(Method::GET, &format!("/v1/auctions/{id}")).await;
            answer.header("etag").unwrap().to_owned()
        };
        let send = async |width: u32, tag: &str| {
            let part = Part::bytes(png(&photo(width, 9))).file_name("a.png");
            let request = artist.request(Method::POST, &path(id)).header(IF_MATCH, tag);
            Answer::to(request.multipart(Form::new().part("image", part))).await
        };
        let first = tag().await;
        let added = send(10, &first).await;
        let second = tag().await;
        assert_eq!((added.status, added.header("etag")), (201, Some(second.as_str())));
        assert_ne!(second, first);
        assert_eq!(send(11, &first).await.problem().code, ProblemCode::PreconditionFailed);
        let name = artist.see(id).await.images[0].name.clone();
        let remove = |tag: &str| {
            let path = format!("{}/{name}", path(id));
            Answer::to(artist.request(Method::DELETE, &path).header(IF_MATCH, tag))
        };
        assert_eq!(remove(&first).await.problem().code, ProblemCode::PreconditionFailed);
        assert_eq!(artist.see(id).await.images.len(), 1);
        assert_eq!(remove(&second).await.status, 204);
        assert_ne!(tag().await, second);
    }

    async fn uploads_at_once_neither_lose_one_another_nor_exceed_the_bound(world: &World) {
        // On shared stores, half of them go through another instance.
        let other = match world.backend() {
            Backend::Embedded => None,
            Backend::Shared => Some(world.another_instance().await),
        };
        let artist = world.artist().await;
        let url = other.as_ref().map_or_else(|| world.url(), artipul_server::app::Server::url);
        let elsewhere = artist.at(&url).await;
        for each in [2, 3] {
            let id = artist.list(|_| ()).await.id;
            let sent = (0..4).map(|number| {
                let pictures = pictures(10 + number * 10..10 + number * 10 + each);
                let uploads = pictures.into_iter().map(upload).collect();
                let door = if number % 2 == 0 { &artist } else { &elsewhere };
                door.client.add_images(id, uploads)
            });
            let (mut hung, mut refused) = (Vec::new(), 0);
            for outcome in join_all(sent).await {
                match outcome {
                    Ok(added) => hung.extend(added),
                    Err(error) => {
                        let refusal = problem::<()>(Err(error));
                        assert_eq!(refusal.errors[0].code, "too-many");
                        refused += 1;
                    }
                }
            }
            let room = limits::MAX_IMAGES / each as usize;
            assert_eq!((hung.len(), refused), (room * each as usize, 4 - room));
            let seen = artist.see(id).await.images;
            assert_eq!(seen.len(), hung.len());
            assert!(hung.iter().all(|image| seen.contains(image)));
            for image in &hung {
                let answer = world.send(Method::GET, &image.url).await;
                assert_eq!(answer.status, 200, "{}", image.url);
            }
        }
        if let Some(other) = other {
            other.stop().await;
        }
    }

    async fn whoever_watches_is_told_to_look_again(world: &World) {
        let artist = world.artist().await;
        let id = artist.list(|_| ()).await.id;
        let feed = Feed::of(world.request(Method::GET, &format!("/v1/auctions/{id}/events"))).await;
        feed.until("event: resync").await;
        let seq = artist.see(id).await.seq;
        let image = add(&artist, id, &pictures(10..11)).await.remove(0);
        feed.until(&format!("id: {}", seq + 1)).await;
        artist.client.remove_image(id, &image.name).await.unwrap();
        let told = feed.until(&format!("id: {}", seq + 2)).await;
        assert_eq!(told.matches("event: resync").count(), 3, "{told}");
        let listed = world.pages("/v1/auctions", 10).await;
        assert_eq!(listed[0]["images"], serde_json::json!([]));
    }

    async fn two_works_may_have_the_same_picture(world: &World) {
        let artist = world.artist().await;
        let (one, other) = (artist.list(|_| ()).await.id, artist.list(|_| ()).await.id);
        let image = add(&artist, one, &pictures(10..11)).await.remove(0);
        assert_eq!(add(&artist, other, &pictures(10..11)).await, std::slice::from_ref(&image));
        artist.client.remove_image(one, &image.name).await.unwrap();
        assert!(artist.see(one).await.images.is_empty());
        shown(world, &image, "").await;
    }
}
