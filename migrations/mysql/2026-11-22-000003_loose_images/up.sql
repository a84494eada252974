-- Images that may be named by no work: those on their way into one, and those that one has lost.
CREATE TABLE IF NOT EXISTS loose_images (
    name  VARCHAR(80) NOT NULL PRIMARY KEY,
    since DATETIME(6) NOT NULL,
    KEY loose_images_since (since)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
