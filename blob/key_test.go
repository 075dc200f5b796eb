package blob_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets/blob"
)

var hostile = map[string]string{
	"empty": "", "dot": ".", "parent": "..", "up": "../x", "up inside": "a/../../x", "up at the end": "a/..",
	"absolute": "/etc/passwd", "root": "/", "empty element": "a//b", "trailing slash": "a/", "current": "./a",
	"NUL": "a\x00b", "line break": "a\nb", "backslash": `..\x`, "drive": "C:x", "blank": "a b", "letter": "ä",
	"invalid UTF-8": "a\xff", "percent": "a%2fb", "hidden": "a/.b", "marker": ".assets-store",
	"marker's draft": ".assets-store.x", "long": strings.Repeat("a", 2000), "long element": strings.Repeat("a", 256),
}

func TestInvalidKeysTEN03(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		for name, key := range hostile {
			_, sizeErr := s.Size(t.Context(), key)
			_, openErr := s.Open(t.Context(), key, 0, -1)
			for method, err := range map[string]error{
				"Put":    s.Put(t.Context(), key, "text/plain", strings.NewReader("x")),
				"Size":   sizeErr,
				"Open":   openErr,
				"Delete": s.Delete(t.Context(), key),
			} {
				if !errors.Is(err, blob.ErrInvalidKey) {
					t.Errorf("%s of a key with %s: %v", method, name, err)
				}
			}
		}
		if got := keys(t, s, ""); len(got) != 0 {
			t.Errorf("stored all the same: %q", got)
		}
	})
}

func TestSweepSkipsForeignKeys(t *testing.T) {
	foreign := []string{
		"readme.txt", "photos/202601/cat.jpg", "acme/202613/usedusedusedusedusedused00", "acme/202601/short",
		"a/b/202601/usedusedusedusedusedused00", used + "~", used + "~w640~w640", "backup/202601/usedusedused-usedused",
	}
	sweepTest(t, append([]string{used}, foreign...), func(t *testing.T, b *agedBucket) {
		report, err := blob.Sweep(t.Context(), config(b, newLedger(used)))
		want := blob.SweepReport{Scanned: 9, Foreign: 8, Referenced: 1, Expired: 3}
		if diff := cmp.Diff(want, report); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		wantKeys(t, b, append(foreign, used)...)
	})
}

func TestContentKey(t *testing.T) {
	t.Parallel()
	const random = "k3jq5zv7xw2m4n6p8r9t"
	for key, content := range map[string]string{
		"acme/202601/" + random:               "acme/202601/" + random,
		"acme/202612/" + random + "~w640":     "acme/202612/" + random,
		"=41cme/202601/" + random[:16]:        "=41cme/202601/" + random[:16],
		"acme/202601/" + random[:15]:          "", // too short
		"acme/202600/" + random:               "", // no month
		"acme/202613/" + random:               "",
		"acme/20261/" + random:                "",
		"acme/+20261/" + random:               "",
		"acme/202601/" + random + "-":         "",
		"acme/202601/" + random + "~":         "", // a rendition without a name
		"acme/202601/" + random + "~w640.png": "",
		"acme/202601/" + random + "~a~b":      "",
		"acme~b/202601/" + random:             "",
		"acme/" + random:                      "",
		"a/b/202601/" + random:                "",
		".assets-store":                       "",
	} {
		if got, ok := blob.ContentKey(key); got != content || ok != (content != "") {
			t.Errorf("ContentKey(%q) = %q, %v, want %q", key, got, ok, content)
		}
	}
}

// A key is invalid, or is stored unchanged and inside the folder; and a sweep deletes it
// only if a Library could have chosen it.
func FuzzKey(f *testing.F) {
	for _, key := range hostile {
		f.Add(key)
	}
	for _, key := range []string{key1, garbage2, used + "~w640", used + "~", "a~b/202601/" + used, "a/202600/" + used} {
		f.Add(key)
	}
	ours := regexp.MustCompile(`^[^/~]+/[0-9]{4}(0[1-9]|1[0-2])/[0-9A-Za-z]{16,}(~[0-9A-Za-z]+)?$`)
	f.Fuzz(func(t *testing.T, key string) {
		parent := t.TempDir()
		dir, memory := openDir(t, filepath.Join(parent, "data")), blob.NewMemory()
		for _, s := range []store{dir, memory} {
			err := s.Put(t.Context(), key, "text/plain", strings.NewReader("content"))
			if errors.Is(err, blob.ErrInvalidKey) {
				wantKeys(t, s)
				continue
			}
			if err != nil {
				t.Fatalf("Put(%q): %v", key, err)
			}
			wantKeys(t, s, key)
			cfg := config(s, newLedger())
			cfg.Force, cfg.Age, cfg.Now = true, 1, nil
			cfg.AllowAnyAge = true
			report, err := blob.Sweep(t.Context(), cfg)
			if err != nil || (report.Deleted == 1) != ours.MatchString(key) {
				t.Errorf("the sweep of %q: %+v, %v", key, report, err)
			}
		}
		if beside, err := os.ReadDir(parent); err != nil || len(beside) != 1 {
			t.Errorf("%q leads out of the folder: %v, %v", key, beside, err)
		}
	})
}
