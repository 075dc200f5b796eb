package export_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store/memory"
)

var withdraw = assets.Decision{Action: assets.ActionRequestChanges, Version: 1, Comment: "no more"}

func TestGet(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{})
	first, second := f.approved(t, "Hero", ""), f.approved(t, "Tagline", "")
	made := f.create(t, export.Request{})
	got, err := f.Get(t.Context(), fixture.Ann, assets.ID(strings.ToUpper(string(made.ID))))
	if diff := cmp.Diff(made, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	f.review(t, second, withdraw)
	f.review(t, first, withdraw)
	got, err = f.Get(t.Context(), fixture.Ann, made.ID)
	want := []assets.Ref{{AssetID: first, Version: 1}, {AssetID: second, Version: 1}}
	if diff := cmp.Diff(want, got.StaleItems); diff != "" || err != nil {
		t.Errorf("stale items: %v (-want +got):\n%s", err, diff)
	}
}

// TestStaleItemsAreReserved: the memory of many stale items is reserved before they are
// read, and until they are sent.
func TestStaleItemsAreReservedHOS05(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][2]int64{100: {0, 0}, 10_000: {2_560_000, 1_280_000}} {
		st := &staleStore{Store: memory.New(), items: n}
		cfg := assetstest.Config()
		cfg.Store = st
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		x, err := export.New(export.Config{Library: lib})
		if err != nil {
			t.Fatal(err)
		}
		reading := int64(-1)
		st.reading = func() { reading = lib.Stats().Work.Reserved }
		ctx, sent := assets.Sending(t.Context(), 1, nil)
		got, err := x.Get(ctx, fixture.Ann, idOf(1))
		if err != nil || len(got.StaleItems) != n {
			t.Fatalf("%d of %d stale items, %v", len(got.StaleItems), n, err)
		}
		sending := lib.Stats().Work.Reserved
		sent()
		if left := lib.Stats().Work.Reserved; reading != want[0] || sending != want[1] || left != 0 {
			t.Errorf("%d items: %d bytes are reserved, then %d, then %d; want %v and none", n, reading, sending, left, want)
		}
	}
}

// staleStore has an export of a number of items, all of which are stale.
type staleStore struct {
	*memory.Store
	items   int
	reading func() // called when they are read
}

func (s *staleStore) Export(_ context.Context, workspace string, id assets.ID) (export.Record, error) {
	return export.Record{ID: id, Workspace: workspace, Plan: export.Plan{Items: int64(s.items)}, Stale: true}, nil
}

func (s *staleStore) StaleItems(context.Context, string, assets.ID) ([]assets.Ref, error) {
	s.reading()
	return make([]assets.Ref, s.items), nil
}

func TestGetErrors(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{})
	f.approved(t, "Hero", "")
	made := f.create(t, export.Request{})
	writer := fixture.Ann
	writer.Scopes = []assets.Scope{assets.ScopeWrite}
	for name, c := range map[string]struct {
		by   assets.Actor
		id   assets.ID
		want error
	}{
		"unknown":              {fixture.Ann, idOf(1), assets.ErrNotFound},
		"of another workspace": {assetstest.User("other", "ann"), made.ID, assets.ErrNotFound},
		"without a scope":      {writer, made.ID, assets.ErrForbiddenScope},
		"without an actor":     {assets.Actor{}, made.ID, assets.ErrUnauthorized},
		"with a malformed id":  {fixture.Ann, "x", nil},
	} {
		_, getErr := f.Get(t.Context(), c.by, c.id)
		_, openErr := f.Open(t.Context(), c.by, c.id)
		for method, err := range map[string]error{"Get": getErr, "Open": openErr} {
			if c.want == nil {
				wantFields(t, method+" "+name, err, "malformed export_id")
			} else if !errors.Is(err, c.want) {
				t.Errorf("%s %s: %v, want %v", method, name, err, c.want)
			}
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{})
	f.approved(t, "Hero", "")
	var made []assets.ID
	for range 5 {
		made = append([]assets.ID{f.create(t, export.Request{}).ID}, made...)
	}
	var got []assets.ID
	q := export.ListQuery{Limit: 2}
	for pages := 1; ; pages++ {
		page, err := f.List(t.Context(), fixture.Ann, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			if e.StaleItems != nil || e.URL == "" {
				t.Errorf("listed %+v", e)
			}
			got = append(got, e.ID)
		}
		if page.NextCursor == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		q.Cursor = string(page.NextCursor)
	}
	if diff := cmp.Diff(made, got); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if page, err := f.List(t.Context(), assetstest.User("other", "ann"), export.ListQuery{}); err != nil || page.Items == nil || len(page.Items) != 0 {
		t.Errorf("another workspace lists %v, %v", page.Items, err)
	}
	for name, c := range map[string]struct {
		by     assets.Actor
		cursor string
	}{"changed": {fixture.Ann, q.Cursor + "x"}, "of another workspace": {assetstest.User("other", "ann"), q.Cursor}, "a token": {fixture.Ann, fixture.Token(f.create(t, export.Request{}).URL)}} {
		if _, err := f.List(t.Context(), c.by, export.ListQuery{Cursor: c.cursor}); !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("a cursor that is %s: %v", name, err)
		}
	}
}

