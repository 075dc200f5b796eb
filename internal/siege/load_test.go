package siege_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/10ex/assets"
)

const base = "/api/v1/assets"

// tally counts what became of calls, over all workers.
type tally struct {
	acknowledged atomic.Int64 // done, and the server said so
	refused      atomic.Int64 // a clear no: nothing may have changed
	failed       atomic.Int64 // no answer, or 503: done or not done
	found        atomic.Int64 // of those, what turned out to be done
	read         atomic.Int64 // contents that came whole
	wrong        atomic.Int64 // what must never be
	lost         atomic.Int64 // acknowledged, and not there
}

// worker does what agents and people do, in a workspace of its own and one
// call at a time, and remembers what was acknowledged.
type worker struct {
	name, workspace, key string
	client               *http.Client
	rng                  *rand.Rand
	tally                *tally
	complain             func(format string, args ...any)

	live    []*entry
	gone    []assets.ID // whose deletion was acknowledged
	created int
	pending *pending // the call whose outcome is not known
}

// entry is an asset as it was last acknowledged.
type entry struct {
	asset   assets.Asset
	digests []string // of its versions
}

// pending is a call without an answer. An asset that was being made has no
// entry yet.
type pending struct {
	call  call
	entry *entry
}

// call is one changing request.
type call struct {
	kind         assets.EventKind // what the journal says when it is done
	method, path string
	header       map[string]string
	body         []byte
	digest       string // of the content that it brings
}

// errNoAnswer: the call may be done or not.
var errNoAnswer = errors.New("no answer")

