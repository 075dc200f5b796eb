package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
)

// Settle finds out what became of the call without an answer: done whole or
// not done. The error is errNoAnswer when the server still does not say.
func (w *Worker) Settle(ctx context.Context, url string) error {
	p := w.pending
	if p == nil {
		return nil
	}
	if p.entry == nil { // the same key again makes one asset, whether it was made or not
		status, header, answer, err := w.do(ctx, url, p.call)
		if err != nil {
			return err
		}
		w.pending = nil
		if header.Get("Idempotency-Replayed") == "true" {
			w.tally.Found.Add(1)
		}
		w.note(status, answer, p.call, nil)
		return nil
	}
	status, _, answer, err := w.do(ctx, url, Call{method: http.MethodGet, path: "/" + string(p.entry.Asset.ID)})
	if err != nil {
		return err
	}
	w.pending = nil
	switch {
	case status == http.StatusNotFound && p.call.Kind == assets.EventDeleted:
		w.tally.Found.Add(1)
		w.Bury(p.entry)
		return nil
	case status == http.StatusNotFound:
		w.tally.Lost.Add(1)
		w.complain("%s: acknowledged and gone", p.entry.Asset.ID)
		return nil
	case status != http.StatusOK:
		return fmt.Errorf("GET %s: %d %s", p.entry.Asset.ID, status, answer)
	}
	var now assets.Asset
	if err := json.Unmarshal(answer, &now); err != nil {
		return err
	}
	w.judge(p, now)
	return nil
}

// judge compares an asset with what it was before the call without an answer:
// it is that still, or one revision further.
func (w *Worker) judge(p *pending, now assets.Asset) {
	now.Versions, now.Reviews = nil, nil
	switch before := p.entry.Asset; now.Revision {
	case before.Revision:
		if diff := cmp.Diff(before, now); diff != "" {
			w.tally.Wrong.Add(1)
			w.complain("%s %s was not done, and yet (-before +now):\n%s", p.call.method, p.call.path, diff)
		}
	case before.Revision + 1:
		w.tally.Found.Add(1)
		w.adopt(p.entry, now, p.call)
	default:
		w.tally.Lost.Add(1)
		w.complain("%s: revision %d was acknowledged, it has %d", before.ID, before.Revision, now.Revision)
	}
}