func TestListQueryValidate(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{0: assets.DefaultListLimit, 1: 1, assets.MaxListLimit: assets.MaxListLimit, assets.MaxListLimit + 1: assets.MaxListLimit} {
		q := export.ListQuery{Limit: limit}
		if err := q.Validate(); err != nil || q.Limit != want {
			t.Errorf("limit %d becomes %d, %v, want %d", limit, q.Limit, err, want)
		}
	}
	q := export.ListQuery{Limit: -1}
	wantFields(t, "a negative limit", q.Validate(), "too_small limit")
}

func TestOpenToken(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{})
	f.approved(t, "Hero", "")
	made := f.create(t, export.Request{})
	byID, err := f.Open(t.Context(), fixture.Ann, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	byToken, err := f.OpenToken(t.Context(), fixture.Token(made.URL))
	if err != nil {
		t.Fatal(err)
	}
	want, got := readArchive(t, byID), readArchive(t, byToken)
	if !bytes.Equal(got, want) || byToken.ETag() != byID.ETag() || byToken.Filename() != "export-"+string(made.ID)+".zip" {
		t.Errorf("%d and %d bytes, ETags %s and %s, file %s", len(got), len(want), byToken.ETag(), byID.ETag(), byToken.Filename())
	}
	if int64(len(got)) != made.SizeBytes {
		t.Errorf("%d bytes, SizeBytes is %d", len(got), made.SizeBytes)
	}
}

// Tokens that were issued by earlier versions must verify.
func TestTokenLayout(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{})
	f.approved(t, "Hero", "")
	made := f.create(t, export.Request{})
	payload, err := f.lib.Verify("export", nil, fixture.Token(made.URL))
	want := fmt.Sprintf("%s%016x%x", strings.ReplaceAll(string(made.ID), "-", ""), int64(made.ExpiresAt), "acme")
	if got := hex.EncodeToString(payload); got != want || err != nil {
		t.Errorf("the payload is %s, %v, want %s", got, err, want)
	}
	path := f.lib.PublicURL() + f.lib.PublicPath() + "/exports/" + fixture.Token(made.URL)
	if made.URL != path {
		t.Errorf("URL is %s, want %s", made.URL, path)
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(f *exporter, id assets.ID)
		want    error
	}{
		"just before the expiry": {func(f *exporter, _ assets.ID) { f.now = f.now.Add(export.DefaultExpiry - time.Millisecond) }, nil},
		"expired":                {func(f *exporter, _ assets.ID) { f.now = f.now.Add(export.DefaultExpiry) }, assets.ErrExpired},
		"stale":                  {func(f *exporter, id assets.ID) { f.review(t, id, withdraw) }, assets.ErrExportStale},
		"stale for good": {func(f *exporter, id assets.ID) {
			f.review(t, id, withdraw)
			f.review(t, id, assets.Decision{Action: assets.ActionSubmit})
			f.review(t, id, assets.Decision{Action: assets.ActionApprove, Version: 1})
		}, assets.ErrExportStale},
	} {
		f := newExporter(t, export.Limits{})
		id := f.approved(t, "Hero", "")
		made := f.create(t, export.Request{})
		c.prepare(f, id)
		_, openErr := f.Open(t.Context(), fixture.Ann, made.ID)
		_, tokenErr := f.OpenToken(t.Context(), fixture.Token(made.URL))
		if !errors.Is(openErr, c.want) || !errors.Is(tokenErr, c.want) {
			t.Errorf("%s: Open: %v, OpenToken: %v, want %v", name, openErr, tokenErr, c.want)
		}
	}
}

func TestOpenTokenOfAChangedToken(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{})
	f.approved(t, "Hero", "")
	valid := fixture.Token(f.create(t, export.Request{}).URL)
	for _, changed := range []string{"", "x", valid[1:], valid + "A", "A" + valid[1:], f.lib.Sign("export", nil, []byte("too short"))} {
		if _, err := f.OpenToken(t.Context(), changed); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("OpenToken(%q): %v", changed, err)
		}
	}
}