// do sends a call. It answers errNoAnswer when the outcome is not known.
func (w *worker) do(ctx context.Context, url string, c call) (status int, header http.Header, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, c.method, url+base+c.path, bytes.NewReader(c.body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+w.key)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	resp, err := w.client.Do(req)
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

// work works until a call has no answer, or ctx ends between two calls.
func (w *worker) work(ctx context.Context, url string) {
	for ctx.Err() == nil && w.pending == nil {
		w.step(url)
	}
}

// step makes one change of an asset of its own.
func (w *worker) step(url string) {
	if len(w.live) == 0 || w.rng.IntN(4) == 0 {
		w.try(url, w.create(), nil)
		return
	}
	e := w.live[len(w.live)-1-w.rng.IntN(min(len(w.live), 12))] // a recent one, so that histories grow
	path := "/" + string(e.asset.ID)
	review := func(action assets.Action, more string) call {
		return call{kind: assets.EventKind(action), method: "POST", path: path + "/approval", body: fmt.Appendf(nil, `{"action":%q%s}`, action, more)}
	}
	switch w.rng.IntN(12) {
	case 0, 1, 2:
		c := w.upload(path+"/versions", map[string]any{"submit": w.rng.IntN(2) == 0})
		c.kind = assets.EventVersionAdded
		w.try(url, c, e)
	case 3, 4:
		w.try(url, review(assets.ActionApprove, fmt.Sprintf(`,"version":%d,"sha256":%q`, e.asset.CurrentVersion, e.asset.Content.SHA256)), e)
	case 5:
		n := 1 + w.rng.IntN(len(e.digests))
		w.try(url, call{
			kind: assets.EventRolledBack, method: "POST", path: path + "/rollback",
			body: fmt.Appendf(nil, `{"version":%d}`, n), digest: e.digests[n-1],
		}, e)
	case 6:
		w.try(url, call{kind: assets.EventDeleted, method: "DELETE", path: path}, e)
	case 7:
		w.try(url, call{
			kind: assets.EventEdited, method: "PATCH", path: path,
			body: fmt.Appendf(nil, `{"title":"%s edited %d","tags":{"n":["%d"]}}`, w.name, w.rng.IntN(1000), w.rng.IntN(9)),
		}, e)
	case 8:
		w.try(url, review([]assets.Action{assets.ActionSubmit, assets.ActionArchive, assets.ActionReopen}[w.rng.IntN(3)], ""), e)
	case 9, 10:
		w.read(url, e)
	case 11:
		w.try(url, review(assets.ActionRequestChanges, `,"comment":"again, please"`), e)
	}
}

// read reads the content of a version, or of the one that is approved: what
// comes whole is what was acknowledged.
func (w *worker) read(url string, e *entry) {
	n := 1 + w.rng.IntN(len(e.digests))
	selector := strconv.Itoa(n)
	if e.asset.ApprovedVersion > 0 && w.rng.IntN(2) == 0 {
		n, selector = int(e.asset.ApprovedVersion), "approved"
	}
	status, _, content, err := w.do(context.Background(), url, call{method: http.MethodGet, path: "/" + string(e.asset.ID) + "/versions/" + selector + "/content"})
	if err != nil {
		w.tally.failed.Add(1)
		return
	}
	if sum := sha256.Sum256(content); status != http.StatusOK || hex.EncodeToString(sum[:]) != e.digests[n-1] {
		w.tally.wrong.Add(1)
		w.complain("%s, version %s: %d and %d bytes: %.200s", e.asset.ID, selector, status, len(content), content)
		return
	}
	w.tally.read.Add(1)
}

// create makes an asset under a key of its own, so that it can be asked for
// again.
func (w *worker) create() call {
	w.created++
	name := fmt.Sprintf("%s-%d", w.name, w.created)
	c := w.upload("/", map[string]any{"title": name, "type": "copy", "campaign_id": "c"})
	c.kind, c.header["Idempotency-Key"] = assets.EventCreated, name
	return c
}

// upload brings content as text or, for one in three, as a file of up to
// 200 KiB that takes more than one write.
func (w *worker) upload(path string, metadata map[string]any) call {
	c := call{method: "POST", path: path, header: map[string]string{}}
	text := make([]byte, 8+w.rng.IntN(400))
	asFile := w.rng.IntN(3) == 0
	if asFile {
		text = make([]byte, 1+w.rng.IntN(200<<10))
	}
	for i := range text {
		text[i] = byte('a' + w.rng.IntN(26))
	}
	sum := sha256.Sum256(text)
	c.digest = hex.EncodeToString(sum[:])
	metadata["sha256"] = c.digest
	if !asFile {
		metadata["text"] = string(text)
		c.body, _ = json.Marshal(metadata) // maps of strings always encode
		return c
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	head, _ := json.Marshal(metadata)
	_ = form.WriteField("metadata", string(head)) // to a buffer
	part, _ := form.CreateFormFile("content", "a.txt")
	_, _ = part.Write(text)
	_ = form.Close()
	c.body, c.header["Content-Type"] = body.Bytes(), form.FormDataContentType()
	return c
}

// try makes a call and notes what the server acknowledged. Nothing but the
// server's end breaks a call off, so the context is not the round's.
func (w *worker) try(url string, c call, e *entry) {
	status, _, answer, err := w.do(context.Background(), url, c)
	if err != nil {
		w.tally.failed.Add(1)
		w.pending = &pending{call: c, entry: e}
		return
	}
	w.note(status, answer, c, e)
}

func (w *worker) note(status int, answer []byte, c call, e *entry) {
	switch {
	case status == http.StatusNoContent:
		w.tally.acknowledged.Add(1)
		w.bury(e)
	case status < 300:
		w.tally.acknowledged.Add(1)
		var a assets.Asset
		if err := json.Unmarshal(answer, &a); err != nil {
			w.complain("%s %s: %v in %s", c.method, c.path, err, answer)
			w.tally.wrong.Add(1)
			return
		}
		if e == nil {
			e = &entry{}
			w.live = append(w.live, e)
		}
		w.adopt(e, a, c)
	case status == http.StatusNotFound && e != nil:
		w.tally.lost.Add(1)
		w.complain("%s %s: acknowledged and gone: %s", c.method, c.path, answer)
	case status == http.StatusConflict || status == http.StatusForbidden:
		w.tally.refused.Add(1)
	default:
		w.tally.wrong.Add(1)
		w.complain("%s %s: %d %s", c.method, c.path, status, answer)
	}
}

// adopt takes an answer for the truth after it was compared with what is known.
func (w *worker) adopt(e *entry, a assets.Asset, c call) {
	known := len(e.digests)
	switch {
	case int(a.CurrentVersion) == known+1 && c.digest == a.Content.SHA256:
		e.digests = append(e.digests, c.digest)
	case int(a.CurrentVersion) != known || a.Content.SHA256 != e.digests[known-1]:
		w.tally.wrong.Add(1)
		w.complain("%s %s: version %d with %s; known are %d with %.10s", c.method, c.path, a.CurrentVersion, a.Content.SHA256, known, strings.Join(e.digests, " "))
	}
	a.Versions, a.Reviews = nil, nil
	e.asset = a
}

func (w *worker) bury(e *entry) {
	for i := range w.live {
		if w.live[i] == e {
			w.live = append(w.live[:i], w.live[i+1:]...)
			break
		}
	}
	w.gone = append(w.gone, e.asset.ID)
}
