package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

type linkRow struct {
	bun.BaseModel `bun:"table:asset_links,alias:l"`

	Workspace  string           `bun:"workspace,pk"`
	ID         assets.ID        `bun:"id,pk"`
	AssetID    assets.ID        `bun:"asset_id"`
	Version    assets.Number    `bun:"version"`
	SHA256     string           `bun:"sha256"`
	Name       string           `bun:"name"`
	Can        assets.LinkRight `bun:"can"`
	CreatedBy  string           `bun:"created_by"`
	CreatedAt  assets.Time      `bun:"created_at"`
	ExpiresAt  assets.Time      `bun:"expires_at"`
	RevokedAt  assets.Time      `bun:"revoked_at"`
	LastUsedAt assets.Time      `bun:"last_used_at"`
	Decision   assets.Optional  `bun:"decision"`
	DecidedAt  assets.Time      `bun:"decided_at"`
	KeyPrefix  assets.Optional  `bun:"key_prefix"`
	Comments   int              `bun:"comments"`

	KeyEndsAt  assets.Time `bun:"key_ends_at,scanonly"` // of asset_keys
	KeyRevoked bool        `bun:"key_revoked,scanonly"`
}

func newLinkRow(k assets.ReviewLink) *linkRow {
	return &linkRow{
		Workspace: k.Workspace, ID: k.ID, AssetID: k.AssetID, Version: k.Version, SHA256: k.SHA256, Name: k.Name, Can: k.Can,
		CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, RevokedAt: k.RevokedAt, LastUsedAt: k.LastUsedAt,
		Decision: k.Decision, DecidedAt: k.DecidedAt, KeyPrefix: k.KeyPrefix, Comments: k.Comments,
	}
}

func (r *linkRow) link() assets.ReviewLink {
	return assets.ReviewLink{
		Workspace: r.Workspace, ID: r.ID, AssetID: r.AssetID, Version: r.Version, SHA256: r.SHA256, Name: r.Name, Can: r.Can,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, RevokedAt: r.RevokedAt, LastUsedAt: r.LastUsedAt,
		Decision: r.Decision, DecidedAt: r.DecidedAt, KeyPrefix: r.KeyPrefix, Comments: r.Comments, KeyEndsAt: r.KeyEndsAt,
		KeyRevoked: r.KeyRevoked,
	}
}

// selectLinks returns a query for links with the end of the key that each was made with,
// and whether it was revoked.
func (r reader) selectLinks(model any) *bun.SelectQuery {
	return r.db.NewSelect().Model(model).ColumnExpr("l.*").
		ColumnExpr("coalesce((SELECT CASE WHEN k.revoked_at <> 0 AND (k.expires_at = 0 OR k.revoked_at < k.expires_at) THEN k.revoked_at ELSE k.expires_at END" +
			" FROM asset_keys AS k WHERE k.prefix = l.key_prefix), 0) AS key_ends_at").
		ColumnExpr("EXISTS (SELECT 1 FROM asset_keys AS k WHERE k.prefix = l.key_prefix AND k.revoked_at <> 0) AS key_revoked")
}

// Link implements [assets.Links]. Within an Update it locks the row.
func (r reader) Link(ctx context.Context, workspace string, id assets.ID) (assets.ReviewLink, error) {
	var row linkRow
	q := r.selectLinks(&row).Where("l.workspace = ?", workspace).Where("l.id = ?", id)
	if r.sticky != nil {
		q = r.engine.lockRow(q)
	}
	if err := r.scan(ctx, q); err != nil {
		return assets.ReviewLink{}, err
	}
	return row.link(), nil
}

// LinksBefore implements [assets.Links].
func (r reader) LinksBefore(ctx context.Context, workspace string, asset assets.ID, w assets.LinkWindow) ([]assets.ReviewLink, error) {
	if w.Limit <= 0 { // bun takes 0 for no limit
		return []assets.ReviewLink{}, nil
	}
	var rows []linkRow
	q := r.selectLinks(&rows).Where("l.workspace = ?", workspace).Where("l.asset_id = ?", asset).
		Order("l.id DESC").Limit(int64(w.Limit))
	if w.Before != "" {
		q.Where("l.id < ?", w.Before)
	}
	if err := r.scan(ctx, q); err != nil {
		return nil, err
	}
	links := make([]assets.ReviewLink, len(rows))
	for i := range rows {
		links[i] = rows[i].link()
	}
	return links, nil
}

// CountLinks implements [assets.Links]. Within an Update it locks their number.
func (r reader) CountLinks(ctx context.Context, workspace string, at assets.Time) (n int, err error) {
	if r.sticky != nil {
		if err := r.lock(ctx, false, lockLinks, workspace); err != nil {
			return 0, err
		}
	}
	err = r.read(ctx, &n, "SELECT count(*) FROM asset_links AS l WHERE l.workspace = ? AND l.revoked_at = 0 AND l.expires_at > ?"+
		" AND NOT EXISTS (SELECT 1 FROM asset_keys AS k WHERE k.prefix = l.key_prefix"+
		" AND (k.revoked_at <> 0 OR k.expires_at <> 0 AND k.expires_at <= ?))", workspace, at, at)
	return n, err
}

// PutLink implements [assets.Tx].
func (u *unit) PutLink(ctx context.Context, link assets.ReviewLink) error {
	return u.put(ctx, u.db.NewInsert().Model(newLinkRow(link)).On("CONFLICT (workspace, id) DO UPDATE"))
}
