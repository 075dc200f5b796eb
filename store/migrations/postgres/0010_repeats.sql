-- The deliveries of a lane in their order: the pending ones, and the delivered ones, which
-- come again behind one that is sent again.
DROP INDEX asset_deliveries_lane;
CREATE INDEX asset_deliveries_lane ON asset_deliveries (webhook_id, lane, state, position, id);

-- Leases of deliveries end by the clock of the database. resumed_at is when the webhook was
-- resumed last. While resuming is 1, deliveries that waited then are made due.
ALTER TABLE asset_deliveries ADD COLUMN leased_until BIGINT NOT NULL DEFAULT 0;
UPDATE asset_deliveries SET leased_until = due_at WHERE lease <> '';
DROP INDEX asset_deliveries_lease;
CREATE INDEX asset_deliveries_lease ON asset_deliveries (webhook_id, leased_until) WHERE lease <> '';
ALTER TABLE asset_webhooks ADD COLUMN resumed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE asset_webhooks ADD COLUMN resuming BIGINT NOT NULL DEFAULT 0;

CREATE INDEX asset_webhooks_replay ON asset_webhooks (id) WHERE replay_until <> 0;

-- Names of followers that begin with assets/ are the library's own. A mark that the host may
-- have under the old name stays.
INSERT INTO asset_followers (name, position, holder, fence, until)
  SELECT 'assets/webhooks', position, '', fence, 0 FROM asset_followers WHERE name = 'webhooks';
