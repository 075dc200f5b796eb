-- When the content of a version was erased; 0: it was not. In the list table it is of the
-- version that a row shows.
ALTER TABLE asset_versions     ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE asset_perspectives ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;

-- Workspaces of which rows were purged, and the journal does not tell yet.
CREATE TABLE asset_purges (
  workspace TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  began_at  BIGINT           NOT NULL
);
