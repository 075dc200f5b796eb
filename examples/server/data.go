package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/examples/internal/program"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// folder is the data folder of a server: everything there is to back up.
type folder string

func (f folder) database() string   { return filepath.Join(string(f), "assets.db") }
func (f folder) blobs() string      { return filepath.Join(string(f), "blobs") }
func (f folder) signingKey() string { return filepath.Join(string(f), "signing.key") }

// place is the folder that a flag names.
type place struct{ data *string }

func placeOf(flags *flag.FlagSet, _ program.Use) program.Place {
	return place{flags.String("data", "assets-data", "`folder` of database, content and signing key")}
}

// Open implements [program.Place].
func (p place) Open(ctx context.Context, use program.Use, log *slog.Logger) (*program.Data, error) {
	f := folder(*p.data)
	if err := f.ready(use); err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, f.database(), store.Options{})
	if err != nil {
		return nil, err
	}
	data := &program.Data{Store: db, Close: db.Close}
	if use == program.Serving || use == program.Sweeping {
		err = f.openBlobs(data)
	}
	if err == nil && use == program.Serving {
		err = f.openKeys(ctx, data, log)
	}
	if err != nil {
		return nil, errors.Join(err, data.Close())
	}
	return data, nil
}

func (f folder) openBlobs(data *program.Data) error {
	blobs, err := blob.OpenDir(f.blobs())
	if err != nil {
		return err
	}
	closeStore := data.Close
	data.Blobs, data.Close = blobs, func() error { return errors.Join(blobs.Close(), closeStore()) }
	return nil
}

func (f folder) openKeys(ctx context.Context, data *program.Data, log *slog.Logger) error {
	keys, err := apikey.New(apikey.Config{Store: data.Store, Logger: log})
	if err != nil {
		return err
	}
	if data.FirstKey, err = f.initialise(ctx, keys); err != nil {
		return err
	}
	data.SigningKeys, err = f.signingKeys()
	return err
}

// ready makes the folder if it is missing, such that nobody but its owner gets
// in, or demands that it is there.
func (f folder) ready(use program.Use) error {
	if use == program.Serving || use == program.Minting {
		return os.MkdirAll(string(f), 0o700)
	}
	_, err := os.Stat(f.database())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("-data: there is no store in %q", string(f))
	}
	return err
}
