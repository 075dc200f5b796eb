// Package gcstest runs fake-gcs-server, an emulator of Google Cloud Storage, for tests:
// one for each test process, started when a test first needs a bucket. It ends with the
// process, however that ends.
//
// The one rule to know: it checks neither credentials nor signed URLs.
package gcstest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

var fake = testproc.Listener{
	Name:    "gcs",
	Command: `"$FAKE_GCS_SERVER" -scheme http -host "$HOST" -port "$PORT" -backend memory -public-host "$ADDR"`,
	Path:    "/_internal/healthcheck",
	Up:      func(r *http.Response) bool { return r.StatusCode == http.StatusOK },
}

// server is a running fake-gcs-server. The keeper ends it when it is garbage collected.
type server struct {
	addr   string
	keeper *testproc.Keeper
}

// shared starts the server that all tests of the process share. The environment of the
// process, and of programs that it starts, then names it: the client of Google knows no
// other way.
var shared = sync.OnceValues(func() (s server, err error) {
	program, err := binary()
	if err != nil {
		return s, err
	}
	if s.addr, s.keeper, err = fake.Start("FAKE_GCS_SERVER=" + program); err != nil {
		return s, err
	}
	return s, os.Setenv("STORAGE_EMULATOR_HOST", s.addr)
})

func binary() (string, error) {
	return testproc.Tool("FAKE_GCS_SERVER", "fake-gcs-server", "fake-gcs-server-v1.56.1/fake-gcs-server")
}

// Bucket creates a bucket and returns its URL for gocloud.dev. It ends with the process.
// Without a server the test is skipped or fails, as [testproc.Require] says.
func Bucket(t testing.TB) string {
	t.Helper()
	_, err := binary()
	testproc.Require(t, "GCS", err)
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := "test-" + strings.ToLower(rand.Text())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addr+"/storage/v1/b?project=test", strings.NewReader(fmt.Sprintf(`{"name":%q}`, name)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("a bucket is not created: %s", resp.Status)
	}
	return "gs://" + name
}
