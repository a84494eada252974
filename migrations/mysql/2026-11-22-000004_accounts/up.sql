-- Tokens that scripts use instead of a session. What is no longer valid is deleted.
CREATE TABLE IF NOT EXISTS personal_tokens (
    id           BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id      BIGINT      NOT NULL,
    name         VARCHAR(60) NOT NULL,
    token_hash   VARCHAR(64) NOT NULL,
    scopes       VARCHAR(80) NOT NULL,
    created_at   DATETIME(6) NOT NULL,
    expires_at   DATETIME(6),
    last_used_at DATETIME(6),
    UNIQUE KEY personal_tokens_hash (token_hash),
    KEY personal_tokens_user (user_id, id),
    CONSTRAINT personal_tokens_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Accounts that were closed by their owners: emptied, but not deleted, since the ledger names them.
CREATE TABLE IF NOT EXISTS closed_accounts (
    user_id   BIGINT      NOT NULL PRIMARY KEY,
    closed_at DATETIME(6) NOT NULL,
    CONSTRAINT closed_accounts_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS admins (
    user_id    BIGINT      NOT NULL PRIMARY KEY,
    granted_at DATETIME(6) NOT NULL,
    CONSTRAINT admins_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS suspended_users (
    user_id      BIGINT       NOT NULL PRIMARY KEY,
    reason       VARCHAR(500) NOT NULL,
    suspended_at DATETIME(6)  NOT NULL,
    CONSTRAINT suspended_users_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS suspended_works (
    work_id      BIGINT       NOT NULL PRIMARY KEY,
    reason       VARCHAR(500) NOT NULL,
    suspended_at DATETIME(6)  NOT NULL,
    CONSTRAINT suspended_works_work FOREIGN KEY (work_id) REFERENCES works (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What administrators did; rows are only ever added. Without an administrator: done on the server's
-- machine.
CREATE TABLE IF NOT EXISTS admin_actions (
    id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    admin_id   BIGINT,
    kind       VARCHAR(40)  NOT NULL,
    subject_id BIGINT       NOT NULL,
    reason     VARCHAR(500) NOT NULL,
    created_at DATETIME(6)  NOT NULL,
    CONSTRAINT admin_actions_admin FOREIGN KEY (admin_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
