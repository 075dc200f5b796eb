package assets_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// addTexts creates an asset with a version for each text and returns its id.
func addTexts(t *testing.T, lib *assets.Library, texts ...string) assets.ID {
	t.Helper()
	made, err := lib.Create(t.Context(), fixture.Ann, fixture.Copy(texts[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts[1:] {
		if _, err := lib.AddVersion(t.Context(), fixture.Ann, made.ID, assets.NewVersion{Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	return made.ID
}

// inShort returns the segments of a diff: deletions in [-…-], insertions in {+…+}.
func inShort(d *assets.Diff) string {
	var b strings.Builder
	for _, s := range d.Segments {
		switch s.Op {
		case assets.DiffEqual:
			b.WriteString(s.Text)
		case assets.DiffDelete:
			b.WriteString("[-" + s.Text + "-]")
		case assets.DiffInsert:
			b.WriteString("{+" + s.Text + "+}")
		}
	}
	return b.String()
}

// TestDiffSelectsVersions: the defaults, and selectors of both kinds.
func TestDiffSelectsVersions(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		only := addTexts(t, lib, "one")
		id := addTexts(t, lib, "one", "two", "three", "four")
		decide := func(action assets.Action, n assets.Number) {
			t.Helper()
			if _, err := lib.Review(t.Context(), fixture.Ann, id, assets.Decision{Action: action, Version: n, Comment: "c"}); err != nil {
				t.Fatal(err)
			}
		}
		try := func(what string, id assets.ID, q assets.DiffQuery, from, to assets.Number, want string) {
			t.Helper()
			d, err := lib.Diff(t.Context(), fixture.Ann, id, q)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			got := assets.Number(0)
			if d.From != nil {
				got = d.From.Version
				if d.From.Content.SHA256 != fixture.SHA256([]string{"one", "two", "three", "four"}[got-1]) {
					t.Errorf("%s: the content of version %d is %+v", what, got, d.From.Content)
				}
			}
			if got != from || d.To.Version != to || inShort(d) != want {
				t.Errorf("%s: from %d to %d: %s, want from %d to %d: %s", what, got, d.To.Version, inShort(d), from, to, want)
			}
		}
		try("the first version", only, assets.DiffQuery{}, 0, 1, "{+one+}")
		try("nothing in force", id, assets.DiffQuery{}, 3, 4, "[-three-]{+four+}")
		try("an older version", id, assets.DiffQuery{To: 2}, 1, 2, "[-one-]{+two+}")
		try("the oldest version", id, assets.DiffQuery{To: 1}, 0, 1, "{+one+}")
		decide(assets.ActionApprove, 4)
		try("the current version in force", id, assets.DiffQuery{}, 3, 4, "[-three-]{+four+}")
		if _, err := lib.Rollback(t.Context(), fixture.Bot, id, assets.Rollback{Version: 1}); err != nil {
			t.Fatal(err)
		}
		d, err := lib.Diff(t.Context(), fixture.Ann, id, assets.DiffQuery{})
		if err != nil || d.From.Version != 4 || d.To.Version != 5 || inShort(d) != "[-four-]{+one+}" {
			t.Errorf("a newer draft: %+v, %v", d, err)
		}
		try("numbers", id, assets.DiffQuery{From: new(assets.Selector(1)), To: 3}, 1, 3, "[-one-]{+three+}")
		try("backwards", id, assets.DiffQuery{From: new(assets.Selector(3)), To: 1}, 3, 1, "[-three-]{+one+}")
		try("itself", id, assets.DiffQuery{From: new(assets.Selector(2)), To: 2}, 2, 2, "two")
		try("names", id, assets.DiffQuery{From: new(assets.Selector(2)), To: assets.SelectApproved}, 2, 4, "[-two-]{+four+}")
		try("the one in force, by default", id, assets.DiffQuery{To: 2}, 4, 2, "[-four-]{+two+}")
		decide(assets.ActionRequestChanges, 4)
		for want, q := range map[error]assets.DiffQuery{
			assets.ErrNotApproved: {From: new(assets.SelectApproved)},
			assets.ErrNotFound:    {From: new(assets.Selector(9))},
		} {
			if _, err := lib.Diff(t.Context(), fixture.Ann, id, q); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		if _, err := lib.Diff(t.Context(), fixture.Ann, id, assets.DiffQuery{From: new(assets.Selector(-2)), To: -3}); !cmp.Equal(fixture.FieldPaths(err), []string{"from", "to"}) {
			t.Errorf("negative numbers: %v", err)
		}
	})
}

// TestDiffOfOtherContents: what is no text, or too long, has no segments.
func TestDiffOfOtherContents(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	add := func(id assets.ID, media, content string) assets.ID {
		t.Helper()
		v := assets.NewVersion{Content: strings.NewReader(content), MediaType: media}
		if id == "" {
			made, err := lib.Create(t.Context(), fixture.Ann, assets.NewAsset{Type: assets.TypeBundle, Title: "t", NewVersion: v})
			if err != nil {
				t.Fatal(err)
			}
			return made.ID
		}
		if _, err := lib.AddVersion(t.Context(), fixture.Ann, id, v); err != nil {
			t.Fatal(err)
		}
		return id
	}
	long := strings.Repeat("word ", assets.MaxDiffBytes/5)
	for name, c := range map[string]struct {
		media   [2]string
		content [2]string
		want    string // "nil": no segments
	}{
		"texts of two types": {[2]string{"text/plain", "text/markdown"}, [2]string{"a b", "a c"}, "a [-b-]{+c+}"},
		"JSON":               {[2]string{"application/json", "application/json"}, [2]string{`{"a":1}`, `{"a":2}`}, `{"a":[-1-]{+2+}}`},
		"two files":          {[2]string{"application/octet-stream", "application/octet-stream"}, [2]string{"\x00\x01", "\x00\x02"}, "nil"},
		"a file and a text":  {[2]string{"application/octet-stream", "text/plain"}, [2]string{"\x00\x01", "x"}, "nil"},
		"empty":              {[2]string{"text/plain", "text/plain"}, [2]string{"a", ""}, "[-a-]"},
		"1 MiB":              {[2]string{"text/plain", "text/plain"}, [2]string{long + "x", long}, long + "[-x-]"},
		"above 1 MiB":        {[2]string{"text/plain", "text/plain"}, [2]string{"x", long + "xx"}, "nil"},
	} {
		id := add(add("", c.media[0], c.content[0]), c.media[1], c.content[1])
		d, err := lib.Diff(t.Context(), fixture.Ann, id, assets.DiffQuery{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := inShort(d); d.Segments == nil != (c.want == "nil") || c.want != "nil" && got != c.want {
			t.Errorf("%s: %.100q, want %.100q", name, got, c.want)
		}
		if d.From == nil || d.From.Version != 1 || d.To.Content.SHA256 != fixture.SHA256(c.content[1]) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// TestDiffMakesBothTexts: the segments of random versions make exactly their texts.
func TestDiffMakesBothTexts(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab .,\n\u0301éห春👍")), 1, 60, -1)
		from, to := text.Draw(rt, "from"), text.Draw(rt, "to")
		id := addTexts(t, lib, from, to)
		d, err := lib.Diff(t.Context(), fixture.Ann, id, assets.DiffQuery{From: new(assets.Selector(1))})
		if err != nil {
			rt.Fatal(err)
		}
		// Of two equal texts there is one version, which is then compared with itself.
		var old, young strings.Builder
		for _, s := range d.Segments {
			if s.Op != assets.DiffInsert {
				old.WriteString(s.Text)
			}
			if s.Op != assets.DiffDelete {
				young.WriteString(s.Text)
			}
		}
		if old.String() != from || young.String() != to {
			rt.Fatalf("%+v makes %q and %q", d.Segments, old.String(), young.String())
		}
	})
}

// heldBlobs hold every Open until release is closed or its context ends.
type heldBlobs struct {
	assets.Blobs
	began   chan struct{}
	release chan struct{}
}

func (b *heldBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	select {
	case b.began <- struct{}{}:
	case <-b.release:
	}
	select {
	case <-b.release:
		return b.Blobs.Open(ctx, key, offset, length)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// heldLibrary returns a library whose contents are held, and an asset of two versions.
func heldLibrary(t *testing.T, change func(*assets.Limits)) (*assets.Library, *heldBlobs, assets.ID) {
	t.Helper()
	cfg := assetstest.Config()
	change(&cfg.Limits)
	held := &heldBlobs{cfg.Blobs, make(chan struct{}), make(chan struct{})}
	cfg.Blobs = held
	lib := backends.Library(t, cfg)
	return lib, held, addTexts(t, lib, "one", "two")
}

// TestDiffEndsWithItsContext: a comparison ends with its context and gives back its
// turn and its memory.
func TestDiffEndsWithItsContext(t *testing.T) {
	t.Parallel()
	lib, held, id := heldLibrary(t, func(*assets.Limits) {})
	for range 2 * runtime.GOMAXPROCS(0) {
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error)
		go func() {
			_, err := lib.Diff(ctx, fixture.Ann, id, assets.DiffQuery{})
			result <- err
		}()
		<-held.began
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	close(held.release)
	if d, err := lib.Diff(t.Context(), fixture.Ann, id, assets.DiffQuery{}); err != nil || inShort(d) != "[-one-]{+two+}" {
		t.Errorf("%+v, %v", d, err)
	}
	whole := lib.Limits().WorkMemory
	release, err := lib.Admit(t.Context(), whole)
	if err != nil {
		t.Fatalf("the memory is not free: %v", err)
	}
	release()
}

// TestDiffTakesTurns: comparisons beyond half of the processors wait for a limited
// time, and none takes longer than 10 s.
func TestDiffTakesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lib, held, id := heldLibrary(t, func(l *assets.Limits) { l.WorkWait, l.BlobStall = time.Second, time.Hour })
		turns := max(1, runtime.GOMAXPROCS(0)/2)
		start := time.Now()
		compare := func(want time.Duration, detail string) func() {
			return func() {
				_, err := lib.Diff(t.Context(), fixture.Ann, id, assets.DiffQuery{})
				if took := time.Since(start); assets.Code(err) != "unavailable" || !strings.Contains(assets.Detail(err), detail) || took != want {
					t.Errorf("%v after %v, want %q after %v", err, took, detail, want)
				}
			}
		}
		var all sync.WaitGroup
		for range max(1, turns-1) { // no workspace has all turns, if there are several
			all.Go(compare(10*time.Second, "longer than 10s"))
			<-held.began
		}
		for range 3 {
			all.Go(compare(time.Second, "busy"))
		}
		all.Wait()
	})
}

// TestDiffReservesMemory: the memory of a result is reserved until it is sent, and texts
// are not compared for which there is never enough.
func TestDiffReservesMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lib, held, id := heldLibrary(t, func(l *assets.Limits) { l.WorkWait, l.WorkMemory = time.Second, 1<<20 })
		close(held.release)
		ctx, sent := assets.Sending(t.Context(), 1, nil)
		if d, err := lib.Diff(ctx, fixture.Ann, id, assets.DiffQuery{}); err != nil || d.Segments == nil {
			t.Fatalf("%+v, %v", d, err)
		}
		if _, err := lib.Admit(t.Context(), 1<<20); !errors.Is(err, assets.ErrUnavailable) {
			t.Errorf("before it is sent: %v", err)
		}
		sent()
		release, err := lib.Admit(t.Context(), 1<<20)
		if err != nil {
			t.Fatalf("after it is sent: %v", err)
		}
		release()
		long := addTexts(t, lib, strings.Repeat("a ", 4<<10), strings.Repeat("b ", 4<<10))
		if d, err := lib.Diff(t.Context(), fixture.Ann, long, assets.DiffQuery{}); err != nil || d.Segments != nil || d.From == nil {
			t.Errorf("texts for which there is never enough memory: %+v, %v", d, err)
		}
	})
}
