-- Review links. key_prefix is empty for one that was made without an API key, and decision
-- for one that was not used to decide.
CREATE TABLE asset_links (
  workspace    TEXT NOT NULL,
  id           TEXT NOT NULL,
  asset_id     TEXT NOT NULL,
  version      INTEGER NOT NULL,
  sha256       TEXT NOT NULL,
  name         TEXT NOT NULL,
  can          TEXT NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  revoked_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  decision     TEXT NOT NULL,
  decided_at   INTEGER NOT NULL,
  key_prefix   TEXT NOT NULL,
  comments     INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX asset_links_asset  ON asset_links (workspace, asset_id, id);
CREATE INDEX asset_links_active ON asset_links (workspace, expires_at) WHERE revoked_at = 0;
CREATE INDEX asset_links_expiry ON asset_links (expires_at);

-- Who invited the guest that made a review; empty: it was no guest.
ALTER TABLE asset_reviews ADD COLUMN invited_by TEXT NOT NULL DEFAULT '';
