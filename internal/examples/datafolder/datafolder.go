// Package datafolder keeps the data of a server in one folder: SQLite, content, signing
// keys and the key of attestations. With the flag -db the rows are in PostgreSQL instead.
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

	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// folder is the data folder of a server: all that must be backed up.
type folder string

func (f folder) file(name string) string { return filepath.Join(string(f), name) }

func (f folder) database() string   { return f.file("assets.db") }
func (f folder) blobs() string      { return f.file("blobs") }
func (f folder) signingKey() string { return f.file("signing.key") }
func (f folder) firstStart() string { return f.file("first-start") }

// storage has the values of the flags: a folder and, if not empty, the URL of a
// database for the rows. renew and renewAttest are nil for commands that do not serve REST.
type storage struct {
	data, db           *string
	renew, renewAttest *bool
}

// Storage registers the flags -data, -db and, for serving, -new-signing-key and
// -new-attest-key. It returns what opens the data they name.
func Storage(flags *flag.FlagSet, use servercmd.Use) servercmd.Storage {
	s := storage{
		data: flags.String("data", "assets-data", "`folder` of database, content and signing key"),
		db:   flags.String("db", "", "`URL` of a PostgreSQL database for the rows, such as postgres://user@host/name (default a SQLite file in the folder)"),
	}
	if use == servercmd.Serving {
		s.renew = flags.Bool(renewFlag, false, "make a signing key if the folder has lost its own; existing links become invalid")
		s.renewAttest = flags.Bool(renewAttestFlag, false, "make a key of attestations if the folder has lost its own; keys.json then lacks the old one")
	}
	return s
}

// Open implements [servercmd.Storage].
func (s storage) Open(ctx context.Context, use servercmd.Use, log *slog.Logger) (*servercmd.Data, error) {
	f := folder(*s.data)
	data, err := s.openStore(ctx, use, log)
	if err != nil {
		return nil, err
	}
	if use.NeedsContent() {
		err = f.openBlobs(data)
	}
	if err == nil && use == servercmd.Serving {
		err = f.prepareAttesting(ctx, data.Store, log, *s.renewAttest)
		if err == nil { // last, since it may mint a key, which is returned once
			data.FirstKey, err = f.initialise(ctx, data.Store, log, *s.renew)
		}
	}
	if err == nil && use == servercmd.MintingKeys {
		err = f.prepareMinting(ctx, data.Store)
	}
	if err == nil && (use == servercmd.Serving || use == servercmd.ServingMCP) {
		data.SigningKeys, err = f.signingKeys()
	}
	if err == nil && use.Attests() {
		data.Attester, err = f.attester()
	}
	if err != nil {
		return nil, errors.Join(err, data.Close())
	}
	return data, nil
}

// openStore opens the rows.
func (s storage) openStore(ctx context.Context, use servercmd.Use, log *slog.Logger) (*servercmd.Data, error) {
	f := folder(*s.data)
	if *s.db == "" {
		return f.openStore(ctx, use, log)
	}
	if use.NeedsContent() { // which is in the folder
		if err := f.ready(use, f.blobs()); err != nil {
			return nil, err
		}
	}
	return servercmd.OpenPostgres(ctx, *s.db, use, log)
}

func (f folder) openStore(ctx context.Context, use servercmd.Use, log *slog.Logger) (*servercmd.Data, error) {
	if err := f.ready(use, f.database()); err != nil {
		return nil, err
	}
	migrate := func() error {
		db, err := sqlite.Open(ctx, f.database(), store.Options{FillLater: use == servercmd.Serving})
		if err != nil {
			return err
		}
		return db.Close()
	}
	return servercmd.OpenRows(use, migrate, func() (*servercmd.Data, error) {
		db, err := sqlite.OpenExisting(ctx, f.database(), store.Options{Logger: log})
		if errors.Is(err, fs.ErrNotExist) {
			err = store.ErrNoSchema
		}
		if err != nil {
			return nil, err
		}
		return &servercmd.Data{Store: db, Close: db.Close}, nil
	})
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

// ready creates the folder, accessible to its owner only, if the use allows that.
// Otherwise it returns an error unless the folder has the needed file.
func (f folder) ready(use servercmd.Use, needed string) error {
	if use == servercmd.Serving || use == servercmd.MintingKeys || use == servercmd.Filling {
		return os.MkdirAll(string(f), 0o700)
	}
	_, err := os.Stat(needed)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("-data: there is no store in %q", string(f))
	}
	return err
}
