//! Auctions, users and whole models as tests use them.

use std::{sync::Arc, time::Duration};

use artipul_common::{
    AuctionId, Money, Timestamp, UserId, WorkId,
    accounts::{PublicUser, User},
    auctions::{Auction, Bilingual, Genre, MyPart, Phase},
    bids::HistoryEntry,
    events::AuctionState,
    mine::Summary,
    wallet::Wallet,
};
use chrono::{FixedOffset, TimeDelta};
use ratatui::layout::Size;

use crate::{
    app::{
        account::Who,
        model::{Display, Model, Setup},
        msg::Ctx,
    },
    config::Notify,
    i18n::Lang,
    term::graphics::Environment,
    ui::time::Zone,
};

pub(crate) fn now() -> Timestamp {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

pub(crate) fn ctx(seconds: u64) -> Ctx {
    let at = i64::try_from(seconds).unwrap();
    Ctx {
        now: now() + TimeDelta::seconds(at),
        uptime: Duration::from_secs(seconds),
        seed: 7_000 + u128::from(seconds),
    }
}

pub(crate) fn setup(lang: Lang) -> Setup {
    Setup {
        lang,
        display: Display {
            environment: Environment { colorterm: "truecolor".into(), ..Environment::default() },
            ..Display::default()
        },
        zone: Zone::Fixed(FixedOffset::east_opt(9 * 3600).unwrap()),
        size: Size::new(80, 24),
        server: "http://127.0.0.1:7410".into(),
        notify: Notify::Auto,
        mouse: true,
        keymap: Arc::default(),
        server_named: false,
    }
}

pub(crate) fn model(lang: Lang) -> Model {
    Model::new(setup(lang), &ctx(0))
}

/// A model with a signed-in user.
pub(crate) fn signed_in(lang: Lang) -> Model {
    let mut model = model(lang);
    let account = &mut model.shared.account;
    account.who = Who::User(Box::new(user()));
    account.wallet = Some(Wallet {
        balance: Money::new(5_000_000),
        held: Money::new(1_500_000),
        available: Money::new(3_500_000),
    });
    account.summary = Some(Summary {
        leading: 2,
        outbid: 1,
        purchases: 3,
        watches: 4,
        selling: 1,
        unread: 2,
        ..Summary::default()
    });
    model
}

pub(crate) fn user() -> User {
    User {
        id: UserId::new(9),
        email: "mina@example.com".into(),
        nickname: "달빛수집가".into(),
        name: "김미나".into(),
        phone: "+821012345678".into(),
        is_artist: true,
        college: Some("한국예술대학교".into()),
        introduction: None,
        address: None,
        avatar: None,
        is_admin: false,
        created_at: now() - TimeDelta::days(100),
    }
}

pub(crate) fn genres() -> Vec<Genre> {
    [
        ("painting", "회화", "Painting"),
        ("oriental-painting", "동양화", "Oriental painting"),
        ("drawing", "드로잉", "Drawing"),
        ("printmaking", "판화", "Printmaking"),
        ("sculpture", "조각", "Sculpture"),
        ("ceramics", "도예", "Ceramics"),
        ("craft", "공예", "Craft"),
        ("photography", "사진", "Photography"),
        ("illustration", "일러스트", "Illustration"),
        ("calligraphy", "서예", "Calligraphy"),
        ("design", "디자인", "Design"),
        ("media", "미디어", "Media"),
        ("installation", "설치", "Installation"),
    ]
    .into_iter()
    .map(|(slug, ko, en)| Genre {
        slug: slug.into(),
        name: Bilingual { ko: ko.into(), en: en.into() },
    })
    .collect()
}

pub(crate) fn auction(id: i64) -> Auction {
    Auction {
        id: AuctionId::new(id),
        work_id: WorkId::new(id + 1_000),
        title: "달빛 아래 정물".into(),
        artist: "김미나".into(),
        description: "창가의 유리병과 마른 꽃을 달빛만으로 그렸다. 물감을 얇게 여러 번 올려, \
                      가까이 보면 밑색이 비친다.\n액자 포함."
            .into(),
        genre: "painting".into(),
        tags: vec!["정물".into(), "밤".into()],
        medium: Some("캔버스에 유채".into()),
        dimensions: Some("72.7 × 60.6 cm".into()),
        year: Some("2026".into()),
        seller: PublicUser {
            id: UserId::new(4),
            nickname: "mina_kim".into(),
            is_artist: true,
            college: Some("한국예술대학교".into()),
        },
        images: Vec::new(),
        start_price: Money::new(300_000),
        has_reserve: true,
        reserve_met: false,
        buy_now_price: Some(Money::new(2_000_000)),
        price: Some(Money::new(550_000)),
        min_next: Some(Money::new(560_000)),
        bid_count: 7,
        leader: Some("b***".into()),
        phase: Phase::Open,
        outcome: None,
        starts_at: now() - TimeDelta::days(2),
        scheduled_end: now() + TimeDelta::seconds(754),
        ends_at: now() + TimeDelta::seconds(754),
        seq: 8,
        watchers: 5,
        created_at: now() - TimeDelta::days(3),
        reserve_price: None,
        reference: None,
        me: None,
    }
}

/// A list of works, long titles and both scripts among them.
pub(crate) fn auctions() -> Vec<Auction> {
    let part = |leading, maximum| MyPart {
        leading,
        maximum: Some(Money::new(maximum)),
        watching: true,
        participating: true,
    };
    let base = auction(1);
    let works: [(&str, &str, Option<i64>, i64); 9] = [
        ("달빛 아래 정물", "김미나", Some(550_000), 48),
        (
            "Harbour at Dawn, with Fishing Boats and a Distant Storm",
            "J. M. Park",
            Some(1_250_000),
            754,
        ),
        ("무제 (붉은 방)", "이서준", None, 3_000),
        ("백자 달항아리", "박도윤", Some(12_400_000), 9_000),
        ("Study for a Portrait", "Anna Lee", Some(89_000), 40_000),
        ("겨울 산을 오르는 사람들과 그 뒤를 따르는 개 세 마리", "최하은", Some(320_000), 90_000),
        ("Ångström No. 5", "Søren Kim", Some(47_000), 200_000),
        ("바다", "정우", None, 400_000),
        ("종이로 만든 도시", "한지민", Some(760_000), 500_000),
    ];
    (1..)
        .zip(works)
        .map(|(id, (title, artist, price, seconds))| {
            let mut one = Auction {
                id: AuctionId::new(id),
                title: title.into(),
                artist: artist.into(),
                price: price.map(Money::new),
                min_next: Some(Money::new(price.map_or(300_000, |price| price + 10_000))),
                bid_count: price.map_or(0, |price| u64::try_from(price / 50_000).unwrap()),
                leader: price.map(|_| "b***".to_owned()),
                ends_at: now() + TimeDelta::seconds(seconds),
                scheduled_end: now() + TimeDelta::seconds(seconds),
                has_reserve: id % 3 == 0,
                buy_now_price: match id {
                    3 => Some(Money::new(2_000_000)),
                    _ => (id % 4 != 0).then_some(Money::new(20_000_000)),
                },
                ..base.clone()
            };
            one.me = match id {
                1 => Some(part(true, 900_000)),
                2 => Some(part(false, 1_200_000)),
                5 => Some(MyPart {
                    leading: false,
                    maximum: None,
                    watching: true,
                    participating: false,
                }),
                _ => None,
            };
            if id == 7 {
                one.seller.id = user().id;
            }
            one
        })
        .collect()
}

pub(crate) fn state(auction: &Auction) -> AuctionState {
    AuctionState {
        auction_id: auction.id,
        seq: auction.seq,
        price: auction.price,
        min_next: auction.min_next,
        bid_count: auction.bid_count,
        leader: auction.leader.clone(),
        reserve_met: auction.reserve_met,
        phase: auction.phase,
        outcome: auction.outcome,
        ends_at: auction.ends_at,
        server_time: now(),
    }
}

/// A history of bids, newest first.
pub(crate) fn history() -> Vec<HistoryEntry> {
    let prices = [300_000, 310_000, 350_000, 400_000, 460_000, 540_000, 550_000];
    let minutes = [2_000, 1_500, 1_490, 600, 300, 40, 3];
    (1u64..)
        .zip(prices.into_iter().zip(minutes))
        .map(|(seq, (amount, minutes))| HistoryEntry {
            seq,
            bidder: if seq % 2 == 0 { "b***".into() } else { "달***".into() },
            amount: Money::new(amount),
            placed_at: now() - TimeDelta::minutes(minutes),
        })
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect()
}
