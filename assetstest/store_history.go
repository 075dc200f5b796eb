package assetstest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// historyCases compare pages of versions and reviews, and pages that end by their
// bytes, with a naive selection of the same rows.
var historyCases = []storeCase{
	{"versions before a number, newest first", func(t *storeT) {
		all := putVersions(t, 12)
		for _, before := range []assets.Number{0, 1, 2, 7, 12, 13, 1000} {
			for _, limit := range []int{0, 1, 3, 12, 100} {
				for _, summary := range []bool{false, true} {
					w := assets.VersionWindow{Before: before, Limit: limit, Summary: summary}
					got, err := t.VersionsBefore(t.Context(), "w", idOf(1), w)
					t.ok(err)
					t.same(fmt.Sprintf("versions in %+v", w), got, versionsIn(all, w))
				}
			}
		}
	}},
	{"reviews before a position, newest first", func(t *storeT) {
		all := putReviews(t)
		positions := []assets.ReviewPosition{{}, {Revision: 1}, {Revision: 4}, {Revision: 4, ID: idOf(9)}, {Revision: 1000}}
		for _, r := range all {
			positions = append(positions, assets.ReviewPosition{Revision: r.Revision, ID: r.ID})
		}
		for _, before := range positions {
			for _, limit := range []int{0, 1, 3, 100} {
				for _, decisions := range []bool{false, true} {
					w := assets.ReviewWindow{Before: before, Limit: limit, Decisions: decisions}
					got, err := t.ReviewsBefore(t.Context(), "w", idOf(1), w)
					t.ok(err)
					t.same(fmt.Sprintf("reviews in %+v", w), got, reviewsIn(all, w))
				}
			}
		}
	}},
	{"versions of several assets, without those that do not exist TEN04", func(t *storeT) {
		data := newDataset(12, 40)
		t.put(data.records...)
		var refs []assets.Ref
		want := map[assets.Ref]assets.Version{}
		for i, r := range data.records {
			ref := assets.Ref{AssetID: r.current.ID, Version: assets.Number(1 + i%3)} // there is no version 3
			if i%2 == 0 && r.current.Workspace == "w" {
				refs = append(refs, ref)
				if ref.Version <= 2 {
					v := r.versions[ref.Version-1]
					v.Words, v.Provenance.Parameters, v.Provenance.DerivedFrom, v.Provenance.Inputs = "", nil, nil, nil
					want[ref] = v
				}
			}
		}
		refs = append(refs, assets.Ref{AssetID: idOf(99_999), Version: 1}, assets.Ref{AssetID: `'"\`, Version: 1})
		found, err := t.VersionsAt(t.Context(), "w", refs)
		t.ok(err)
		got := map[assets.Ref]assets.Version{}
		for _, v := range found {
			got[assets.Ref{AssetID: v.AssetID, Version: v.Number}] = v
		}
		t.same("versions", got, want)
		for _, c := range []struct {
			workspace string
			refs      []assets.Ref
		}{{"w", nil}, {"x", refs}} {
			found, err := t.VersionsAt(t.Context(), c.workspace, c.refs)
			if err != nil || len(found) > 0 {
				t.Errorf("%q, %d versions: found %d, %v; want none", c.workspace, len(c.refs), len(found), err)
			}
		}
	}},
	{"a page ends at its bytes HOS05", func(t *storeT) {
		versions := putVersions(t, 9)
		all := versionsIn(versions, assets.VersionWindow{Limit: 100})
		for _, maxBytes := range []int64{1, all[0].StoredBytes(), all[0].StoredBytes() + 1, 3 * all[0].StoredBytes(), 1 << 20} {
			w := assets.VersionWindow{Limit: 7, Bytes: maxBytes}
			got, err := t.VersionsBefore(t.Context(), "w", idOf(1), w)
			t.ok(err)
			t.same(fmt.Sprintf("versions in %+v", w), got, versionsIn(versions, w))
			w.Summary = true
			got, err = t.VersionsBefore(t.Context(), "w", idOf(1), w)
			t.ok(err)
			t.same(fmt.Sprintf("summaries in %+v", w), got, versionsIn(versions, w))
		}
		reviews := putReviews(t)
		for _, maxBytes := range []int64{1, 600, 1200, 1900, 1 << 20} {
			w := assets.ReviewWindow{Limit: 7, Bytes: maxBytes}
			got, err := t.ReviewsBefore(t.Context(), "w", idOf(1), w)
			t.ok(err)
			t.same(fmt.Sprintf("reviews in %+v", w), got, reviewsIn(reviews, w))
		}
	}},
	{"a page of assets ends at its bytes HOS05", func(t *storeT) {
		data := newDataset(11, 60)
		for i, r := range data.records {
			r.current.Provenance.Parameters = json.RawMessage(`{"a":"` + strings.Repeat("x", 100*(i%9)) + `"}`)
		}
		t.put(data.records...)
		for _, f := range []assets.Filter{{}, {Approved: true}, {Types: allTypes}, {Tags: []assets.Tag{{Key: "locale"}}}} {
			for _, ascending := range []bool{false, true} {
				for _, maxBytes := range []int64{1, 1000, 2500, 10_000, 1 << 20} {
					w := assets.Window{Ascending: ascending, Limit: 30, Bytes: maxBytes}
					got, err := t.Assets(t.Context(), "w", f, w)
					t.ok(err)
					want := within(data.expect("w", f, w), maxBytes, func(a **assets.Asset) int64 { return (*a).StoredBytes() })
					t.same(fmt.Sprintf("%+v in %+v", f, w), got, want)
				}
			}
		}
	}},
	{"one workspace's history TEN02", func(t *storeT) {
		putVersions(t, 2)
		putReviews(t)
		for _, c := range []struct {
			workspace string
			id        assets.ID
		}{{"W", idOf(1)}, {"w", idOf(2)}} {
			versions, err := t.VersionsBefore(t.Context(), c.workspace, c.id, assets.VersionWindow{Limit: 9})
			if err != nil || len(versions) > 0 {
				t.Errorf("versions of %v: %d, %v; want none", c, len(versions), err)
			}
			reviews, err := t.ReviewsBefore(t.Context(), c.workspace, c.id, assets.ReviewWindow{Limit: 9})
			if err != nil || len(reviews) > 0 {
				t.Errorf("reviews of %v: %d, %v; want none", c, len(reviews), err)
			}
		}
	}},
	{"a snapshot has one history", func(t *storeT) {
		all := putVersions(t, 3)
		committed := make(chan error, 1)
		t.ok(t.View(t.Context(), func(s assets.Snapshot) error {
			if _, err := s.Asset(t.Context(), "w", idOf(1)); err != nil {
				return err
			}
			_ = t.meanwhile(nil, func() {
				committed <- t.Update(t.Context(), func(tx assets.Tx) error {
					return tx.PutVersion(t.Context(), "w", sampleVersion("w", idOf(1), 4))
				})
			})
			got, err := s.VersionsBefore(t.Context(), "w", idOf(1), assets.VersionWindow{Limit: 9})
			t.same("versions", got, versionsIn(all, assets.VersionWindow{Limit: 9}))
			return err
		}))
		t.ok(<-committed)
	}},
}

// putVersions commits an asset with n versions and returns them, by number.
func putVersions(t *storeT, n int) (all []assets.Version) {
	t.Helper()
	r := sample("w", 1)
	for i := range n {
		all = append(all, sampleVersion("w", idOf(1), assets.Number(i+1)))
	}
	t.put(&record{current: r.current, approved: r.approved, versions: all})
	return all
}

// putReviews commits reviews of the first sample, some with the same revision, and
// returns them in their order.
func putReviews(t *storeT) (all []assets.Review) {
	t.Helper()
	v := sampleVersion("w", idOf(1), 1)
	for i := range 9 {
		r := sampleReview("w", v, int64(i/2+1), [...]assets.Action{assets.ActionSubmit, assets.ActionComment}[i%2])
		r.ID, r.Comment = idOf(i), strings.Repeat("x", 100*(i%3))
		all = append(all, r)
	}
	t.update(func(tx assets.Tx) error {
		for _, i := range []int{4, 0, 8, 1, 3, 2, 7, 5, 6} {
			if err := tx.AddReview(t.Context(), "w", all[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return all
}

// versionsIn returns the page of a window on versions in the order of their numbers.
func versionsIn(all []assets.Version, w assets.VersionWindow) []assets.Version {
	page := []assets.Version{}
	for _, v := range slices.Backward(all) {
		if w.Before == 0 || v.Number < w.Before {
			v.Words = ""
			if w.Summary {
				v.Provenance.Parameters, v.Provenance.DerivedFrom, v.Provenance.Inputs = nil, nil, nil
			}
			page = append(page, v)
		}
	}
	return within(page[:min(len(page), w.Limit)], w.Bytes, (*assets.Version).StoredBytes)
}

// reviewsIn returns the page of a window on reviews in their order.
func reviewsIn(all []assets.Review, w assets.ReviewWindow) []assets.Review {
	page := []assets.Review{}
	for _, r := range slices.Backward(all) {
		b := w.Before
		if w.Decisions && r.Action == assets.ActionComment {
			continue
		}
		if b == (assets.ReviewPosition{}) || r.Revision < b.Revision || r.Revision == b.Revision && r.ID < b.ID {
			page = append(page, r)
		}
	}
	return within(page[:min(len(page), w.Limit)], w.Bytes, (*assets.Review).StoredBytes)
}

// within returns the beginning of a page that ends at its bytes; 0 is no limit.
func within[T any](page []T, maxBytes int64, size func(*T) int64) []T {
	var bytes int64
	for i := range page {
		if bytes += size(&page[i]); maxBytes > 0 && i > 0 && bytes > maxBytes {
			return page[:i+1]
		}
	}
	return page
}
