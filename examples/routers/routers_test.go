package routers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/examples/routers"
	"github.com/10ex/assets/httpx"
)

// damaged is a bucket whose contents end in a wrong byte from some moment on. Their length
// stays.
type damaged struct {
	assets.Blobs

	mu   sync.Mutex
	from bool
}

func (d *damaged) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := d.Blobs.Open(ctx, key, offset, length)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil || !d.from {
		return r, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	content[len(content)-1]++
	return io.NopCloser(bytes.NewReader(content)), nil
}

func (d *damaged) damage() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.from = true
}

// serve starts a host and returns a client of it, its bucket and its log.
func serve(t *testing.T, mount func(*assets.Library, httpx.Options, *slog.Logger) http.Handler) (client, *damaged, *lockedBuffer) {
	t.Helper()
	cfg := assetstest.Config()
	blobs := &damaged{Blobs: cfg.Blobs}
	cfg.Blobs, cfg.BasePath, cfg.PublicPath = blobs, "/shop/content", "/shop/shared"
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	lines := &lockedBuffer{}
	opts := httpx.Options{Authenticate: func(*http.Request) (assets.Actor, error) { return assetstest.User("acme", "ann"), nil }}
	server := httptest.NewServer(mount(lib, opts, slog.New(slog.NewTextHandler(lines, nil))))
	t.Cleanup(server.Close)
	return client{t, server}, blobs, lines
}

// TestRouters uses the routes on each router under other prefixes, over a connection.
func TestRouters(t *testing.T) {
	t.Parallel()
	for name, mount := range map[string]func(*assets.Library, httpx.Options, *slog.Logger) http.Handler{
		"net/http": routers.OnServeMux, "chi": routers.OnChi, "gin": routers.OnGin, "echo": routers.OnEcho,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, blobs, lines := serve(t, mount)
			content := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
			c.story(content)
			c.fails(blobs, content)
			if token, _, _ := strings.Cut(c.token(), "."); strings.Contains(lines.String(), token) || !strings.Contains(lines.String(), "/shop/shared/preview/…") {
				t.Errorf("the access log has a token, or no line of the preview:\n%s", lines.String())
			}
		})
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// client uses a host.
type client struct {
	*testing.T
	server *httptest.Server
}

// head is what stands before the body of a response.
type head struct {
	status int
	header http.Header
	length int64
}

// do sends a request and returns its response and what of the body arrived.
func (c client) do(method, path, media string, body io.Reader, header ...string) (head, []byte, error) {
	c.Helper()
	req, err := http.NewRequestWithContext(c.Context(), method, c.server.URL+path, body)
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer x") // so it is no request of a browser
	req.Header.Set("Accept-Encoding", "gzip")
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return head{}, nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return head{resp.StatusCode, resp.Header, resp.ContentLength}, got, err
}

func (c client) want(status int, method, path, media string, body io.Reader, header ...string) (head, []byte) {
	c.Helper()
	resp, got, err := c.do(method, path, media, body, header...)
	if err != nil || resp.status != status {
		c.Fatalf("%s %s: %v, %.300s, %v; want %d", method, path, resp, got, err, status)
	}
	return resp, got
}

// upload makes an asset of a file and returns its path.
func (c client) upload(content []byte) string {
	c.Helper()
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	_ = parts.WriteField("metadata", `{"type":"bundle","title":"Files"}`)
	part, err := parts.CreateFormFile("content", "files.bin")
	if err != nil {
		c.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = parts.Close()
	resp, _ := c.want(201, "POST", "/shop/content", parts.FormDataContentType(), &form)
	return resp.header.Get("Location")
}

// story uploads, downloads and previews a content.
func (c client) story(content []byte) {
	c.Helper()
	one := c.upload(content)
	body := one + "/versions/1/content"
	resp, got := c.want(200, "GET", body, "", nil)
	if !bytes.Equal(got, content) || resp.header.Get("Content-Encoding") != "" || resp.length != int64(len(content)) {
		c.Errorf("%d bytes of %d, headers %v", len(got), len(content), resp.header)
	}
	if _, got = c.want(206, "GET", body, "", nil, "Range", "bytes=100-199"); !bytes.Equal(got, content[100:200]) {
		c.Errorf("a range: %q", got)
	}
	if resp, got = c.want(200, "HEAD", body, "", nil); resp.length != int64(len(content)) || len(got) != 0 {
		c.Errorf("HEAD: %d bytes, %v", len(got), resp.header)
	}
	c.want(200, "PATCH", one, "application/json", strings.NewReader(`{"title":"New"}`))
	c.want(404, "GET", "/shop/content/no/route", "", nil)
	c.want(405, "DELETE", "/shop/content", "", nil)
	c.want(200, "GET", "/hello", "", nil)
	gone, _ := c.want(201, "POST", "/shop/content/", "application/json", strings.NewReader(`{"type":"copy","title":"t","text":"x"}`))
	c.want(204, "DELETE", gone.header.Get("Location"), "", nil)
}

// fails reads damaged contents: a small one is an error, a large one breaks off.
func (c client) fails(blobs *damaged, content []byte) {
	c.Helper()
	small, _ := c.want(201, "POST", "/shop/content", "application/json", strings.NewReader(`{"type":"copy","title":"t","text":"Spring is here."}`))
	c.want(200, "GET", c.preview(), "", nil)
	_, list := c.want(200, "GET", "/shop/content?type=bundle", "", nil)
	var page struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(list, &page); err != nil || len(page.Items) != 1 {
		c.Fatalf("%v in %s", err, list)
	}
	blobs.damage()
	c.want(500, "GET", small.header.Get("Location")+"/versions/1/content", "", nil)
	resp, got, err := c.do("GET", fmt.Sprintf("/shop/content/%s/versions/1/content", page.Items[0].ID), "", nil)
	if err == nil && resp.status < 500 {
		c.Errorf("a damaged content: %d with %d of %d bytes", resp.status, len(got), len(content))
	}
}

// preview returns the path of a signed preview of the newest copy.
func (c client) preview() string {
	c.Helper()
	_, list := c.want(200, "GET", "/shop/content?type=copy&preview_expires_in=60", "", nil)
	var page struct {
		Items []struct {
			PreviewURL string `json:"preview_url"`
		}
	}
	if err := json.Unmarshal(list, &page); err != nil || len(page.Items) == 0 {
		c.Fatalf("%v in %s", err, list)
	}
	return page.Items[0].PreviewURL
}

func (c client) token() string {
	c.Helper()
	path := c.preview()
	return path[strings.LastIndexByte(path, '/')+1:]
}
