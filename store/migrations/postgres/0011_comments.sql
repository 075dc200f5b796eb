-- Decisions without the comments between them, so that reading the newest decisions of a
-- version reads no comment.
DROP INDEX asset_reviews_version;
CREATE INDEX asset_reviews_decisions ON asset_reviews (workspace, asset_id, version, revision, id) WHERE action <> 'comment';
