package servercmd

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// OpenPostgres opens the rows in the database that the flag -db names, as [OpenRows]
// does. The error does not contain the password.
func OpenPostgres(ctx context.Context, url string, use Use, log *slog.Logger) (*Data, error) {
	migrate := func() error {
		if use == Serving { // which completes older assets while it serves
			return postgres.MigrateSchema(ctx, url)
		}
		return postgres.Migrate(ctx, url)
	}
	data, err := OpenRows(use, migrate, func() (*Data, error) {
		db, err := postgres.Open(ctx, url, store.Options{Logger: log})
		if err != nil {
			return nil, err
		}
		return &Data{Store: db, Close: db.Close}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("-db: %w", err)
	}
	return data, nil
}
