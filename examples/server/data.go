package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// folder is the data folder of a server: everything there is to back up.
type folder string

func (f folder) database() string   { return filepath.Join(string(f), "assets.db") }
func (f folder) blobs() string      { return filepath.Join(string(f), "blobs") }
func (f folder) signingKey() string { return filepath.Join(string(f), "signing.key") }

func dataFlag(flags *flag.FlagSet) *string {
	return flags.String("data", "assets-data", "`folder` of database, content and signing key")
}

// create makes the folder if it is missing; nobody but its owner gets in.
func (f folder) create() error { return os.MkdirAll(string(f), 0o700) }

// mustExist keeps a mistyped folder from being taken for an empty one.
func (f folder) mustExist() error {
	_, err := os.Stat(f.database())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("-data: there is no store in %q", string(f))
	}
	return err
}

// open opens the database, making it if it is missing.
func (f folder) open(ctx context.Context) (*sqlite.Store, error) {
	return sqlite.Open(ctx, f.database(), store.Options{})
}
