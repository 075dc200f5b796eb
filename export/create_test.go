package export_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/fixture"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{})
	hero, tagline := f.approved(t, "Hero", "spring"), f.approved(t, "Tagline", "")
	f.draft(t, "Draft", "spring")
	for name, c := range map[string]struct {
		request export.Request
		items   int64
	}{
		"everything":            {export.Request{}, 2},
		"a filter":              {export.Request{Query: assets.Query{CampaignID: "spring"}}, 1},
		"ids":                   {export.Request{IDs: []assets.ID{tagline, hero}}, 2},
		"an id in upper case":   {export.Request{IDs: []assets.ID{assets.ID(strings.ToUpper(string(hero)))}}, 1},
		"a page is ignored":     {export.Request{Query: assets.Query{Limit: 1}}, 2},
		"several of one filter": {export.Request{Query: assets.Query{Types: []assets.Type{assets.TypeCopy, assets.TypeImage}}}, 2},
	} {
		made, err := f.Create(t.Context(), fixture.Ann, c.request)
		if err != nil || made.Items != c.items {
			t.Errorf("%s: %d items, %v, want %d", name, made.Items, err, c.items)
			continue
		}
		want := assets.TimeOf(f.now.Add(export.DefaultExpiry))
		if made.CreatedBy != "ann" || made.ExpiresAt != want || made.StaleItems == nil || made.SizeBytes == 0 {
			t.Errorf("%s: %+v", name, made)
		}
	}
}

func TestCreateExportsThePagesOfASelection(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{})
	var ids []assets.ID
	for i := range assets.MaxListLimit + 1 {
		ids = append(ids, f.approved(t, fmt.Sprint(i), ""))
	}
	slices.Reverse(ids)
	for name, r := range map[string]export.Request{"everything": {}, "ids": {IDs: ids}} {
		if made := f.create(t, r); made.Items != int64(len(ids)) {
			t.Errorf("%s: %d items, want %d", name, made.Items, len(ids))
		}
	}
}

func TestCreateErrors(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{Items: 2, Bytes: 12, Expiry: time.Hour})
	hero, draft := f.approved(t, "Hero", "spring"), f.draft(t, "Draft", "")
	f.approved(t, "Tagline", "autumn")
	for name, c := range map[string]struct {
		request export.Request
		want    []string
	}{
		"at the limits":     {export.Request{ExpiresIn: time.Hour}, nil},
		"nothing":           {export.Request{Query: assets.Query{CampaignID: "winter"}}, []string{"too_short"}},
		"no approved asset": {export.Request{IDs: []assets.ID{draft, hero, idOf(1)}}, []string{"reference asset_ids 0", "reference asset_ids 2"}},
		"too short a life":  {export.Request{ExpiresIn: time.Second - 1}, []string{"too_large expires_in"}},
		"too long a life":   {export.Request{ExpiresIn: time.Hour + 1}, []string{"too_large expires_in"}},
		"several problems": {
			export.Request{ExpiresIn: -1, IDs: []assets.ID{"x"}},
			[]string{"too_large expires_in", "malformed asset_ids 0"},
		},
	} {
		_, err := f.Create(t.Context(), fixture.Ann, c.request)
		wantFields(t, name, err, c.want...)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCreateLimits(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]export.Limits{"selects more than 1 assets": {Items: 1}, "selects more than 7 bytes": {Bytes: 7}, "metadata.json has more than 900 bytes": {Metadata: 900}} {
		f := newExporter(t, limits)
		f.approved(t, "Four", "")
		f.approved(t, "Five", "")
		_, err := f.Create(t.Context(), fixture.Ann, export.Request{})
		wantFields(t, name, err, "too_large")
		if err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
		if page, err := f.List(t.Context(), fixture.Ann, export.ListQuery{}); err != nil || len(page.Items) != 0 {
			t.Errorf("%s: %d exports are listed, %v", name, len(page.Items), err)
		}
	}
}

