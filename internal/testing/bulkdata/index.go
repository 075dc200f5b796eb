package bulkdata

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// Index makes the assets of [Fill] searchable by the words of their titles. On SQLite it lets
// the library do that, as after an update. On PostgreSQL that takes half an hour for a
// million, so it copies what is indexed of one asset with other numbers.
func Index(ctx context.Context, st assets.Store, db *bun.DB) error {
	if db.Dialect().Name() == dialect.PG {
		return copyWords(ctx, st, db)
	}
	if _, err := db.ExecContext(ctx, "INSERT INTO asset_meta (name, value) VALUES ('search_pending', '')"); err != nil {
		return fmt.Errorf("bulkdata: %w", err)
	}
	return store.Migrate(ctx, db)
}

func copyWords(ctx context.Context, st assets.Store, db *bun.DB) error {
	const indexed, number = assets.ID("indexed"), "n000000000000"
	err := st.Update(ctx, func(tx assets.Tx) error {
		return tx.PutAsset(ctx, &assets.Asset{
			ID: indexed, Workspace: Workspace, Type: assets.TypeCopy, Title: titled + number, Status: assets.StatusDraft,
			Version: 1, CurrentVersion: 1, CreatedAt: 1, UpdatedAt: 1, Revision: 1,
		}, nil)
	})
	if err != nil {
		return err
	}
	var index string
	if err := db.NewRaw("SELECT indexdef FROM pg_indexes WHERE indexname = 'asset_words_gin' AND schemaname = current_schema()").Scan(ctx, &index); err != nil {
		return fmt.Errorf("bulkdata: %w", err)
	}
	for _, statement := range []string{
		"DROP INDEX asset_words_gin", // it is faster to make it of all rows
		"INSERT INTO asset_words (workspace, id, version, words) SELECT a.workspace, a.id, a.version, array_to_tsvector(ARRAY(" +
			"SELECT replace(word, '" + number + "', right(a.title, " + fmt.Sprint(len(number)) + ")) FROM unnest(tsvector_to_array(w.words)) AS word))" +
			" FROM asset_perspectives AS a CROSS JOIN asset_words AS w" +
			" WHERE w.id = '" + string(indexed) + "' AND a.id <> w.id AND a.perspective = 'current'",
		index,
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("bulkdata: %w", err)
		}
	}
	return st.Update(ctx, func(tx assets.Tx) error { return tx.DeleteAsset(ctx, Workspace, indexed) })
}
