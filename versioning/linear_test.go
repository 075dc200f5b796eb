package versioning_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/versioning"
)

// history is the versions of one asset. It is the Reader that a Versioner gets.
type history struct {
	assets.Reader
	versions []assets.Version
	err      error
}

func (h *history) Version(_ context.Context, workspace string, id assets.ID, n assets.Number) (assets.Version, error) {
	switch {
	case h.err != nil:
		return assets.Version{}, h.err
	case workspace != "acme", id != "asset", n < 1, int(n) > len(h.versions):
		return assets.Version{}, assets.ErrNotFound
	}
	return h.versions[n-1], nil
}

// asset returns the asset as its current version shows it.
func (h *history) asset() *assets.Asset {
	a := &assets.Asset{ID: "asset", Workspace: "acme", Status: assets.StatusDraft}
	if n := len(h.versions); n > 0 {
		last := h.versions[n-1]
		a.Version, a.CurrentVersion = last.Number, last.Number
		a.Content, a.Provenance = last.Content, last.Provenance
	}
	return a
}

func version(n assets.Number, content string) assets.Version {
	return assets.Version{
		AssetID: "asset", Number: n,
		Content:    assets.Content{MediaType: "text/plain", SizeBytes: 5, SHA256: content, Filename: "ad.txt"},
		Provenance: provenance(),
		Key:        "key-" + content, CRC32: uint32(len(content)), Words: "words of " + content,
		CreatedBy: "maker", Approval: assets.ApprovalGiven,
	}
}

func provenance() assets.Provenance {
	return assets.Provenance{
		AgentSlug: "copy-writer", RunID: "r1",
		Parameters:  json.RawMessage(`{"seed":9007199254740993,"t":0.10}`),
		DerivedFrom: []assets.Ref{{AssetID: "other", Version: 2}},
		Inputs:      []assets.Input{{Kind: "brief", ID: "b1"}},
	}
}

// proposed returns a version as the Library passes it for stored content, with
// one change.
func proposed(change func(*assets.Version)) assets.Version {
	v := version(0, "two")
	v.Approval, v.CreatedBy = assets.ApprovalNone, "ann"
	change(&v)
	return v
}

func TestNextNumbers(t *testing.T) {
	t.Parallel()
	for n := range 3 {
		h := &history{}
		for i := range n {
			h.versions = append(h.versions, version(assets.Number(i+1), "one"))
		}
		in := proposed(func(*assets.Version) {})
		got, err := versioning.Linear{}.Next(t.Context(), h, h.asset(), in)
		in.Number = assets.Number(n + 1)
		if d := cmp.Diff(in, got); err != nil || d != "" {
			t.Errorf("after %d versions: %v (-want +got):\n%s", n, err, d)
		}
	}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		change    func(*assets.Version)
		unchanged bool
	}{
		{"the same", func(*assets.Version) {}, true},
		{"stored under another key", func(v *assets.Version) { v.Key = "another" }, true},
		{"another creator", func(v *assets.Version) { v.CreatedBy = "bob" }, true},
		{"parameters spelt differently", func(v *assets.Version) {
			v.Provenance.Parameters = json.RawMessage(` { "t" : 0.10, "seed" : 9007199254740993 } `)
		}, true},

		{"another digest APR07", func(v *assets.Version) { v.Content.SHA256 = "three" }, false},
		{"another media type APR07", func(v *assets.Version) { v.Content.MediaType = "text/html" }, false},
		{"another file name APR07", func(v *assets.Version) { v.Content.Filename = "Ad.txt" }, false},
		{"another run APR07", func(v *assets.Version) { v.Provenance.RunID = "r2" }, false},
		{"another number literal APR07", func(v *assets.Version) {
			v.Provenance.Parameters = json.RawMessage(`{"seed":9007199254740992,"t":0.10}`)
		}, false},
		{"another spelling of a number APR07", func(v *assets.Version) {
			v.Provenance.Parameters = json.RawMessage(`{"seed":9007199254740993,"t":0.1}`)
		}, false},
		{"no parameters APR07", func(v *assets.Version) { v.Provenance.Parameters = nil }, false},
		{"another source APR07", func(v *assets.Version) { v.Provenance.DerivedFrom[0].Version = 3 }, false},
		{"another input APR07", func(v *assets.Version) { v.Provenance.Inputs = nil }, false},
		{"no provenance APR07", func(v *assets.Version) { v.Provenance = assets.Provenance{} }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := &history{versions: []assets.Version{version(1, "one"), version(2, "two")}}
			got, err := versioning.Linear{}.Next(t.Context(), h, h.asset(), proposed(c.change))
			if c.unchanged != errors.Is(err, assets.ErrUnchanged) {
				t.Fatalf("Next = %+v, %v; unchanged should be %v", got, err, c.unchanged)
			}
			if !c.unchanged && got.Number != 3 {
				t.Errorf("number %d, want 3", got.Number)
			}
		})
	}
}

