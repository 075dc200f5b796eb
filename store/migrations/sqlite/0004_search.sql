-- What each row of asset_perspectives is found by: its words, folded in Go and
-- each marked with its workspace and perspective, once each. document numbers
-- the rows: a rowid of theirs does not outlive a VACUUM. The tokenizer ascii
-- takes every character beyond ASCII for one of a word and changes none.
CREATE TABLE asset_documents (
  document    INTEGER PRIMARY KEY,
  workspace   TEXT NOT NULL,
  perspective TEXT NOT NULL,
  id          TEXT NOT NULL
);
CREATE UNIQUE INDEX asset_documents_id ON asset_documents (workspace, perspective, id);
CREATE VIRTUAL TABLE asset_search USING fts5 (words, tokenize = 'ascii', content = '', contentless_delete = 1, detail = 'none');

-- Rows that are there already are made searchable by store.Migrate.
INSERT INTO asset_meta (name, value) SELECT 'search_pending', '' WHERE EXISTS (SELECT 1 FROM asset_perspectives);
