-- The trace context (traceparent) of the request that made a change, so that what it causes
-- later is of the same trace. Empty: there was none.
ALTER TABLE asset_events     ADD COLUMN trace TEXT NOT NULL DEFAULT '';
ALTER TABLE asset_deliveries ADD COLUMN trace TEXT NOT NULL DEFAULT '';
