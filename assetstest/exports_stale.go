package assetstest

import (
	"errors"
	"sync"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// staleCases withdraw approvals before, while and after an export is frozen.
var staleCases = []exportCase{
	{"a withdrawn approval makes it stale for good EXP01", func(t *exportT) {
		t.put(sample("w", 1), sample("w", 2), sample("w", 3))
		t.freeze("w", 100, nil)
		t.isStale("w", 100)
		t.setApproval("w", 2, assets.ApprovalWithdrawn)
		t.isStale("w", 100, 2)
		t.setApproval("w", 2, assets.ApprovalGiven)
		t.isStale("w", 100, 2)
		t.setApproval("w", 1, assets.ApprovalWithdrawn)
		t.isStale("w", 100, 1, 2)

		t.freeze("w", 101, nil) // version 2 is approved again; version 1 is still shown as approved
		t.isStale("w", 101)
		t.setApproval("w", 2, assets.ApprovalWithdrawn)
		t.isStale("w", 101, 2)
	}},
	{"what is rolled back was not withdrawn EXP01", func(t *exportT) {
		t.put(sample("w", 1))
		t.freeze("w", 100, nil)
		want := errors.New("rolled back")
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			return errors.Join(t.putApproval(tx, "w", 1, assets.ApprovalWithdrawn), want)
		})
		if !errors.Is(err, want) {
			t.Errorf("Update: %v", err)
		}
		t.isStale("w", 100)
	}},
	{"a version, an asset or a workspace beside it does no harm EXP01", func(t *exportT) {
		t.put(sample("w", 1), sample("W", 1), sample("w", 2))
		t.freeze("w", 100, nil)
		t.setApproval("W", 1, assets.ApprovalWithdrawn)
		t.update(func(tx assets.Tx) error {
			second := sampleVersion("w", idOf(1), 2)
			second.Approval = assets.ApprovalWithdrawn
			return tx.PutVersion(t.Context(), "w", second)
		})
		t.isStale("w", 100)
	}},
	{"a newer approval does no harm EXP02", func(t *exportT) {
		t.put(sample("w", 1))
		_, entries := t.freeze("w", 100, nil)
		newer := sample("w", 1)
		newer.current.Title = "Edited"
		newer.approved = shownAs(newer.current, newer.versions[1])
		newer.versions[1].Approval = assets.ApprovalGiven
		newer.reviews = nil
		t.put(newer)
		t.isStale("w", 100)
		for s := range export.SectionDirectory + 1 {
			t.same("entries", t.entries("w", 100, s, 0, 10), shownIn(entries, s))
		}
	}},
	{"one snapshot while approvals, withdrawals and deletes come and go EXP04", func(t *exportT) {
		t.put(sample("w", 1), sample("w", 2))
		committed := make(chan error, 1)
		_, entries := t.freeze("w", 100, func() {
			_ = t.meanwhile(nil, func() {
				committed <- t.Update(t.Context(), func(tx assets.Tx) error {
					return errors.Join(
						t.putApproval(tx, "w", 1, assets.ApprovalWithdrawn),
						t.putApproval(tx, "w", 1, assets.ApprovalGiven),
						tx.DeleteAsset(t.Context(), "w", idOf(2)),
						sample("w", 3).write(t.Context(), tx),
					)
				})
			})
		})
		t.ok(<-committed)
		if len(entries) != 2 || entries[0].AssetID != idOf(1) || entries[1].AssetID != idOf(2) {
			t.Errorf("%d entries, want the two of the snapshot", len(entries))
		}
		t.isStale("w", 100, 1)
	}},
	{"freezes and withdrawals race EXP04", staleRace},
}

// staleRace withdraws and gives approvals while exports are frozen. In the end
// an export must be stale exactly for the assets whose approval was withdrawn
// after its snapshot.
func staleRace(t *exportT) {
	const n = 4
	for i := range n {
		t.put(sample("w", i))
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for range 5 {
				for _, a := range []assets.Approval{assets.ApprovalWithdrawn, assets.ApprovalGiven} {
					t.setApproval("w", i, a)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 10 {
			t.freeze("w", 100+i, nil)
		}
	})
	wg.Wait()
	t.freeze("w", 200, nil)
	t.isStale("w", 200)
	_, last := t.freeze("w", 201, nil)
	for i := range 10 {
		var want []int
		for k, e := range t.entries("w", 100+i, export.SectionPayload, 0, n) {
			if e.Withdrawals != last[k].Withdrawals {
				want = append(want, k)
			}
		}
		t.isStale("w", 100+i, want...)
	}
	if last[0].Withdrawals != 5 {
		t.Errorf("%d withdrawals counted, want 5", last[0].Withdrawals)
	}
}

// putApproval changes the approval of version 1 of the n-th asset.
func (t *exportT) putApproval(tx assets.Tx, workspace string, n int, a assets.Approval) error {
	v := sampleVersion(workspace, idOf(n), 1)
	v.Approval = a
	return tx.PutVersion(t.Context(), workspace, v)
}

// setApproval does the same in an Update of its own.
func (t *exportT) setApproval(workspace string, n int, a assets.Approval) {
	if err := t.Update(t.Context(), func(tx assets.Tx) error { return t.putApproval(tx, workspace, n, a) }); err != nil {
		t.Error(err)
	}
}

// isStale checks which assets make the n-th export stale.
func (t *exportT) isStale(workspace string, n int, want ...int) {
	t.Helper()
	refs := []assets.Ref{}
	for _, i := range want {
		refs = append(refs, assets.Ref{AssetID: idOf(i), Version: 1})
	}
	got, err := t.StaleItems(t.Context(), workspace, idOf(n))
	t.ok(err)
	t.same("stale items", got, refs)
	r, err := t.Export(t.Context(), workspace, idOf(n))
	t.ok(err)
	if r.Stale != (len(want) > 0) {
		t.Errorf("export %d is stale: %t, want %d items", n, r.Stale, len(want))
	}
	for _, listed := range t.list(workspace, "", 100) {
		if listed.ID == r.ID && listed.Stale != r.Stale {
			t.Errorf("the list has it as stale: %t", listed.Stale)
		}
	}
}
