CREATE TABLE campaigns (
	name     text NOT NULL PRIMARY KEY,
	asset_id text NOT NULL,
	version  bigint NOT NULL
);
