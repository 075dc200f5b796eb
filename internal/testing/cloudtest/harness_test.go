package cloudtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/s3test"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// idleTimeout is how long the impatient Library waits for progress of a call to the
// bucket.
const idleTimeout = time.Second

// harness is a Library on a real store and a bucket that is reached through relay
// and wire. The routes are those of an impatient Library on the same store and bucket.
type harness struct {
	*assets.Library
	impatient *assets.Library
	t         *testing.T
	store     *sqlite.Store
	bucket    *bucket.Bucket
	plain     *bucket.Bucket // the same one, not through relay and wire
	relay     *relay
	wire      *wire
	addr      string // of the server itself
	name      string // of the bucket
	by        assets.Actor
	url       string // of its routes
}

// newHarness returns a harness with a bucket in S3.
func newHarness(t *testing.T) *harness {
	t.Helper()
	return newHarnessIn(t, inS3(t))
}

func newHarnessIn(t *testing.T, in cloud) *harness {
	t.Helper()
	s := &harness{t: t, name: in.name, by: assetstest.User("acme", "ann"), addr: in.addr, relay: newRelay(t, in.addr)}
	s.wire = newWire(t, s.relay.addr)
	var err error
	if s.bucket, err = in.open(t, s.wire.proxy.Listen); err != nil {
		t.Fatal(err)
	}
	if s.plain, err = in.open(t, in.addr); err != nil {
		t.Fatal(err)
	}
	if s.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assets.db"), store.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	cfg := assetstest.Config()
	cfg.Store, cfg.Blobs, cfg.Logger = s.store, s.bucket, slog.New(slog.DiscardHandler)
	if s.Library, err = assets.New(cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Limits.BlobStall = idleTimeout
	if s.impatient, err = assets.New(cfg); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, s.impatient, httpx.Options{
		Authenticate: func(*http.Request) (assets.Actor, error) { return s.by, nil }, Logger: cfg.Logger,
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL + "/api/v1/assets"
	return s
}

func client(addr string) *awss3.Client {
	return awss3.New(awss3.Options{
		BaseEndpoint: aws.String("http://" + addr), UsePathStyle: true, Region: s3test.Region,
		Credentials: credentials.NewStaticCredentialsProvider(s3test.AccessKey, s3test.SecretKey, ""),
	})
}

func content(n int) []byte {
	p := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(p) // never fails
	return p
}

func (s *harness) create(lib *assets.Library, content io.Reader) (assets.Written, error) {
	return lib.Create(s.t.Context(), s.by, assets.NewAsset{
		Type: assets.TypeBundle, Title: "Bundle", NewVersion: assets.NewVersion{Content: content},
	})
}

func (s *harness) mustCreate(content []byte) assets.ID {
	s.t.Helper()
	made, err := s.create(s.Library, bytes.NewReader(content))
	if err != nil {
		s.t.Fatal(err)
	}
	return made.ID
}

// wantRows fails the test unless there are exactly n assets.
func (s *harness) wantRows(n int) {
	s.t.Helper()
	page, err := s.List(s.t.Context(), s.by, assets.Query{})
	if err != nil || len(page.Items) != n {
		s.t.Errorf("%d rows, %v, want %d", len(page.Items), err, n)
	}
}

// wantContent requires the current content of an asset.
func (s *harness) wantContent(id assets.ID, want []byte) {
	s.t.Helper()
	f, err := s.Open(s.t.Context(), s.by, id, assets.SelectCurrent)
	if err != nil {
		s.t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil || !bytes.Equal(got, want) {
		s.t.Errorf("the content has %d bytes of %d, %v", len(got), len(want), err)
	}
}

// wantNoneOpen fails the test if S3 has a multipart upload that was neither completed nor
// aborted.
func (s *harness) wantNoneOpen() {
	s.t.Helper()
	uploads, err := client(s.addr).ListMultipartUploads(s.t.Context(), &awss3.ListMultipartUploadsInput{Bucket: &s.name})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, u := range uploads.Uploads {
		s.t.Errorf("a multipart upload of %s is left open", aws.ToString(u.Key))
	}
}

// sweep sweeps with a clock that is a day ahead.
func (s *harness) sweep(ctx context.Context) (blob.SweepReport, error) {
	return blob.Sweep(ctx, blob.SweepConfig{
		Bucket: s.bucket, Ledger: s.store, Now: func() time.Time { return time.Now().Add(25 * time.Hour) },
	})
}

// key returns the key of the only content.
func (s *harness) key() string {
	s.t.Helper()
	for o, err := range s.bucket.List(s.t.Context(), "") {
		if err != nil {
			s.t.Fatal(err)
		}
		return o.Key
	}
	s.t.Fatal("the bucket is empty")
	return ""
}

// replace replaces an object directly in the bucket.
func (s *harness) replace(key string, content []byte) {
	ctx := context.Background()
	if err := errors.Join(s.plain.Delete(ctx, key), s.plain.Put(ctx, key, "text/plain", bytes.NewReader(content))); err != nil {
		s.t.Error(err)
	}
}
