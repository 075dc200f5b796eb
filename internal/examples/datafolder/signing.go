package datafolder

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/10ex/assets"
)

const signingKeyBytes = 32

// signingKeys reads the keys that sign links and cursors: one in base64 on each
// line, newest first. To rotate them, add a line on top and restart.
func (f folder) signingKeys() ([][]byte, error) {
	return assets.ReadSigningKeys(f.signingKey())
}

// createSigningKey creates the file with a random key and reports whether it did: see
// createKey.
func createSigningKey(path string) (created bool, err error) {
	key := make([]byte, signingKeyBytes)
	rand.Read(key)
	return createKey(path, base64.StdEncoding.AppendEncode(nil, key))
}

// createKey creates a file with a key, complete and durable, and reports whether it
// did; it does nothing if the file exists. It writes the file under another name
// and links it, which fails if the name is taken.
func createKey(path string, text []byte) (created bool, err error) {
	draft, err := os.CreateTemp(filepath.Dir(path), ".signing-*.key") // 0600
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()

	_, err = fmt.Fprintln(draft, string(bytes.TrimSpace(text)))
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
