package testproc_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
)

// served is an environment variable: with it this test binary is an HTTP server at that
// address.
const served = "TESTPROC_SERVED"

func serve(addr string) {
	server := http.Server{Addr: addr, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", "mine")
	})}
	_ = server.ListenAndServe() // until it is killed
	os.Exit(1)
}

func TestListener(t *testing.T) {
	t.Parallel()
	sh(t)
	l := testproc.Listener{
		Name: "served", Command: served + `="$HOST:$PORT" "$SELF"`, Path: "/",
		Up: func(r *http.Response) bool { return r.Header.Get("Server") == "mine" },
	}
	self := "SELF=" + os.Args[0]
	addr, k, err := l.Start(self)
	if err != nil {
		t.Fatal(err)
	}
	stranger := l
	stranger.Up = func(*http.Response) bool { return false }
	if _, err := stranger.StartAt(addr, self); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("at an address that is taken: %v", err)
	}
	k.End()
	if resp, err := http.Get("http://" + addr); err == nil { //nolint:noctx // it must fail
		_ = resp.Body.Close()
		t.Error("it serves after its end")
	}
	if k, err = l.StartAt(addr, self); err != nil {
		t.Fatal(err)
	}
	k.End()
}
