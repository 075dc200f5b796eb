package datafolder

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
)

func (f folder) attestKey() string { return f.file("attest.key") }

// attester returns what signs attestations: with the first private key of attest.key.
// The keys below it are those of before. To rotate, put a new block on top and restart.
func (f folder) attester() (*attest.Attester, error) {
	text, err := os.ReadFile(f.attestKey())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: a start of the server makes it", err)
	}
	if err != nil {
		return nil, err
	}
	cfg, err := attest.ParseKeyFile(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.attestKey(), err)
	}
	return attest.New(cfg)
}

// attested is what the stores of SQL databases have: see store.Store.Attested.
type attested interface {
	Attested(ctx context.Context) (bool, error)
}

// prepareAttesting makes the key that signs attestations, if there is none. A folder of
// before there were attestations gets one too. If the store has signed attestations the key
// was lost: that is an error, unless renew is set.
func (f folder) prepareAttesting(ctx context.Context, s assets.Store, log *slog.Logger, renew bool) error {
	if _, err := os.Stat(f.attestKey()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var lost bool
	if rows, ok := assets.StoreAs[attested](s); ok {
		var err error
		if lost, err = rows.Attested(ctx); err != nil {
			return err
		}
	}
	switch {
	case lost && !renew:
		return f.missingAttestKey()
	case lost:
		log.WarnContext(ctx, "a new key of attestations replaces a missing one: what that has signed can be verified only with a saved public key")
	}
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	text, err := attest.EncodePrivateKey(key)
	if err != nil {
		return err
	}
	created, err := createKey(f.attestKey(), text)
	if created {
		log.InfoContext(ctx, "made the key that signs attestations: back it up", "file", f.attestKey(), "key", attest.NewPublicKey(public).ID)
	}
	return err
}

// missingAttestKey returns the error of a start without the key that has signed.
func (f folder) missingAttestKey() error {
	return fmt.Errorf("%s is missing, and the database has attestations that were signed. "+
		"Restore the file from the backup, or start once with -%s, which makes another key: "+
		"keys.json then lacks the old one, and what it has signed can be verified only with a saved public key",
		f.attestKey(), renewAttestFlag)
}

// renewAttestFlag is the name of the flag that makes a key of attestations in place of a
// missing one.
const renewAttestFlag = "new-attest-key"
