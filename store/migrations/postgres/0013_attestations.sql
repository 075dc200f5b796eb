-- Statements that versions were approved or withdrawn, in the order of the asset's
-- revisions. statement is what is signed, byte for byte; signature is base64. A row without
-- key_id is not signed yet.
CREATE TABLE asset_attestations (
  workspace TEXT COLLATE "C" NOT NULL,
  asset_id  TEXT COLLATE "C" NOT NULL,
  version   BIGINT NOT NULL,
  revision  BIGINT NOT NULL,
  event_id  TEXT COLLATE "C" NOT NULL,
  withdrawn BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  statement TEXT COLLATE "C" NOT NULL,
  key_id    TEXT COLLATE "C" NOT NULL,
  signature TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace, asset_id, version, revision)
);
CREATE INDEX asset_attestations_unsigned ON asset_attestations (workspace, asset_id, version, revision) WHERE key_id = '';

-- The statement about an entry: the revision in asset_attestations, 0 if it has none, with
-- size and CRC-32 of its envelope.
ALTER TABLE asset_export_entries ADD COLUMN attestation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE asset_export_entries ADD COLUMN attestation_size BIGINT NOT NULL DEFAULT 0;
ALTER TABLE asset_export_entries ADD COLUMN attestation_crc32 BIGINT NOT NULL DEFAULT 0;
