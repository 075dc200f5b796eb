-- Exports. A row is visible when whole is 1; before that it is garbage in the
-- making, which the sweep takes away when it grows old.
CREATE TABLE asset_exports (
  id         TEXT    NOT NULL PRIMARY KEY,
  workspace  TEXT    NOT NULL,
  created_by TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  items      INTEGER NOT NULL,
  plan       TEXT    NOT NULL,
  whole      INTEGER NOT NULL
);
CREATE INDEX asset_exports_list    ON asset_exports (workspace, id) WHERE whole = 1;
CREATE INDEX asset_exports_expires ON asset_exports (expires_at);

-- The four …_at are where an entry begins in each section of the archive: a
-- range of bytes is a range of rows of one of the indexes.
CREATE TABLE asset_export_entries (
  export       TEXT    NOT NULL,
  payload_at   INTEGER NOT NULL,
  metadata_at  INTEGER NOT NULL,
  manifest_at  INTEGER NOT NULL,
  directory_at INTEGER NOT NULL,
  workspace    TEXT    NOT NULL,
  asset_id     TEXT    NOT NULL,
  version      INTEGER NOT NULL,
  withdrawals  INTEGER NOT NULL,
  stale        INTEGER NOT NULL,
  name         TEXT    NOT NULL,
  size_bytes   INTEGER NOT NULL,
  crc32        INTEGER NOT NULL,
  sha256       TEXT    NOT NULL,
  key          TEXT    NOT NULL,
  document     TEXT    NOT NULL,
  PRIMARY KEY (export, payload_at)
);
CREATE UNIQUE INDEX asset_export_entries_metadata  ON asset_export_entries (export, metadata_at);
CREATE UNIQUE INDEX asset_export_entries_manifest  ON asset_export_entries (export, manifest_at);
CREATE UNIQUE INDEX asset_export_entries_directory ON asset_export_entries (export, directory_at);
CREATE INDEX asset_export_entries_version          ON asset_export_entries (workspace, asset_id, version);
CREATE INDEX asset_export_entries_stale            ON asset_export_entries (export, payload_at) WHERE stale = 1;

-- How often the approval of a version was withdrawn: what was given again is
-- not what was given before.
CREATE TABLE asset_withdrawals (
  workspace TEXT    NOT NULL,
  asset_id  TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  times     INTEGER NOT NULL,
  PRIMARY KEY (workspace, asset_id, version)
);
