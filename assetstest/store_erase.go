package assetstest

import (
	"slices"

	"github.com/10ex/assets"
)

// eraseCases test EraseContent and UsageByType.
var eraseCases = []storeCase{
	{"an erased content leaves its description", func(t *storeT) {
		r, other := sample("w", 1), sample("w", 2)
		shareKey(r, "w/202601/shared1234567890")
		t.put(r, other, sample("W", 1))
		t.erase(r)
		want := sample("w", 1)
		shareKey(want, r.versions[0].Key)
		for i := range want.versions {
			v := &want.versions[i]
			v.ErasedAt, v.Words, v.Provenance.Parameters, v.Provenance.Inputs = erasedAt, "", nil, nil
		}
		for _, a := range []*assets.Asset{want.current, want.approved} {
			a.ErasedAt, a.Provenance.Parameters, a.Provenance.Inputs = erasedAt, nil, nil
		}
		t.holds(t, want)
		t.holds(t, other)
		t.holds(t, sample("W", 1))
		page, err := t.VersionsBefore(t.Context(), "w", r.current.ID, assets.VersionWindow{Limit: 1, Summary: true})
		t.ok(err)
		t.same("erased_at of a summary", page[0].ErasedAt, erasedAt)
		listed, err := t.VersionsAt(t.Context(), "w", []assets.Ref{{AssetID: r.current.ID, Version: 1}})
		t.ok(err)
		t.same("erased_at of a listed version", listed[0].ErasedAt, erasedAt)
		t.erase(r) // again: nothing happens
		t.holds(t, want)
	}},
	{"another content of the asset stays", func(t *storeT) {
		r := sample("w", 1)
		r.versions[0].Key, r.versions[1].Key = "w/202601/first12345678901", "w/202601/second1234567890"
		t.put(r)
		t.update(func(tx assets.Tx) error {
			return tx.EraseContent(t.Context(), "w", r.current.ID, r.versions[1].Key, erasedAt)
		})
		second, err := t.Version(t.Context(), "w", r.current.ID, 2)
		t.ok(err)
		t.same("erased_at", second.ErasedAt, erasedAt)
		first, err := t.Version(t.Context(), "w", r.current.ID, 1)
		t.ok(err)
		t.same("the first version", first, r.versions[0])
		approved, err := readApproved(t.Context(), t, "w", r.current.ID)
		t.ok(err)
		t.same("the approved perspective", approved, r.approved)
	}},
	{"an erased content is found by title and tags only", func(t *storeT) {
		r := emptyRecord("w", 1)
		r.current.Title, r.current.Tags = "Heading", assets.Tags{"channel": {"mail"}}
		r.versions[0].Words, r.versions[0].Key = "secret words", "w/202601/secret1234567890"
		t.put(r)
		t.finds("before", assets.Filter{Words: []string{"secret"}}, r.current)
		t.erase(r)
		r.current.ErasedAt = erasedAt
		for _, word := range []string{"secret", "s", "words"} {
			t.finds("erased", assets.Filter{Words: []string{word}})
		}
		t.finds("title", assets.Filter{Words: []string{"heading"}}, r.current)
		t.finds("tag", assets.Filter{Words: []string{"mail"}}, r.current)
		r.current.Title = "Other"
		t.update(func(tx assets.Tx) error { return tx.PutAsset(t.Context(), r.current, nil) })
		t.finds("erased, after an edit", assets.Filter{Words: []string{"secret"}})
		t.finds("title, after an edit", assets.Filter{Words: []string{"other"}}, r.current)
	}},
	{"an erasure is rolled back", func(t *storeT) {
		r := sample("w", 1)
		t.put(r)
		if err := t.Update(t.Context(), func(tx assets.Tx) error {
			if err := tx.EraseContent(t.Context(), "w", r.current.ID, r.versions[0].Key, erasedAt); err != nil {
				return err
			}
			return assets.ErrRefused
		}); err == nil {
			t.Error("an Update that fails was committed")
		}
		t.holds(t, r)
	}},
	{"a small content is erased", func(t *storeT) {
		const key = "w/202601/0erased"
		r := emptyRecord("w", 1)
		t.putContent(key, []byte("secret"), r)
		t.erase(r)
		t.wantContents([]string{key}, map[string][]byte{})
	}},
	{"usage by type counts shared contents once and erased ones not", func(t *storeT) {
		used, err := t.UsageByType(t.Context(), "w")
		t.ok(err)
		t.same("empty", used, map[assets.Type]assets.UsageCount{})
		first, shared, erased := sample("w", 1), sample("w", 2), sample("w", 3)
		for i, r := range []*record{first, shared, erased} {
			r.current.Type, r.approved.Type = assets.TypeImage, assets.TypeImage
			for n := range r.versions {
				r.versions[n].Content.SizeBytes = 5 << 32 << i
				r.versions[n].Key = "w/202601/" + string(rune('a'+i)) + string(rune('a'+n)) + "3456789012345678"
			}
		}
		shareKey(shared, shared.versions[0].Key)
		blog := emptyRecord("w", 4)
		blog.current.Type = assets.TypeBlog
		t.put(first, shared, erased, blog, sample("W", 1))
		t.update(func(tx assets.Tx) error {
			return tx.EraseContent(t.Context(), "w", erased.current.ID, erased.versions[0].Key, erasedAt)
		})
		used, err = t.UsageByType(t.Context(), "w")
		t.ok(err)
		t.same("usage", used, map[assets.Type]assets.UsageCount{
			assets.TypeImage: {Assets: 3, Versions: 6, Bytes: 2*(5<<32) + 5<<33 + 5<<34},
			assets.TypeBlog:  {Assets: 1, Versions: 1},
		})
	}},
}

