package servercmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// OpenPostgres opens the rows in the database that the flag -db names. For Serving
// and MintingKeys it applies the migrations first. The error does not contain the
// password.
func OpenPostgres(ctx context.Context, url string, use Use) (*Data, error) {
	if use == Serving || use == MintingKeys {
		if err := postgres.Migrate(ctx, url); err != nil {
			return nil, fmt.Errorf("-db: %w", err)
		}
	}
	db, err := postgres.Open(ctx, url, store.Options{})
	switch {
	case errors.Is(err, store.ErrSchema):
		return nil, fmt.Errorf("-db: %w (a start of the server does)", err)
	case err != nil:
		return nil, fmt.Errorf("-db: %w", err)
	}
	return &Data{Store: db, Close: db.Close}, nil
}
