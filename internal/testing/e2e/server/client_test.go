package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
)

// client calls a server with one API key, as an agent's program would.
type client struct {
	t    *testing.T
	base string
	key  string
}

func (p *process) client(key string) client {
	return client{t: p.t, base: p.url + "/api/v1/assets", key: key}
}

// in returns the client for use in a subtest.
func (c client) in(t *testing.T) client {
	c.t = t
	return c
}

// asset has the fields of responses that the tests use.
type asset struct {
	ID              string
	Status          string
	Version         int
	ApprovedVersion *int           `json:"approved_version"`
	Content         map[string]any `json:"content"`
	PreviewURL      string         `json:"preview_url"`
	CreatedBy       string         `json:"created_by"`
	Code            string         // of an error
	Items           []asset
	URL             string
	UploadID        string `json:"upload_id"`
	Secret          string // of a webhook
}

// call sends a request, requires a status, and returns header and body.
func (c client) call(want int, method, path, contentType string, body io.Reader) (http.Header, []byte) {
	c.t.Helper()
	status, header, answer := c.send(method, path, contentType, body)
	if status != want {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, status, want, answer)
	}
	return header, answer
}

// send sends a request and returns status, header and body.
func (c client) send(method, path, contentType string, body io.Reader) (int, http.Header, []byte) {
	c.t.Helper()
	url := path
	if !strings.HasPrefix(path, "http") {
		url = c.base + path
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, url, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json, text/event-stream") // both, says MCP
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, answer
}

func (c client) decode(answer []byte) asset {
	c.t.Helper()
	var a asset
	if err := json.Unmarshal(answer, &a); err != nil {
		c.t.Fatalf("%v in %s", err, answer)
	}
	return a
}

func (c client) get(path string) asset {
	c.t.Helper()
	_, answer := c.call(http.StatusOK, http.MethodGet, path, "", nil)
	return c.decode(answer)
}

func (c client) post(want int, path, json string) asset {
	c.t.Helper()
	_, answer := c.call(want, http.MethodPost, path, "application/json", strings.NewReader(json))
	return c.decode(answer)
}

func (c client) review(id, decision string) asset {
	c.t.Helper()
	return c.post(http.StatusOK, "/"+id+"/approval", decision)
}

// upload posts a file as multipart: metadata first, then the content.
func (c client) upload(path, metadata, filename, mediaType string, content []byte) asset {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part := func(disposition, contentType string, data []byte) {
		w, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {disposition}, "Content-Type": {contentType},
		})
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	part(`form-data; name="metadata"`, "application/json", []byte(metadata))
	part(fmt.Sprintf(`form-data; name="content"; filename=%q`, filename), mediaType, content)
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	_, answer := c.call(http.StatusCreated, http.MethodPost, path, form.FormDataContentType(), &body)
	return c.decode(answer)
}
