package datafolder

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

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

// prepareAttesting makes the key that signs attestations, if there is none. A folder of
// before there were attestations gets one too.
func (f folder) prepareAttesting(log *slog.Logger) error {
	if _, err := os.Stat(f.attestKey()); !errors.Is(err, fs.ErrNotExist) {
		return err
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
		log.Info("made the key that signs attestations: back it up", "file", f.attestKey(), "key", attest.NewPublicKey(public).ID)
	}
	return err
}
