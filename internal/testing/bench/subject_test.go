package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// smallContents is Config.SmallContents, as in the example servers.
const smallContents = 16 << 10

// backend is a database and a folder.
type backend struct {
	name     string
	store    *store.Store
	blobs    *blob.Dir
	folder   string // of blobs
	postgres bool
}

func sqliteBackend(t testing.TB) *backend {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assets.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return withFolder(t, &backend{name: "sqlite", store: st.Store})
}

func postgresBackend(t testing.TB) *backend {
	t.Helper()
	url := pgtest.Durable(t)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	st, err := postgres.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return withFolder(t, &backend{name: "postgres", store: st.Store, postgres: true})
}

func withFolder(t testing.TB, b *backend) *backend {
	t.Helper()
	var err error
	b.folder = filepath.Join(t.TempDir(), "blobs")
	if b.blobs, err = blob.OpenDir(b.folder); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.blobs.Close() })
	return b
}

// subject is a back end with both servers.
type subject struct {
	backend *backend
	lib     *assets.Library
	ours    *server
	floor   *server
	floors  *floors
	token   string
	id      string // of an asset with a file of 64 KB
	small   string // of one with a text of 500 bytes
}

func newSubject(b testing.TB, back *backend, n int) *subject {
	b.Helper()
	s := &subject{backend: back}
	if err := bulkdata.Fill(b.Context(), back.store, back.store.DB(), n); err != nil {
		b.Fatal(err)
	}
	if err := bulkdata.Index(b.Context(), back.store, back.store.DB()); err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	lib, err := assets.New(assets.Config{
		Store: back.store, Blobs: back.blobs, Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SmallContents: smallContents, SigningKeys: [][]byte{bytes.Repeat([]byte{1}, 32)}, Logger: log,
	})
	if err != nil {
		b.Fatal(err)
	}
	keys, err := apikey.New(apikey.Config{Store: back.store, Logger: log})
	if err != nil {
		b.Fatal(err)
	}
	var key apikey.Key
	s.token, key, err = keys.Mint(b.Context(), apikey.NewKey{
		Workspace: bulkdata.Workspace, Owner: "ana", Name: "bench", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll},
	})
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Logger: log})
	s.lib, s.ours = lib, serve(b, mux, s.token)
	s.id, s.small = s.create(b, assets.TypeSlide, 64_000), s.create(b, assets.TypeCopy, 500)
	s.floors = newFloors(b, s, key.Prefix)
	s.floor = serve(b, s.floors, s.token)
	return s
}

// fill replaces the names of ids in a path.
func (s *subject) fill(path string) string {
	return strings.NewReplacer("{id}", s.id, "{small}", s.small).Replace(path)
}

// create creates an asset and returns its id.
func (s *subject) create(b testing.TB, typ assets.Type, size int) string {
	b.Helper()
	answer, err := s.ours.send(creationOf(typ, size))
	var made struct{ ID string }
	if err == nil {
		err = json.Unmarshal(answer, &made)
	}
	if err != nil {
		b.Fatal(err)
	}
	return made.ID
}

// server is an HTTP server of this process.
type server struct {
	url, token string
	client     *http.Client
}

func serve(b testing.TB, h http.Handler, token string) *server {
	b.Helper()
	listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: h} //nolint:gosec // only this process calls it
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(listener)
	}()
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	b.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = srv.Shutdown(context.Background())
		<-done
	})
	return &server{"http://" + listener.Addr().String(), token, &http.Client{Transport: transport}}
}

// call sends a request and drops the response.
func (s *server) call(r request) error {
	_, err := s.send(r)
	return err
}

// send sends a request and returns the body of the response, which must be a success.
func (s *server) send(r request) ([]byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), r.method, s.url+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s %.200s", r.method, r.path, res.Status, body)
	}
	return body, err
}
