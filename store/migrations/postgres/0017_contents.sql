-- Small contents, by the key that their versions have. They are written in the transaction
-- of the version, and are in no bucket. What is in a bucket already stays there.
CREATE TABLE asset_contents (
  key     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  content BYTEA            NOT NULL
);
