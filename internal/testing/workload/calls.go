package workload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/10ex/assets"
)

// Call is a request that changes something.
type Call struct {
	Type         assets.EventType // of the event that the journal then has
	method, path string
	header       map[string]string
	body         []byte
	digest       string // of the content in it
}

// Create returns a call that creates an asset. It has an idempotency key, so that
// it can be repeated.
func (w *Worker) Create() Call {
	w.created++
	name := fmt.Sprintf("%s-%d", w.Workspace, w.created)
	c := w.Upload("/", map[string]any{"title": name, "type": "copy", "campaign_id": "c"})
	c.Type, c.header["Idempotency-Key"] = assets.EventCreated, name
	return c
}

// Upload returns a call with content: text or, one time in three, a file of up to
// 200 KiB, which the server writes in several pieces.
func (w *Worker) Upload(path string, metadata map[string]any) Call {
	c := Call{method: "POST", path: path, header: map[string]string{}}
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

// Try sends a call about an entry, nil for a new asset, and records the response.
// It has no context: only the end of the server interrupts a call.
func (w *Worker) Try(url string, c Call, e *Entry) {
	status, _, body, err := w.do(context.Background(), url, c)
	if err != nil {
		w.tally.Failed.Add(1)
		w.pending = &pending{call: c, entry: e}
		return
	}
	w.record(status, body, c, e)
}

func (w *Worker) record(status int, body []byte, c Call, e *Entry) {
	switch {
	case status == http.StatusNoContent:
		w.tally.Acknowledged.Add(1)
		w.Deleted(e)
	case status < 300:
		w.tally.Acknowledged.Add(1)
		var a assets.Asset
		if err := json.Unmarshal(body, &a); err != nil {
			w.report("%s %s: %v in %s", c.method, c.path, err, body)
			w.tally.Wrong.Add(1)
			return
		}
		if e == nil {
			e = &Entry{}
			w.Live = append(w.Live, e)
		}
		w.accept(e, a, c)
	case status == http.StatusNotFound && e != nil:
		w.tally.Lost.Add(1)
		w.report("%s %s: acknowledged and gone: %s", c.method, c.path, body)
	case status == http.StatusConflict || status == http.StatusForbidden:
		w.tally.Refused.Add(1)
	default:
		w.tally.Wrong.Add(1)
		w.report("%s %s: %d %s", c.method, c.path, status, body)
	}
}

// accept compares an asset in a response with its entry and replaces the entry.
func (w *Worker) accept(e *Entry, a assets.Asset, c Call) {
	known := len(e.Digests)
	switch {
	case int(a.CurrentVersion) == known+1 && c.digest == a.Content.SHA256:
		e.Digests = append(e.Digests, c.digest)
	case int(a.CurrentVersion) != known || a.Content.SHA256 != e.Digests[known-1]:
		w.tally.Wrong.Add(1)
		w.report("%s %s: version %d with %s; known are %d with %.10s", c.method, c.path, a.CurrentVersion, a.Content.SHA256, known, strings.Join(e.Digests, " "))
	}
	a.Versions, a.Reviews = nil, nil
	e.Asset = a
}

// Deleted records that an asset was deleted.
func (w *Worker) Deleted(e *Entry) {
	for i := range w.Live {
		if w.Live[i] == e {
			w.Live = append(w.Live[:i], w.Live[i+1:]...)
			break
		}
	}
	w.deleted = append(w.deleted, e.Asset.ID)
}