const erasedAt = baseTime + 99

// shareKey gives all versions of a record one key.
func shareKey(r *record, key string) {
	for i := range r.versions {
		r.versions[i].Key = key
	}
}

// erase erases the contents of a record.
func (t *storeT) erase(r *record) {
	t.Helper()
	keys := map[string]bool{}
	for _, v := range r.versions {
		keys[v.Key] = true
	}
	t.update(func(tx assets.Tx) error {
		for key := range keys {
			if err := tx.EraseContent(t.Context(), r.current.Workspace, r.current.ID, key, erasedAt); err != nil {
				return err
			}
		}
		return nil
	})
}

// erasedCases test what an erasure does to a sweep.
var erasedLedgerCases = []ledgerCase{
	{"the key of an erased content is condemned, and a sweep takes it", func(t *ledgerT) {
		r := emptyRecord("w", 1)
		r.versions[0].Key = "w/202601/erased1234567890"
		t.put(r)
		referenced, err := t.Condemn(t.Context(), []string{r.versions[0].Key}, baseTime, true)
		t.ok(err)
		t.same("before", referenced, []string{})
		t.erase(r)
		free, err := t.Condemn(t.Context(), []string{r.versions[0].Key}, baseTime, true)
		t.ok(err)
		t.same("unreferenced", free, []string{r.versions[0].Key})
		again := emptyRecord("w", 2)
		again.versions[0].Key = r.versions[0].Key
		if err := t.Update(t.Context(), func(tx assets.Tx) error { return again.write(t.Context(), tx) }); assets.Code(err) != "unavailable" {
			t.Errorf("a version with the key: %v", err)
		}
	}},
}

// erasedExportCases test what an erasure does to exports.
var erasedExportCases = []exportCase{
	{"the documents of erased versions are removed, and their exports are stale", func(t *exportT) {
		first, second := sample("w", 1), sample("w", 2)
		t.put(first, second)
		t.freeze("w", 100, nil)
		erased := make(chan struct{})
		t.freeze("w", 101, func() {
			_ = t.meanwhile(nil, func() {
				defer close(erased)
				t.erase(first)
			})
		})
		<-erased
		for _, n := range []int{100, 101} {
			got, err := t.Export(t.Context(), "w", idOf(n))
			t.ok(err)
			if !got.Stale {
				t.Errorf("export %d is not stale", n)
			}
			for _, e := range t.entries("w", n, 1, 0, 10) {
				if erased := e.AssetID == first.current.ID; erased != (len(e.Document) == 0) {
					t.Errorf("export %d: the document of %s has %d bytes", n, e.AssetID, len(e.Document))
				}
			}
			stale, err := t.StaleItems(t.Context(), "w", idOf(n))
			t.ok(err)
			if !slices.Equal(stale, []assets.Ref{{AssetID: first.current.ID, Version: 1}}) {
				t.Errorf("stale items of export %d: %v", n, stale)
			}
		}
	}},
}
