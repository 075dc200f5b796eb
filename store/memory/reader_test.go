package memory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store/memory"
)

// reads calls each method of a reader for what does not exist.
func reads(ctx context.Context, r assets.Store) map[string]error {
	errs := map[string]error{}
	_, errs["Asset"] = r.Asset(ctx, "w", "a")
	_, errs["Version"] = r.Version(ctx, "w", "a", 1)
	_, errs["Requested"] = r.Requested(ctx, "w", "ann", "create", "k")
	_, errs["Upload"] = r.Upload(ctx, "w", "a")
	return errs
}

func TestMissingIsNotFound(t *testing.T) {
	t.Parallel()
	for name, err := range reads(t.Context(), memory.New()) {
		if !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
}

func TestReadWithAnEndedContextIsUnavailable(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range reads(ctx, memory.New()) {
		if !errors.Is(err, assets.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want ErrUnavailable that wraps the context's error", name, err)
		}
	}
}

func TestReviewsReturnsTheNewest(t *testing.T) {
	t.Parallel()
	s := memory.New()
	err := s.Update(t.Context(), func(tx assets.Tx) error {
		for _, revision := range []int64{2, 1, 3} {
			r := assets.Review{AssetID: "a", Version: assets.Number(revision % 2), Revision: revision}
			if err := tx.AddReview(t.Context(), "w", r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		version assets.Number
		limit   int
		want    []int64
	}{{0, 0, []int64{1, 2, 3}}, {0, 2, []int64{2, 3}}, {1, 0, []int64{1, 3}}, {1, 1, []int64{3}}, {5, 0, nil}} {
		reviews, err := s.Reviews(t.Context(), "w", "a", c.version, c.limit)
		if err != nil || len(reviews) != len(c.want) {
			t.Errorf("version %d, limit %d: %+v, %v; want revisions %v", c.version, c.limit, reviews, err, c.want)
			continue
		}
		for i, r := range reviews {
			if r.Revision != c.want[i] {
				t.Errorf("version %d, limit %d: revision %d, want %d", c.version, c.limit, r.Revision, c.want[i])
			}
		}
	}
}
