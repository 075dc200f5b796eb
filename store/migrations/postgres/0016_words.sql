-- The index of search words anew: each version that a perspective shows is in it once,
-- whichever perspective it is, so that an approval writes no words. They are marked with the
-- workspace alone. The table of the old index stays for the searches of older programs that
-- still read.
CREATE TABLE asset_words (
  workspace TEXT COLLATE "C" NOT NULL,
  id        TEXT COLLATE "C" NOT NULL,
  version   INTEGER          NOT NULL,
  words     TSVECTOR         NOT NULL,
  PRIMARY KEY (workspace, id, version)
);
CREATE INDEX asset_words_gin ON asset_words USING gin (words) WITH (fastupdate = off);

-- Versions with a long text that wait to be indexed, since when, and a random text for
-- each time that they were queued.
CREATE TABLE asset_unindexed (
  workspace TEXT COLLATE "C" NOT NULL,
  id        TEXT COLLATE "C" NOT NULL,
  version   INTEGER          NOT NULL,
  stamp     TEXT             NOT NULL,
  at        BIGINT           NOT NULL,
  PRIMARY KEY (workspace, id, version)
);
CREATE INDEX asset_unindexed_at ON asset_unindexed (at);

-- Rows that are there already are made searchable by store.Migrate.
INSERT INTO asset_meta (name, value) SELECT 'search_pending', '' WHERE EXISTS (SELECT 1 FROM asset_perspectives)
  ON CONFLICT (name) DO UPDATE SET value = '';
