-- Contents that arrive by themselves, for a version that names them later. key
-- is NULL until the content is there; a size of -1 was not declared.
CREATE TABLE asset_uploads (
  workspace           TEXT COLLATE "C" NOT NULL,
  id                  TEXT COLLATE "C" NOT NULL,
  declared_media_type TEXT COLLATE "C" NOT NULL,
  declared_size_bytes BIGINT NOT NULL,
  declared_sha256     TEXT COLLATE "C" NOT NULL,
  declared_filename   TEXT COLLATE "C" NOT NULL,
  created_by          TEXT COLLATE "C" NOT NULL,
  created_at          BIGINT NOT NULL,
  expires_at          BIGINT NOT NULL,
  key                 TEXT COLLATE "C",
  media_type          TEXT COLLATE "C" NOT NULL,
  size_bytes          BIGINT NOT NULL,
  sha256              TEXT COLLATE "C" NOT NULL,
  crc32               BIGINT NOT NULL,
  is_text             BIGINT NOT NULL,
  is_json             BIGINT NOT NULL,
  used_at             BIGINT NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX asset_uploads_key     ON asset_uploads (key) WHERE key IS NOT NULL;
CREATE INDEX asset_uploads_expires ON asset_uploads (expires_at);
