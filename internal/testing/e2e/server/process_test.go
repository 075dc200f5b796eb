package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRestartKeepsEverything(t *testing.T) { eachDatabase(t, restartKeepsEverything) }

func restartKeepsEverything(t *testing.T, s deployment) {
	p := s.firstStart(t)
	admin := p.client(p.key)
	made := admin.post(http.StatusCreated, "", `{"type":"copy","title":"Tagline","text":"Kept."}`)
	admin.review(made.ID, `{"action":"submit"}`)
	admin.review(made.ID, `{"action":"approve"}`)
	token := strings.TrimPrefix(admin.get("/"+made.ID+"/preview-url").URL, p.url)
	if rest := p.stop(syscall.SIGTERM); rest != "" {
		t.Errorf("more on standard output: %q", rest)
	}

	again := s.start(t)
	after := again.client(p.key)
	if got := after.get("/" + made.ID); got.Status != "approved" {
		t.Errorf("after the restart: %+v", got)
	}
	after.reads(made.ID, []byte("Kept."))
	client{t: t}.call(http.StatusOK, http.MethodGet, again.url+token, "", nil)
	if rest := again.stop(syscall.SIGTERM); rest != "" {
		t.Errorf("a second start printed %q", rest)
	}
	for _, log := range []*bytes.Buffer{&p.stderr, &again.stderr} {
		if strings.Contains(log.String(), p.key) || strings.Contains(log.String(), "/preview/") {
			t.Error("a secret is in the log")
		}
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	p := firstStart(t, t.TempDir(), "-public-url", "https://assets.example.com")
	made := p.client(p.key).post(http.StatusCreated, "", `{"type":"copy","title":"Tagline","text":"x"}`)
	if want := "https://assets.example.com/api/v1/assets/"; !strings.HasPrefix(made.PreviewURL, want) {
		t.Errorf("preview_url %q does not begin with %s", made.PreviewURL, want)
	}
}

func TestCommandsBesideARunningServer(t *testing.T) { eachDatabase(t, commandsBesideARunningServer) }

func commandsBesideARunningServer(t *testing.T, s deployment) {
	p := s.firstStart(t)
	admin := p.client(p.key)
	inBucket := strings.Repeat("kept ", 4000) // larger than what is in the database
	create := func(text string) string {
		return admin.post(http.StatusCreated, "", `{"type":"copy","title":"Spring","text":"`+text+`"}`).ID
	}
	kept := map[string]string{create(inBucket): inBucket, create("small"): "small"}
	gone := []string{create(inBucket + "too"), create("small too")}

	minted := strings.TrimSuffix(s.invoke(t, "keys mint", "-workspace", "other",
		"-owner", "reader", "-name", "for reading", "-kind", "service", "-scopes", "assets:read", "-expires", "1h"), "\n")
	reader := p.client(minted)
	if list := reader.get(""); len(list.Items) != 0 {
		t.Errorf("a key of another workspace lists %+v", list.Items)
	}
	prefix := strings.Split(minted, "_")[1]
	table := s.invoke(t, "keys list")
	for _, want := range []string{prefix, "for reading", "other", "reader", "assets:read", "first key", "admin"} {
		if !strings.Contains(table, want) {
			t.Errorf("keys list lacks %q:\n%s", want, table)
		}
	}
	for _, key := range []string{minted, p.key} {
		if secret := key[strings.LastIndexByte(key, '_')+1:]; strings.Contains(table, secret) {
			t.Error("keys list shows a secret")
		}
	}
	s.invoke(t, "keys revoke", prefix)
	reader.call(http.StatusUnauthorized, http.MethodGet, "", "", nil) // on the very next request
	if table := s.invoke(t, "keys list"); strings.Contains(table, prefix) {
		t.Errorf("a revoked key is listed:\n%s", table)
	}

	for _, id := range gone {
		admin.call(http.StatusNoContent, http.MethodDelete, "/"+id, "", nil)
	}
	if got := s.invoke(t, "sweep"); !strings.HasPrefix(got, "2 objects: 1 in use, 1 young,") {
		t.Errorf("a sweep with the default age: %s", got)
	}
	if got := s.invoke(t, "sweep", "-older", "0s"); !strings.Contains(got, "1 in use") || !strings.Contains(got, "1 deleted (20003 bytes)") {
		t.Errorf("a sweep of any age: %s", got)
	}
	for id, text := range kept {
		if _, got := admin.call(http.StatusOK, http.MethodGet, "/"+id+"/versions/1/content", "", nil); string(got) != text {
			t.Errorf("after the sweep: %.100q", got)
		}
	}
}

// TestTwoFirstStarts starts two servers on one folder at once. They must share one
// signing key and print one first API key.
func TestTwoFirstStarts(t *testing.T) { eachDatabase(t, twoFirstStarts) }

func twoFirstStarts(t *testing.T, s deployment) {
	one, two := s.launch(t), s.launch(t)
	one.line("listening on ")
	two.line("listening on ")
	rest := one.stop(os.Interrupt) + two.stop(os.Interrupt)
	if got := strings.Count(rest, "api key tnx_"); got != 1 {
		t.Errorf("%d keys were printed:\n%s", got, rest)
	}
	if table := s.invoke(t, "keys list"); strings.Count(table, "first key") != 1 {
		t.Errorf("keys in force:\n%s", table)
	}
	info, err := os.Stat(filepath.Join(s.folder, "signing.key"))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("signing.key has mode %v", info.Mode())
	}
	drafts, err := filepath.Glob(filepath.Join(s.folder, ".signing-*"))
	if err != nil || len(drafts) > 0 {
		t.Errorf("left behind: %v %v", drafts, err)
	}
}

// TestShutdownLetsRequestsEnd sends half of an upload, a signal, and the rest. The
// client waits for 100 Continue, so the server reads the body when the first half is
// sent.
func TestShutdownLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	p := firstStart(t, t.TempDir())
	body, text := io.Pipe()
	go func() {
		_, first := io.WriteString(text, `{"type":"copy","title":"Slow",`)
		signalled := p.cmd.Process.Signal(syscall.SIGTERM)
		for p.listens(t.Context()) {
			runtime.Gosched() // until it accepts no more requests
		}
		_, second := io.WriteString(text, `"text":"whole"}`)
		_ = text.CloseWithError(errors.Join(first, signalled, second))
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/api/v1/assets", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{
		"Authorization": {"Bearer " + p.key}, "Content-Type": {"application/json"}, "Expect": {"100-continue"},
	}
	resp, err := (&http.Transport{ExpectContinueTimeout: time.Minute}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("the upload under way: %s", resp.Status)
	}
	_ = resp.Body.Close()
	p.ended = true
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func (p *process) listens(ctx context.Context) bool {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(p.url, "http://"))
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
