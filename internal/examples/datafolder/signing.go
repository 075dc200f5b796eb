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

// signingKeys reads the keys that sign links and cursors, one in base64 on
// each line, newest first: to rotate, put a new line on top and restart.
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

// initialise prepares a folder at the first start: it makes the signing key
// and an administrator's API key, whose bearer it answers. Later it answers "".
//
// The signing key is made last, by exactly one of several processes: a start
// that is cut before is a first start again, and of two first starts the one
// that was late takes back its API key, which nobody has seen.
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

// createSigningKey makes the file whole and durable, unless there is one: it
// is written under another name and then linked, which fails when the name is
// taken.
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

// syncFolder makes the names in a folder durable. Windows has no such call.
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
