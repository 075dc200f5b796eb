package datafolder_test

import (
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/datafolder"
	"github.com/10ex/assets/internal/examples/servercmd"
)

// open opens a folder for a use.
func open(t *testing.T, folder string, use servercmd.Use) (*servercmd.Data, error) {
	t.Helper()
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	storage := datafolder.Storage(flags, use)
	if err := flags.Parse([]string{"-data", folder}); err != nil {
		t.Fatal(err)
	}
	data, err := storage.Open(t.Context(), use, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Cleanup(func() { _ = data.Close() })
	}
	return data, err
}

func TestOpenCreatesWhatIsMissing(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new", "data")
	for _, use := range []servercmd.Use{servercmd.Migrating, servercmd.ManagingKeys, servercmd.Sweeping, servercmd.ServingMCP, servercmd.Erasing} {
		if _, err := open(t, folder, use); err == nil {
			t.Errorf("use %d of a folder that does not exist succeeds", use)
		}
		if _, err := os.Stat(folder); err == nil {
			t.Fatalf("use %d creates the folder", use)
		}
	}
	data, err := open(t, folder, servercmd.MintingKeys)
	if err != nil || data.Blobs != nil || data.SigningKeys != nil || data.FirstKey != "" {
		t.Fatalf("for minting keys: %+v, %v", data, err)
	}
	info, err := os.Stat(folder)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	if _, err := open(t, folder, servercmd.ServingMCP); err == nil {
		t.Error("serving MCP without a server's first start succeeds")
	}
}

func TestFirstKeyIsReturnedOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first, err := open(t, folder, servercmd.Serving)
	if err != nil || first.FirstKey == "" || len(first.SigningKeys) != 1 {
		t.Fatalf("the first start: %+v, %v", first, err)
	}
	second, err := open(t, folder, servercmd.Serving)
	if err != nil || second.FirstKey != "" || !slices.EqualFunc(first.SigningKeys, second.SigningKeys, slices.Equal[[]byte]) {
		t.Errorf("the second start: %+v, %v", second, err)
	}
}

// An erasure withdraws approvals, so it needs the key that signs statements.
func TestErasingAttests(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := open(t, folder, servercmd.Serving); err != nil {
		t.Fatal(err)
	}
	data, err := open(t, folder, servercmd.Erasing)
	if err != nil || data.Attester == nil || data.SigningKeys != nil || data.Blobs == nil {
		t.Fatalf("%+v, %v", data, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "attest.key"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, folder, servercmd.Erasing); err == nil || !strings.Contains(err.Error(), "attest.key") {
		t.Errorf("with a damaged key: %v", err)
	}
	if _, err := open(t, folder, servercmd.Sweeping); err != nil {
		t.Errorf("sweeping with a damaged key: %v", err)
	}
}
