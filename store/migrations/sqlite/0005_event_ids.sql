-- Every journal row gets a random UUID. The column has no default, so that the
-- INSERT of a program that does not know it fails, and its transaction with it:
-- such a program cannot change an asset any more. ALTER TABLE cannot add such a
-- column to a table with rows, hence the new table. Its counter goes on from that
-- of the old one, also if the newest rows are gone.
CREATE TABLE asset_events_with_ids (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  workspace TEXT    NOT NULL,
  asset_id  TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  kind      TEXT    NOT NULL,
  status    TEXT    NOT NULL,
  review_id TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  data      TEXT    NOT NULL,
  event_id  TEXT    NOT NULL
);
INSERT INTO asset_events_with_ids
  SELECT seq, at, workspace, asset_id, version, kind, status, review_id, subject, data,
    lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
      substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))
  FROM asset_events ORDER BY seq;
DELETE FROM sqlite_sequence WHERE name = 'asset_events_with_ids';
INSERT INTO sqlite_sequence (name, seq) SELECT 'asset_events_with_ids', seq FROM sqlite_sequence WHERE name = 'asset_events';
DROP TABLE asset_events;
-- With the pragma, RENAME accepts a view of the host that names asset_events.
PRAGMA legacy_alter_table = ON;
ALTER TABLE asset_events_with_ids RENAME TO asset_events;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX asset_events_at ON asset_events (at);
