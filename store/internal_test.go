package store

import (
	"context"
	"io/fs"

	"github.com/uptrace/bun"
)

// MigrateWith is Migrate with other files, as a program of another version has them.
func MigrateWith(ctx context.Context, db *bun.DB, files fs.FS) error { return migrate(ctx, db, files) }

// InFlight selects the leased deliveries of a webhook.
const InFlight = inFlight
