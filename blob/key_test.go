package blob_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/blob"
)

// A key is refused, or stored as it is and nowhere else; and a sweep deletes
// it only when it has the shape of the Library's keys.
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

// Whatever a marker says, nothing is deleted unless it is this store's and
// not newer than the database.
func FuzzMarker(f *testing.F) {
	for _, text := range []string{
		`{"store":"store-1","journal":10}`, `{"store":"store-1","journal":11}`, `{"store":"store-2"}`, `{}`, ``, `null`,
		`{"store":"store-1","journal":1e999}`, `{"store":"store-1"}{}`, strings.Repeat("[", 5000),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := &aged{store: blob.NewMemory()}
		put(t, b, used, "")
		put(t, b, garbage, "")
		if err := b.WriteMarker(t.Context(), []byte(text)); err != nil {
			t.Fatal(err)
		}
		_, err := blob.Sweep(t.Context(), config(b, newLedger(used)))
		swept := !slices.Contains(keys(t, b, ""), garbage)
		if swept != (err == nil) || err != nil && !errors.Is(err, blob.ErrSweepRefused) {
			t.Errorf("marker %q: swept %v, %v", text, swept, err)
		}
		if swept && !strings.Contains(strings.ToLower(text), "store") {
			t.Errorf("marker %q is believed", text)
		}
	})
}
