package httpx_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// Short names for the tables.
type (
	call   = resttest.Call
	want   = resttest.Want
	form   = resttest.Form
	part   = resttest.Part
	option = resttest.Option
)

const (
	base      = resttest.Base
	unknownID = resttest.UnknownID
)

// text is the content of newFile.
const text = "0123456789abcdefghijklmnopqrstuvwxyz"

// newFile returns a server with a bundle that has text as its content.
func newFile(t testing.TB, opts ...option) *resttest.Server {
	t.Helper()
	srv := resttest.New(t, opts...)
	srv.Upload("bundle", "application/x-thing", "thing.bin", []byte(text))
	sum := sha256.Sum256([]byte(text))
	srv.Vars["tag"] = fmt.Sprintf(`"sha256:%x"`, sum)
	srv.Vars["digest"] = "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	srv.Vars["content"] = base + "/" + srv.Vars["id"] + "/versions/1/content"
	return srv
}

// partsOf returns the parts of a multipart/byteranges response.
func partsOf(t *testing.T, rec *httptest.ResponseRecorder) (parts []string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(rec.Header().Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(rec.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(text))
	}
}

// newDraft returns a server with a draft of one version.
func newDraft(t testing.TB, opts ...option) *resttest.Server {
	t.Helper()
	srv := resttest.New(t, opts...)
	srv.CreateText("Launch", "hello")
	srv.Vars["sha"] = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	srv.Vars["base"] = base
	return srv
}

// newApproved returns a server with an asset of which version 1 is approved and version 2
// is a newer draft.
func newApproved(t testing.TB, opts ...option) *resttest.Server {
	t.Helper()
	srv := newDraft(t, opts...)
	srv.Must(200, call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"approve","version":1,"sha256":"{sha}"}`})
	srv.Must(201, call{Method: "POST", Path: "{base}/{id}/versions", As: "writer", Body: `{"text":"hello, again"}`})
	return srv
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

// png is the smallest file whose media type is detected as image/png.
var png = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89")

func metadata(body string) part {
	return part{Name: "metadata", Media: "application/json", Body: body}
}

func content(body string) part { return part{Name: "content", Body: body} }

// bundle is the metadata of a valid multipart body.
const bundle = `{"type":"bundle","title":"b"}`

// smallLimit limits content to 1,000 bytes.
func smallLimit(c *assets.Config, _ *httpx.Options) { c.Limits.ContentBytes = 1000 }

// newSmall returns a server with a limit of 1,000 bytes of content.
func newSmall(t testing.TB, opts ...option) *resttest.Server {
	t.Helper()
	return resttest.New(t, append(opts, smallLimit)...)
}

// eachSize runs a test with all contents in Blobs, and with small ones in the database.
func eachSize(t *testing.T, test func(t *testing.T, size option)) {
	t.Helper()
	for name, size := range backends.Sizes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, func(cfg *assets.Config, _ *httpx.Options) { cfg.SmallContents = size })
		})
	}
}

// listen serves the routes on a TCP address and returns it.
func listen(t *testing.T, srv *resttest.Server, opts httpx.Options) string {
	t.Helper()
	opts.Authenticate = httpx.Bearer(resttest.KnownActors())
	ts := httptest.NewUnstartedServer(httpx.Handler(srv.Lib, opts))
	ts.Listener = smallBuffers{ts.Listener}
	ts.Start()
	t.Cleanup(ts.Close)
	return ts.Listener.Addr().String()
}

// smallBuffers is a listener whose connections buffer little of what the other side does
// not read. By default they may buffer megabytes.
type smallBuffers struct{ net.Listener }

func (l smallBuffers) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.SetWriteBuffer(64 << 10)
	}
	return conn, err
}

// rawResponse is a response that was read from a connection.
type rawResponse struct {
	status int
	header http.Header
	body   string
}

// sendRaw sends the bytes of a request and returns the response. With cut it closes the
// sending side of the connection first.
func sendRaw(t *testing.T, addr, request string, cut bool) rawResponse {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && cut {
		if err := tcp.CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return rawResponse{resp.StatusCode, resp.Header, string(body)}
}

// scenario is one row of a table: a request and the expected response.
type scenario struct {
	name string
	call call
	want want
}

// run sends each request to a server of its own, on every database.
func run(t *testing.T, setting func(t testing.TB, opts ...option) *resttest.Server, table []scenario) {
	t.Helper()
	for _, b := range backends.All() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			for _, s := range table {
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					srv := setting(t, resttest.WithDatabase(b.Database(t)))
					s.want.Check(t, srv, srv.Send(s.call))
				})
			}
		})
	}
}
