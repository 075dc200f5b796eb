-- Times are milliseconds since the Unix epoch, 0 is none. Columns that may be
-- absent and are filtered by are NULL then, so that their partial indexes
-- hold no empty entries. Text is compared byte by byte, whatever the database's
-- collation. Of indexes that cost the same, the planner takes the one that was
-- made last: on tables that were never analysed, that must be the one which
-- finds a single row.

CREATE TABLE asset_meta (
  name             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value            TEXT COLLATE "C" NOT NULL
);

-- One row per asset and perspective ('current', 'approved').
CREATE TABLE asset_perspectives (
  workspace        TEXT COLLATE "C" NOT NULL,
  perspective      TEXT COLLATE "C" NOT NULL,
  id               TEXT COLLATE "C" NOT NULL,
  type             TEXT COLLATE "C" NOT NULL,
  title            TEXT COLLATE "C" NOT NULL,
  status           TEXT COLLATE "C" NOT NULL,
  version          BIGINT NOT NULL,
  current_version  BIGINT NOT NULL,
  approved_version BIGINT NOT NULL,
  approved_at      BIGINT NOT NULL,
  submitted        BIGINT NOT NULL,
  ever_approved    BIGINT NOT NULL,
  media_type       TEXT COLLATE "C" NOT NULL,
  size_bytes       BIGINT NOT NULL,
  sha256           TEXT COLLATE "C" NOT NULL,
  filename         TEXT COLLATE "C" NOT NULL,
  agent_slug       TEXT COLLATE "C",
  run_id           TEXT COLLATE "C",
  trace_id         TEXT COLLATE "C" NOT NULL,
  brand_id         TEXT COLLATE "C",
  brief_id         TEXT COLLATE "C",
  model            TEXT COLLATE "C" NOT NULL,
  parameters       TEXT COLLATE "C" NOT NULL,
  derived_from     TEXT COLLATE "C" NOT NULL,
  inputs           TEXT COLLATE "C" NOT NULL,
  source_type      TEXT COLLATE "C" NOT NULL,
  campaign_id      TEXT COLLATE "C",
  tags             TEXT COLLATE "C" NOT NULL,
  created_by       TEXT COLLATE "C" NOT NULL,
  created_at       BIGINT NOT NULL,
  updated_at       BIGINT NOT NULL,
  revision         BIGINT NOT NULL
);
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
CREATE UNIQUE INDEX asset_perspectives_id       ON asset_perspectives (workspace, perspective, id);

-- The tags again, to filter by and to count. Each key has one more row with
-- the empty value: what a condition on any value looks up. counted is 1 on the
-- values of the current perspective of what is not archived, else 0. An index
-- that begins as another one would tempt the planner to sort: one begins with
-- the id.
CREATE TABLE asset_tags (
  workspace        TEXT COLLATE "C" NOT NULL,
  perspective      TEXT COLLATE "C" NOT NULL,
  key              TEXT COLLATE "C" NOT NULL,
  value            TEXT COLLATE "C" NOT NULL,
  id               TEXT COLLATE "C" NOT NULL,
  counted          BIGINT NOT NULL
);
CREATE INDEX asset_tags_counted      ON asset_tags (workspace, key, value) WHERE counted = 1;
CREATE UNIQUE INDEX asset_tags_value ON asset_tags (workspace, perspective, key, value, id);
CREATE INDEX asset_tags_id           ON asset_tags (id, workspace, perspective);

