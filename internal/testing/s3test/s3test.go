// Package s3test runs an S3 server, versitygw, for tests: one for each test
// process, started when a test first asks for a bucket.
//
// The one rule to know: nothing is to be stopped. The server ends with the
// process, however that ends, and takes its folder with it.
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

// What a client signs with.
const (
	AccessKey = "testkey"
	SecretKey = "testsecret123"
	Region    = "us-east-1"
)

const (
	program  = ".tools/versitygw-v1.8.0/versitygw"
	patience = 30 * time.Second
)

// runServer keeps what files have beside their bytes in a folder of its own:
// not every file system has extended attributes.
const runServer = `mkdir -p "$DATA/objects" "$DATA/meta"
"$VERSITYGW" -q --keep-alive --port "$ADDR" posix --sidecar "$DATA/meta" "$DATA/objects" >"$DIR/log" 2>&1 & pid=$!
echo ready; read -r _
kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null
rm -rf "$DIR"`

// Server is a running versitygw. A bucket is a folder beneath objects.
type Server struct {
	program, addr, data string
	keeper              *testproc.Keeper // it lasts as long as this is reachable
}

// shared starts the server that all tests of the process share. Its data is in
// the folder that it takes with it.
var shared = sync.OnceValues(func() (*Server, error) {
	path, err := binary()
	if err != nil {
		return nil, err
	}
	return start(path, "")
})

// Bucket makes a fresh bucket that ends with the test, and answers where the
// server is, such as 127.0.0.1:17070, and the bucket's name. The test is skipped
// when there is no server to be had; it fails when ASSETS_TEST_TOOLS says that
// there must be one, unless SKIP_SERVERS=1.
func Bucket(t testing.TB) (addr, name string) {
	t.Helper()
	require(t)
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s.Bucket(t)
}

// Start starts a server of the test's own, to be killed and started again.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := start(require(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.keeper.End() })
	return s
}

// require answers the program, or ends the test.
func require(t testing.TB) string {
	t.Helper()
	path, err := binary()
	testproc.Require(t, "S3", err)
	return path
}

// Bucket is as the function.
func (s *Server) Bucket(t testing.TB) (addr, name string) {
	t.Helper()
	name = "test-" + strings.ToLower(rand.Text())
	dir := filepath.Join(s.data, "objects", name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // what a request under way makes anew ends with the server
		_ = os.RemoveAll(dir)
		_ = os.RemoveAll(filepath.Join(s.data, "meta", name))
	})
	return s.addr, name
}

// Kill ends the server with SIGKILL. What it has acknowledged it still has.
func (s *Server) Kill() { s.keeper.End() }

// Restart starts the server that was killed, at its address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	var err error
	if s.keeper, err = run(s.program, s.addr, s.data); err != nil {
		t.Fatal(err)
	}
}

// URL answers a bucket as gocloud.dev names it.
func URL(addr, name string) string {
	return "s3://" + name + "?" + url.Values{
		"endpoint": {"http://" + addr}, "region": {Region}, "use_path_style": {"true"},
	}.Encode()
}

// Env is the environment with which a program opens [URL].
func Env() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + AccessKey, "AWS_SECRET_ACCESS_KEY=" + SecretKey, "AWS_EC2_METADATA_DISABLED=true"}
}

// start starts a server at a free address. Without a folder for its data it
// has one of its own.
func start(program, data string) (s *Server, err error) {
	for range 5 { // a free port may be taken before the server listens
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

// run runs the server until its keeper ends.
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
	if err := answers(addr); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		k.End()
		return nil, fmt.Errorf("s3test: %w: %s", err, log)
	}
	return k, nil
}

// answers waits until a versitygw is at an address.
func answers(addr string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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
			return errors.New("somebody else is at its address")
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

// binary finds the server: VERSITYGW, else in PATH, else where
// scripts/test-servers puts it, in this folder or one above.
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
		path := filepath.Join(dir, program)
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
