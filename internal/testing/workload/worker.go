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

// Base is where the routes are.
const Base = "/api/v1/assets"

// Worker does what agents and people do, in a workspace of its own and one
// call at a time, and remembers what was acknowledged.
type Worker struct {
	Workspace string
	Key       string // its bearer
	Client    *http.Client
	Live      []*Entry // what there is

	rng      *rand.Rand
	tally    *Tally
	complain func(format string, args ...any)
	gone     []assets.ID // whose deletion was acknowledged
	created  int
	pending  *pending // the call whose outcome is not known
}

// Hire makes workers, each with the key of a workspace that has nothing yet.
// What must never be is told to complain.
func Hire(keys map[string]string, seed uint64, sum *Tally, complain func(format string, args ...any)) (all []*Worker) {
	for i, workspace := range slices.Sorted(maps.Keys(keys)) {
		all = append(all, &Worker{
			Workspace: workspace, Key: keys[workspace],
			Client: &http.Client{Transport: &http.Transport{}, Timeout: time.Minute},
			rng:    rand.New(rand.NewPCG(seed, uint64(i))), tally: sum, complain: complain,
		})
	}
	return all
}

// InDoubt reports whether a call has no answer yet: see Settle.
func (w *Worker) InDoubt() bool { return w.pending != nil }

// Entry is an asset as it was last acknowledged.
type Entry struct {
	Asset   assets.Asset
	Digests []string // of its versions
}

// pending is a call without an answer. An asset that was being made has no
// entry yet.
type pending struct {
	call  Call
	entry *Entry
}

// errNoAnswer: the call may be done or not.
var errNoAnswer = errors.New("no answer")

// do sends a call. It answers errNoAnswer when the outcome is not known.
func (w *Worker) do(ctx context.Context, url string, c Call) (status int, header http.Header, answer []byte, err error) {
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
		return 0, nil, nil, fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode == http.StatusServiceUnavailable {
		return 0, nil, nil, fmt.Errorf("%w: %d %s, %w", errNoAnswer, resp.StatusCode, answer, err)
	}
	return resp.StatusCode, resp.Header, answer, nil
}

// Work works until a call has no answer, or ctx ends between two calls.
func (w *Worker) Work(ctx context.Context, url string) {
	for ctx.Err() == nil && w.pending == nil {
		w.Step(url)
	}
}

// Step makes one change of an asset of its own.
func (w *Worker) Step(url string) {
	if len(w.Live) == 0 || w.rng.IntN(4) == 0 {
		w.Try(url, w.Create(), nil)
		return
	}
	e := w.Live[len(w.Live)-1-w.rng.IntN(min(len(w.Live), 12))] // a recent one, so that histories grow
	path := "/" + string(e.Asset.ID)
	review := func(action assets.Action, more string) Call {
		return Call{Kind: assets.EventKind(action), method: "POST", path: path + "/approval", body: fmt.Appendf(nil, `{"action":%q%s}`, action, more)}
	}
	switch w.rng.IntN(12) {
	case 0, 1, 2:
		c := w.Upload(path+"/versions", map[string]any{"submit": w.rng.IntN(2) == 0})
		c.Kind = assets.EventVersionAdded
		w.Try(url, c, e)
	case 3, 4:
		w.Try(url, review(assets.ActionApprove, fmt.Sprintf(`,"version":%d,"sha256":%q`, e.Asset.CurrentVersion, e.Asset.Content.SHA256)), e)
	case 5:
		n := 1 + w.rng.IntN(len(e.Digests))
		w.Try(url, Call{
			Kind: assets.EventRolledBack, method: "POST", path: path + "/rollback",
			body: fmt.Appendf(nil, `{"version":%d}`, n), digest: e.Digests[n-1],
		}, e)
	case 6:
		w.Try(url, Call{Kind: assets.EventDeleted, method: "DELETE", path: path}, e)
	case 7:
		w.Try(url, Call{
			Kind: assets.EventEdited, method: "PATCH", path: path,
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

// read reads the content of a version, or of the one that is approved: what
// comes whole is what was acknowledged.
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
		w.complain("%s, version %s: %d and %d bytes: %.200s", e.Asset.ID, selector, status, len(content), content)
		return
	}
	w.tally.Read.Add(1)
}
