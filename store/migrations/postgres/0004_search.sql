-- What each row of asset_perspectives is found by: its words, folded in Go and
-- each marked with its workspace and perspective. Without fastupdate no search
-- reads a list of what is not indexed yet.
CREATE TABLE asset_search (
  workspace        TEXT COLLATE "C" NOT NULL,
  perspective      TEXT COLLATE "C" NOT NULL,
  id               TEXT COLLATE "C" NOT NULL,
  words            TSVECTOR NOT NULL,
  PRIMARY KEY (workspace, perspective, id)
);
CREATE INDEX asset_search_words ON asset_search USING gin (words) WITH (fastupdate = off);

-- Rows that are there already are made searchable by store.Migrate.
INSERT INTO asset_meta (name, value) SELECT 'search_pending', '' WHERE EXISTS (SELECT 1 FROM asset_perspectives);
