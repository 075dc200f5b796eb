package assetstest_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// addEvent writes one event in an Update with a fault at step n. It returns the
// steps, how often the function ran, how many events there are, and the error of
// the Update.
func addEvent(t *testing.T, n int, f assetstest.Fault) (steps []string, runs, events int, err error) {
	t.Helper()
	in := injected()
	ctx := in.Arm(t.Context(), n, f)
	err = in.Store.Update(ctx, func(tx assets.Tx) error {
		runs++
		return tx.AddEvent(ctx, assets.Event{Workspace: "w", Type: assets.EventEdited, Data: assets.EventData{AssetID: "x"}})
	})
	steps, _ = in.Disarm()
	all, readErr := in.Store.(assets.Journal).Events(t.Context(), 0, 10)
	if readErr != nil {
		t.Fatal(readErr)
	}
	return steps, runs, len(all), err
}

func TestUpdateHasSteps(t *testing.T) {
	t.Parallel()
	steps, runs, events, err := addEvent(t, 0, assetstest.Fails)
	want := []string{"tx.begin", "tx.AddEvent", "tx.commit", "tx.committed"}
	if err != nil || !slices.Equal(steps, want) || runs != 1 || events != 1 {
		t.Errorf("%v, steps %q, %d runs, %d events", err, steps, runs, events)
	}
}

func TestUpdateFailsAtEachStep(t *testing.T) {
	t.Parallel()
	for n, runs := range []int{0, 1, 1} {
		_, gotRuns, events, err := addEvent(t, n+1, assetstest.Fails)
		if !errors.Is(err, assets.ErrUnavailable) || gotRuns != runs || events != 0 {
			t.Errorf("step %d: %v, %d runs, %d events; want ErrUnavailable, %d and none", n+1, err, gotRuns, events, runs)
		}
	}
}

func TestCommitFaults(t *testing.T) {
	t.Parallel()
	const commit = 3
	for _, c := range []struct {
		fault        assetstest.Fault
		err          error
		runs, events int
	}{
		{assetstest.Reruns, nil, 2, 1},
		{assetstest.CommitLost, assets.ErrOutcomeUnknown, 1, 0},
		{assetstest.CommitKept, assets.ErrOutcomeUnknown, 1, 1},
	} {
		_, runs, events, err := addEvent(t, commit, c.fault)
		if !errors.Is(err, c.err) || runs != c.runs || events != c.events {
			t.Errorf("%v: %v, %d runs, %d events; want %v, %d and %d", c.fault, err, runs, events, c.err, c.runs, c.events)
		}
	}
}

func TestReadsAreSteps(t *testing.T) {
	t.Parallel()
	in := injected()
	ctx := in.Arm(t.Context(), 0, assetstest.Fails)
	err := in.Store.View(ctx, func(r assets.Snapshot) error {
		_, err := r.Assets(ctx, "w", assets.Filter{}, assets.Window{Limit: 1})
		_, errCount := r.Count(ctx, "w", assets.Filter{})
		_, errWindow := r.CountWindow(ctx, "w", assets.Filter{}, assets.Window{Limit: 1})
		_, errCounts := r.Counts(ctx, "w", assets.Filter{}, 0)
		_, errTags := r.TagCounts(ctx, "w", assets.TagWindow{Limit: 1})
		_, errVersions := r.Versions(ctx, "w", "x")
		_, _ = r.Version(ctx, "w", "x", 1)
		_, _ = r.Reviews(ctx, "w", "x", 0, 0)
		_, _ = r.VersionsBefore(ctx, "w", "x", assets.VersionWindow{Limit: 1})
		_, _ = r.ReviewsBefore(ctx, "w", "x", assets.ReviewWindow{Limit: 1})
		_, _ = r.Requested(ctx, "w", "ann", "POST /", "k")
		_, _ = r.Upload(ctx, "w", "x")
		return errors.Join(err, errCount, errWindow, errCounts, errTags, errVersions)
	})
	steps, _ := in.Disarm()
	want := []string{
		"view.begin", "view.Assets", "view.Count", "view.CountWindow", "view.Counts", "view.TagCounts", "view.Versions", "view.Version", "view.Reviews", "view.VersionsBefore", "view.ReviewsBefore",
		"view.Requested", "view.Upload",
	}
	if err != nil || !slices.Equal(steps, want) {
		t.Errorf("%v, steps %q, want %q", err, steps, want)
	}
}
