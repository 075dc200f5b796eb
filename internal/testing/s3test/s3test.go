// Package s3test runs an S3 server, versitygw, for tests: one for each test process,
// started when a test first needs a bucket. It ends with the process, however that
// ends, and its folder is removed.
package s3test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// The credentials of a client.
const (
	AccessKey = "testkey"
	SecretKey = "testsecret123"
	Region    = "us-east-1"
)

// versitygw keeps the metadata of objects in a folder beside them, because not every
// file system has extended attributes.
var versitygw = testproc.Listener{
	Name: "s3",
	Command: `: "${DATA:=$DIR}"; mkdir -p "$DATA/objects" "$DATA/meta"
"$VERSITYGW" -q --keep-alive --port "$ADDR" posix --sidecar "$DATA/meta" "$DATA/objects"`,
	Path: "/",
	Up:   func(r *http.Response) bool { return r.Header.Get("Server") == "VERSITYGW" },
}

// Server is a running versitygw. A bucket is a folder below objects.
type Server struct {
	program, addr, data string
	keeper              *testproc.Keeper // ends the server when it is garbage collected
}

// shared starts the server that all tests of the process share. Its data is in the
// folder that is removed with it.
var shared = sync.OnceValues(func() (*Server, error) {
	path, err := binary()
	if err != nil {
		return nil, err
	}
	return start(path, "")
})

// Bucket creates a bucket that is removed at the end of the test. It returns the
// address of the server, such as 127.0.0.1:17070, and the name of the bucket. Without
// a server the test is skipped or fails, as [testproc.Require] says.
func Bucket(t testing.TB) (addr, name string) {
	t.Helper()
	require(t)
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s.Bucket(t)
}

// Start starts a server for one test, which may kill and restart it.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := start(require(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.keeper.End() })
	return s
}

// require returns the path of the program, or ends the test.
func require(t testing.TB) string {
	t.Helper()
	path, err := binary()
	testproc.Require(t, "S3", err)
	return path
}

// Bucket is like the function [Bucket], on this server.
func (s *Server) Bucket(t testing.TB) (addr, name string) {
	t.Helper()
	name = "test-" + strings.ToLower(rand.Text())
	dir := filepath.Join(s.data, "objects", name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // what a running request still creates is removed with the server
		_ = os.RemoveAll(dir)
		_ = os.RemoveAll(filepath.Join(s.data, "meta", name))
	})
	return s.addr, name
}

// Kill kills the server with SIGKILL. It keeps its data.
func (s *Server) Kill() { s.keeper.End() }

// Restart starts the killed server again, at the same address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	var err error
	if s.keeper, err = versitygw.StartAt(s.addr, s.env()...); err != nil {
		t.Fatal(err)
	}
}

// URL returns the URL of a bucket for gocloud.dev.
func URL(addr, name string) string {
	return "s3://" + name + "?" + url.Values{
		"endpoint": {"http://" + addr}, "region": {Region}, "use_path_style": {"true"},
	}.Encode()
}

// Env is the environment with which a program opens [URL].
func Env() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + AccessKey, "AWS_SECRET_ACCESS_KEY=" + SecretKey, "AWS_EC2_METADATA_DISABLED=true"}
}

// start starts a server at a free address. If data is empty, the data is in the
// server's own folder.
func start(program, data string) (*Server, error) {
	s := &Server{program: program, data: data}
	var err error
	if s.addr, s.keeper, err = versitygw.Start(s.env()...); err != nil {
		return nil, err
	}
	if data == "" {
		s.data = s.keeper.Dir()
	}
	return s, nil
}

func (s *Server) env() []string {
	return []string{"VERSITYGW=" + s.program, "DATA=" + s.data, "ROOT_ACCESS_KEY=" + AccessKey, "ROOT_SECRET_KEY=" + SecretKey}
}

func binary() (string, error) {
	return testproc.Tool("VERSITYGW", "versitygw", "versitygw-v1.8.0/versitygw")
}
