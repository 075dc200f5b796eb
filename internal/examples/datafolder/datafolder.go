package datafolder

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
	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// folder is the data folder of a server: everything there is to back up.
type folder string

func (f folder) database() string   { return filepath.Join(string(f), "assets.db") }
func (f folder) blobs() string      { return filepath.Join(string(f), "blobs") }
func (f folder) signingKey() string { return filepath.Join(string(f), "signing.key") }

// place is what the flags name: a folder, and perhaps a database for the rows.
type place struct{ data, db *string }

func Place(flags *flag.FlagSet, _ servercmd.Use) servercmd.Place {
	return place{
		flags.String("data", "assets-data", "`folder` of database, content and signing key"),
		flags.String("db", "", "`URL` of a PostgreSQL database for the rows, such as postgres://user@host/name (default a SQLite file in the folder)"),
	}
}

// Open implements [servercmd.Place].
func (p place) Open(ctx context.Context, use servercmd.Use, log *slog.Logger) (*servercmd.Data, error) {
	f := folder(*p.data)
	data, err := p.openStore(ctx, use)
	if err != nil {
		return nil, err
	}
	if needsContent(use) {
		err = f.openBlobs(data)
	}
	if err == nil && use == servercmd.Serving {
		data.FirstKey, err = f.firstKey(ctx, data, log)
	}
	if err == nil && (use == servercmd.Serving || use == servercmd.Joining) {
		data.SigningKeys, err = f.signingKeys()
	}
	if err != nil {
		return nil, errors.Join(err, data.Close())
	}
	return data, nil
}

func needsContent(use servercmd.Use) bool {
	return use == servercmd.Serving || use == servercmd.Sweeping || use == servercmd.Joining
}

// openStore opens the rows alone.
func (p place) openStore(ctx context.Context, use servercmd.Use) (*servercmd.Data, error) {
	f := folder(*p.data)
	if *p.db == "" {
		return f.openStore(ctx, use)
	}
	if needsContent(use) { // the folder has it
		if err := f.ready(use, f.blobs()); err != nil {
			return nil, err
		}
	}
	return servercmd.OpenPostgres(ctx, *p.db, use)
}

func (f folder) openStore(ctx context.Context, use servercmd.Use) (*servercmd.Data, error) {
	if err := f.ready(use, f.database()); err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, f.database(), store.Options{})
	if err != nil {
		return nil, err
	}
	return &servercmd.Data{Store: db, Close: db.Close}, nil
}

func (f folder) openBlobs(data *servercmd.Data) error {
	blobs, err := blob.OpenDir(f.blobs())
	if err != nil {
		return err
	}
	closeStore := data.Close
	data.Blobs, data.Close = blobs, func() error { return errors.Join(blobs.Close(), closeStore()) }
	return nil
}

// firstKey makes the first start's API key.
func (f folder) firstKey(ctx context.Context, data *servercmd.Data, log *slog.Logger) (string, error) {
	keys, err := apikey.New(apikey.Config{Store: data.Store, Logger: log})
	if err != nil {
		return "", err
	}
	return f.initialise(ctx, keys)
}

// ready makes the folder if it is missing, such that nobody but its owner gets
// in, or demands that it is there and has what is needed.
func (f folder) ready(use servercmd.Use, needed string) error {
	if use == servercmd.Serving || use == servercmd.Minting {
		return os.MkdirAll(string(f), 0o700)
	}
	_, err := os.Stat(needed)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("-data: there is no store in %q", string(f))
	}
	return err
}
