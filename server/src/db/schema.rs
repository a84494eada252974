//! The tables, as diesel sees them; the same for both databases.
#![allow(missing_docs, reason = "the columns are described in migrations/")]

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        password_hash -> Text,
        nickname -> Text,
        nickname_key -> Text,
        name -> Text,
        phone -> Text,
        is_artist -> Bool,
        college -> Nullable<Text>,
        introduction -> Nullable<Text>,
        address -> Nullable<Text>,
        avatar -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        user_id -> BigInt,
        created_at -> Timestamp,
        last_used_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        user_agent -> Nullable<Text>,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Text,
        session_id -> BigInt,
        created_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    revoked_tokens (token_id) {
        token_id -> Text,
        revoked_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    identities (user_id, provider) {
        user_id -> BigInt,
        provider -> Text,
        subject -> Text,
        email -> Nullable<Text>,
        created_at -> Timestamp,
        last_used_at -> Timestamp,
    }
}

diesel::table! {
    genres (id) {
        id -> Integer,
        slug -> Text,
        name_ko -> Text,
        name_en -> Text,
        position -> Integer,
    }
}

diesel::table! {
    works (id) {
        id -> BigInt,
        seller_id -> BigInt,
        genre_id -> Integer,
        title -> Text,
        artist -> Text,
        description -> Text,
        medium -> Nullable<Text>,
        dimensions -> Nullable<Text>,
        year -> Nullable<Text>,
        reference -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    tags (id) {
        id -> BigInt,
        name -> Text,
        name_key -> Text,
    }
}

diesel::table! {
    work_tags (work_id, position) {
        work_id -> BigInt,
        position -> Integer,
        tag_id -> BigInt,
    }
}

diesel::table! {
    search_terms (term, work_id) {
        term -> Text,
        work_id -> BigInt,
    }
}

diesel::table! {
    images (work_id, position) {
        work_id -> BigInt,
        position -> Integer,
        name -> Text,
        content_type -> Text,
        width -> Integer,
        height -> Integer,
        bytes -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    loose_images (name) {
        name -> Text,
        since -> Timestamp,
    }
}

diesel::table! {
    houses (id) {
        id -> Integer,
        settings -> Text,
    }
}

diesel::table! {
    auctions (id) {
        id -> BigInt,
        work_id -> BigInt,
        seller_id -> BigInt,
        genre_id -> Integer,
        house_id -> Integer,
        status -> Text,
        outcome -> Nullable<Text>,
        start_price -> BigInt,
        reserve_price -> Nullable<BigInt>,
        buy_now_price -> Nullable<BigInt>,
        starts_at -> Timestamp,
        scheduled_end -> Timestamp,
        ends_at -> Timestamp,
        leader_id -> Nullable<BigInt>,
        maximum -> Nullable<BigInt>,
        price -> Nullable<BigInt>,
        list_price -> BigInt,
        bid_count -> BigInt,
        bids_logged -> BigInt,
        seq -> BigInt,
        reminded -> Bool,
        version -> BigInt,
        created_at -> Timestamp,
        changed_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    bids (auction_id, number) {
        auction_id -> BigInt,
        number -> BigInt,
        bidder_id -> BigInt,
        kind -> Text,
        maximum -> BigInt,
        price -> BigInt,
        seq -> Nullable<BigInt>,
        placed_at -> Timestamp,
    }
}

diesel::table! {
    participations (user_id, auction_id) {
        user_id -> BigInt,
        auction_id -> BigInt,
        maximum -> BigInt,
        first_bid_at -> Timestamp,
    }
}

diesel::table! {
    watches (user_id, auction_id) {
        user_id -> BigInt,
        auction_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    wallets (user_id) {
        user_id -> BigInt,
        balance -> BigInt,
        held -> BigInt,
    }
}

diesel::table! {
    charges (id) {
        id -> BigInt,
        user_id -> BigInt,
        amount -> BigInt,
        status -> Text,
        gateway -> Text,
        payment_id -> Nullable<Text>,
        checkout_url -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    ledger (id) {
        id -> BigInt,
        transfer -> Text,
        account -> Text,
        user_id -> Nullable<BigInt>,
        kind -> Text,
        amount -> BigInt,
        balance_after -> Nullable<BigInt>,
        auction_id -> Nullable<BigInt>,
        charge_id -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    sales (auction_id) {
        auction_id -> BigInt,
        work_id -> BigInt,
        seller_id -> BigInt,
        buyer_id -> BigInt,
        price -> BigInt,
        kind -> Text,
        sold_at -> Timestamp,
    }
}

diesel::table! {
    notifications (id) {
        id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        auction_id -> Nullable<BigInt>,
        title -> Nullable<Text>,
        price -> Nullable<BigInt>,
        created_at -> Timestamp,
        is_read -> Bool,
    }
}

diesel::table! {
    idempotency_keys (user_id, request_key) {
        user_id -> BigInt,
        request_key -> Text,
        fingerprint -> Text,
        answer -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    personal_tokens (id) {
        id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        token_hash -> Text,
        scopes -> Text,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    closed_accounts (user_id) {
        user_id -> BigInt,
        closed_at -> Timestamp,
    }
}

diesel::table! {
    admins (user_id) {
        user_id -> BigInt,
        granted_at -> Timestamp,
    }
}

diesel::table! {
    suspended_users (user_id) {
        user_id -> BigInt,
        reason -> Text,
        suspended_at -> Timestamp,
    }
}

diesel::table! {
    suspended_works (work_id) {
        work_id -> BigInt,
        reason -> Text,
        suspended_at -> Timestamp,
    }
}

diesel::table! {
    admin_actions (id) {
        id -> BigInt,
        admin_id -> Nullable<BigInt>,
        kind -> Text,
        subject_id -> BigInt,
        reason -> Text,
        created_at -> Timestamp,
    }
}

diesel::joinable!(auctions -> works (work_id));
diesel::joinable!(works -> genres (genre_id));
diesel::joinable!(work_tags -> tags (tag_id));
diesel::joinable!(wallets -> users (user_id));
diesel::joinable!(works -> users (seller_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(sales -> auctions (auction_id));
diesel::joinable!(watches -> auctions (auction_id));
diesel::joinable!(participations -> auctions (auction_id));
diesel::joinable!(suspended_users -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    users,
    sessions,
    refresh_tokens,
    revoked_tokens,
    genres,
    works,
    tags,
    work_tags,
    search_terms,
    images,
    loose_images,
    houses,
    auctions,
    bids,
    participations,
    watches,
    wallets,
    charges,
    ledger,
    sales,
    notifications,
    idempotency_keys,
    personal_tokens,
    closed_accounts,
    admins,
    suspended_users,
    suspended_works,
    admin_actions,
);
