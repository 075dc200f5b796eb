package servercmd_test

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/internal/examples/servercmd"
)

func TestErase(t *testing.T) {
	t.Parallel()
	m := newStorage()
	id := m.approved(t, "w", "secret")
	erase := []string{"erase", "-workspace", "w", "-asset", string(id), "-version", "1"}
	for _, missing := range [][]string{{}, {"-yes"}, {"-reason", "a request"}} {
		if code, _, stderr := m.run(t, append(slices.Clip(erase), missing...)...); code != servercmd.ExitUsage || !strings.Contains(stderr, "is required") {
			t.Errorf("%q: exit code %d: %s", missing, code, stderr)
		}
	}
	if code, _, stderr := m.run(t, "erase", "-workspace", "w", "-asset", "x", "-yes"); code != servercmd.ExitUsage ||
		!strings.Contains(stderr, "-asset: ") || !strings.Contains(stderr, "-version: ") || !strings.Contains(stderr, "-reason: ") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	got := m.mustRun(t, append(erase, "-reason", "a request", "-yes")...)
	if want := "version 1 of asset " + string(id) + " is erased; the asset is draft\n"; got != want {
		t.Errorf("got %s", got)
	}
	v, err := m.Store.Version(t.Context(), "w", id, 1)
	if err != nil || v.ErasedAt == 0 || v.Approval != assets.ApprovalWithdrawn {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := m.Blobs.Size(t.Context(), v.Key); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("the content: %v", err)
	}
	if code, _, stderr := m.run(t, "erase", "-workspace", "other", "-asset", string(id), "-version", "1", "-reason", "r", "-yes"); code != servercmd.ExitFailed || !strings.Contains(stderr, "not found") {
		t.Errorf("another workspace: exit code %d: %s", code, stderr)
	}
}

// What the attestation route shows last of an erased version is its withdrawal.
func TestEraseAttestsTheWithdrawal(t *testing.T) {
	t.Parallel()
	m := newStorage()
	var err error
	m.Attester, err = attest.New(attest.Config{Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))})
	if err != nil {
		t.Fatal(err)
	}
	id := m.approved(t, "w", "secret")
	newest := func() assets.Attestation {
		t.Helper()
		found, err := m.Store.(assets.Attestations).Attestation(t.Context(), "w", id, 1)
		if err != nil || !found.Signed() {
			t.Fatalf("%+v, %v", found, err)
		}
		return found
	}
	if got := newest(); got.Withdrawn {
		t.Fatalf("before: %s", got.Statement)
	}
	m.mustRun(t, "erase", "-workspace", "w", "-asset", string(id), "-version", "1", "-reason", "a request", "-yes")
	if got := newest(); !got.Withdrawn {
		t.Errorf("got %s", got.Statement)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	m := newStorage()
	gone, kept := m.approved(t, "w", "gone"), m.approved(t, "other", "kept")
	m.mustRun(t, "keys", "mint", "-workspace", "w", "-owner", "ann", "-kind", "user", "-scopes", "*", "-name", "n")
	if code, _, _ := m.run(t, "purge", "-workspace", "w"); code != servercmd.ExitUsage {
		t.Errorf("without -yes: exit code %d", code)
	}
	if code, _, _ := m.run(t, "purge", "-yes"); code != servercmd.ExitUsage {
		t.Errorf("without a workspace: exit code %d", code)
	}
	if got := m.mustRun(t, "purge", "-workspace", "w", "-yes"); !strings.HasSuffix(got, " rows and 1 objects removed\n") || strings.HasPrefix(got, "0 ") {
		t.Errorf("got %s", got)
	}
	if _, err := m.Store.Asset(t.Context(), "w", gone); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("the asset: %v", err)
	}
	if _, err := m.Store.Asset(t.Context(), "other", kept); err != nil {
		t.Error(err)
	}
	if list := m.mustRun(t, "keys", "list"); strings.Contains(list, "ann") {
		t.Errorf("keys: %s", list)
	}
	if got := m.mustRun(t, "purge", "-workspace", "w", "-yes"); got != "0 rows and 0 objects removed\n" {
		t.Errorf("again: %s", got)
	}
	if got := m.mustRun(t, "sweep", "-older", "0s"); !strings.HasPrefix(got, "1 objects: 1 in use") {
		t.Errorf("sweep: %s", got)
	}
}
