-- The newest decisions on an asset, whatever their version, without the comments between them.
CREATE INDEX asset_reviews_decided ON asset_reviews (workspace, asset_id, revision, id) WHERE action <> 'comment';
