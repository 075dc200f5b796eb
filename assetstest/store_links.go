package assetstest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

// sampleLink returns a review link of the first sample with a value in every field that
// a store keeps.
func sampleLink(workspace string, n int) assets.ReviewLink {
	return assets.ReviewLink{
		Workspace: workspace, ID: idOf(100 + n), AssetID: idOf(1), Version: 2, SHA256: strings.Repeat("ab", 32), Name: `Dr. "Eve" Weber`,
		Can: assets.LinkDecide, CreatedBy: "ann", CreatedAt: baseTime, ExpiresAt: baseTime + 1000, RevokedAt: baseTime + 3, LastUsedAt: baseTime + 2,
		Decision: "approve", DecidedAt: baseTime + 1, KeyPrefix: "abcd1234", Comments: 7,
	}
}

// putLinks stores links in one Update.
func (t *storeT) putLinks(all ...assets.ReviewLink) {
	t.Helper()
	t.update(func(tx assets.Tx) error {
		for _, k := range all {
			if err := tx.PutLink(t.Context(), k); err != nil {
				return err
			}
		}
		return nil
	})
}

// holdsLink checks that every reader returns exactly the link.
func (t *storeT) holdsLink(want assets.ReviewLink) {
	t.Helper()
	check := func(r assets.Links) error {
		got, err := r.Link(t.Context(), want.Workspace, want.ID)
		t.ok(err)
		t.same("review link", got, want)
		return nil
	}
	t.ok(check(t))
	t.ok(t.View(t.Context(), func(r assets.Snapshot) error { return check(r) }))
	t.update(func(tx assets.Tx) error { return check(tx) })
}

