package servercmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/10ex/assets/store"
)

func migrate(ctx context.Context, s *session, args []string) error {
	storage := s.storage(Migrating)
	if err := s.parse(args, 0); err != nil {
		return err
	}
	data, err := storage.Open(ctx, Migrating, s.log)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.stdout, "the schema is up to date")
	return errors.Join(err, data.Close())
}

// OpenRows opens the rows for a use. migrate brings the schema up to date and creates
// it if there is none, and open opens what is up to date. The error of a schema that
// is not names the command that updates it.
func OpenRows(use Use, migrate func() error, open func() (*Data, error)) (*Data, error) {
	if use == Serving || use == Migrating {
		if err := migrate(); err != nil {
			return nil, err
		}
	}
	data, err := open()
	if (use == MintingKeys || use == Filling) && errors.Is(err, store.ErrNoSchema) {
		if err := migrate(); err != nil {
			return nil, err
		}
		data, err = open()
	}
	if errors.Is(err, store.ErrSchema) {
		err = fmt.Errorf("%w (the command migrate and a start of the server update an older schema)", err)
	}
	return data, err
}
