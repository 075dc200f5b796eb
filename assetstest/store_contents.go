package assetstest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/10ex/assets"
)

// contentCases test [assets.Contents] of stores that have it.
var contentCases = []storeCase{
	{"small contents are kept with their version", func(t *storeT) {
		for _, content := range [][]byte{{}, []byte("x"), {0, 0xff, 0xfe, '\'', '"', '\\'}, bytes.Repeat([]byte("any\x00"), assets.MaxSmallContents/4)} {
			key := fmt.Sprintf("w/202601/0%026d", len(content))
			t.putContent(key, content, emptyRecord("w", len(content)+1))
			t.wantContents([]string{key, "w/202601/0missing"}, map[string][]byte{key: content})
		}
	}},
	{"small contents are read together, and copied", func(t *storeT) {
		want := map[string][]byte{}
		for i := range assets.MaxListLimit {
			key := fmt.Sprintf("w/202601/0%026d", i)
			want[key] = []byte(key)
			t.putContent(key, want[key], emptyRecord("w", i+1))
		}
		got := t.wantContents(slices.Collect(maps.Keys(want)), want)
		for _, content := range got {
			clear(content)
		}
		t.wantContents(slices.Collect(maps.Keys(want)), want)
		t.wantContents(nil, map[string][]byte{})
	}},
	{"a small content is written once", func(t *storeT) {
		const key = "w/202601/0once"
		t.putContent(key, []byte("first"), emptyRecord("w", 1))
		err := t.Update(t.Context(), func(tx assets.Tx) error { return t.contentTx(tx).PutContent(t.Context(), key, []byte("second")) })
		if err == nil {
			t.Error("the same key was written twice")
		}
		t.wantContents([]string{key}, map[string][]byte{key: []byte("first")})
	}},
	{"a small content is rolled back with its version", func(t *storeT) {
		failed := errors.New("fails")
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			if err := t.contentTx(tx).PutContent(t.Context(), "w/202601/0gone", []byte("x")); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) {
			t.Errorf("got error %v", err)
		}
		t.wantContents([]string{"w/202601/0gone"}, map[string][]byte{})
	}},
	{"a small content goes with the last version that names it CRA06", func(t *storeT) {
		const key, own = "w/202601/0shared", "w/202601/0own"
		first, second := emptyRecord("w", 1), emptyRecord("w", 2)
		t.putContent(key, []byte("shared"), first)
		t.putContent(own, []byte("own"), second)
		other := second.versions[0]
		other.Number, other.Key = 2, key
		t.update(func(tx assets.Tx) error { return tx.PutVersion(t.Context(), "w", other) })
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", first.current.ID) })
		t.wantContents([]string{key, own}, map[string][]byte{key: []byte("shared"), own: []byte("own")})
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", second.current.ID) })
		t.wantContents([]string{key, own}, map[string][]byte{})
	}},
}

// contents returns the Contents of the store, or skips the test.
func (t *storeT) contents() assets.Contents {
	t.Helper()
	c, ok := assets.StoreAs[assets.Contents](t.Store)
	if !ok {
		t.Skip("the store keeps no contents")
	}
	return c
}

func (t *storeT) contentTx(tx assets.Tx) assets.ContentTx {
	t.Helper()
	t.contents()
	c, ok := tx.(assets.ContentTx)
	if !ok {
		t.Fatalf("the store has Contents, and its %T lacks PutContent", tx)
	}
	return c
}

// putContent commits a record whose only version has a small content.
func (t *storeT) putContent(key string, content []byte, r *record) {
	t.Helper()
	t.contents()
	r.versions[0].Key = key
	t.update(func(tx assets.Tx) error {
		if err := t.contentTx(tx).PutContent(t.Context(), key, content); err != nil {
			return err
		}
		return r.write(t.Context(), tx)
	})
}

func (t *storeT) wantContents(keys []string, want map[string][]byte) map[string][]byte {
	t.Helper()
	got, err := t.contents().ReadContents(t.Context(), keys)
	t.ok(err)
	t.same("contents", got, want)
	return got
}
