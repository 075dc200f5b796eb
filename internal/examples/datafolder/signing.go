package datafolder

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/internal/examples/servercmd"
)

const signingKeyBytes = 32

// signingKeys reads the keys that sign links and cursors: one in base64 on each
// line, newest first. To rotate them, add a line on top and restart.
func (f folder) signingKeys() ([][]byte, error) {
	text, err := os.ReadFile(f.signingKey())
	if err != nil {
		return nil, err
	}
	keys, err := servercmd.SigningKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.signingKey(), err)
	}
	return keys, nil
}

// initialise prepares a folder at the first start: it creates the signing key and
// an administrator's API key, whose bearer token it returns. At later starts it
// returns "".
//
// The signing key is created last, by exactly one of several processes: a start
// that is interrupted before is repeated as a first start, and of two concurrent
// first starts the later one revokes its API key, which has not been printed.
func (f folder) initialise(ctx context.Context, ring *apikey.Ring) (bearer string, err error) {
	if _, err := os.Stat(f.signingKey()); !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	bearer, key, err := ring.Mint(ctx, apikey.NewKey{
		Workspace: "default", Owner: "admin", Name: "first key",
		Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll},
	})
	if err != nil {
		return "", err
	}
	created, err := createSigningKey(f.signingKey())
	if err == nil && created {
		return bearer, nil
	}
	return "", errors.Join(err, ring.RevokeAny(context.WithoutCancel(ctx), key.Prefix))
}

// createSigningKey creates the file, complete and durable, and reports whether it
// did; it does nothing if the file exists. It writes the file under another name
// and links it, which fails if the name is taken.
func createSigningKey(path string) (created bool, err error) {
	draft, err := os.CreateTemp(filepath.Dir(path), ".signing-*.key") // 0600
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()

	key := make([]byte, signingKeyBytes)
	rand.Read(key)
	_, err = fmt.Fprintln(draft, base64.StdEncoding.EncodeToString(key))
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return false, err
	}
	switch err := os.Link(draft.Name(), path); {
	case errors.Is(err, fs.ErrExist):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder durable. On Windows it does nothing.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
