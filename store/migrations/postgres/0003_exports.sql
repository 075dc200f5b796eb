-- Exports. A row is visible when whole is 1; before that it is garbage in the
-- making, which the sweep takes away when it grows old.
CREATE TABLE asset_exports (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace  TEXT COLLATE "C" NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  items      BIGINT NOT NULL,
  plan       TEXT COLLATE "C" NOT NULL,
  whole      BIGINT NOT NULL
);
CREATE INDEX asset_exports_list    ON asset_exports (workspace, id) WHERE whole = 1;
CREATE INDEX asset_exports_expires ON asset_exports (expires_at);

-- The four …_at are where an entry begins in each section of the archive: a
-- range of bytes is a range of rows of one of the indexes.
CREATE TABLE asset_export_entries (
  export       TEXT COLLATE "C" NOT NULL,
  payload_at   BIGINT NOT NULL,
  metadata_at  BIGINT NOT NULL,
  manifest_at  BIGINT NOT NULL,
  directory_at BIGINT NOT NULL,
  workspace    TEXT COLLATE "C" NOT NULL,
  asset_id     TEXT COLLATE "C" NOT NULL,
  version      BIGINT NOT NULL,
  withdrawals  BIGINT NOT NULL,
  stale        BIGINT NOT NULL,
  name         TEXT COLLATE "C" NOT NULL,
  size_bytes   BIGINT NOT NULL,
  crc32        BIGINT NOT NULL,
  sha256       TEXT COLLATE "C" NOT NULL,
  key          TEXT COLLATE "C" NOT NULL,
  document     TEXT COLLATE "C" NOT NULL,
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
  workspace TEXT COLLATE "C" NOT NULL,
  asset_id  TEXT COLLATE "C" NOT NULL,
  version   BIGINT NOT NULL,
  times     BIGINT NOT NULL,
  PRIMARY KEY (workspace, asset_id, version)
);
