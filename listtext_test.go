package assets_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// texts returns the member text of each item of a list, as JSON, by title; "" if an item
// has none.
func texts(t *testing.T, lib *assets.Library, q assets.Query) map[string]string {
	t.Helper()
	page, err := lib.List(t.Context(), fixture.Ann, q)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, a := range page.Items {
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(b, &members); err != nil {
			t.Fatal(err)
		}
		all[a.Title] = string(members["text"])
	}
	return all
}

func TestIncludeText(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		create := func(title string, in assets.NewAsset) assets.ID {
			t.Helper()
			in.Title = title
			made, err := lib.Create(t.Context(), fixture.Ann, in)
			if err != nil {
				t.Fatal(err)
			}
			return made.ID
		}
		blog := fixture.Copy("# Plain é")
		blog.Type = assets.TypeBlog
		empty := fixture.File(assets.TypeCopy, "text/plain")
		empty.Content = strings.NewReader("")
		create("copy", fixture.Copy("a \"b\""))
		create("blog", blog)
		create("empty", empty)
		create("just short", fixture.Copy(strings.Repeat("x", assets.MaxShortText)))
		create("long", fixture.Copy(strings.Repeat("x", assets.MaxShortText+1)))
		create("image", fixture.Image(fixture.Noise(2, 2)))
		versions := create("versions", fixture.Copy("approved"))
		fixture.Review(t, lib, versions, assets.ActionSubmit)
		fixture.Review(t, lib, versions, assets.ActionApprove)
		if _, err := lib.AddVersion(t.Context(), fixture.Ann, versions, assets.NewVersion{Text: "newer"}); err != nil {
			t.Fatal(err)
		}

		want := map[string]string{
			"copy": `"a \"b\""`, "blog": `"# Plain é"`, "empty": `""`, "just short": `"` + strings.Repeat("x", assets.MaxShortText) + `"`,
			"long": "null", "image": "", "versions": `"newer"`,
		}
		for title, got := range texts(t, lib, assets.Query{IncludeText: true, IncludeTotal: true}) {
			if got != want[title] {
				t.Errorf("%s has the text %.40s, want %.40s", title, got, want[title])
			}
		}
		approved := texts(t, lib, assets.Query{IncludeText: true, Statuses: []assets.Status{assets.StatusApproved}})
		if len(approved) != 1 || approved["versions"] != `"approved"` {
			t.Errorf("the approved texts are %v", approved)
		}
		for title, got := range texts(t, lib, assets.Query{}) {
			if got != "" {
				t.Errorf("%s has the text %.40s although none was requested", title, got)
			}
		}
	})
}

// TestShortTextJSON: a text is read from JSON as it is written.
func TestShortTextJSON(t *testing.T) {
	t.Parallel()
	hello := "hello"
	for want, text := range map[string]*assets.ShortText{`"hello"`: {Text: &hello}, "null": {}} {
		b, err := json.Marshal(text)
		var again assets.ShortText
		if err = errors.Join(err, json.Unmarshal(b, &again)); err != nil || string(b) != want {
			t.Errorf("%s, %v; want %s", b, err, want)
		}
		if (again.Text == nil) != (text.Text == nil) || again.Text != nil && *again.Text != *text.Text {
			t.Errorf("%s is read as %+v", b, again)
		}
	}
}

// textBlobs count the contents that are open at the same time. They call read, if it is
// set, for each that is opened.
type textBlobs struct {
	assets.Blobs
	open, most atomic.Int64
	read       func(ctx context.Context, key string) error
}

func (b *textBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	n := b.open.Add(1)
	defer b.open.Add(-1)
	most := b.most.Load()
	for n > most && !b.most.CompareAndSwap(most, n) {
		most = b.most.Load()
	}
	if b.read != nil {
		if err := b.read(ctx, key); err != nil {
			return nil, err
		}
	}
	return b.Blobs.Open(ctx, key, offset, length)
}

// textLibrary returns a library in memory with n copies of so many bytes each.
func textLibrary(t *testing.T, n, bytes int, limits assets.Limits) (*assets.Library, *textBlobs) {
	t.Helper()
	cfg := assetstest.Config()
	b := &textBlobs{Blobs: cfg.Blobs}
	cfg.Blobs, cfg.Limits = b, limits
	lib := backends.Library(t, cfg)
	for i := range n {
		text := fmt.Sprintf("%0*d", bytes, i)
		if _, err := lib.Create(t.Context(), fixture.Ann, fixture.Copy(text)); err != nil {
			t.Fatal(err)
		}
	}
	return lib, b
}