// linkCases cover review links.
var linkCases = []storeCase{
	{"a review link is kept in every field, and replaced", func(t *storeT) {
		whole := sampleLink("w", 1)
		empty := assets.ReviewLink{Workspace: "w", ID: whole.ID, AssetID: whole.AssetID}
		for _, k := range []assets.ReviewLink{empty, whole, empty} {
			t.putLinks(k)
			t.holdsLink(k)
		}
	}},
	{"a review link belongs to its workspace TEN01", func(t *storeT) {
		for _, workspace := range similarWorkspaces {
			t.putLinks(sampleLink(workspace, 1))
		}
		for _, workspace := range similarWorkspaces {
			t.holdsLink(sampleLink(workspace, 1))
			page, err := t.LinksBefore(t.Context(), workspace, idOf(1), assets.LinkWindow{Limit: 9})
			t.ok(err)
			t.same("links", page, []assets.ReviewLink{sampleLink(workspace, 1)})
		}
		if _, err := t.Link(t.Context(), "elsewhere", sampleLink("w", 1).ID); !absent(err) {
			t.Errorf("another workspace's link: %v, want ErrNotFound", err)
		}
	}},
	{"review links in pages, newest first", func(t *storeT) {
		var all []assets.ReviewLink
		for i := range 5 {
			other := sampleLink("w", 50+i)
			other.AssetID = idOf(2)
			t.putLinks(sampleLink("w", i), other)
			all = append([]assets.ReviewLink{sampleLink("w", i)}, all...)
		}
		for _, w := range []assets.LinkWindow{{Limit: 9}, {Limit: 2}, {Limit: 0}, {Before: all[1].ID, Limit: 2}, {Before: all[4].ID, Limit: 2}} {
			want := []assets.ReviewLink{}
			for _, k := range all {
				if len(want) < w.Limit && (w.Before == "" || k.ID < w.Before) {
					want = append(want, k)
				}
			}
			got, err := t.LinksBefore(t.Context(), "w", idOf(1), w)
			t.ok(err)
			t.same("page", got, want)
		}
	}},
	{"review links are counted until they end", func(t *storeT) {
		for i := range 4 {
			k := sampleLink("w", i)
			k.RevokedAt, k.ExpiresAt = 0, baseTime+assets.Time(i)
			t.putLinks(k, sampleLink("w", 50+i), sampleLink("other", i)) // the others are revoked
		}
		for i := range 5 {
			n, err := t.CountLinks(t.Context(), "w", baseTime+assets.Time(i))
			t.ok(err)
			t.same("count", n, max(0, 3-i))
		}
	}},
	{"review links that end with their key are counted until then", func(t *storeT) {
		keys, ok := assets.StoreAs[apikey.Store](t.Store)
		if !ok {
			t.Skip("the store keeps no keys")
		}
		for i, c := range []struct{ expires, revoked assets.Time }{
			{0, 0},
			{baseTime, 0},
			{baseTime + 1, 0},
			{0, baseTime + 9}, // ended whatever the time is
			{baseTime + 1, baseTime + 9},
		} {
			key := apikey.Key{Prefix: "prefix0" + string(rune('0'+i)), Workspace: "w", Owner: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{}, CreatedAt: baseTime, ExpiresAt: c.expires, RevokedAt: c.revoked}
			t.ok(keys.AddKey(t.Context(), key))
			k := sampleLink("w", i)
			k.RevokedAt, k.ExpiresAt, k.KeyPrefix = 0, baseTime+3, assets.Optional(key.Prefix)
			t.putLinks(k)
		}
		for i, want := range []int{2, 1, 1, 0} {
			n, err := t.CountLinks(t.Context(), "w", baseTime+assets.Time(i))
			t.ok(err)
			t.same(fmt.Sprintf("count after %d ms", i), n, want)
		}
	}},
	{"review links are counted one transaction after the other", func(t *storeT) {
		t.concurrently(16, func(i int) error {
			return t.Update(t.Context(), func(tx assets.Tx) error {
				n, err := tx.CountLinks(t.Context(), "w", baseTime)
				if err != nil || n >= 3 {
					return err
				}
				k := sampleLink("w", i)
				k.RevokedAt = 0
				return tx.PutLink(t.Context(), k)
			})
		})
		n, err := t.CountLinks(t.Context(), "w", baseTime)
		t.ok(err)
		t.same("count", n, 3)
	}},
	{"a review link has the end of its key, and whether it was revoked", func(t *storeT) {
		keys, ok := assets.StoreAs[apikey.Store](t.Store)
		if !ok {
			t.Skip("the store keeps no keys")
		}
		for i, c := range []struct{ expires, revoked, want assets.Time }{
			{0, 0, 0},
			{baseTime, 0, baseTime},
			{baseTime, baseTime + 1, baseTime}, // revoked when it had expired
			{baseTime + 1, baseTime, baseTime},
			{0, baseTime, baseTime},
		} {
			k := sampleLink("w", i)
			k.KeyPrefix = assets.Optional("prefix0" + string(rune('0'+i)))
			t.putLinks(k)
			t.holdsLink(k)
			key := apikey.Key{Prefix: string(k.KeyPrefix), Workspace: "w", Owner: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{}, CreatedAt: baseTime, ExpiresAt: c.expires, RevokedAt: c.revoked}
			t.ok(keys.AddKey(t.Context(), key))
			k.KeyEndsAt, k.KeyRevoked = c.want, c.revoked != 0
			t.holdsLink(k)
		}
	}},
	{"a review link goes with its asset, and with its Update", func(t *storeT) {
		other := sampleLink("w", 2)
		other.AssetID = idOf(2)
		t.put(sample("w", 1), sample("w", 2))
		t.putLinks(sampleLink("w", 1), other)
		undone := errors.New("undone")
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			return errors.Join(tx.DeleteAsset(t.Context(), "w", idOf(1)), tx.PutLink(t.Context(), sampleLink("w", 3)), undone)
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		t.holdsLink(sampleLink("w", 1))
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", idOf(1)) })
		for _, n := range []int{1, 3} {
			if _, err := t.Link(t.Context(), "w", sampleLink("w", n).ID); !absent(err) {
				t.Errorf("link %d: %v, want ErrNotFound", n, err)
			}
		}
		t.holdsLink(other)
	}},
	{"one of many uses a review link", func(t *storeT) {
		k := sampleLink("w", 1)
		k.Decision = ""
		t.putLinks(k)
		const n = 16
		t.concurrently(n, func(i int) error {
			return t.Update(t.Context(), func(tx assets.Tx) error {
				k, err := tx.Link(t.Context(), "w", k.ID)
				if err != nil || k.Decision != "" {
					return err
				}
				k.Decision = "approve"
				return errors.Join(sample("w", 10+i).write(t.Context(), tx), tx.PutLink(t.Context(), k))
			})
		})
		if list := t.list("w", assets.Filter{}); len(list) != 1 {
			t.Errorf("%d decisions with the link, want 1", len(list))
		}
	}},
}
