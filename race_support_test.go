package assets_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/10ex/assets"
)

// user is a person with every scope in workspace "w".
func user(subject string) assets.Actor {
	return assets.Actor{Workspace: "w", Subject: subject, Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
}

// atOnce starts n calls together and waits for all of them.
func atOnce(n int, call func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			call(i)
		})
	}
	close(start)
	wg.Wait()
}

// draft makes a copy asset of one version.
func draft(t testing.TB, lib *assets.Library, submit bool) *assets.Asset {
	t.Helper()
	out, err := lib.Create(t.Context(), user("maker"), assets.NewAsset{
		Type: assets.TypeCopy, Title: "headline", NewVersion: assets.NewVersion{Text: "first", Submit: submit},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Asset
}

// get answers the whole asset.
func get(t testing.TB, lib *assets.Library, id assets.ID) *assets.Asset {
	t.Helper()
	a, err := lib.Get(t.Context(), user("checker"), id, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// decide makes one review call.
func decide(t testing.TB, lib *assets.Library, by string, id assets.ID, act assets.Action, n assets.Number) error {
	t.Helper()
	d := assets.Decision{Action: act, Version: n}
	if act == assets.ActionRequestChanges {
		d.Comment = "no"
	}
	_, err := lib.Review(t.Context(), user(by), id, d)
	return err
}

// journalOf answers an asset's rows.
func journalOf(t testing.TB, cfg assets.Config, id assets.ID) []assets.Event {
	t.Helper()
	var own []assets.Event
	for seq := int64(0); ; {
		events, err := cfg.Store.(assets.Journal).Events(t.Context(), seq, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			return own
		}
		for _, e := range events {
			if e.AssetID == id {
				own = append(own, e)
			}
		}
		seq = events[len(events)-1].Seq
	}
}

// checkWhole holds one asset's rows against each other: whatever raced, it
// reads as if the calls had come one after the other.
func checkWhole(t testing.TB, cfg assets.Config, lib *assets.Library, id assets.ID) *assets.Asset {
	t.Helper()
	a := get(t, lib, id)
	events := journalOf(t, cfg, id)
	if int64(len(events)) != a.Revision {
		t.Errorf("%d journal rows for revision %d", len(events), a.Revision)
	}
	if last := events[len(events)-1]; last.Status != a.Status {
		t.Errorf("the journal ends with %s, the asset is %s", last.Status, a.Status)
	}
	status, approved := assets.StatusDraft, assets.Number(0)
	for _, r := range a.Reviews {
		if !slices.ContainsFunc(events, func(e assets.Event) bool { return string(e.ReviewID) == string(r.ID) }) {
			t.Errorf("review %s has no journal row", r.ID)
		}
		if r.SHA256 != a.Versions[r.Version-1].Content.SHA256 {
			t.Errorf("a review of version %d names another digest", r.Version)
		}
		switch {
		case r.Action == assets.ActionArchive, r.Action == assets.ActionRequestChanges && r.Version == approved:
			approved = 0
		case r.ToStatus == assets.StatusApproved && r.Action == assets.ActionApprove:
			approved = r.Version
		}
		status = r.ToStatus
	}
	if approved != a.ApprovedVersion {
		t.Errorf("the reviews leave version %d in force, the asset has %d", approved, a.ApprovedVersion)
	}
	if n := a.CurrentVersion; len(a.Reviews) > 0 && a.Reviews[len(a.Reviews)-1].Version == n && status != a.Status {
		t.Errorf("the last review leaves %s, the asset is %s", status, a.Status)
	}
	for i, v := range a.Versions {
		if int(v.Number) != i+1 {
			t.Errorf("version %d is numbered %d", i+1, v.Number)
		}
	}
	return a
}

// codes counts answers, for one line of a failure.
func codes(errs []error) map[string]int {
	count := map[string]int{}
	for _, err := range errs {
		count[orOK(assets.Code(err))]++
	}
	return count
}

func subject(i int) string { return fmt.Sprintf("person-%d", i) }
