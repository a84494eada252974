//! Administrators: what they do to users, works, auctions and charges, and that all of it is
//! written down.

use artipul_common::{
    Money,
    admin::{ActionKind, AdminAction, ChargesQuery, UserQuery},
    auctions::{AuctionQuery, EditAuctionRequest, Outcome, Phase, RelistRequest},
    client::new_idempotency_key,
    credentials::{NewTokenRequest, Scope},
    events::NoticeKind,
    page::PageQuery,
    problem::ProblemCode,
    wallet::ChargeStatus,
};
use artipul_tests::{Answer, Backend, Feed, Person, binary, code, in_ms, on_every_backend};
use reqwest::Method;
use serde_json::json;

async fn trail(admin: &Person) -> Vec<AdminAction> {
    let mut items = admin.client.admin_actions(&PageQuery::default()).await.unwrap().items;
    items.reverse();
    items
}

async fn kinds(admin: &Person) -> Vec<ActionKind> {
    trail(admin).await.into_iter().map(|action| action.kind).collect()
}

fn terms() -> RelistRequest {
    serde_json::from_value(json!({ "start_price": 10_000, "ends_at": in_ms(3_600_000) })).unwrap()
}

on_every_backend! {
    async fn only_administrators_administer(world: &World) {
        let (admin, anna) = (world.administrator().await, world.bidder(10).await);
        assert!(admin.client.me().await.unwrap().is_admin);
        assert!(!anna.client.me().await.unwrap().is_admin);
        let before = world.tables().await;
        let mut tried = 0;
        for operation in world.document().await.operations() {
            if !operation.template.starts_with("/v1/admin/") {
                continue;
            }
            tried += 1;
            let path = operation.template.replace("{id}", &anna.id.to_string());
            let request = anna.request(operation.method.clone(), &path);
            let answer = Answer::to(request.json(&json!({ "reason": "mine" }))).await;
            assert_eq!(answer.problem().code, ProblemCode::AdminRequired, "{}", operation.name());
        }
        assert!(tried >= 10, "{tried}");
        assert_eq!(world.tables().await, before);
    }

    async fn a_suspended_user_is_out_at_once_and_stays_out(world: &World) {
        let other = match world.backend() {
            Backend::Embedded => None,
            Backend::Shared => Some(world.another_instance().await),
        };
        let url = other.as_ref().map_or_else(|| world.url(), artipul_server::app::Server::url);
        let (admin, artist, anna) =
            (world.administrator().await, world.artist().await, world.bidder(50).await);
        let auction = artist.list(|_| ()).await.id;
        anna.bid(auction, 20).await;
        let elsewhere = anna.at(&url).await;
        let request =
            NewTokenRequest { name: "cron".to_owned(), scopes: vec![Scope::Bid], expires_at: None };
        let token = anna.client.make_token(&request).await.unwrap().token;
        let managed = admin.client.suspend_user(anna.id, " shill bids ").await.unwrap();
        assert_eq!(managed.suspended.unwrap().reason, "shill bids");
        for person in [&anna, &elsewhere] {
            let refused = person.send(Method::GET, "/v1/me").await.problem();
            assert_eq!(refused.code, ProblemCode::TokenRevoked);
            assert!(person.client.me().await.is_err(), "nor is it renewed");
        }
        let bids = format!("{url}/v1/auctions/{auction}/bids");
        let script = artipul_tests::http().post(bids).bearer_auth(token.reveal());
        let refused = Answer::to(script.json(&json!({ "amount": 30_000 }))).await;
        assert_eq!(refused.status, 401);
        let sign_in = async |password: &str| {
            let body = json!({ "email": anna.email, "password": password });
            world.send_json(Method::POST, "/v1/sessions", &body).await.problem().code
        };
        assert_eq!(sign_in("a password").await, ProblemCode::AccountSuspended);
        let wrong = sign_in("another").await;
        assert_eq!(wrong, ProblemCode::CredentialsWrong, "told only to whoever knows the password");
        // What others rely on stands.
        assert_eq!(artist.see(auction).await.price, Some(Money::new(10_000)));
        // Twice is once.
        let again = admin.client.suspend_user(anna.id, "another reason").await.unwrap();
        assert_eq!(again.suspended.unwrap().reason, "shill bids");
        admin.client.restore_user(anna.id).await.unwrap();
        admin.client.restore_user(anna.id).await.unwrap();
        let back = anna.at(&world.url()).await;
        assert_eq!(back.wallet().await, (50, 20));
        let (appointed, done) = (ActionKind::GrantAdmin, trail(&admin).await);
        let kinds: Vec<_> = done.iter().map(|action| action.kind).collect();
        assert_eq!(kinds, [appointed, ActionKind::SuspendUser, ActionKind::RestoreUser]);
        assert_eq!(done[0].admin_id, None);
        assert_eq!(done[1].admin_id, Some(admin.id));
        assert_eq!((done[1].subject_id, done[1].reason.as_str()), (anna.id.get(), "shill bids"));
        if let Some(other) = other {
            other.stop().await;
        }
    }

    async fn administrators_do_not_suspend_each_other(world: &World) {
        let (admin, other) = (world.administrator().await, world.administrator().await);
        let refused = admin.client.suspend_user(other.id, "a quarrel").await;
        assert_eq!(code(refused), ProblemCode::UserIsAdmin);
        let refused = admin.client.suspend_user(admin.id, "a mistake").await;
        assert_eq!(code(refused), ProblemCode::UserIsAdmin);
        other.client.me().await.unwrap();
    }

    async fn a_withdrawn_auction_releases_what_was_held_and_tells_everybody(world: &World) {
        let (admin, artist) = (world.administrator().await, world.artist().await);
        let (anna, bora, watcher) =
            (world.bidder(100).await, world.bidder(100).await, world.bidder(0).await);
        let auction = artist.list(|work| work.reserve_price = Some(Money::new(50_000))).await.id;
        watcher.client.watch(auction, true).await.unwrap();
        anna.bid(auction, 20).await;
        bora.bid(auction, 90).await;
        let path = format!("/v1/auctions/{auction}/events");
        let stream = Feed::of(world.request(Method::GET, &path)).await;
        admin.client.withdraw_auction(auction, "stolen work").await.unwrap();
        stream.until("event: closed").await;
        let seen = anna.see(auction).await;
        assert_eq!((seen.outcome, seen.phase), (Some(Outcome::Cancelled), Phase::Ended));
        assert_eq!((anna.wallet().await, bora.wallet().await), ((100, 0), (100, 0)));
        for person in [&anna, &bora, &watcher, &artist] {
            assert_eq!(person.notices().await.last(), Some(&NoticeKind::Withdrawn));
        }
        let late = bora.refused(auction, 95).await;
        assert_eq!(late.code, ProblemCode::AuctionNotOpen);
        let again = admin.client.withdraw_auction(auction, "again").await;
        assert_eq!(code(again), ProblemCode::AuctionNotOpen);
        let none = admin.client.withdraw_auction(artipul_common::AuctionId::new(999), "x").await;
        assert_eq!(code(none), ProblemCode::AuctionNotFound);
        assert_eq!(kinds(&admin).await.last(), Some(&ActionKind::WithdrawAuction));
        let report = world.audit().await;
        assert_eq!(report.faults, Vec::<String>::new());
        // Its seller may offer the work again.
        artist.client.relist(auction, &terms(), &new_idempotency_key()).await.unwrap();
    }

    async fn a_draft_of_a_suspended_work_can_be_thrown_away(world: &World) {
        let (admin, artist) = (world.administrator().await, world.artist().await);
        let draft = artist.list(|work| work.draft = true).await;
        admin.client.suspend_work(draft.work_id, "not his own").await.unwrap();
        artist.client.cancel_auction(draft.id).await.unwrap();
        assert_eq!(code(artist.client.auction(draft.id).await), ProblemCode::AuctionNotFound);
    }

    async fn a_suspended_work_is_off_the_market_and_out_of_sight(world: &World) {
        let (admin, artist, anna) =
            (world.administrator().await, world.artist().await, world.bidder(100).await);
        let listed = artist.list(|_| ()).await;
        let (auction, work) = (listed.id, listed.work_id);
        anna.bid(auction, 20).await;
        admin.client.suspend_work(work, "not his own").await.unwrap();
        admin.client.suspend_work(work, "twice").await.unwrap();
        assert_eq!(anna.wallet().await, (100, 0));
        assert_eq!(code(anna.client.auction(auction).await), ProblemCode::AuctionNotFound);
        assert_eq!(code(world.client().auction(auction).await), ProblemCode::AuctionNotFound);
        assert_eq!(artist.see(auction).await.outcome, Some(Outcome::Cancelled));
        admin.see(auction).await;
        let ended = AuctionQuery { phase: Some(Phase::Ended), ..AuctionQuery::default() };
        assert!(anna.client.auctions(&ended).await.unwrap().items.is_empty());
        let of_artist = anna.client.artist_auctions(artist.id, &PageQuery::default()).await;
        assert!(of_artist.unwrap().items.is_empty());
        let relisted = artist.client.relist(auction, &terms(), &new_idempotency_key()).await;
        assert_eq!(code(relisted), ProblemCode::WorkSuspended);

        admin.client.restore_work(work).await.unwrap();
        anna.see(auction).await;
        let draft = RelistRequest { draft: true, ..terms() };
        let draft = artist.client.relist(auction, &draft, &new_idempotency_key()).await.unwrap();
        admin.client.suspend_work(work, "once more").await.unwrap();
        let publish = EditAuctionRequest { draft: Some(false), ..EditAuctionRequest::default() };
        let published = artist.client.edit_auction(draft.id, &publish).await;
        assert_eq!(code(published), ProblemCode::WorkSuspended);
        let kinds = kinds(&admin).await;
        assert_eq!(kinds, [
            ActionKind::GrantAdmin,
            ActionKind::SuspendWork,
            ActionKind::WithdrawAuction,
            ActionKind::RestoreWork,
            ActionKind::SuspendWork,
        ]);
    }

    async fn a_charge_is_refunded_while_its_points_are_there(world: &World) {
        let (admin, artist, anna) =
            (world.administrator().await, world.artist().await, world.bidder(50).await);
        let query = ChargesQuery { user: Some(anna.id), ..ChargesQuery::default() };
        let charges = admin.client.admin_charges(&query).await.unwrap().items;
        let [charge] = charges.as_slice() else { panic!("{charges:?}") };
        let id = charge.charge.id;
        let auction = artist.list(|_| ()).await.id;
        anna.bid(auction, 20).await;
        let held = admin.client.refund_charge(id, "asked for").await;
        assert_eq!(code(held), ProblemCode::ChargeNotCancellable);
        admin.client.withdraw_auction(auction, "for the test").await.unwrap();
        for _ in 0..2 {
            let refunded = admin.client.refund_charge(id, "asked for").await.unwrap();
            assert_eq!((refunded.user_id, refunded.charge.status), (anna.id, ChargeStatus::Cancelled));
        }
        assert_eq!(anna.wallet().await, (0, 0));
        assert_eq!(anna.notices().await.last(), Some(&NoticeKind::Refunded));
        let refunds = kinds(&admin).await;
        assert_eq!(refunds.iter().filter(|kind| **kind == ActionKind::RefundCharge).count(), 1);
    }

    async fn an_account_is_found_by_whatever_names_it(world: &World) {
        let (admin, anna) = (world.administrator().await, world.bidder(0).await);
        let user = anna.client.me().await.unwrap();
        let id = user.id.to_string();
        for q in [user.email.to_uppercase(), user.nickname.to_uppercase(), user.phone.clone(), id] {
            let query = UserQuery { q: Some(q.clone()), ..UserQuery::default() };
            let found = admin.client.admin_users(&query).await.unwrap().items;
            let found: Vec<_> = found.iter().map(|found| found.user.id).collect();
            assert_eq!(found, [anna.id], "{q}");
        }
        let query = UserQuery { q: Some("nobody".to_owned()), ..UserQuery::default() };
        assert!(admin.client.admin_users(&query).await.unwrap().items.is_empty());
        let page = UserQuery { limit: Some(1), ..UserQuery::default() };
        let first = admin.client.admin_users(&page).await.unwrap();
        let page = UserQuery { cursor: first.next_cursor, ..page };
        let second = admin.client.admin_users(&page).await.unwrap();
        assert_eq!((first.items[0].user.id, second.items[0].user.id), (admin.id, anna.id));
    }

    async fn whoever_watches_is_told_of_a_change_and_who_makes_it_is_not(world: &World) {
        let (artist, anna) = (world.artist().await, world.bidder(0).await);
        let auction = artist.list(|_| ()).await.id;
        for person in [&artist, &anna] {
            person.client.watch(auction, true).await.unwrap();
        }
        let edit = EditAuctionRequest { title: Some("Renamed".into()), ..Default::default() };
        artist.client.edit_auction(auction, &edit).await.unwrap();
        assert_eq!(anna.notices().await, [NoticeKind::Updated]);
        assert!(artist.notices().await.is_empty());
    }

    async fn the_operator_appoints_administrators_on_the_machine(world: &World) {
        let anna = world.bidder(0).await;
        let run = async |arguments: &[&str]| {
            let mut command = std::process::Command::new(binary("artipul-server"));
            command.args(arguments).args(["--database-url", &world.database_url()]);
            let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
            output.unwrap()
        };
        for (task, is_admin) in
            [("grant-admin", true), ("grant-admin", true), ("revoke-admin", false)]
        {
            let output = run(&["user", task, &anna.email.to_uppercase()]).await;
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(anna.client.me().await.unwrap().is_admin, is_admin, "at once");
        }
        let unknown = run(&["user", "grant-admin", "nobody@example.com"]).await;
        assert!(!unknown.status.success());
        let told = String::from_utf8_lossy(&unknown.stderr).into_owned();
        assert!(told.contains("nobody@example.com"), "{told}");
        let actions = "SELECT COUNT(*) AS number FROM admin_actions WHERE admin_id IS NULL";
        assert_eq!(world.number(actions).await, 2, "what changes nothing is not written down");
    }
}
