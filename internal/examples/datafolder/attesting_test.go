package datafolder

import (
	"crypto/ed25519"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/store/memory"
)

// The first start makes the key, and a later one keeps it. A key that is put on top of the
// file signs, and those below it stay public.
func TestAttestKey(t *testing.T) {
	t.Parallel()
	f, log := folder(t.TempDir()), slog.New(slog.DiscardHandler)
	if _, err := f.attester(); err == nil || !strings.Contains(err.Error(), "a start of the server makes it") {
		t.Errorf("without a key: %v", err)
	}
	for range 2 {
		if err := f.prepareAttesting(t.Context(), memory.New(), log, false); err != nil {
			t.Fatal(err)
		}
	}
	first, err := f.attester()
	if err != nil || len(first.PublicKeys()) != 1 {
		t.Fatalf("%v", err)
	}
	if info, err := os.Stat(f.attestKey()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	old, err := os.ReadFile(f.attestKey())
	if err != nil {
		t.Fatal(err)
	}
	added, err := attest.EncodePrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.attestKey(), append(added, old...), 0o600); err != nil {
		t.Fatal(err)
	}
	second, err := f.attester()
	if err != nil {
		t.Fatal(err)
	}
	if keys := second.PublicKeys(); len(keys) != 2 || keys[0].ID == first.PublicKeys()[0].ID || keys[1].ID != first.PublicKeys()[0].ID {
		t.Errorf("after the rotation: %v", keys)
	}
	if err := os.WriteFile(f.attestKey(), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.attester(); err == nil || !strings.Contains(err.Error(), f.attestKey()) {
		t.Errorf("a damaged file: %v", err)
	}
}