func TestFirstVersion(t *testing.T) {
	t.Parallel()
	h := &history{}
	if got, err := (versioning.Linear{}).Next(t.Context(), h, h.asset(), assets.Version{}); err != nil || got.Number != 1 {
		t.Errorf("Next = %+v, %v; want number 1", got, err)
	}
}

func TestEmptyAndNilListsAreEqual(t *testing.T) {
	t.Parallel()
	h := &history{versions: []assets.Version{version(1, "two")}}
	h.versions[0].Provenance = assets.Provenance{}
	_, err := versioning.Linear{}.Next(t.Context(), h, h.asset(), proposed(func(v *assets.Version) {
		v.Provenance = assets.Provenance{DerivedFrom: []assets.Ref{}, Inputs: []assets.Input{}}
	}))
	if !errors.Is(err, assets.ErrUnchanged) {
		t.Errorf("Next: %v, want ErrUnchanged", err)
	}
}

func TestRollback(t *testing.T) {
	t.Parallel()
	h := &history{versions: []assets.Version{version(1, "one"), version(2, "two"), version(3, "two")}}
	h.versions[1].Provenance.RunID = "r2"
	equal := &history{versions: []assets.Version{version(1, "one"), version(2, "two"), version(3, "one")}}
	back := func(n assets.Number) assets.Version { return assets.Version{AssetID: "asset", RolledBackFrom: n} }

	got, err := versioning.Linear{}.Next(t.Context(), h, h.asset(), back(1))
	want := version(4, "one")
	want.RolledBackFrom, want.Approval, want.CreatedBy = 1, assets.ApprovalNone, ""
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("rollback to 1: %v (-want +got):\n%s", err, d)
	}
	for _, c := range []struct {
		name string
		from *history
		to   assets.Number
		want error
	}{
		{"to a version that differs in provenance only", h, 2, nil},
		{"to the current version", h, 3, assets.ErrUnchanged},
		{"to a version equal to the current one", equal, 1, assets.ErrUnchanged},
		{"to the next number", h, 4, assets.ErrNotFound},
		{"to a negative number", h, -1, assets.ErrNotFound},
		{"while the store is unavailable", &history{versions: h.versions, err: assets.ErrUnavailable}, 1, assets.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got, err := (versioning.Linear{}).Next(t.Context(), c.from, c.from.asset(), back(c.to)); !errors.Is(err, c.want) {
				t.Errorf("Next = %+v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestMalformedParameters(t *testing.T) {
	t.Parallel()
	good, bad := version(1, "two"), version(1, "two")
	bad.Provenance.Parameters = json.RawMessage(`{"seed"`)
	for _, current := range []assets.Version{good, bad} {
		h := &history{versions: []assets.Version{current}}
		got, err := versioning.Linear{}.Next(t.Context(), h, h.asset(), proposed(func(v *assets.Version) {
			v.Provenance.Parameters = json.RawMessage(`{"other"`)
		}))
		if assets.Code(err) != "internal_error" || errors.Is(err, assets.ErrUnchanged) {
			t.Errorf("Next = %+v, %v; want an internal error", got, err)
		}
	}
}

// TestChains adds versions and rolls back in random order. Numbers have no
// gaps, adjacent versions differ, and a rollback has its source's content.
func TestChains(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := &history{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			in := proposed(func(v *assets.Version) {
				v.Content.SHA256 = rapid.SampledFrom([]string{"one", "two"}).Draw(t, "digest")
				v.Provenance.RunID = rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "run")
			})
			if len(h.versions) > 0 && rapid.Bool().Draw(t, "roll back") {
				in = assets.Version{RolledBackFrom: assets.Number(rapid.IntRange(1, len(h.versions)).Draw(t, "to"))}
			}
			a := h.asset()
			before := *a
			got, err := versioning.Linear{}.Next(t.Context(), h, a, in)
			if d := cmp.Diff(before, *a); d != "" {
				t.Fatalf("Next changed the asset:\n%s", d)
			}
			want, current := in, got
			if in.RolledBackFrom != 0 {
				want = h.versions[in.RolledBackFrom-1]
			}
			if errors.Is(err, assets.ErrUnchanged) {
				current = h.versions[len(h.versions)-1]
			} else if err != nil {
				t.Fatal(err)
			} else if h.versions = append(h.versions, got); got.Number != assets.Number(len(h.versions)) {
				t.Fatalf("number %d of %d", got.Number, len(h.versions))
			}
			if want.Content != current.Content || !cmp.Equal(want.Provenance, current.Provenance) {
				t.Fatalf("proposed %+v, the current version is %+v", want, current)
			}
		}
		for i, v := range slices.All(h.versions[1:]) {
			if p := h.versions[i]; p.Content == v.Content && cmp.Equal(p.Provenance, v.Provenance) {
				t.Fatalf("versions %d and %d are equal", p.Number, v.Number)
			}
		}
	})
}
