-- Users are never deleted (an account is emptied instead), so rows on the path of a bid do not
-- pay for a foreign key to them; `artipul-server audit` checks those references.

CREATE TABLE users (
    id            INTEGER      NOT NULL PRIMARY KEY AUTOINCREMENT,
    email         TEXT         NOT NULL,
    password_hash TEXT         NOT NULL,
    nickname      TEXT         NOT NULL,
    nickname_key  TEXT         NOT NULL,
    name          TEXT         NOT NULL,
    phone         TEXT         NOT NULL,
    is_artist     BOOLEAN      NOT NULL,
    college       TEXT,
    introduction  TEXT,
    address       TEXT,
    avatar        TEXT,
    created_at    TIMESTAMP    NOT NULL,
    CONSTRAINT users_email UNIQUE (email),
    CONSTRAINT users_nickname UNIQUE (nickname_key),
    CONSTRAINT users_phone UNIQUE (phone)
);

CREATE TABLE sessions (
    id           INTEGER     NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id      BIGINT      NOT NULL,
    created_at   TIMESTAMP   NOT NULL,
    last_used_at TIMESTAMP   NOT NULL,
    expires_at   TIMESTAMP   NOT NULL,
    revoked_at   TIMESTAMP,
    user_agent   TEXT,
    address      TEXT,
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Every refresh token of a session, the used ones too: a used one that comes back was stolen.
CREATE TABLE refresh_tokens (
    token_hash TEXT        NOT NULL PRIMARY KEY,
    session_id BIGINT      NOT NULL,
    created_at TIMESTAMP   NOT NULL,
    used_at    TIMESTAMP,
    CONSTRAINT refresh_tokens_session FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

-- Access tokens that were signed out before their time.
CREATE TABLE revoked_tokens (
    token_id   TEXT        NOT NULL PRIMARY KEY,
    revoked_at TIMESTAMP   NOT NULL,
    expires_at TIMESTAMP   NOT NULL
);
CREATE INDEX revoked_tokens_revoked ON revoked_tokens (revoked_at);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);

CREATE TABLE genres (
    id       INTEGER     NOT NULL PRIMARY KEY,
    slug     TEXT        NOT NULL,
    name_ko  TEXT        NOT NULL,
    name_en  TEXT        NOT NULL,
    position INTEGER     NOT NULL,
    CONSTRAINT genres_slug UNIQUE (slug)
);

INSERT INTO genres (id, slug, name_ko, name_en, position) VALUES
    (1, 'painting', '회화', 'Painting', 1),
    (2, 'oriental-painting', '동양화', 'Oriental painting', 2),
    (3, 'drawing', '드로잉', 'Drawing', 3),
    (4, 'printmaking', '판화', 'Printmaking', 4),
    (5, 'sculpture', '조소', 'Sculpture', 5),
    (6, 'ceramics', '도예', 'Ceramics', 6),
    (7, 'craft', '공예', 'Craft', 7),
    (8, 'photography', '사진', 'Photography', 8),
    (9, 'illustration', '일러스트', 'Illustration', 9),
    (10, 'calligraphy', '서예', 'Calligraphy', 10),
    (11, 'design', '디자인', 'Design', 11),
    (12, 'media', '미디어아트', 'Media art', 12),
    (13, 'installation', '설치', 'Installation', 13);

CREATE TABLE works (
    id          INTEGER       NOT NULL PRIMARY KEY AUTOINCREMENT,
    seller_id   BIGINT        NOT NULL,
    genre_id    INTEGER       NOT NULL,
    title       TEXT          NOT NULL,
    artist      TEXT          NOT NULL,
    description TEXT          NOT NULL,
    medium      TEXT,
    dimensions  TEXT,
    year        TEXT,
    reference   TEXT,
    created_at  TIMESTAMP     NOT NULL,
    CONSTRAINT works_reference UNIQUE (seller_id, reference),
    CONSTRAINT works_seller FOREIGN KEY (seller_id) REFERENCES users (id),
    CONSTRAINT works_genre FOREIGN KEY (genre_id) REFERENCES genres (id)
);

CREATE TABLE tags (
    id       INTEGER      NOT NULL PRIMARY KEY AUTOINCREMENT,
    name     TEXT         NOT NULL,
    name_key TEXT         NOT NULL,
    CONSTRAINT tags_name UNIQUE (name_key)
);

CREATE TABLE work_tags (
    work_id  BIGINT  NOT NULL,
    position INTEGER NOT NULL,
    tag_id   BIGINT  NOT NULL,
    PRIMARY KEY (work_id, position),
    CONSTRAINT work_tags_tag UNIQUE (tag_id, work_id),
    CONSTRAINT work_tags_work FOREIGN KEY (work_id) REFERENCES works (id) ON DELETE CASCADE,
    CONSTRAINT work_tags_tag FOREIGN KEY (tag_id) REFERENCES tags (id)
) WITHOUT ROWID;

-- The words by which works are found, looked up by their beginnings.
CREATE TABLE search_terms (
    term    TEXT        NOT NULL,
    work_id BIGINT      NOT NULL,
    PRIMARY KEY (term, work_id),
    CONSTRAINT search_terms_work FOREIGN KEY (work_id) REFERENCES works (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX search_terms_work ON search_terms (work_id);

CREATE TABLE images (
    work_id      BIGINT       NOT NULL,
    position     INTEGER      NOT NULL,
    name         TEXT         NOT NULL,
    content_type TEXT         NOT NULL,
    width        INTEGER      NOT NULL,
    height       INTEGER      NOT NULL,
    bytes        BIGINT       NOT NULL,
    created_at   TIMESTAMP    NOT NULL,
    PRIMARY KEY (work_id, position),
    CONSTRAINT images_work FOREIGN KEY (work_id) REFERENCES works (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX images_name ON images (name);

-- The settings of the rules. An auction keeps those under which it was listed.
CREATE TABLE houses (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    settings TEXT    NOT NULL,
    CONSTRAINT houses_settings UNIQUE (settings)
);

-- `list_price` is the price or, before the first bid, the start price: what lists show and sort by.
-- `bids_logged` counts all rows in `bids`; `bid_count` only those that the public can see.
CREATE TABLE auctions (
    id            INTEGER     NOT NULL PRIMARY KEY AUTOINCREMENT,
    work_id       BIGINT      NOT NULL,
    seller_id     BIGINT      NOT NULL,
    genre_id      INTEGER     NOT NULL,
    house_id      INTEGER     NOT NULL,
    status        TEXT        NOT NULL,
    outcome       TEXT,
    start_price   BIGINT      NOT NULL,
    reserve_price BIGINT,
    buy_now_price BIGINT,
    starts_at     TIMESTAMP   NOT NULL,
    scheduled_end TIMESTAMP   NOT NULL,
    ends_at       TIMESTAMP   NOT NULL,
    leader_id     BIGINT,
    maximum       BIGINT,
    price         BIGINT,
    list_price    BIGINT      NOT NULL,
    bid_count     BIGINT      NOT NULL,
    bids_logged   BIGINT      NOT NULL,
    seq           BIGINT      NOT NULL,
    reminded      BOOLEAN     NOT NULL,
    version       BIGINT      NOT NULL,
    created_at    TIMESTAMP   NOT NULL,
    changed_at    TIMESTAMP   NOT NULL,
    closed_at     TIMESTAMP,
    CONSTRAINT auctions_work FOREIGN KEY (work_id) REFERENCES works (id),
    CONSTRAINT auctions_house FOREIGN KEY (house_id) REFERENCES houses (id),
    CONSTRAINT auctions_lead CHECK ((leader_id IS NULL) = (price IS NULL) AND (price IS NULL) = (maximum IS NULL)),
    CONSTRAINT auctions_price CHECK (price IS NULL OR price <= maximum)
);
CREATE INDEX auctions_ending ON auctions (status, ends_at, id);
CREATE INDEX auctions_genre_ending ON auctions (status, genre_id, ends_at, id);
CREATE INDEX auctions_newest ON auctions (status, created_at, id);
CREATE INDEX auctions_genre_newest ON auctions (status, genre_id, created_at, id);
CREATE INDEX auctions_price ON auctions (status, list_price, id);
CREATE INDEX auctions_genre_price ON auctions (status, genre_id, list_price, id);
CREATE INDEX auctions_popular ON auctions (status, bid_count, id);
CREATE INDEX auctions_genre_popular ON auctions (status, genre_id, bid_count, id);
CREATE INDEX auctions_closed ON auctions (status, closed_at, id);
CREATE INDEX auctions_genre_closed ON auctions (status, genre_id, closed_at, id);
CREATE INDEX auctions_seller ON auctions (seller_id, id);
CREATE INDEX auctions_work ON auctions (work_id, id);
CREATE INDEX auctions_changed ON auctions (changed_at);

-- The log of an auction, clustered by it. `seq` is null where nobody else may see the row.
CREATE TABLE bids (
    auction_id BIGINT      NOT NULL,
    number     BIGINT      NOT NULL,
    bidder_id  BIGINT      NOT NULL,
    kind       TEXT        NOT NULL,
    maximum    BIGINT      NOT NULL,
    price      BIGINT      NOT NULL,
    seq        BIGINT,
    placed_at  TIMESTAMP   NOT NULL,
    PRIMARY KEY (auction_id, number),
    CONSTRAINT bids_auction FOREIGN KEY (auction_id) REFERENCES auctions (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX bids_seq ON bids (auction_id, seq);

CREATE TABLE participations (
    user_id      BIGINT      NOT NULL,
    auction_id   BIGINT      NOT NULL,
    maximum      BIGINT      NOT NULL,
    first_bid_at TIMESTAMP   NOT NULL,
    PRIMARY KEY (user_id, auction_id)
) WITHOUT ROWID;
CREATE INDEX participations_auction ON participations (auction_id, user_id);

CREATE TABLE watches (
    user_id    BIGINT      NOT NULL,
    auction_id BIGINT      NOT NULL,
    created_at TIMESTAMP   NOT NULL,
    PRIMARY KEY (user_id, auction_id),
    CONSTRAINT watches_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT watches_auction FOREIGN KEY (auction_id) REFERENCES auctions (id)
) WITHOUT ROWID;
CREATE INDEX watches_auction ON watches (auction_id, user_id);

CREATE TABLE wallets (
    user_id BIGINT NOT NULL PRIMARY KEY,
    balance BIGINT NOT NULL,
    held    BIGINT NOT NULL,
    CONSTRAINT wallets_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT wallets_held CHECK (held >= 0 AND balance >= held)
);

CREATE TABLE charges (
    id           INTEGER      NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id      BIGINT       NOT NULL,
    amount       BIGINT       NOT NULL,
    status       TEXT         NOT NULL,
    gateway      TEXT         NOT NULL,
    payment_id   TEXT,
    checkout_url TEXT,
    created_at   TIMESTAMP    NOT NULL,
    CONSTRAINT charges_payment UNIQUE (gateway, payment_id),
    CONSTRAINT charges_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX charges_user ON charges (user_id, id);

-- Every transfer is at least two entries whose amounts sum to zero. `user_id` is set for wallets
-- and null for the house's own accounts.
CREATE TABLE ledger (
    id            INTEGER     NOT NULL PRIMARY KEY AUTOINCREMENT,
    transfer      TEXT        NOT NULL,
    account       TEXT        NOT NULL,
    user_id       BIGINT,
    kind          TEXT        NOT NULL,
    amount        BIGINT      NOT NULL,
    balance_after BIGINT,
    auction_id    BIGINT,
    charge_id     BIGINT,
    created_at    TIMESTAMP   NOT NULL,
    CONSTRAINT ledger_transfer UNIQUE (transfer, account, user_id)
);
CREATE INDEX ledger_user ON ledger (user_id, id);

CREATE TABLE sales (
    auction_id BIGINT      NOT NULL PRIMARY KEY,
    work_id    BIGINT      NOT NULL,
    seller_id  BIGINT      NOT NULL,
    buyer_id   BIGINT      NOT NULL,
    price      BIGINT      NOT NULL,
    kind       TEXT        NOT NULL,
    sold_at    TIMESTAMP   NOT NULL,
    CONSTRAINT sales_work UNIQUE (work_id),
    CONSTRAINT sales_auction FOREIGN KEY (auction_id) REFERENCES auctions (id)
);
CREATE INDEX sales_buyer ON sales (buyer_id, auction_id);
CREATE INDEX sales_seller ON sales (seller_id, auction_id);

CREATE TABLE notifications (
    id         INTEGER      NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id    BIGINT       NOT NULL,
    kind       TEXT         NOT NULL,
    auction_id BIGINT,
    title      TEXT,
    price      BIGINT,
    created_at TIMESTAMP    NOT NULL,
    is_read    BOOLEAN      NOT NULL
);
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id, is_read, id);
CREATE INDEX notifications_created ON notifications (created_at);

-- The first answer to each request that was sent under a key.
CREATE TABLE idempotency_keys (
    user_id     BIGINT       NOT NULL,
    request_key TEXT         NOT NULL,
    fingerprint TEXT         NOT NULL,
    answer      TEXT         NOT NULL,
    created_at  TIMESTAMP    NOT NULL,
    PRIMARY KEY (user_id, request_key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
