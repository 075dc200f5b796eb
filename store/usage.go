package store

import (
	"context"

	"github.com/10ex/assets"
)

// UsageByType implements [assets.Catalog]. It is one statement, which reads all versions
// of the workspace in the order of their assets.
func (r reader) UsageByType(ctx context.Context, workspace string) (map[assets.Type]assets.UsageCount, error) {
	var rows []struct {
		Type                    assets.Type
		Assets, Versions, Bytes int64
	}
	err := r.read(ctx, &rows, "SELECT a.type, count(*) AS assets, CAST(sum(v.versions) AS BIGINT) AS versions, CAST(sum(v.bytes) AS BIGINT) AS bytes"+
		" FROM asset_perspectives AS a JOIN ("+
		"SELECT asset_id, sum(n) AS versions, sum(bytes) AS bytes FROM ("+
		"SELECT asset_id, key, count(*) AS n, max(CASE WHEN erased_at = 0 THEN size_bytes ELSE 0 END) AS bytes"+
		" FROM asset_versions WHERE workspace = ?0 GROUP BY asset_id, key) AS contents GROUP BY asset_id"+
		") AS v ON v.asset_id = a.id WHERE a.workspace = ?0 AND a.perspective = 'current' GROUP BY a.type", workspace)
	found := make(map[assets.Type]assets.UsageCount, len(rows))
	for _, row := range rows {
		found[row.Type] = assets.UsageCount{Assets: row.Assets, Versions: row.Versions, Bytes: row.Bytes}
	}
	return found, err
}
