package assetstest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// quotaCases test what bounds the exports of a workspace, and the documents that a
// call returns.
var quotaCases = []exportCase{
	{"a quota of exports holds HOS08", func(t *exportT) {
		t.put(sample("w", 1), sample("a", 1))
		two := export.Quota{Exports: 2}
		t.uses("w", 0, export.Usage{})
		t.ok(t.freezeWithin("w", 100, two))
		t.ok(t.freezeWithin("w", 101, two))
		t.reached(t.freezeWithin("w", 102, two))
		t.ok(t.freezeWithin("a", 103, two)) // each workspace has its own
		t.ok(t.freezeWithin("w", 104, export.Quota{Exports: 3}))
		first, other := t.record("w", 100), t.record("a", 103)
		each := t.list("w", "", 1)[0].Plan.Metadata.Size
		t.uses("w", 0, export.Usage{Exports: 3, Metadata: 3 * each, Expiry: first.ExpiresAt})
		t.uses("a", 0, export.Usage{Exports: 1, Metadata: t.list("a", "", 1)[0].Plan.Metadata.Size, Expiry: other.ExpiresAt})
		t.uses("w", first.ExpiresAt, export.Usage{Exports: 2, Metadata: 2 * each, Expiry: first.ExpiresAt + 1})
		t.hasNoExport("w", 102)
	}},
	{"a quota of metadata holds HOS08", func(t *exportT) {
		t.put(sample("w", 1))
		t.ok(t.freezeWithin("w", 100, export.Quota{}))
		each := t.list("w", "", 1)[0].Plan.Metadata.Size
		t.reached(t.freezeWithin("w", 101, export.Quota{Metadata: 2*each - 1}))
		t.hasNoExport("w", 101)
		t.ok(t.freezeWithin("w", 102, export.Quota{Metadata: 2 * each}))
		t.uses("w", 0, export.Usage{Exports: 2, Metadata: 2 * each, Expiry: t.record("w", 100).ExpiresAt})
	}},
	{"expired exports do not count, and the newest of them stay HOS08", func(t *exportT) {
		t.put(sample("w", 1), sample("a", 1))
		two := export.Quota{Exports: 2}
		other, _ := t.freeze("a", 100, nil)
		for n := 101; n < 106; n++ {
			t.ok(t.freezeWithin("w", n, export.Quota{}))
		}
		later := 105 + int(t.record("w", 0).ExpiresAt-baseTime) // 101 to 105 have expired by then
		t.uses("w", baseTime+assets.Time(later), export.Usage{})
		t.ok(t.freezeWithin("w", later, two))
		for n := 101; n < 104; n++ {
			t.hasNoExport("w", n)
		}
		var left []assets.ID
		for _, r := range t.list("w", "", 10) {
			left = append(left, r.ID)
		}
		t.same("exports", left, []assets.ID{idOf(later), idOf(105), idOf(104)})
		t.same("another workspace's", t.list("a", "", 10), []export.Record{other})
	}},
	{"freezes at once stay within a quota HOS08", func(t *exportT) {
		t.put(sample("w", 1))
		var wg sync.WaitGroup
		var done atomic.Int64
		for n := range 8 {
			wg.Go(func() {
				err := t.freezeWithin("w", 100+n, export.Quota{Exports: 3})
				switch {
				case err == nil:
					done.Add(1)
				case !errors.Is(err, assets.ErrLimitReached):
					t.Errorf("Freeze: %v", err)
				}
			})
		}
		wg.Wait()
		if n := len(t.list("w", "", 100)); n != 3 || done.Load() != 3 {
			t.Errorf("%d freezes succeed and %d exports are there, want 3", done.Load(), n)
		}
	}},
	{"documents are returned by 64 KiB HOS08", boundedDocuments},
}

// boundedDocuments reads entries whose documents have 40 KiB.
func boundedDocuments(t *exportT) {
	const n = 5
	for i := range n {
		r := approvedRecord("w", i)
		r.versions[0].Provenance.Parameters = fmt.Appendf(nil, `{"filler":"%s"}`, bytes.Repeat([]byte("x"), 40<<10))
		r.current.Provenance = r.versions[0].Provenance
		r.approved = shownAs(r.current, r.versions[0])
		t.put(r)
	}
	_, entries := t.freeze("w", 100, nil)
	for i, e := range entries {
		at := e.At[export.SectionMetadata]
		t.same("documents", t.entries("w", 100, export.SectionMetadata, at, n), entries[i:min(i+2, n)])
		t.same("documents from within", t.entries("w", 100, export.SectionMetadata, at+100, n), entries[i:min(i+2, n)])
		t.same("one document", t.entries("w", 100, export.SectionMetadata, at, 1), entries[i:i+1])
		t.same("other sections", t.entries("w", 100, export.SectionPayload, e.At[export.SectionPayload], n), shownIn(entries[i:], export.SectionPayload))
	}
}

// freezeWithin creates the n-th export if the quota allows it.
func (t *exportT) freezeWithin(workspace string, n int, q export.Quota) error {
	return t.Freeze(t.Context(), t.record(workspace, n), q, func(f export.Freezing) (export.Plan, error) {
		plan, _, err := t.plan(f, workspace, n)
		return plan, err
	})
}

func (t *exportT) reached(err error) {
	t.Helper()
	if !errors.Is(err, assets.ErrLimitReached) {
		t.Errorf("Freeze: %v, want ErrLimitReached", err)
	}
}

func (t *exportT) uses(workspace string, at assets.Time, want export.Usage) {
	t.Helper()
	got, err := t.Usage(t.Context(), workspace, at)
	t.ok(err)
	t.same("usage", got, want)
}
