-- The line of an entry's statement in the tag manifest: the SHA-256 of its envelope, empty if
-- there is none or it was frozen before, and where the line begins. It is found as by the
-- other …_at.
ALTER TABLE asset_export_entries ADD COLUMN attestation_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE asset_export_entries ADD COLUMN tagmanifest_at INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX asset_export_entries_tagmanifest ON asset_export_entries (export, tagmanifest_at) WHERE attestation_sha256 <> '';