CREATE TABLE asset_versions (
  workspace        TEXT COLLATE "C" NOT NULL,
  asset_id         TEXT COLLATE "C" NOT NULL,
  number           BIGINT NOT NULL,
  media_type       TEXT COLLATE "C" NOT NULL,
  size_bytes       BIGINT NOT NULL,
  sha256           TEXT COLLATE "C" NOT NULL,
  filename         TEXT COLLATE "C" NOT NULL,
  agent_slug       TEXT COLLATE "C",
  run_id           TEXT COLLATE "C",
  trace_id         TEXT COLLATE "C" NOT NULL,
  brand_id         TEXT COLLATE "C",
  brief_id         TEXT COLLATE "C",
  model            TEXT COLLATE "C" NOT NULL,
  parameters       TEXT COLLATE "C" NOT NULL,
  derived_from     TEXT COLLATE "C" NOT NULL,
  inputs           TEXT COLLATE "C" NOT NULL,
  source_type      TEXT COLLATE "C" NOT NULL,
  rolled_back_from BIGINT NOT NULL,
  approval         TEXT COLLATE "C" NOT NULL,
  created_by       TEXT COLLATE "C" NOT NULL,
  created_at       BIGINT NOT NULL,
  key              TEXT COLLATE "C" NOT NULL,
  crc32            BIGINT NOT NULL,
  words            TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace, asset_id, number)
);
CREATE INDEX asset_versions_key ON asset_versions (key);

CREATE TABLE asset_reviews (
  workspace        TEXT COLLATE "C" NOT NULL,
  asset_id         TEXT COLLATE "C" NOT NULL,
  version          BIGINT NOT NULL,
  revision         BIGINT NOT NULL,
  id               TEXT COLLATE "C" NOT NULL,
  sha256           TEXT COLLATE "C" NOT NULL,
  action           TEXT COLLATE "C" NOT NULL,
  from_status      TEXT COLLATE "C" NOT NULL,
  to_status        TEXT COLLATE "C" NOT NULL,
  comment          TEXT COLLATE "C" NOT NULL,
  carried_from     BIGINT NOT NULL,
  reviewer         TEXT COLLATE "C" NOT NULL,
  kind             TEXT COLLATE "C" NOT NULL,
  via              TEXT COLLATE "C" NOT NULL,
  key_prefix       TEXT COLLATE "C" NOT NULL,
  at               BIGINT NOT NULL,
  PRIMARY KEY (workspace, asset_id, revision, id)
);
CREATE INDEX asset_reviews_version ON asset_reviews (workspace, asset_id, version, revision, id);

-- A number is never given twice, and missing ones were rolled back.
CREATE TABLE asset_events (
  seq              BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  at               BIGINT NOT NULL,
  workspace        TEXT COLLATE "C" NOT NULL,
  asset_id         TEXT COLLATE "C" NOT NULL,
  version          BIGINT NOT NULL,
  kind             TEXT COLLATE "C" NOT NULL,
  status           TEXT COLLATE "C" NOT NULL,
  review_id        TEXT COLLATE "C" NOT NULL,
  subject          TEXT COLLATE "C" NOT NULL,
  data             TEXT COLLATE "C" NOT NULL
);
CREATE INDEX asset_events_at ON asset_events (at);

CREATE TABLE asset_requests (
  workspace        TEXT COLLATE "C" NOT NULL,
  subject          TEXT COLLATE "C" NOT NULL,
  operation        TEXT COLLATE "C" NOT NULL,
  key              TEXT COLLATE "C" NOT NULL,
  fingerprint      TEXT COLLATE "C" NOT NULL,
  asset_id         TEXT COLLATE "C" NOT NULL,
  version          BIGINT NOT NULL,
  unchanged        BIGINT NOT NULL,
  at               BIGINT NOT NULL,
  PRIMARY KEY (workspace, subject, operation, key)
);
CREATE INDEX asset_requests_at ON asset_requests (at);

-- Keys of bytes that a sweep is deleting: no version may name them any more.
CREATE TABLE asset_condemned (
  key              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  at               BIGINT NOT NULL
);

CREATE TABLE asset_keys (
  prefix           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name             TEXT COLLATE "C" NOT NULL,
  workspace        TEXT COLLATE "C" NOT NULL,
  owner            TEXT COLLATE "C" NOT NULL,
  kind             TEXT COLLATE "C" NOT NULL,
  scopes           TEXT COLLATE "C" NOT NULL,
  created_at       BIGINT NOT NULL,
  last_used_at     BIGINT NOT NULL,
  expires_at       BIGINT NOT NULL,
  revoked_at       BIGINT NOT NULL,
  secret_sha256    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX asset_keys_workspace ON asset_keys (workspace, prefix);
