package workload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/10ex/assets"
)

// Base is the path of the routes.
const Base = "/api/v1/assets"

// Worker does what agents and people do, in a workspace of its own and one call at
// a time, and records what the server acknowledged.
type Worker struct {
	Workspace string
	Key       string // bearer token
	Client    *http.Client
	Live      []*Entry // the assets that exist

	rng     *rand.Rand
	tally   *Tally
	report  func(format string, args ...any)
	deleted []assets.ID // whose deletion was acknowledged
	created int
	pending *pending // the call whose outcome is unknown, or nil
}

// NewWorkers returns a worker for each workspace; keys has the bearer tokens by
// workspace. The workspaces must be empty. Workers report inconsistencies by report,
// which is like [testing.T.Errorf].
func NewWorkers(keys map[string]string, seed uint64, sum *Tally, report func(format string, args ...any)) (all []*Worker) {
	for i, workspace := range slices.Sorted(maps.Keys(keys)) {
		all = append(all, &Worker{
			Workspace: workspace, Key: keys[workspace],
			Client: &http.Client{Transport: &http.Transport{}, Timeout: time.Minute},
			rng:    rand.New(rand.NewPCG(seed, uint64(i))), tally: sum, report: report,
		})
	}
	return all
}

// Pending reports whether the outcome of a call is unknown; see [Worker.Resolve].
func (w *Worker) Pending() bool { return w.pending != nil }

// Entry is an asset as it was last acknowledged.
type Entry struct {
	Asset   assets.Asset
	Digests []string // of its versions
}

// pending is a call without a response. The entry is nil if the call creates an
// asset.
type pending struct {
	call  Call
	entry *Entry
}

// errNoResponse is returned for calls that may have been carried out or not.
var errNoResponse = errors.New("no response")

// do sends a call. The error wraps errNoResponse if the outcome is unknown.
func (w *Worker) do(ctx context.Context, url string, c Call) (status int, header http.Header, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, c.method, url+Base+c.path, bytes.NewReader(c.body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+w.Key)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	resp, err := w.Client.Do(req)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("%w: %w", errNoResponse, err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode == http.StatusServiceUnavailable {
		return 0, nil, nil, fmt.Errorf("%w: %d %s, %w", errNoResponse, resp.StatusCode, body, err)
	}
	return resp.StatusCode, resp.Header, body, nil
}

// Work makes changes until a call has no response or ctx is canceled.
func (w *Worker) Work(ctx context.Context, url string) {
	for ctx.Err() == nil && w.pending == nil {
		w.Step(url)
	}
}

// Step makes one change, or reads a content.
func (w *Worker) Step(url string) {
	if len(w.Live) == 0 || w.rng.IntN(4) == 0 {
		w.Try(url, w.Create(), nil)
		return
	}
	e := w.Live[len(w.Live)-1-w.rng.IntN(min(len(w.Live), 12))] // a recent one, so that histories grow
	path := "/" + string(e.Asset.ID)
	review := func(action assets.Action, more string) Call {
		return Call{Type: assets.EventTypeOf(string(action), assets.StatusApproved), method: "POST", path: path + "/approval", body: fmt.Appendf(nil, `{"action":%q%s}`, action, more)}
	}
	switch w.rng.IntN(12) {
	case 0, 1, 2:
		c := w.Upload(path+"/versions", map[string]any{"submit": w.rng.IntN(2) == 0})
		c.Type = assets.EventVersionAdded
		w.Try(url, c, e)
	case 3, 4:
		w.Try(url, review(assets.ActionApprove, fmt.Sprintf(`,"version":%d,"sha256":%q`, e.Asset.CurrentVersion, e.Asset.Content.SHA256)), e)
	case 5:
		n := 1 + w.rng.IntN(len(e.Digests))
		w.Try(url, Call{
			Type: assets.EventRolledBack, method: "POST", path: path + "/rollback",
			body: fmt.Appendf(nil, `{"version":%d}`, n), digest: e.Digests[n-1],
		}, e)
	case 6:
		w.Try(url, Call{Type: assets.EventDeleted, method: "DELETE", path: path}, e)
	case 7:
		w.Try(url, Call{
			Type: assets.EventEdited, method: "PATCH", path: path,
			body: fmt.Appendf(nil, `{"title":"%s edited %d","tags":{"n":["%d"]}}`, w.Workspace, w.rng.IntN(1000), w.rng.IntN(9)),
		}, e)
	case 8:
		w.Try(url, review([]assets.Action{assets.ActionSubmit, assets.ActionArchive, assets.ActionReopen}[w.rng.IntN(3)], ""), e)
	case 9, 10:
		w.read(url, e)
	case 11:
		w.Try(url, review(assets.ActionRequestChanges, `,"comment":"again, please"`), e)
	}
}

// read reads the content of a version or of the approved version. If it is
// complete, it must be what the server acknowledged.
func (w *Worker) read(url string, e *Entry) {
	n := 1 + w.rng.IntN(len(e.Digests))
	selector := strconv.Itoa(n)
	if e.Asset.ApprovedVersion > 0 && w.rng.IntN(2) == 0 {
		n, selector = int(e.Asset.ApprovedVersion), "approved"
	}
	status, _, content, err := w.do(context.Background(), url, Call{method: http.MethodGet, path: "/" + string(e.Asset.ID) + "/versions/" + selector + "/content"})
	if err != nil {
		w.tally.Failed.Add(1)
		return
	}
	if sum := sha256.Sum256(content); status != http.StatusOK || hex.EncodeToString(sum[:]) != e.Digests[n-1] {
		w.tally.Wrong.Add(1)
		w.report("%s, version %s: %d and %d bytes: %.200s", e.Asset.ID, selector, status, len(content), content)
		return
	}
	w.tally.Read.Add(1)
}
