-- Times are milliseconds since the Unix epoch, 0 is none. Columns that may be
-- absent and are filtered by are NULL then, so that their partial indexes
-- hold no empty entries.

CREATE TABLE asset_meta (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row per asset and perspective ('current', 'approved'). A rowid table: a
-- WITHOUT ROWID one makes the planner walk its primary key for every list.
CREATE TABLE asset_perspectives (
  workspace        TEXT    NOT NULL,
  perspective      TEXT    NOT NULL,
  id               TEXT    NOT NULL,
  type             TEXT    NOT NULL,
  title            TEXT    NOT NULL,
  status           TEXT    NOT NULL,
  version          INTEGER NOT NULL,
  current_version  INTEGER NOT NULL,
  approved_version INTEGER NOT NULL,
  approved_at      INTEGER NOT NULL,
  submitted        INTEGER NOT NULL,
  ever_approved    INTEGER NOT NULL,
  media_type       TEXT    NOT NULL,
  size_bytes       INTEGER NOT NULL,
  sha256           TEXT    NOT NULL,
  filename         TEXT    NOT NULL,
  agent_slug       TEXT,
  run_id           TEXT,
  trace_id         TEXT    NOT NULL,
  brand_id         TEXT,
  brief_id         TEXT,
  model            TEXT    NOT NULL,
  parameters       TEXT    NOT NULL,
  derived_from     TEXT    NOT NULL,
  inputs           TEXT    NOT NULL,
  source_type      TEXT    NOT NULL,
  campaign_id      TEXT,
  tags             TEXT    NOT NULL,
  created_by       TEXT    NOT NULL,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  revision         INTEGER NOT NULL
);
CREATE UNIQUE INDEX asset_perspectives_id       ON asset_perspectives (workspace, perspective, id);
CREATE INDEX asset_perspectives_run             ON asset_perspectives (workspace, perspective, run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX asset_perspectives_brief           ON asset_perspectives (workspace, perspective, brief_id, id) WHERE brief_id IS NOT NULL;
CREATE INDEX asset_perspectives_campaign        ON asset_perspectives (workspace, perspective, campaign_id, id) WHERE campaign_id IS NOT NULL;
CREATE INDEX asset_perspectives_agent           ON asset_perspectives (workspace, perspective, agent_slug, id) WHERE agent_slug IS NOT NULL;
CREATE INDEX asset_perspectives_brand           ON asset_perspectives (workspace, perspective, brand_id, id) WHERE brand_id IS NOT NULL;
CREATE INDEX asset_perspectives_status          ON asset_perspectives (workspace, perspective, status, id);
CREATE INDEX asset_perspectives_type            ON asset_perspectives (workspace, perspective, type, id);
CREATE INDEX asset_perspectives_status_type     ON asset_perspectives (workspace, perspective, status, type, id);
CREATE INDEX asset_perspectives_status_campaign ON asset_perspectives (workspace, perspective, status, campaign_id, id) WHERE campaign_id IS NOT NULL;
CREATE INDEX asset_perspectives_type_campaign   ON asset_perspectives (workspace, perspective, type, campaign_id, id) WHERE campaign_id IS NOT NULL;

-- The tags again, to filter by and to count. Each key has one more row with
-- the empty value: what a condition on any value looks up. counted is 1 on the
-- values of the current perspective of what is not archived, else 0.
CREATE TABLE asset_tags (
  workspace   TEXT    NOT NULL,
  perspective TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  value       TEXT    NOT NULL,
  id          TEXT    NOT NULL,
  counted     INTEGER NOT NULL
);
CREATE UNIQUE INDEX asset_tags_value ON asset_tags (workspace, perspective, key, value, id);
CREATE INDEX asset_tags_id           ON asset_tags (workspace, id, perspective);
CREATE INDEX asset_tags_counted      ON asset_tags (workspace, key, value) WHERE counted = 1;

-- words comes last: reading the other columns then skips its overflow pages.
CREATE TABLE asset_versions (
  workspace        TEXT    NOT NULL,
  asset_id         TEXT    NOT NULL,
  number           INTEGER NOT NULL,
  media_type       TEXT    NOT NULL,
  size_bytes       INTEGER NOT NULL,
  sha256           TEXT    NOT NULL,
  filename         TEXT    NOT NULL,
  agent_slug       TEXT,
  run_id           TEXT,
  trace_id         TEXT    NOT NULL,
  brand_id         TEXT,
  brief_id         TEXT,
  model            TEXT    NOT NULL,
  parameters       TEXT    NOT NULL,
  derived_from     TEXT    NOT NULL,
  inputs           TEXT    NOT NULL,
  source_type      TEXT    NOT NULL,
  rolled_back_from INTEGER NOT NULL,
  approval         TEXT    NOT NULL,
  created_by       TEXT    NOT NULL,
  created_at       INTEGER NOT NULL,
  key              TEXT    NOT NULL,
  crc32            INTEGER NOT NULL,
  words            TEXT    NOT NULL,
  PRIMARY KEY (workspace, asset_id, number)
);
CREATE INDEX asset_versions_key ON asset_versions (key);

CREATE TABLE asset_reviews (
  workspace    TEXT    NOT NULL,
  asset_id     TEXT    NOT NULL,
  version      INTEGER NOT NULL,
  revision     INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  sha256       TEXT    NOT NULL,
  action       TEXT    NOT NULL,
  from_status  TEXT    NOT NULL,
  to_status    TEXT    NOT NULL,
  comment      TEXT    NOT NULL,
  carried_from INTEGER NOT NULL,
  reviewer     TEXT    NOT NULL,
  kind         TEXT    NOT NULL,
  via          TEXT    NOT NULL,
  key_prefix   TEXT    NOT NULL,
  at           INTEGER NOT NULL,
  PRIMARY KEY (workspace, asset_id, revision, id)
);
CREATE INDEX asset_reviews_version ON asset_reviews (workspace, asset_id, version, revision, id);

-- AUTOINCREMENT: a number that was pruned is never given again.
CREATE TABLE asset_events (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  workspace TEXT    NOT NULL,
  asset_id  TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  kind      TEXT    NOT NULL,
  status    TEXT    NOT NULL,
  review_id TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  data      TEXT    NOT NULL
);
CREATE INDEX asset_events_at ON asset_events (at);

CREATE TABLE asset_requests (
  workspace   TEXT    NOT NULL,
  subject     TEXT    NOT NULL,
  operation   TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  asset_id    TEXT    NOT NULL,
  version     INTEGER NOT NULL,
  unchanged   INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (workspace, subject, operation, key)
);
CREATE INDEX asset_requests_at ON asset_requests (at);

-- Keys of bytes that a sweep is deleting: no version may name them any more.
CREATE TABLE asset_condemned (
  key TEXT    NOT NULL PRIMARY KEY,
  at  INTEGER NOT NULL
);

CREATE TABLE asset_keys (
  prefix        TEXT    NOT NULL PRIMARY KEY,
  name          TEXT    NOT NULL,
  workspace     TEXT    NOT NULL,
  owner         TEXT    NOT NULL,
  kind          TEXT    NOT NULL,
  scopes        TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  last_used_at  INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  revoked_at    INTEGER NOT NULL,
  secret_sha256 TEXT    NOT NULL
);
CREATE INDEX asset_keys_workspace ON asset_keys (workspace, prefix);
