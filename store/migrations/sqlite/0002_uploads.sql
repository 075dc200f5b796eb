-- Contents that arrive by themselves, for a version that names them later. key
-- is NULL until the content is there; a size of -1 was not declared.
CREATE TABLE asset_uploads (
  workspace           TEXT    NOT NULL,
  id                  TEXT    NOT NULL,
  declared_media_type TEXT    NOT NULL,
  declared_size_bytes INTEGER NOT NULL,
  declared_sha256     TEXT    NOT NULL,
  declared_filename   TEXT    NOT NULL,
  created_by          TEXT    NOT NULL,
  created_at          INTEGER NOT NULL,
  expires_at          INTEGER NOT NULL,
  key                 TEXT,
  media_type          TEXT    NOT NULL,
  size_bytes          INTEGER NOT NULL,
  sha256              TEXT    NOT NULL,
  crc32               INTEGER NOT NULL,
  is_text             INTEGER NOT NULL,
  is_json             INTEGER NOT NULL,
  used_at             INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX asset_uploads_key     ON asset_uploads (key) WHERE key IS NOT NULL;
CREATE INDEX asset_uploads_expires ON asset_uploads (expires_at);
