package lists_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// tagged makes assets with the given tags.
func tagged(t *testing.T, lib *assets.Library, by assets.Actor, all ...assets.Tags) (ids []assets.ID) {
	t.Helper()
	for i, tags := range all {
		in := fixture.Copy(fmt.Sprint(i))
		in.Tags = tags
		made, err := lib.Create(t.Context(), by, in)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.ID)
	}
	return ids
}

// allTags walks a list of tags.
func allTags(t *testing.T, lib *assets.Library, by assets.Actor, q assets.TagQuery) (all []assets.TagCount) {
	t.Helper()
	for {
		page, err := lib.Tags(t.Context(), by, q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if q.Cursor = string(page.NextCursor); q.Cursor == "" {
			return all
		}
	}
}

func TestTags(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		ids := tagged(
			t, lib, fixture.Ann,
			assets.Tags{"channel": {"web", "mail", "Web"}, "x": {"a:b"}},
			assets.Tags{"channel": {"web", "😀", "%", "_"}, "locale": {"de"}},
			assets.Tags{"channel": {"web"}, "archived": {"yes"}},
		)
		tagged(t, lib, assetstest.User("other", "ann"), assets.Tags{"channel": {"web", "foreign"}})
		for i, action := range []assets.Action{assets.ActionApprove, assets.ActionSubmit, assets.ActionArchive} {
			if _, err := lib.Review(t.Context(), fixture.Ann, ids[i], assets.Decision{Action: action, Version: 1}); err != nil {
				t.Fatal(err)
			}
		}
		want := []assets.TagCount{
			{Key: "channel", Value: "%", Count: 1},
			{Key: "channel", Value: "Web", Count: 1},
			{Key: "channel", Value: "_", Count: 1},
			{Key: "channel", Value: "mail", Count: 1},
			{Key: "channel", Value: "web", Count: 2},
			{Key: "channel", Value: "😀", Count: 1},
			{Key: "locale", Value: "de", Count: 1},
			{Key: "x", Value: "a:b", Count: 1},
		}
		for limit := range 10 {
			if d := cmp.Diff(want, allTags(t, lib, fixture.Ann, assets.TagQuery{Limit: limit})); d != "" {
				t.Errorf("pages of %d:\n%s", limit, d)
			}
			if d := cmp.Diff(want[:6], allTags(t, lib, fixture.Ann, assets.TagQuery{Key: "channel", Limit: limit})); d != "" {
				t.Errorf("one key, pages of %d:\n%s", limit, d)
			}
		}
		page, err := lib.Tags(t.Context(), fixture.Ann, assets.TagQuery{Key: "none"})
		if err != nil || page.Items == nil || len(page.Items) > 0 || page.NextCursor != "" {
			t.Errorf("a key that no asset has: %+v, %v", page, err)
		}
	})
}

// TestTagPages: pages have 50 tags by default and 200 at most, and a cursor continues
// behind a tag that was deleted.
func TestTagPages(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	var many []assets.Tags
	for i := range 3 {
		tags := assets.Tags{}
		for j := range 100 {
			tags[fmt.Sprintf("k%d-%02d", i, j)] = []string{"v"}
		}
		many = append(many, tags)
	}
	ids := tagged(t, lib, fixture.Ann, many...)
	for limit, want := range map[int]int{0: 50, 1: 1, 200: 200, 201: 200, 1 << 30: 200} {
		page, err := lib.Tags(t.Context(), fixture.Ann, assets.TagQuery{Limit: limit})
		if err != nil || len(page.Items) != want {
			t.Errorf("limit %d: %d tags, %v; want %d", limit, len(page.Items), err, want)
		}
	}
	first, err := lib.Tags(t.Context(), fixture.Ann, assets.TagQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if err := lib.Delete(t.Context(), fixture.Ann, ids[0], nil); err != nil {
		t.Fatal(err)
	}
	next, err := lib.Tags(t.Context(), fixture.Ann, assets.TagQuery{Limit: 100, Cursor: string(first.NextCursor)})
	if err != nil || len(next.Items) != 100 || next.Items[0].Key != "k1-00" {
		t.Errorf("behind a deleted tag: %d tags, %v", len(next.Items), err)
	}
}

func TestTagQueryProblems(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	_, err := lib.Tags(t.Context(), fixture.Ann, assets.TagQuery{Key: "Channel", Limit: -1, Cursor: "x"})
	var got []string
	for _, f := range assets.FieldErrors(err) {
		got = append(got, fmt.Sprint(f.Loc...))
	}
	if !slices.Equal(got, []string{"key", "limit"}) {
		t.Errorf("problems %v: %v", got, err)
	}
	for _, key := range []string{"a b", "a:b", "-a", "a\x00", "\xff", "a\n", strings.Repeat("k", 65)} {
		if _, err := lib.Tags(t.Context(), fixture.Ann, assets.TagQuery{Key: key}); len(assets.FieldErrors(err)) != 1 {
			t.Errorf("key %q: %v", key, err)
		}
	}
	writer := fixture.Ann
	writer.Scopes = []assets.Scope{assets.ScopeWrite}
	if _, err := lib.Tags(t.Context(), writer, assets.TagQuery{Key: "?"}); !errors.Is(err, assets.ErrForbiddenScope) {
		t.Errorf("without the scope to read: %v", err)
	}
}

// TestTagCursorLST03: a cursor is valid only for its workspace and key, and for tags.
func TestTagCursorLST03(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	lib := backends.Library(t, cfg)
	tagged(t, lib, fixture.Ann, assets.Tags{"a": {"1", "2"}}, assets.Tags{"a": {"1", "2"}})
	tags, err := lib.Tags(t.Context(), fixture.Ann, assets.TagQuery{Key: "a", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	list, err := lib.List(t.Context(), fixture.Ann, assets.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	cursor := string(tags.NextCursor)
	restarted := backends.Library(t, cfg)
	page, err := restarted.Tags(t.Context(), fixture.Ann, assets.TagQuery{Key: "a", Cursor: cursor})
	if want := []assets.TagCount{{Key: "a", Value: "2", Count: 2}}; err != nil || !slices.Equal(page.Items, want) {
		t.Errorf("after a restart: %v, %v", page.Items, err)
	}
	edited := []byte(cursor)
	edited[len(edited)/2] ^= 1
	for name, try := range map[string]struct {
		by assets.Actor
		q  assets.TagQuery
	}{
		"every key":               {fixture.Ann, assets.TagQuery{Cursor: cursor}},
		"another key":             {fixture.Ann, assets.TagQuery{Key: "b", Cursor: cursor}},
		"another workspace TEN05": {assetstest.User("acm", "ann"), assets.TagQuery{Key: "a", Cursor: cursor}},
		"a list's":                {fixture.Ann, assets.TagQuery{Cursor: string(list.NextCursor)}},
		"cut":                     {fixture.Ann, assets.TagQuery{Key: "a", Cursor: cursor[1:]}},
		"edited":                  {fixture.Ann, assets.TagQuery{Key: "a", Cursor: string(edited)}},
		"long":                    {fixture.Ann, assets.TagQuery{Key: "a", Cursor: strings.Repeat("A", 1<<20)}},
	} {
		if _, err := lib.Tags(t.Context(), try.by, try.q); !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := lib.List(t.Context(), fixture.Ann, assets.Query{Cursor: cursor}); !errors.Is(err, assets.ErrInvalidCursor) {
		t.Errorf("a list accepts a cursor of tags: %v", err)
	}
}
