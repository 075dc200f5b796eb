-- The index of search words anew: each version that a perspective shows is in it once,
-- whichever perspective it is, so that an approval writes no words. They are marked with the
-- workspace alone. document numbers the versions: a rowid does not outlive a VACUUM. The
-- tables of the old index stay for the searches of older programs that still read.
CREATE TABLE asset_indexed (
  document  INTEGER PRIMARY KEY,
  workspace TEXT    NOT NULL,
  id        TEXT    NOT NULL,
  version   INTEGER NOT NULL
);
CREATE UNIQUE INDEX asset_indexed_id ON asset_indexed (workspace, id, version);
CREATE VIRTUAL TABLE asset_words USING fts5 (words, tokenize = 'ascii', content = '', contentless_delete = 1, detail = 'none');

-- Versions with a long text that wait to be indexed, since when, and a random text for
-- each time that they were queued.
CREATE TABLE asset_unindexed (
  workspace TEXT    NOT NULL,
  id        TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  stamp     TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (workspace, id, version)
);
CREATE INDEX asset_unindexed_at ON asset_unindexed (at);

-- Rows that are there already are made searchable by store.Migrate.
INSERT INTO asset_meta (name, value) SELECT 'search_pending', '' WHERE EXISTS (SELECT 1 FROM asset_perspectives)
  ON CONFLICT (name) DO UPDATE SET value = '';
