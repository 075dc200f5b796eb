-- Every journal row gets a random UUID. The default fills the rows that are there,
-- in one rewrite of the table, and is then removed, so that the INSERT of a program
-- that does not know the column fails, and its transaction with it: such a program
-- cannot change an asset any more.
ALTER TABLE asset_events ADD COLUMN event_id TEXT COLLATE "C" NOT NULL DEFAULT gen_random_uuid()::text;
ALTER TABLE asset_events ALTER COLUMN event_id DROP DEFAULT;
