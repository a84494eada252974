-- Images that may be named by no work: those on their way into one, and those that one has lost.
CREATE TABLE loose_images (
    name  TEXT      NOT NULL PRIMARY KEY,
    since TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX loose_images_since ON loose_images (since);
