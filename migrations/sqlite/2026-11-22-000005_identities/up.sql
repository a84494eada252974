-- Accounts of others (Google, Kakao, ...) that let somebody in.
CREATE TABLE identities (
    user_id      BIGINT    NOT NULL,
    provider     TEXT      NOT NULL,
    subject      TEXT      NOT NULL,
    email        TEXT,
    created_at   TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, provider),
    CONSTRAINT identities_subject UNIQUE (provider, subject),
    CONSTRAINT identities_user FOREIGN KEY (user_id) REFERENCES users (id)
) WITHOUT ROWID;
