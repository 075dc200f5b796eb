-- Review links. key_prefix is empty for one that was made without an API key, and decision
-- for one that was not used to decide.
CREATE TABLE asset_links (
  workspace    TEXT COLLATE "C" NOT NULL,
  id           TEXT COLLATE "C" NOT NULL,
  asset_id     TEXT COLLATE "C" NOT NULL,
  version      BIGINT NOT NULL,
  sha256       TEXT COLLATE "C" NOT NULL,
  name         TEXT COLLATE "C" NOT NULL,
  can          TEXT COLLATE "C" NOT NULL,
  created_by   TEXT COLLATE "C" NOT NULL,
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  revoked_at   BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  decision     TEXT COLLATE "C" NOT NULL,
  decided_at   BIGINT NOT NULL,
  key_prefix   TEXT COLLATE "C" NOT NULL,
  comments     BIGINT NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX asset_links_asset  ON asset_links (workspace, asset_id, id);
CREATE INDEX asset_links_active ON asset_links (workspace, expires_at) WHERE revoked_at = 0;
CREATE INDEX asset_links_expiry ON asset_links (expires_at);

-- Who invited the guest that made a review; empty: it was no guest.
ALTER TABLE asset_reviews ADD COLUMN invited_by TEXT COLLATE "C" NOT NULL DEFAULT '';
