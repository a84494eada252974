-- Tokens that scripts use instead of a session. What is no longer valid is deleted.
CREATE TABLE personal_tokens (
    id           INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id      BIGINT    NOT NULL,
    name         TEXT      NOT NULL,
    token_hash   TEXT      NOT NULL,
    scopes       TEXT      NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    expires_at   TIMESTAMP,
    last_used_at TIMESTAMP,
    CONSTRAINT personal_tokens_hash UNIQUE (token_hash),
    CONSTRAINT personal_tokens_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX personal_tokens_user ON personal_tokens (user_id, id);

-- Accounts that were closed by their owners: emptied, but not deleted, since the ledger names them.
CREATE TABLE closed_accounts (
    user_id   INTEGER   NOT NULL PRIMARY KEY,
    closed_at TIMESTAMP NOT NULL,
    CONSTRAINT closed_accounts_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE admins (
    user_id    INTEGER   NOT NULL PRIMARY KEY,
    granted_at TIMESTAMP NOT NULL,
    CONSTRAINT admins_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE suspended_users (
    user_id      INTEGER   NOT NULL PRIMARY KEY,
    reason       TEXT      NOT NULL,
    suspended_at TIMESTAMP NOT NULL,
    CONSTRAINT suspended_users_user FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE suspended_works (
    work_id      INTEGER   NOT NULL PRIMARY KEY,
    reason       TEXT      NOT NULL,
    suspended_at TIMESTAMP NOT NULL,
    CONSTRAINT suspended_works_work FOREIGN KEY (work_id) REFERENCES works (id)
);

-- What administrators did; rows are only ever added. Without an administrator: done on the server's
-- machine.
CREATE TABLE admin_actions (
    id         INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
    admin_id   BIGINT,
    kind       TEXT      NOT NULL,
    subject_id BIGINT    NOT NULL,
    reason     TEXT      NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT admin_actions_admin FOREIGN KEY (admin_id) REFERENCES users (id)
);
