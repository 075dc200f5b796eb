-- Words are folded further, runs of scripts without spaces are found by pairs, and
-- beginnings of words are indexed. store.Migrate makes the rows that are there already
-- searchable by them. value is where it goes on.
INSERT INTO asset_meta (name, value) SELECT 'search_pending', '' WHERE EXISTS (SELECT 1 FROM asset_perspectives)
  ON CONFLICT (name) DO UPDATE SET value = '';
