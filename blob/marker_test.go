package blob_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/crashfs"
)

func wantMarker(t *testing.T, s blob.Sweepable, want string) {
	t.Helper()
	got, err := s.ReadMarker(background)
	if want == "" && !errors.Is(err, assets.ErrNotFound) || strings.TrimSpace(string(got)) != want {
		t.Errorf("the marker is %q, %v, want %q", got, err, want)
	}
}

func TestSweepReplacesTheMarker(t *testing.T) {
	sweepTest(t, []string{used}, func(t *testing.T, b *agedBucket) {
		l := newLedger(used)
		for l.journal = range int64(3) {
			if _, err := blob.Sweep(t.Context(), config(b, l)); err != nil {
				t.Fatal(err)
			}
			wantMarker(t, b, fmt.Sprintf(`{"store":"store-1","journal":%d}`, l.journal))
		}
	})
}

func TestMarker(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		refused bool
	}{
		"the same state":        {`{"store":"store-1","journal":10}`, false},
		"an earlier state":      {`{"store":"store-1"}`, false},
		"an unknown member":     {`{"store":"store-1","journal":1,"new":true}`, false},
		"a later state":         {`{"store":"store-1","journal":11}`, true},
		"another store":         {`{"store":"store-2","journal":1}`, true},
		"no store":              {`{"journal":1}`, true},
		"an empty object":       {``, true},
		"a number out of range": {`{"store":"store-1","journal":9223372036854775808}`, true},
		"longer than is read":   {`{"store":"store-1"` + strings.Repeat(" ", 4<<10) + `}`, true},
		"several values":        {`{"store":"store-1"}{"store":"store-1"}`, true},
		"a string for a number": {`{"store":"store-1","journal":"1"}`, true},
	} {
		b := &agedBucket{store: blob.NewMemory()}
		put(t, b, used, "")
		if err := b.WriteMarker(t.Context(), []byte(c.text)); err != nil {
			t.Fatal(err)
		}
		_, err := blob.Sweep(t.Context(), config(b, newLedger(used)))
		if errors.Is(err, blob.ErrSweepRefused) != c.refused || (err != nil) != c.refused {
			t.Errorf("a marker with %s: %v", name, err)
		}
	}
}

func TestSweepMarksAnEmptyBucketCRA04(t *testing.T) {
	sweepTest(t, nil, func(t *testing.T, b *agedBucket) {
		if _, err := blob.Sweep(t.Context(), config(b, newLedger())); err != nil {
			t.Fatal(err)
		}
		wantMarker(t, b, `{"store":"store-1","journal":10}`)
		put(t, b, garbage, "another database must not sweep this")
		other := newLedger()
		other.store = "store-2"
		if _, err := blob.Sweep(t.Context(), config(b, other)); !errors.Is(err, blob.ErrSweepRefused) {
			t.Errorf("a second store: %v", err)
		}
		wantKeys(t, b, garbage)
	})
}

func TestMarkerSurvivesPowerCut(t *testing.T) {
	t.Parallel()
	for n := range 6 {
		disk := crashfs.New()
		if err := openDisk(disk).WriteMarker(t.Context(), []byte("old")); err != nil {
			t.Fatal(err)
		}
		disk.CutAt(n + 1)
		err := openDisk(disk).WriteMarker(t.Context(), []byte("new"))
		disk.Cut()
		got, readErr := openDisk(disk).ReadMarker(t.Context())
		if want := map[bool]string{true: "new", false: "old"}[err == nil]; string(got) != want || readErr != nil {
			t.Errorf("cut at step %d (%v): the marker is %q, %v, want %q", n+1, err, got, readErr, want)
		}
		if n < 5 && err == nil {
			t.Errorf("cut at step %d, and WriteMarker succeeds", n+1)
		}
		if got := keys(t, openDisk(disk), ""); len(got) != 0 {
			t.Errorf("the listing shows %q", got)
		}
	}
}

// A sweep deletes nothing unless the marker names its store and no later journal
// position than the database.
func FuzzMarker(f *testing.F) {
	for _, text := range []string{
		`{"store":"store-1","journal":10}`, `{"store":"store-1","journal":11}`, `{"store":"store-2"}`, `{}`, ``, `null`,
		`{"store":"store-1","journal":1e999}`, `{"store":"store-1"}{}`, strings.Repeat("[", 5000),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := &agedBucket{store: blob.NewMemory()}
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