// TestIncludeTextIsBounded: pages with texts are at most 4 MiB, and all lists together
// read few texts at the same time.
func TestVolumeIncludeTextIsBoundedHOS05(t *testing.T) {
	t.Parallel()
	const n = 300
	lib, b := textLibrary(t, n, assets.MaxShortText, assets.Limits{})
	var found atomic.Int64
	fixture.AtOnce(3, func(int) {
		q := assets.Query{IncludeText: true, Limit: assets.MaxListLimit}
		for {
			page, err := lib.List(t.Context(), fixture.Ann, q)
			if err != nil {
				t.Error(err)
				return
			}
			size := int64(0)
			for _, a := range page.Items {
				size += int64(len(*a.Text.Text))
			}
			if size > assets.MaxPageBytes {
				t.Errorf("a page has %d bytes of text", size)
			}
			found.Add(int64(len(page.Items)))
			if q.Cursor = string(page.NextCursor); q.Cursor == "" {
				return
			}
		}
	})
	if found.Load() != 3*n {
		t.Errorf("%d items, want %d", found.Load(), 3*n)
	}
	if most := b.most.Load(); most > 16 {
		t.Errorf("%d contents were open at the same time", most)
	}
}

// TestPagesWithTextEndEarlier: a page that has no room for its texts ends early, and the
// next one continues it.
func TestVolumePagesWithTextEndEarlierHOS05(t *testing.T) {
	t.Parallel()
	lib, _ := textLibrary(t, 0, 0, assets.Limits{})
	in := fixture.Copy(strings.Repeat("x", assets.MaxShortText))
	in.Provenance.Parameters = json.RawMessage(`{"a":"` + strings.Repeat("x", 15_000) + `"}`)
	for range assets.MaxListLimit {
		if _, err := lib.Create(t.Context(), fixture.Ann, in); err != nil {
			t.Fatal(err)
		}
	}
	page, err := lib.List(t.Context(), fixture.Ann, assets.Query{IncludeText: true, Limit: assets.MaxListLimit})
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, a := range page.Items {
		size += a.StoredBytes() + int64(len(*a.Text.Text))
	}
	if n := len(page.Items); n < 100 || n == assets.MaxListLimit || size > assets.MaxPageBytes || page.NextCursor == "" {
		t.Errorf("a page of %d items has %d bytes", n, size)
	}
}

// TestIncludeTextFails: a text that cannot be read, or is damaged, fails the list.
func TestIncludeTextFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		read func(ctx context.Context, key string) error
		wait time.Duration // of Limits
		code string
	}{
		"unavailable": {func(context.Context, string) error { return errors.New("the bucket is away") }, 0, "unavailable"},
		"missing":     {func(_ context.Context, key string) error { return fmt.Errorf("%s: %w", key, assets.ErrNotFound) }, 0, "internal_error"},
		"slow": {func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}, time.Millisecond, "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lib, b := textLibrary(t, 40, 10, assets.Limits{WorkWait: c.wait})
			b.read = c.read
			for range 2 { // the second finds that the first has ended all its reads
				_, err := lib.List(t.Context(), fixture.Ann, assets.Query{IncludeText: true})
				if assets.Code(err) != c.code {
					t.Errorf("List: %v, want %s", err, c.code)
				}
			}
			if b.open.Load() != 0 {
				t.Errorf("%d contents are being opened afterwards", b.open.Load())
			}
		})
	}
}

// TestIncludeTextVerifies: no text is returned whose bytes are not those of its digest.
func TestIncludeTextVerifiesBLB03(t *testing.T) {
	t.Parallel()
	lib, b := textLibrary(t, 3, 10, assets.Limits{})
	b.Blobs = alteredBlobs{b.Blobs}
	if _, err := lib.List(t.Context(), fixture.Ann, assets.Query{IncludeText: true}); !errors.Is(err, assets.ErrCorrupt) {
		t.Errorf("List: %v", err)
	}
}

// alteredBlobs return other bytes than are stored.
type alteredBlobs struct{ assets.Blobs }

func (b alteredBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := b.Blobs.Open(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	return io.NopCloser(strings.NewReader(strings.ToUpper(strings.Repeat("z", len(content))))), err
}

// TestIncludeTextPanics: a panic of the host's Blobs reaches the caller of List, whose
// server recovers it.
func TestIncludeTextPanics(t *testing.T) {
	t.Parallel()
	lib, b := textLibrary(t, 40, 10, assets.Limits{})
	b.read = func(context.Context, string) error { panic("bomb") }
	defer func() {
		if p := recover(); p != "bomb" {
			t.Errorf("recovered %v", p)
		}
		b.read = nil
		if got := texts(t, lib, assets.Query{IncludeText: true, Limit: 1}); len(got) != 1 {
			t.Errorf("afterwards: %v", got)
		}
	}()
	_, err := lib.List(t.Context(), fixture.Ann, assets.Query{IncludeText: true})
	t.Errorf("List returned %v", err)
}
