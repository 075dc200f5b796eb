-- Webhooks of workspaces. wake_at is when a delivery may be due, or NULL: nothing is
-- pending, or the webhook is paused.
CREATE TABLE asset_webhooks (
  id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace        TEXT COLLATE "C" NOT NULL,
  url              TEXT COLLATE "C" NOT NULL,
  types            TEXT COLLATE "C" NOT NULL,
  in_force_changed BIGINT NOT NULL,
  campaign_id      TEXT COLLATE "C" NOT NULL,
  description      TEXT COLLATE "C" NOT NULL,
  created_by       TEXT COLLATE "C" NOT NULL,
  created_at       BIGINT NOT NULL,
  updated_at       BIGINT NOT NULL,
  secrets          TEXT COLLATE "C" NOT NULL,
  after_position   BIGINT NOT NULL,
  paused           TEXT COLLATE "C" NOT NULL,
  paused_at        BIGINT NOT NULL,
  failures         BIGINT NOT NULL,
  replay_next      BIGINT NOT NULL,
  replay_until     BIGINT NOT NULL,
  wake_at          BIGINT
);
CREATE INDEX asset_webhooks_list ON asset_webhooks (workspace, id);
CREATE INDEX asset_webhooks_wake ON asset_webhooks (wake_at) WHERE wake_at IS NOT NULL;

-- Events on their way to webhooks. Of the pending ones of a webhook and a lane, one has
-- head 1: the one in flight, else the one with the lowest position. due_at is when it may
-- be attempted; while there is a lease, when that ends.
CREATE TABLE asset_deliveries (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  webhook_id TEXT COLLATE "C" NOT NULL,
  workspace  TEXT COLLATE "C" NOT NULL,
  event_id   TEXT COLLATE "C" NOT NULL,
  event_type TEXT COLLATE "C" NOT NULL,
  asset_id   TEXT COLLATE "C" NOT NULL,
  lane       TEXT COLLATE "C" NOT NULL,
  position   BIGINT NOT NULL,
  body       TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  state      TEXT COLLATE "C" NOT NULL,
  head       BIGINT NOT NULL,
  attempts   BIGINT NOT NULL,
  tries      BIGINT NOT NULL,
  since      BIGINT NOT NULL,
  due_at     BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  status     BIGINT NOT NULL,
  problem    TEXT COLLATE "C" NOT NULL,
  lease      TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX asset_deliveries_event ON asset_deliveries (webhook_id, event_id);
CREATE INDEX asset_deliveries_list  ON asset_deliveries (webhook_id, id);
CREATE INDEX asset_deliveries_state ON asset_deliveries (webhook_id, state, id);
CREATE INDEX asset_deliveries_due   ON asset_deliveries (webhook_id, due_at) WHERE head = 1;
CREATE INDEX asset_deliveries_lease ON asset_deliveries (webhook_id, due_at) WHERE lease <> '';
CREATE INDEX asset_deliveries_lane  ON asset_deliveries (webhook_id, lane, position, id) WHERE state = 'pending';
CREATE INDEX asset_deliveries_ended ON asset_deliveries (last_at) WHERE state <> 'pending';
CREATE INDEX asset_deliveries_waits ON asset_deliveries (created_at) WHERE state = 'pending';
