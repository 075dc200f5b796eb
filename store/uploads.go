package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

type uploadRow struct {
	bun.BaseModel `bun:"table:asset_uploads,alias:u"`

	Workspace         string      `bun:"workspace,pk"`
	ID                assets.ID   `bun:"id,pk"`
	DeclaredMediaType string      `bun:"declared_media_type"`
	DeclaredSizeBytes int64       `bun:"declared_size_bytes"`
	DeclaredSHA256    string      `bun:"declared_sha256"`
	DeclaredFilename  string      `bun:"declared_filename"`
	CreatedBy         string      `bun:"created_by"`
	CreatedAt         assets.Time `bun:"created_at"`
	ExpiresAt         assets.Time `bun:"expires_at"`
	Key               string      `bun:"key,nullzero"`
	MediaType         string      `bun:"media_type"`
	SizeBytes         int64       `bun:"size_bytes"`
	SHA256            string      `bun:"sha256"`
	CRC32             int64       `bun:"crc32"`
	IsText            int         `bun:"is_text"`
	IsJSON            int         `bun:"is_json"`
	UsedAt            assets.Time `bun:"used_at"`
}

func newUploadRow(u assets.Upload) *uploadRow {
	return &uploadRow{
		Workspace: u.Workspace, ID: u.ID,
		DeclaredMediaType: u.Declared.MediaType, DeclaredSizeBytes: u.Declared.SizeBytes,
		DeclaredSHA256: u.Declared.SHA256, DeclaredFilename: u.Declared.Filename,
		CreatedBy: u.CreatedBy, CreatedAt: u.CreatedAt, ExpiresAt: u.ExpiresAt, Key: u.Key,
		MediaType: u.Content.MediaType, SizeBytes: u.Content.SizeBytes, SHA256: u.Content.SHA256,
		CRC32: int64(u.CRC32), IsText: boolToInt(u.Text), IsJSON: boolToInt(u.JSON), UsedAt: u.UsedAt,
	}
}

func (r *uploadRow) upload() assets.Upload {
	return assets.Upload{
		ID: r.ID, Workspace: r.Workspace,
		Declared: assets.Content{
			MediaType: r.DeclaredMediaType, SizeBytes: r.DeclaredSizeBytes, SHA256: r.DeclaredSHA256, Filename: r.DeclaredFilename,
		},
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, Key: r.Key,
		Content: assets.Content{MediaType: r.MediaType, SizeBytes: r.SizeBytes, SHA256: r.SHA256},
		CRC32:   uint32(r.CRC32), Text: r.IsText != 0, JSON: r.IsJSON != 0, UsedAt: r.UsedAt,
	}
}

// Upload implements [assets.Uploads]. Within an Update it locks the row.
func (r reader) Upload(ctx context.Context, workspace string, id assets.ID) (assets.Upload, error) {
	var row uploadRow
	q := r.db.NewSelect().Model(&row).Where("workspace = ?", workspace).Where("id = ?", id)
	if r.sticky != nil {
		q = r.engine.lockRow(q)
	}
	if err := r.scan(ctx, q); err != nil {
		return assets.Upload{}, err
	}
	return row.upload(), nil
}

// PutUpload implements [assets.Tx].
func (u *unit) PutUpload(ctx context.Context, up assets.Upload) error {
	if up.Key != "" {
		if err := u.checkKey(ctx, up.Key); err != nil {
			return err
		}
	}
	return u.put(ctx, u.db.NewInsert().Model(newUploadRow(up)).On("CONFLICT (workspace, id) DO UPDATE"))
}
