package blob_test

import (
	"errors"
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
		for range 3 {
			l.write("next", 1)
			if _, err := blob.Sweep(t.Context(), config(b, l)); err != nil {
				t.Fatal(err)
			}
			wantMarker(t, b, l.marker())
		}
	})
}

func TestMarker(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		refused bool
	}{
		"the newest row":        {newLedger().marker(), false},
		"an earlier row":        {newLedger().markerAt(3), false},
		"no row":                {`{"store":"store-1","journal":{"position":0,"digest":""}}`, false},
		"the number of a row":   {`{"store":"store-1","journal":3}`, false},
		"the number of no row":  {`{"store":"store-1","journal":0}`, false},
		"an unknown member":     {`{"store":"store-1","journal":1,"new":true}`, false},
		"a later number":        {`{"store":"store-1","journal":11}`, true},
		"another digest":        {`{"store":"store-1","journal":{"position":10,"digest":"00"}}`, true},
		"no digest":             {`{"store":"store-1","journal":{"position":10}}`, true},
		"a digest of no row":    {`{"store":"store-1","journal":{"digest":"00"}}`, true},
		"a negative number":     {`{"store":"store-1","journal":-1}`, true},
		"a negative position":   {`{"store":"store-1","journal":{"position":-1,"digest":"00"}}`, true},
		"no journal":            {`{"store":"store-1"}`, true},
		"null":                  {`{"store":"store-1","journal":null}`, true},
		"another store":         {`{"store":"store-2","journal":1}`, true},
		"no store":              {`{"journal":1}`, true},
		"an empty object":       {``, true},
		"a number out of range": {`{"store":"store-1","journal":9223372036854775808}`, true},
		"longer than is read":   {`{"store":"store-1","journal":1` + strings.Repeat(" ", 4<<10) + `}`, true},
		"several values":        {`{"store":"store-1","journal":1}{"store":"store-1","journal":1}`, true},
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
		wantMarker(t, b, newLedger().marker())
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

// A sweep deletes nothing unless the marker names its store and a journal row of it.
func FuzzMarker(f *testing.F) {
	for _, text := range []string{
		newLedger().marker(), `{"store":"store-1","journal":10}`, `{"store":"store-1","journal":11}`, `{"store":"store-2"}`, `{}`, ``, `null`,
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
