-- MySQL commits each statement of a migration by itself, so every statement can be run again.
-- Users are never deleted (an account is emptied instead), so rows on the path of a bid do not
-- pay for a foreign key to them; `artipul-server audit` checks those references.

CREATE TABLE IF NOT EXISTS users (
    id            BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email         VARCHAR(254) NOT NULL,
    password_hash VARCHAR(60)  NOT NULL,
    nickname      VARCHAR(20)  NOT NULL,
    nickname_key  VARCHAR(80)  NOT NULL,
    name          VARCHAR(60)  NOT NULL,
    phone         VARCHAR(16)  NOT NULL,
    is_artist     BOOLEAN      NOT NULL,
    college       VARCHAR(80),
    introduction  VARCHAR(1000),
    address       VARCHAR(300),
    avatar        VARCHAR(300),
    created_at    DATETIME(6)  NOT NULL,
    UNIQUE KEY users_email (email),
    UNIQUE KEY users_nickname (nickname_key),
    UNIQUE KEY users_phone (phone)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sessions (
    id           BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id      BIGINT      NOT NULL,
    created_at   DATETIME(6) NOT NULL,
    last_used_at DATETIME(6) NOT NULL,
    expires_at   DATETIME(6) NOT NULL,
    revoked_at   DATETIME(6),
    user_agent   VARCHAR(200),
    address      VARCHAR(45),
    KEY sessions_user (user_id, id),
    KEY sessions_expiry (expires_at),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Every refresh token of a session, the used ones too: a used one that comes back was stolen.
CREATE TABLE IF NOT EXISTS refresh_tokens (
    token_hash VARCHAR(64) NOT NULL PRIMARY KEY,
    session_id BIGINT      NOT NULL,
    created_at DATETIME(6) NOT NULL,
    used_at    DATETIME(6),
    KEY refresh_tokens_session (session_id),
    CONSTRAINT refresh_tokens_session FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Access tokens that were signed out before their time.
CREATE TABLE IF NOT EXISTS revoked_tokens (
    token_id   VARCHAR(32) NOT NULL PRIMARY KEY,
    revoked_at DATETIME(6) NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    KEY revoked_tokens_revoked (revoked_at),
    KEY revoked_tokens_expiry (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS genres (
    id       INTEGER     NOT NULL PRIMARY KEY,
    slug     VARCHAR(40) NOT NULL,
    name_ko  VARCHAR(40) NOT NULL,
    name_en  VARCHAR(40) NOT NULL,
    position INTEGER     NOT NULL,
    UNIQUE KEY genres_slug (slug)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT IGNORE INTO genres (id, slug, name_ko, name_en, position) VALUES
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

CREATE TABLE IF NOT EXISTS works (
    id          BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
    seller_id   BIGINT        NOT NULL,
    genre_id    INTEGER       NOT NULL,
    title       VARCHAR(400)  NOT NULL,
    artist      VARCHAR(200)  NOT NULL,
    description VARCHAR(4000) NOT NULL,
    medium      VARCHAR(200),
    dimensions  VARCHAR(300),
    year        VARCHAR(60),
    reference   VARCHAR(100),
    created_at  DATETIME(6)   NOT NULL,
    UNIQUE KEY works_reference (seller_id, reference),
    CONSTRAINT works_seller FOREIGN KEY (seller_id) REFERENCES users (id),
    CONSTRAINT works_genre FOREIGN KEY (genre_id) REFERENCES genres (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS tags (
    id       BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name     VARCHAR(120) NOT NULL,
    name_key VARCHAR(400) NOT NULL,
    UNIQUE KEY tags_name (name_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS work_tags (
    work_id  BIGINT  NOT NULL,
    position INTEGER NOT NULL,
    tag_id   BIGINT  NOT NULL,
    PRIMARY KEY (work_id, position),
    UNIQUE KEY work_tags_tag (tag_id, work_id),
    CONSTRAINT work_tags_work FOREIGN KEY (work_id) REFERENCES works (id) ON DELETE CASCADE,
    CONSTRAINT work_tags_tag FOREIGN KEY (tag_id) REFERENCES tags (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The words by which works are found, looked up by their beginnings.
CREATE TABLE IF NOT EXISTS search_terms (
    term    VARCHAR(40) NOT NULL,
    work_id BIGINT      NOT NULL,
    PRIMARY KEY (term, work_id),
    KEY search_terms_work (work_id),
    CONSTRAINT search_terms_work FOREIGN KEY (work_id) REFERENCES works (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS images (
    work_id      BIGINT       NOT NULL,
    position     INTEGER      NOT NULL,
    name         VARCHAR(80)  NOT NULL,
    content_type VARCHAR(40)  NOT NULL,
    width        INTEGER      NOT NULL,
    height       INTEGER      NOT NULL,
    bytes        BIGINT       NOT NULL,
    created_at   DATETIME(6)  NOT NULL,
    PRIMARY KEY (work_id, position),
    KEY images_name (name),
    CONSTRAINT images_work FOREIGN KEY (work_id) REFERENCES works (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The settings of the rules. An auction keeps those under which it was listed.
CREATE TABLE IF NOT EXISTS houses (
    id       INTEGER       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    settings VARCHAR(1000) NOT NULL,
    UNIQUE KEY houses_settings (settings(700))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- `list_price` is the price or, before the first bid, the start price: what lists show and sort by.
-- `bids_logged` counts all rows in `bids`; `bid_count` only those that the public can see.
CREATE TABLE IF NOT EXISTS auctions (
    id            BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    work_id       BIGINT      NOT NULL,
    seller_id     BIGINT      NOT NULL,
    genre_id      INTEGER     NOT NULL,
    house_id      INTEGER     NOT NULL,
    status        VARCHAR(10) NOT NULL,
    outcome       VARCHAR(10),
    start_price   BIGINT      NOT NULL,
    reserve_price BIGINT,
    buy_now_price BIGINT,
    starts_at     DATETIME(6) NOT NULL,
    scheduled_end DATETIME(6) NOT NULL,
    ends_at       DATETIME(6) NOT NULL,
    leader_id     BIGINT,
    maximum       BIGINT,
    price         BIGINT,
    list_price    BIGINT      NOT NULL,
    bid_count     BIGINT      NOT NULL,
    bids_logged   BIGINT      NOT NULL,
    seq           BIGINT      NOT NULL,
    reminded      BOOLEAN     NOT NULL,
    version       BIGINT      NOT NULL,
    created_at    DATETIME(6) NOT NULL,
    changed_at    DATETIME(6) NOT NULL,
    closed_at     DATETIME(6),
    KEY auctions_ending (status, ends_at, id),
    KEY auctions_genre_ending (status, genre_id, ends_at, id),
    KEY auctions_newest (status, created_at, id),
    KEY auctions_genre_newest (status, genre_id, created_at, id),
    KEY auctions_price (status, list_price, id),
    KEY auctions_genre_price (status, genre_id, list_price, id),
    KEY auctions_popular (status, bid_count, id),
    KEY auctions_genre_popular (status, genre_id, bid_count, id),
    KEY auctions_closed (status, closed_at, id),
    KEY auctions_genre_closed (status, genre_id, closed_at, id),
    KEY auctions_seller (seller_id, id),
    KEY auctions_work (work_id, id),
    KEY auctions_changed (changed_at),
    CONSTRAINT auctions_work FOREIGN KEY (work_id) REFERENCES works (id),
    CONSTRAINT auctions_house FOREIGN KEY (house_id) REFERENCES houses (id),
    CONSTRAINT auctions_lead CHECK ((leader_id IS NULL) = (price IS NULL) AND (price IS NULL) = (maximum IS NULL)),
    CONSTRAINT auctions_price CHECK (price IS NULL OR price <= maximum)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The log of an auction, clustered by it. `seq` is null where nobody else may see the row.
CREATE TABLE IF NOT EXISTS bids (
    auction_id BIGINT      NOT NULL,
    number     BIGINT      NOT NULL,
    bidder_id  BIGINT      NOT NULL,
    kind       VARCHAR(10) NOT NULL,
    maximum    BIGINT      NOT NULL,
    price      BIGINT      NOT NULL,
    seq        BIGINT,
    placed_at  DATETIME(6) NOT NULL,
    PRIMARY KEY (auction_id, number),
    UNIQUE KEY bids_seq (auction_id, seq),
    CONSTRAINT bids_auction FOREIGN KEY (auction_id) REFERENCES auctions (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS participations (
    user_id      BIGINT      NOT NULL,
    auction_id   BIGINT      NOT NULL,
    maximum      BIGINT      NOT NULL,
    first_bid_at DATETIME(6) NOT NULL,
    PRIMARY KEY (user_id, auction_id),
    KEY participations_auction (auction_id, user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS watches (
    user_id    BIGINT      NOT NULL,
    auction_id BIGINT      NOT NULL,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (user_id, auction_id),
    KEY watches_auction (auction_id, user_id),
    CONSTRAINT watches_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT watches_auction FOREIGN KEY (auction_id) REFERENCES auctions (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS wallets (
    user_id BIGINT NOT NULL PRIMARY KEY,
    balance BIGINT NOT NULL,
    held    BIGINT NOT NULL,
    CONSTRAINT wallets_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT wallets_held CHECK (held >= 0 AND balance >= held)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS charges (
    id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id      BIGINT       NOT NULL,
    amount       BIGINT       NOT NULL,
    status       VARCHAR(10)  NOT NULL,
    gateway      VARCHAR(20)  NOT NULL,
    payment_id   VARCHAR(100),
    checkout_url VARCHAR(500),
    created_at   DATETIME(6)  NOT NULL,
    UNIQUE KEY charges_payment (gateway, payment_id),
    KEY charges_user (user_id, id),
    CONSTRAINT charges_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Every transfer is at least two entries whose amounts sum to zero. `user_id` is set for wallets
-- and null for the house's own accounts.
CREATE TABLE IF NOT EXISTS ledger (
    id            BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    transfer      VARCHAR(40) NOT NULL,
    account       VARCHAR(10) NOT NULL,
    user_id       BIGINT,
    kind          VARCHAR(20) NOT NULL,
    amount        BIGINT      NOT NULL,
    balance_after BIGINT,
    auction_id    BIGINT,
    charge_id     BIGINT,
    created_at    DATETIME(6) NOT NULL,
    UNIQUE KEY ledger_transfer (transfer, account, user_id),
    KEY ledger_user (user_id, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sales (
    auction_id BIGINT      NOT NULL PRIMARY KEY,
    work_id    BIGINT      NOT NULL,
    seller_id  BIGINT      NOT NULL,
    buyer_id   BIGINT      NOT NULL,
    price      BIGINT      NOT NULL,
    kind       VARCHAR(20) NOT NULL,
    sold_at    DATETIME(6) NOT NULL,
    UNIQUE KEY sales_work (work_id),
    KEY sales_buyer (buyer_id, auction_id),
    KEY sales_seller (seller_id, auction_id),
    CONSTRAINT sales_auction FOREIGN KEY (auction_id) REFERENCES auctions (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS notifications (
    id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id    BIGINT       NOT NULL,
    kind       VARCHAR(20)  NOT NULL,
    auction_id BIGINT,
    title      VARCHAR(400),
    price      BIGINT,
    created_at DATETIME(6)  NOT NULL,
    is_read    BOOLEAN      NOT NULL,
    KEY notifications_user (user_id, id),
    KEY notifications_unread (user_id, is_read, id),
    KEY notifications_created (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The first answer to each request that was sent under a key.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    user_id     BIGINT       NOT NULL,
    request_key VARCHAR(100) NOT NULL,
    fingerprint VARCHAR(64)  NOT NULL,
    answer      MEDIUMTEXT   NOT NULL,
    created_at  DATETIME(6)  NOT NULL,
    PRIMARY KEY (user_id, request_key),
    KEY idempotency_keys_created (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
