-- What an event tells of its asset. asset_type is empty in rows that are there, which means
-- that nothing of this was recorded. seq is the position of an event: one transaction writes
-- at a time, and a number that is rolled back is given again.
ALTER TABLE asset_events ADD COLUMN asset_type      TEXT NOT NULL DEFAULT '';
ALTER TABLE asset_events ADD COLUMN campaign_id     TEXT;
ALTER TABLE asset_events ADD COLUMN campaign_before TEXT;
ALTER TABLE asset_events ADD COLUMN tags            TEXT;
ALTER TABLE asset_events ADD COLUMN sha256          TEXT NOT NULL DEFAULT '';
ALTER TABLE asset_events ADD COLUMN revision        INTEGER NOT NULL DEFAULT 0;
ALTER TABLE asset_events ADD COLUMN in_force_before INTEGER;
ALTER TABLE asset_events ADD COLUMN in_force_after  INTEGER;
ALTER TABLE asset_events ADD COLUMN changed         TEXT NOT NULL DEFAULT '';
ALTER TABLE asset_events ADD COLUMN subject_kind    TEXT NOT NULL DEFAULT '';
ALTER TABLE asset_events ADD COLUMN via             TEXT NOT NULL DEFAULT '';
ALTER TABLE asset_events ADD COLUMN comment         TEXT NOT NULL DEFAULT '';

-- Pruning goes by position.
DROP INDEX asset_events_at;

-- One row: the position up to which rows were pruned.
CREATE TABLE asset_journal (
  one    INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (one = 1),
  pruned INTEGER NOT NULL
);
INSERT INTO asset_journal (pruned) SELECT coalesce(min(seq) - 1, 0) FROM asset_events;

-- How far each follower has read, and who may move its mark until when.
CREATE TABLE asset_followers (
  name     TEXT    NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL,
  holder   TEXT    NOT NULL,
  fence    INTEGER NOT NULL,
  until    INTEGER NOT NULL
);
