package servercmd_test

import (
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/internal/testing/attested"
)

// proof writes an export of one asset as a zip and as a folder, and its keys, into a
// folder. The types of its statement are those of config.
func proof(t *testing.T, config attest.Config) (folder string) {
	t.Helper()
	folder = t.TempDir()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	config.Key = key
	archive := attested.ExportOf(t, config, attested.Asset{Title: "Tagline", Text: "Everything blooms."})
	writeFile(t, filepath.Join(folder, "export.zip"), archive)
	for name, text := range attested.Unpack(t, archive) {
		writeFile(t, filepath.Join(folder, "export", filepath.FromSlash(name)), text)
	}
	public := key.Public().(ed25519.PublicKey)
	set, err := json.Marshal(attest.KeySetOf([]assets.PublicKey{attest.NewPublicKey(public)}))
	if err != nil {
		t.Fatal(err)
	}
	text, err := attest.EncodePublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(folder, "keys.json"), set)
	writeFile(t, filepath.Join(folder, "key.pem"), text)
	return folder
}

func writeFile(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	m := newStorage()
	folder := proof(t, attest.Config{})
	in := func(name string) string { return filepath.Join(folder, filepath.FromSlash(name)) }
	envelope, err := os.ReadFile(in("export/attestations/Tagline.txt.dsse.json"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, in("beside/Tagline.txt"), []byte("Everything blooms."))
	writeFile(t, in("beside/Tagline.txt.dsse.json"), envelope)
	for _, keys := range []string{"keys.json", "key.pem"} {
		for _, path := range []string{"export.zip", "export", "beside/Tagline.txt", "beside/Tagline.txt.dsse.json"} {
			for _, args := range [][]string{{"verify", "-key", in(keys), in(path)}, {"verify", in(path), "-key", in(keys)}} {
				out := m.mustRun(t, args...)
				if !strings.Contains(out, `Tagline.txt": version 1 of asset `) || !strings.Contains(out, `, approved by user "ann" at `) || !strings.HasSuffix(out, "all 1 files are what was approved\n") {
					t.Errorf("%s with %s: %s", path, keys, out)
				}
			}
		}
	}
	writeFile(t, in("beside/Tagline.txt"), []byte("Nothing blooms."))
	writeFile(t, in("export/data/more.txt"), []byte("more"))
	for path, want := range map[string]string{
		"beside/Tagline.txt": "the file is not the one that was approved", "export": `FAILED "data/more.txt": there is no statement about the file`, "nothing": "nothing", "beside": "it is no export",
	} {
		code, stdout, stderr := m.run(t, "verify", "-key", in("key.pem"), in(path))
		if code != servercmd.ExitFailed || !strings.Contains(stdout+stderr, want) {
			t.Errorf("%s: %d, %s%s", path, code, stdout, stderr)
		}
	}
	for _, args := range [][]string{{"verify"}, {"verify", in("export")}, {"verify", "-key", in("key.pem")}, {"verify", in("export"), "-key", in("key.pem"), "more"}} {
		if code, _, stderr := m.run(t, args...); code != servercmd.ExitUsage || !strings.Contains(stderr, "usage:") {
			t.Errorf("%q: %d, %s", args, code, stderr)
		}
	}
}

// TestVerifyTypes: an export of a host with predicate types of its own is verified if the
// flags name them. Otherwise the failure names both types.
func TestVerifyTypes(t *testing.T) {
	t.Parallel()
	m := newStorage()
	const approval, withdrawal = "https://host.example/approval", "https://host.example/withdrawal"
	folder := proof(t, attest.Config{ApprovalType: approval, WithdrawalType: withdrawal})
	key := filepath.Join(folder, "key.pem")
	for _, path := range []string{"export.zip", "export"} {
		path = filepath.Join(folder, path)
		out := m.mustRun(t, "verify", path, "-key", key, "-approval-type", approval, "-withdrawal-type", withdrawal)
		if !strings.HasSuffix(out, "all 1 files are what was approved\n") {
			t.Errorf("%s: %s", path, out)
		}
		for _, c := range []struct {
			args []string
			want string
		}{
			{nil, `its predicate type is "https://host.example/approval"; that of an approval is "https://10ex.ai/attestations/asset-approval/v1"`},
			{[]string{"-approval-type", withdrawal}, `its predicate type is "https://host.example/approval"; that of an approval is "https://host.example/withdrawal"`},
			{[]string{"-withdrawal-type", approval}, "the approval was withdrawn"},
		} {
			code, stdout, _ := m.run(t, append([]string{"verify", path, "-key", key}, c.args...)...)
			if code != servercmd.ExitFailed || !strings.Contains(stdout, c.want) {
				t.Errorf("%s %q: %d, %s", path, c.args, code, stdout)
			}
		}
	}
}
