package assetstest

import "github.com/10ex/assets"

// similarWorkspaces must never be taken for one another.
var similarWorkspaces = []string{"a", "ab", "A", "a/b", "../a", "a ", "%", "á"}

// isolationCases show that each workspace has its own rows, and that what does
// not exist is ErrNotFound.
var isolationCases = []storeCase{
	{"equal ids in several workspaces TEN03", func(t *storeT) {
		records := make(map[string]*record)
		for i, workspace := range similarWorkspaces {
			r := sample(workspace, 1)
			r.current.Revision = int64(100 + i)
			r.approved = shownAs(r.current, r.versions[0])
			r.versions[0].Words = workspace
			records[workspace] = r
			t.put(r)
			t.update(func(tx assets.Tx) error {
				q := sampleRequest("k")
				q.Fingerprint = workspace
				return tx.PutRequest(t.Context(), workspace, q)
			})
		}
		for _, workspace := range similarWorkspaces {
			want := records[workspace]
			t.holds(t, want)
			t.same("list", t.list(workspace, assets.Filter{}), []*assets.Asset{want.current})
			t.same("approved list", t.list(workspace, assets.Filter{Approved: true}), []*assets.Asset{want.approved})
			t.same("tagged list", t.list(workspace, assets.Filter{Tags: []assets.Tag{{Key: "channel", Value: "web"}}}), []*assets.Asset{want.current})
			q, err := t.Requested(t.Context(), workspace, "ann", "POST /", "k")
			t.ok(err)
			t.same("fingerprint", q.Fingerprint, workspace)
		}
	}},
	{"another workspace's asset is not found TEN01", func(t *storeT) {
		mine := sample("a", 1)
		t.put(mine)
		for _, foreign := range similarWorkspaces[1:] {
			hasNoTrace(t, t, foreign, mine.current.ID)
			t.ok(t.View(t.Context(), func(r assets.Snapshot) error { hasNoTrace(t, r, foreign, mine.current.ID); return nil }))
			t.update(func(tx assets.Tx) error { hasNoTrace(t, tx, foreign, mine.current.ID); return nil })
		}
	}},
	{"writes stay within their workspace TEN01", func(t *storeT) {
		t.put(sample("a", 1), sample("ab", 1))
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			if err := tx.DeleteAsset(t.Context(), "A", idOf(1)); err != nil {
				return err
			}
			return tx.DeleteAsset(t.Context(), "ab", idOf(1))
		})
		if err != nil && !absent(err) {
			t.Fatal(err)
		}
		t.holds(t, sample("a", 1))

		other := sample("A", 1)
		other.versions[0].Approval = assets.ApprovalWithdrawn
		t.put(other)
		t.holds(t, sample("a", 1))
		t.holds(t, other)
	}},
	{"what does not exist is not found", func(t *storeT) {
		hasNoTrace(t, t, "w", idOf(1))
		t.put(sample("w", 1))
		hasNoTrace(t, t, "w", idOf(2))
		for _, n := range []assets.Number{-1, 0, 3} {
			if _, err := t.Version(t.Context(), "w", idOf(1), n); !absent(err) {
				t.Errorf("version %d: %v, want ErrNotFound", n, err)
			}
		}
		reviews, err := t.Reviews(t.Context(), "w", idOf(1), 3, 0)
		if err != nil && !absent(err) || len(reviews) != 0 {
			t.Errorf("reviews of no version: %d, %v", len(reviews), err)
		}
	}},
	{"idempotency keys belong to subject and operation", func(t *storeT) {
		t.update(func(tx assets.Tx) error { return tx.PutRequest(t.Context(), "w", sampleRequest("k")) })
		for _, other := range [][4]string{
			{"W", "ann", "POST /", "k"},
			{"w", "Ann", "POST /", "k"},
			{"w", "ann", "POST /x", "k"},
			{"w", "ann", "POST /", "K"},
			{"w", "ann", "POST /", "k "},
			{"w", "ann", "POST /k", ""},
		} {
			if _, err := t.Requested(t.Context(), other[0], other[1], other[2], other[3]); !absent(err) {
				t.Errorf("IDM02 Requested%q: %v, want ErrNotFound", other, err)
			}
		}
	}},
}

// hasNoTrace checks that no method of a reader finds an asset in a workspace.
func hasNoTrace(t *storeT, r assets.Reader, workspace string, id assets.ID) {
	t.Helper()
	if _, err := r.Asset(t.Context(), workspace, id); !absent(err) {
		t.Errorf("Asset in %q: %v, want ErrNotFound", workspace, err)
	}
	if _, err := r.Version(t.Context(), workspace, id, 1); !absent(err) {
		t.Errorf("Version in %q: %v, want ErrNotFound", workspace, err)
	}
	versions, err := r.Versions(t.Context(), workspace, id)
	if err != nil || len(versions) != 0 {
		t.Errorf("Versions in %q: %d, %v; want none", workspace, len(versions), err)
	}
	reviews, err := r.Reviews(t.Context(), workspace, id, 0, 0)
	if err != nil && !absent(err) || len(reviews) != 0 {
		t.Errorf("Reviews in %q: %d, %v; want none", workspace, len(reviews), err)
	}
	for _, f := range []assets.Filter{{}, {IDs: []assets.ID{id}}, {Tags: []assets.Tag{{Key: "channel"}}}, {RunID: "run-2"}} {
		for _, f.Approved = range []bool{false, true} {
			found, err := r.Assets(t.Context(), workspace, f, assets.Window{Limit: 10})
			if err != nil {
				t.Errorf("Assets in %q: %v, want an empty slice", workspace, err)
			}
			for _, a := range found {
				if a.ID == id {
					t.Errorf("Assets in %q with %+v found it", workspace, f)
				}
			}
		}
	}
}
