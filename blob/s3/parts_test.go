package s3_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob/s3blob"

	"github.com/10ex/assets/blob/s3"
	"github.com/10ex/assets/internal/testing/s3test"
)

// statusWriter keeps the last status: that of 100 Continue comes before.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// TestPartsOutliveTheirContext ends the context of an upload while a part is on its
// way: the server must get the whole part.
func TestPartsOutliveTheirContext(t *testing.T) {
	t.Parallel()
	addr, name := s3test.Bucket(t)
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr}) // the Host stays as it was signed
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	parts := make(chan int, 100) // status of each
	relay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.URL.Query().Has("partNumber") {
			forward.ServeHTTP(w, r)
			return
		}
		cancel()
		<-time.After(50 * time.Millisecond)
		final := &statusWriter{ResponseWriter: w}
		forward.ServeHTTP(final, r)
		parts <- final.status
	}))
	defer relay.Close()
	raw, err := s3blob.OpenBucket(t.Context(), awss3.New(awss3.Options{
		BaseEndpoint: aws.String(relay.URL), UsePathStyle: true, Region: s3test.Region,
		Credentials: credentials.NewStaticCredentialsProvider(s3test.AccessKey, s3test.SecretKey, ""),
	}), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	b, err := s3.New(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Put(ctx, key, "application/octet-stream", bytes.NewReader(content(12<<20))); err == nil {
		t.Error("an upload whose context ended succeeds")
	}
	if len(parts) == 0 {
		t.Error("no part was sent")
	}
	for range len(parts) {
		if status := <-parts; status != http.StatusOK {
			t.Errorf("a part ended with status %d", status)
		}
	}
}
