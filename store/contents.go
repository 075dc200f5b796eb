package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

type contentRow struct {
	bun.BaseModel `bun:"table:asset_contents"`

	Key     string `bun:"key,pk"`
	Content []byte `bun:"content"`
}

// ReadContents implements [assets.Contents].
func (r reader) ReadContents(ctx context.Context, keys []string) (map[string][]byte, error) {
	if len(keys) == 0 {
		return map[string][]byte{}, nil
	}
	var rows []contentRow
	var err error
	if len(keys) == 1 {
		err = r.read(ctx, &rows, r.hot.content, keys[0])
	} else {
		err = r.scan(ctx, r.db.NewSelect().Model(&rows).Where("key IN (?)", bun.List(keys)).Limit(assets.MaxListLimit))
	}
	if err != nil {
		return nil, err
	}
	found := make(map[string][]byte, len(rows))
	for _, row := range rows {
		found[row.Key] = append([]byte{}, row.Content...)
	}
	return found, nil
}

// PutContent implements [assets.ContentTx].
func (u *unit) PutContent(ctx context.Context, key string, content []byte) error {
	return u.add(ctx, u.hot.putContent, &contentRow{Key: key, Content: content})
}

// removeContents removes the contents of an asset's versions, unless a version of another
// asset has the key too.
func (u *unit) removeContents(ctx context.Context, workspace string, id assets.ID) error {
	_, err := u.exec(ctx, "DELETE FROM asset_contents WHERE key IN (SELECT key FROM asset_versions WHERE workspace = ?0 AND asset_id = ?1)"+
		" AND NOT EXISTS (SELECT 1 FROM asset_versions AS v WHERE v.key = asset_contents.key AND (v.workspace <> ?0 OR v.asset_id <> ?1))",
		workspace, id)
	return err
}
