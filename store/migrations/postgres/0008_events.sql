-- What an event tells of its asset, and its position. asset_type has no default, so that
-- programs of before cannot write; in rows that are there it is empty, which means that
-- nothing of this was recorded. No row is rewritten.
ALTER TABLE asset_events
  ADD COLUMN pos             BIGINT,
  ADD COLUMN asset_type      TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN campaign_id     TEXT COLLATE "C",
  ADD COLUMN campaign_before TEXT COLLATE "C",
  ADD COLUMN tags            TEXT COLLATE "C",
  ADD COLUMN sha256          TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN revision        BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN in_force_before BIGINT,
  ADD COLUMN in_force_after  BIGINT,
  ADD COLUMN changed         TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN subject_kind    TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN via             TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN comment         TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE asset_events ALTER COLUMN asset_type DROP DEFAULT;

-- Pruning goes by position.
DROP INDEX asset_events_at;
CREATE UNIQUE INDEX asset_events_pos ON asset_events (pos) WHERE pos IS NOT NULL;
CREATE INDEX asset_events_unnumbered ON asset_events (seq) WHERE pos IS NULL;

-- One row: the last position that was given, and the one up to which rows were pruned.
-- Whoever gives positions, or prunes, locks it. The positions of the rows that are there
-- have no gaps and end with the number of the last, so that a mark of the journal that was
-- recorded before is not taken for a later one.
CREATE TABLE asset_journal (
  one    BIGINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (one = 1),
  last   BIGINT NOT NULL,
  pruned BIGINT NOT NULL
);
INSERT INTO asset_journal (last, pruned)
  SELECT coalesce(max(seq), 0) - count(*), coalesce(max(seq), 0) - count(*) FROM asset_events;

-- store.Migrate numbers the rows that are there already.
INSERT INTO asset_meta (name, value) SELECT 'positions_pending', '' WHERE EXISTS (SELECT 1 FROM asset_events);

-- How far each follower has read, and who may move its mark until when.
CREATE TABLE asset_followers (
  name     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL,
  holder   TEXT COLLATE "C" NOT NULL,
  fence    BIGINT NOT NULL,
  until    BIGINT NOT NULL
);
