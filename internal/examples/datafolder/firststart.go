package datafolder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

// initialise prepares a folder at the first start: it creates the signing key and
// an administrator's API key, whose bearer token it returns. At later starts it
// returns "".
//
// A start is the first one if there is no signing key and the database has never
// had an API key, or if the folder has the file of announceFirstStart. Without a
// signing key every other start is refused, unless renew is set, which makes a new
// signing key and nothing else.
//
// The signing key is created last, by exactly one of several processes: a start
// that is interrupted before is repeated as a first start, and of two concurrent
// first starts the later one revokes its API key, which has not been printed.
func (f folder) initialise(ctx context.Context, keys apikey.Store, log *slog.Logger, renew bool) (bearer string, err error) {
	if exists, err := f.hasSigningKey(); exists || err != nil {
		return "", err
	}
	first, err := f.isFirstStart(ctx, keys)
	if err != nil {
		return "", err
	}
	if first {
		return f.firstKey(ctx, keys, log)
	}
	if exists, err := f.hasSigningKey(); exists || err != nil { // made by another first start meanwhile
		return "", err
	}
	if !renew {
		return "", f.missingSigningKey()
	}
	log.WarnContext(ctx, "a new signing key replaces a missing one: links, cursors and upload URLs made before are not valid any more")
	_, err = createSigningKey(f.signingKey())
	return "", err
}

// hasSigningKey reports whether the signing key exists. If so the first start is
// over.
func (f folder) hasSigningKey() (bool, error) {
	_, err := os.Stat(f.signingKey())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	_ = os.Remove(f.firstStart()) // rarely there; the next start tries again
	return true, nil
}

// isFirstStart reports whether the folder may get its first keys.
func (f folder) isFirstStart(ctx context.Context, keys apikey.Store) (bool, error) {
	known, err := keys.Keys(ctx, apikey.Filter{}) // revoked ones too
	if err != nil {
		return false, err
	}
	if len(known) == 0 {
		return true, f.announceFirstStart()
	}
	_, err = os.Stat(f.firstStart())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// announceFirstStart creates the file that shows, until there is a signing key, that
// the API keys of the database are older than the first start, or that a first start
// was interrupted.
func (f folder) announceFirstStart() error {
	file, err := os.OpenFile(f.firstStart(), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close(), syncFolder(string(f)))
}

// prepareMinting announces a first start if it is still to come and the database has
// no API key yet. It does nothing if there is no folder.
func (f folder) prepareMinting(ctx context.Context, keys apikey.Store) error {
	if _, err := os.Stat(string(f)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if exists, err := f.hasSigningKey(); exists || err != nil {
		return err
	}
	_, err := f.isFirstStart(ctx, keys)
	return err
}

func (f folder) firstKey(ctx context.Context, keys apikey.Store, log *slog.Logger) (bearer string, err error) {
	ring, err := apikey.New(apikey.Config{Store: keys, Logger: log})
	if err != nil {
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
	if err == nil {
		_, err = f.hasSigningKey()
	}
	if err == nil && created {
		return bearer, nil
	}
	return "", errors.Join(err, ring.RevokeAny(context.WithoutCancel(ctx), key.Prefix))
}

// missingSigningKey returns the error of a start without a signing key.
func (f folder) missingSigningKey() error {
	return fmt.Errorf("%s is missing, and this is not a first start, because the database has API keys. "+
		"Restore the file from the backup, or start once with -%s, which makes another one: "+
		"links, cursors and upload URLs made before are then invalid; API keys stay valid, and keys mint makes further ones",
		f.signingKey(), renewFlag)
}

// renewFlag is the name of the flag that makes a signing key in place of a missing
// one.
const renewFlag = "new-signing-key"
