-- Accounts of others (Google, Kakao, ...) that let somebody in.
CREATE TABLE IF NOT EXISTS identities (
    user_id      BIGINT       NOT NULL,
    provider     VARCHAR(32)  NOT NULL,
    subject      VARCHAR(255) NOT NULL,
    email        VARCHAR(254),
    created_at   DATETIME(6)  NOT NULL,
    last_used_at DATETIME(6)  NOT NULL,
    PRIMARY KEY (user_id, provider),
    UNIQUE KEY identities_subject (provider, subject),
    CONSTRAINT identities_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