// TestCreateLimitReachedHOS08: at the limits of a workspace no export is made until one
// has expired.
func TestCreateLimitReachedHOS08(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{Workspace: export.Quota{Exports: 2}})
	f.approved(t, "Hero", "")
	f.create(t, export.Request{ExpiresIn: time.Hour})
	f.create(t, export.Request{ExpiresIn: 2 * time.Hour})
	_, err := f.Create(t.Context(), fixture.Ann, export.Request{})
	if want := "at most 2 exports that have not expired; the first of them expires at 2026-01-31T13:00:00.000Z"; !errors.Is(err, assets.ErrLimitReached) || !strings.Contains(assets.Detail(err), want) {
		t.Errorf("%v, want %q", err, want)
	}
	f.now = f.now.Add(time.Hour)
	f.create(t, export.Request{})
	if _, err := f.Create(t.Context(), fixture.Ann, export.Request{}); !errors.Is(err, assets.ErrLimitReached) {
		t.Errorf("%v, want ErrLimitReached", err)
	}
}

// TestCreateIsAdmittedHOS08: freezing waits for its share of the memory for expensive
// work, and ends when its client has left.
func TestCreateIsAdmittedHOS08(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newExporter(t, export.Limits{})
		f.approved(t, "Hero", "")
		release, err := f.lib.Admit(t.Context(), f.lib.Limits().WorkMemory)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Create(t.Context(), fixture.Ann, export.Request{}); !errors.Is(err, assets.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
		ctx, leave := context.WithCancel(t.Context())
		leave()
		if _, err := f.Create(ctx, fixture.Ann, export.Request{}); assets.Code(err) != "unavailable" {
			t.Errorf("%v, want unavailable", err)
		}
		release()
		f.create(t, export.Request{})
	})
}

func TestCreateNeedsReadScope(t *testing.T) {
	t.Parallel()
	f := newExporter(t, export.Limits{})
	f.approved(t, "Hero", "")
	reader, writer := fixture.Ann, fixture.Ann
	reader.Scopes, writer.Scopes = []assets.Scope{assets.ScopeRead}, []assets.Scope{assets.ScopeWrite}
	for name, c := range map[string]struct {
		by   assets.Actor
		want error
	}{
		"reader": {reader, nil}, "agent": {fixture.Bot, nil}, "writer": {writer, assets.ErrForbiddenScope}, "no actor": {assets.Actor{}, assets.ErrUnauthorized},
	} {
		if _, err := f.Create(t.Context(), c.by, export.Request{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestRequestValidate(t *testing.T) {
	t.Parallel()
	many := make([]assets.ID, export.MaxIDs+1)
	for i := range many {
		many[i] = idOf(i)
	}
	for name, c := range map[string]struct {
		request export.Request
		want    []string
	}{
		"nothing":         {export.Request{}, nil},
		"filters":         {export.Request{Query: assets.Query{CampaignID: "c", Types: []assets.Type{"copy"}}}, nil},
		"ids":             {export.Request{IDs: many[:export.MaxIDs]}, nil},
		"too many ids":    {export.Request{IDs: many}, []string{"too_long asset_ids"}},
		"no ids":          {export.Request{IDs: []assets.ID{}}, []string{"too_short asset_ids"}},
		"an id twice":     {export.Request{IDs: []assets.ID{idOf(1), idOf(2), idOf(1)}}, []string{"duplicate asset_ids 2"}},
		"a malformed id":  {export.Request{IDs: []assets.ID{"x", idOf(1)}}, []string{"malformed asset_ids 0"}},
		"ids and filters": {export.Request{IDs: many[:1], Query: assets.Query{CampaignID: "c"}}, []string{"conflict asset_ids"}},
		"a status":        {export.Request{Query: assets.Query{Statuses: []assets.Status{"approved"}}}, []string{"conflict status"}},
		"empty filters": {
			export.Request{Query: assets.Query{Types: []assets.Type{}, IDs: []assets.ID{}, Tags: []assets.Tag{}}},
			[]string{"too_short asset_id", "too_short tag", "too_short type"},
		},
		"an unknown type": {export.Request{Query: assets.Query{Types: []assets.Type{"copy", "x"}}}, []string{"not_allowed type 1"}},
	} {
		err := c.request.Validate()
		wantFields(t, name, err, c.want...)
	}
}

func TestRequestValidateNormalisesACopyOfIDs(t *testing.T) {
	t.Parallel()
	given := []assets.ID{assets.ID(strings.ToUpper(string(idOf(10))))}
	r := export.Request{IDs: given}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	if r.IDs[0] != idOf(10) || given[0] == r.IDs[0] {
		t.Errorf("normalised to %q, the caller's slice has %q", r.IDs, given)
	}
}
