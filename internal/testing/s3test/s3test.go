// Package s3test runs an S3 server, versitygw, for tests: one for each test process,
// started when a test first needs a bucket. It ends with the process, however that
// ends, and its folder is removed.
package s3test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
)

// The credentials of a client.
const (
	AccessKey = "testkey"
	SecretKey = "testsecret123"
	Region    = "us-east-1"
)

const (
	binaryPath   = ".tools/versitygw-v1.8.0/versitygw"
	startTimeout = 30 * time.Second
)

// runServer keeps the metadata of objects in a folder beside them, because not every
// file system has extended attributes.
const runServer = `mkdir -p "$DATA/objects" "$DATA/meta"
"$VERSITYGW" -q --keep-alive --port "$ADDR" posix --sidecar "$DATA/meta" "$DATA/objects" >"$DIR/log" 2>&1 & pid=$!
echo ready; read -r _
kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null
rm -rf "$DIR"`

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
	if s.keeper, err = run(s.program, s.addr, s.data); err != nil {
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
func start(program, data string) (s *Server, err error) {
	for range 5 { // another process may take the free port first
		s = &Server{program: program, data: data}
		if s.addr, err = freeAddress(); err != nil {
			return nil, err
		}
		if s.keeper, err = run(program, s.addr, data); err == nil {
			break
		}
	}
	if err == nil && data == "" {
		s.data = s.keeper.Dir()
	}
	return s, err
}

// run starts the server and waits until it listens.
func run(program, addr, data string) (*testproc.Keeper, error) {
	dir, err := os.MkdirTemp("", "assets-s3-")
	if err != nil {
		return nil, err
	}
	if data == "" {
		data = dir
	}
	k, err := testproc.Keep(runServer, dir, nil, "VERSITYGW="+program, "ADDR="+addr, "DATA="+data,
		"ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := waitUntilUp(addr); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		k.End()
		return nil, fmt.Errorf("s3test: %w: %s", err, log)
	}
	return k, nil
}

// waitUntilUp waits until a versitygw listens at an address.
func waitUntilUp(addr string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", http.NoBody)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.Header.Get("Server") == "VERSITYGW" {
				return nil
			}
			return errors.New("another server is at its address")
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func freeAddress() (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// binary returns the path of the program: from VERSITYGW, in PATH, or where
// scripts/test-servers installs it, in this folder or one above.
func binary() (string, error) {
	if path := os.Getenv("VERSITYGW"); path != "" {
		return path, nil
	}
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, binaryPath)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("needs versitygw: it is not in VERSITYGW, PATH or .tools; scripts/test-servers installs it")
		}
		dir = parent
	}
}
