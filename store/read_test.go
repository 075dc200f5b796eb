package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// update runs fn in an Update or ends the test.
func update(t *testing.T, st assets.Store, fn func(tx assets.Tx) error) {
	t.Helper()
	if err := st.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestVersions(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		id := sqltest.NewAsset(0).ID
		update(t, st, func(tx assets.Tx) error {
			for _, n := range []assets.Number{2, 1} {
				if err := tx.PutVersion(t.Context(), "w", assets.Version{AssetID: id, Number: n, Words: "words"}); err != nil {
					return err
				}
			}
			return nil
		})
		versions, err := st.Versions(t.Context(), "w", id)
		if err != nil || len(versions) != 2 || versions[0].Number != 1 || versions[0].Words != "" {
			t.Errorf("%+v, %v; want two in order, without their words", versions, err)
		}
		version, err := st.Version(t.Context(), "w", id, 2)
		if err != nil || version.Number != 2 || version.Words != "words" {
			t.Errorf("%+v, %v; want the second with its words", version, err)
		}
		for _, workspace := range []string{"w", "other"} {
			if _, err := st.Version(t.Context(), workspace, id, 3); !errors.Is(err, assets.ErrNotFound) {
				t.Errorf("a version that does not exist in %s: %v", workspace, err)
			}
		}
	})
}

func TestReviews(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		id := sqltest.NewAsset(0).ID
		update(t, st, func(tx assets.Tx) error {
			for i := range 4 {
				r := assets.Review{ID: sqltest.NewAsset(i).ID, AssetID: id, Version: assets.Number(i%2 + 1), Revision: int64(i)}
				if err := tx.AddReview(t.Context(), "w", r); err != nil {
					return err
				}
			}
			return nil
		})
		for _, c := range []struct {
			version assets.Number
			limit   int
			want    []int64
		}{
			{0, 0, []int64{0, 1, 2, 3}},
			{0, 2, []int64{2, 3}},
			{1, 0, []int64{0, 2}},
			{2, 1, []int64{3}},
			{3, 0, nil},
		} {
			reviews, err := st.Reviews(t.Context(), "w", id, c.version, c.limit)
			var got []int64
			for _, r := range reviews {
				got = append(got, r.Revision)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("version %d, limit %d: revisions %v, %v; want the newest, %v", c.version, c.limit, got, err, c.want)
			}
		}
	})
}

func TestRequested(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		request := assets.Request{Subject: "ann", Operation: "create", Key: "k", Fingerprint: "f", Unchanged: true, At: 1}
		update(t, st, func(tx assets.Tx) error {
			if _, err := tx.Requested(t.Context(), "w", "ann", "create", "k"); !errors.Is(err, assets.ErrNotFound) {
				t.Errorf("before: %v, want ErrNotFound", err)
			}
			return tx.PutRequest(t.Context(), "w", request)
		})
		if got, err := st.Requested(t.Context(), "w", "ann", "create", "k"); err != nil || got != request {
			t.Errorf("%+v, %v; want %+v", got, err, request)
		}
		for _, other := range [][4]string{{"x", "ann", "create", "k"}, {"w", "bob", "create", "k"}, {"w", "ann", "edit", "k"}, {"w", "ann", "create", "x"}} {
			if _, err := st.Requested(t.Context(), other[0], other[1], other[2], other[3]); !errors.Is(err, assets.ErrNotFound) {
				t.Errorf("%v: %v, want ErrNotFound", other, err)
			}
		}
	})
}
