package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
)

// Resolve finds out whether the call without a response was carried out. The error
// wraps errNoResponse if the server still does not respond.
func (w *Worker) Resolve(ctx context.Context, url string) error {
	p := w.pending
	if p == nil {
		return nil
	}
	if p.entry == nil { // repeating it with the same key creates at most one asset
		status, header, body, err := w.do(ctx, url, p.call)
		if err != nil {
			return err
		}
		w.pending = nil
		if header.Get("Idempotency-Replayed") == "true" {
			w.tally.Found.Add(1)
		}
		w.record(status, body, p.call, nil)
		return nil
	}
	status, _, body, err := w.do(ctx, url, Call{method: http.MethodGet, path: "/" + string(p.entry.Asset.ID)})
	if err != nil {
		return err
	}
	w.pending = nil
	switch {
	case status == http.StatusNotFound && p.call.Type == assets.EventDeleted:
		w.tally.Found.Add(1)
		w.Deleted(p.entry)
		return nil
	case status == http.StatusNotFound:
		w.tally.Lost.Add(1)
		w.report("%s: acknowledged and gone", p.entry.Asset.ID)
		return nil
	case status != http.StatusOK:
		return fmt.Errorf("GET %s: %d %s", p.entry.Asset.ID, status, body)
	}
	var now assets.Asset
	if err := json.Unmarshal(body, &now); err != nil {
		return err
	}
	w.compare(p, now)
	return nil
}

// compare compares an asset with its state before the call without a response: it
// must be unchanged or one revision further.
func (w *Worker) compare(p *pending, now assets.Asset) {
	now.Versions, now.Reviews = nil, nil
	switch before := p.entry.Asset; now.Revision {
	case before.Revision:
		if diff := cmp.Diff(before, now); diff != "" {
			w.tally.Wrong.Add(1)
			w.report("%s %s was not done, and yet (-before +now):\n%s", p.call.method, p.call.path, diff)
		}
	case before.Revision + 1:
		w.tally.Found.Add(1)
		w.accept(p.entry, now, p.call)
	default:
		w.tally.Lost.Add(1)
		w.report("%s: revision %d was acknowledged, it has %d", before.ID, before.Revision, now.Revision)
	}
}
