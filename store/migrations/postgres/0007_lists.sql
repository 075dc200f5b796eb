-- What lists show and filter by besides: when and by whom the version that waits was
-- submitted, the newest decision, the creator and the media type. Rows of the approved
-- perspective are never submitted.

-- Reads go on while these indexes are made. The unique one is made again, so that it
-- is the last that can find a single row: see 0001.
CREATE INDEX asset_perspectives_creator         ON asset_perspectives (workspace, perspective, created_by, id);
CREATE INDEX asset_perspectives_media           ON asset_perspectives (workspace, perspective, media_type, id);
CREATE UNIQUE INDEX asset_perspectives_id_again ON asset_perspectives (workspace, perspective, id);

-- From here on reads wait for the end of the migration.
ALTER TABLE asset_perspectives
  ADD COLUMN submitted_at BIGINT,
  ADD COLUMN submitted_by TEXT COLLATE "C",
  ADD COLUMN last_action  TEXT COLLATE "C",
  ADD COLUMN last_version BIGINT,
  ADD COLUMN last_by      TEXT COLLATE "C",
  ADD COLUMN last_kind    TEXT COLLATE "C",
  ADD COLUMN last_at      BIGINT,
  ADD COLUMN last_comment TEXT COLLATE "C";
DROP INDEX asset_perspectives_id;
ALTER INDEX asset_perspectives_id_again RENAME TO asset_perspectives_id;
CREATE INDEX asset_perspectives_decision  ON asset_perspectives (workspace, perspective, last_action, id) WHERE last_action IS NOT NULL;
CREATE INDEX asset_perspectives_submitted ON asset_perspectives (workspace, perspective, submitted_at, id) WHERE submitted_at IS NOT NULL;

UPDATE asset_perspectives SET submitted = 0 WHERE perspective = 'approved' AND submitted <> 0;
UPDATE asset_perspectives AS p SET (submitted_at, submitted_by) = (
    SELECT r.at, r.reviewer FROM asset_reviews AS r
    WHERE r.workspace = p.workspace AND r.asset_id = p.id AND r.version = p.submitted
      AND r.to_status = 'pending_review' AND (r.action = 'submit' OR r.from_status <> 'pending_review')
    ORDER BY r.revision DESC, r.id DESC LIMIT 1
  ) WHERE p.perspective = 'current' AND p.status = 'pending_review';

-- store.Migrate fills in the newest decisions of rows that are there already. value is
-- where it goes on.
INSERT INTO asset_meta (name, value) SELECT 'reviews_pending', '' WHERE EXISTS (SELECT 1 FROM asset_perspectives);
