package assetstest

import (
	"fmt"

	"github.com/10ex/assets"
)

// recordCases: versions, reviews, idempotency records and deletion.
var recordCases = []storeCase{
	{"putting a version again replaces its approval only", func(t *storeT) {
		want := sample("w", 1)
		t.put(want)
		for _, approval := range []assets.Approval{assets.ApprovalWithdrawn, assets.ApprovalGiven, assets.ApprovalNone} {
			t.update(func(tx assets.Tx) error {
				v := assets.Version{AssetID: want.current.ID, Number: 1, Approval: approval, Key: want.versions[0].Key}
				return tx.PutVersion(t.Context(), "w", v)
			})
			want.versions[0].Approval = approval
			t.holds(t, want)
		}
	}},
	{"versions ascend, without words", func(t *storeT) {
		r := sample("w", 1)
		t.put(&record{current: r.current, approved: r.approved})
		t.update(func(tx assets.Tx) error {
			for _, n := range []assets.Number{2, 11, 1, 10} {
				if err := tx.PutVersion(t.Context(), "w", sampleVersion("w", r.current.ID, n)); err != nil {
					return err
				}
			}
			return nil
		})
		got, err := t.Versions(t.Context(), "w", r.current.ID)
		t.ok(err)
		var want []assets.Version
		for _, n := range []assets.Number{1, 2, 10, 11} {
			v := sampleVersion("w", r.current.ID, n)
			v.Words = ""
			want = append(want, v)
		}
		t.same("versions", got, want)
	}},
	{"reviews: the newest, oldest first, by revision", reviewOrder},
	{"idempotency records are replaced", func(t *storeT) {
		first, second := sampleRequest("k"), sampleRequest("k")
		second.Fingerprint, second.AssetID, second.Version, second.Unchanged, second.At = "other", idOf(2), 1, false, baseTime+99
		for _, want := range []assets.Request{first, second, first} {
			t.update(func(tx assets.Tx) error { return tx.PutRequest(t.Context(), "w", want) })
			got, err := t.Requested(t.Context(), "w", "ann", "POST /", "k")
			t.ok(err)
			t.same("request", got, want)
		}
	}},
	{"IDM04 idempotency records survive the asset", func(t *storeT) {
		t.put(sample("w", 1))
		t.update(func(tx assets.Tx) error { return tx.PutRequest(t.Context(), "w", sampleRequest("k")) })
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", idOf(1)) })
		got, err := t.Requested(t.Context(), "w", "ann", "POST /", "k")
		t.ok(err)
		t.same("request", got, sampleRequest("k"))
	}},
	{"deleting leaves nothing of the asset and all of the others", func(t *storeT) {
		t.put(sample("w", 1), sample("w", 2), sample("w", 3))
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", idOf(2)) })
		nothing(t, t, "w", idOf(2))
		t.holds(t, sample("w", 1))
		t.holds(t, sample("w", 3))
	}},
	{"a deleted id starts anew", func(t *storeT) {
		t.put(sample("w", 1))
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", idOf(1)) })
		again := emptyRecord("w", 1)
		t.put(again)
		t.holds(t, again)
		t.same("tagged", t.list("w", assets.Filter{Tags: []assets.Tag{{Key: "channel"}}}), []*assets.Asset{})
	}},
}

// reviewOrder adds reviews of two versions out of order and reads them by
// every limit.
func reviewOrder(t *storeT) {
	r := sample("w", 1)
	r.reviews = nil
	byVersion := make(map[assets.Number][]assets.Review) // 0: of every version
	for revision := range int64(12) {
		v := r.versions[revision%3%2]
		review := sampleReview("w", v, revision+1, assets.ActionRequestChanges)
		review.At = baseTime - assets.Time(revision) // a clock that steps back changes no order
		byVersion[0] = append(byVersion[0], review)
		byVersion[v.Number] = append(byVersion[v.Number], review)
	}
	for _, i := range []int{3, 0, 11, 5, 4, 1, 2, 10, 9, 6, 8, 7} {
		r.reviews = append(r.reviews, byVersion[0][i])
	}
	t.put(r)
	for n, all := range byVersion {
		for _, limit := range []int{0, 1, 3, len(all), 1000} {
			want := all
			if limit > 0 {
				want = all[max(0, len(all)-limit):]
			}
			got, err := t.Reviews(t.Context(), "w", r.current.ID, n, limit)
			t.ok(err)
			t.same(fmt.Sprintf("reviews of version %d, limit %d", n, limit), got, want)
		}
	}
}
