-- Webhooks of workspaces. wake_at is when a delivery may be due, or NULL: nothing is
-- pending, or the webhook is paused.
CREATE TABLE asset_webhooks (
  id               TEXT NOT NULL PRIMARY KEY,
  workspace        TEXT NOT NULL,
  url              TEXT NOT NULL,
  types            TEXT NOT NULL,
  in_force_changed INTEGER NOT NULL,
  campaign_id      TEXT NOT NULL,
  description      TEXT NOT NULL,
  created_by       TEXT NOT NULL,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  secrets          TEXT NOT NULL,
  after_position   INTEGER NOT NULL,
  paused           TEXT NOT NULL,
  paused_at        INTEGER NOT NULL,
  failures         INTEGER NOT NULL,
  replay_next      INTEGER NOT NULL,
  replay_until     INTEGER NOT NULL,
  wake_at          INTEGER
);
CREATE INDEX asset_webhooks_list ON asset_webhooks (workspace, id);
CREATE INDEX asset_webhooks_wake ON asset_webhooks (wake_at) WHERE wake_at IS NOT NULL;

-- Events on their way to webhooks. Of the pending ones of a webhook and a lane, one has
-- head 1: the one in flight, else the one with the lowest position. due_at is when it may
-- be attempted; while there is a lease, when that ends.
CREATE TABLE asset_deliveries (
  id         TEXT NOT NULL PRIMARY KEY,
  webhook_id TEXT NOT NULL,
  workspace  TEXT NOT NULL,
  event_id   TEXT NOT NULL,
  event_type TEXT NOT NULL,
  asset_id   TEXT NOT NULL,
  lane       TEXT NOT NULL,
  position   INTEGER NOT NULL,
  body       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state      TEXT NOT NULL,
  head       INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  tries      INTEGER NOT NULL,
  since      INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  status     INTEGER NOT NULL,
  problem    TEXT NOT NULL,
  lease      TEXT NOT NULL
);
CREATE UNIQUE INDEX asset_deliveries_event ON asset_deliveries (webhook_id, event_id);
CREATE INDEX asset_deliveries_list  ON asset_deliveries (webhook_id, id);
CREATE INDEX asset_deliveries_state ON asset_deliveries (webhook_id, state, id);
CREATE INDEX asset_deliveries_due   ON asset_deliveries (webhook_id, due_at) WHERE head = 1;
CREATE INDEX asset_deliveries_lease ON asset_deliveries (webhook_id, due_at) WHERE lease <> '';
CREATE INDEX asset_deliveries_lane  ON asset_deliveries (webhook_id, lane, position, id) WHERE state = 'pending';
CREATE INDEX asset_deliveries_ended ON asset_deliveries (last_at) WHERE state <> 'pending';
CREATE INDEX asset_deliveries_waits ON asset_deliveries (created_at) WHERE state = 'pending';
