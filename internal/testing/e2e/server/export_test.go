package server_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// exportable makes approved assets of a campaign, some 2 MB of text.
func (c client) exportable(n int) {
	c.t.Helper()
	for i := range n {
		text := strings.Repeat(fmt.Sprintf("line %d of asset %d. ", i*i, i), 1+i*500)
		made := c.post(http.StatusCreated, "", fmt.Sprintf(`{"type":"copy","title":"Tagline","campaign_id":"spring","text":%q}`, text))
		c.review(made.ID, `{"action":"approve","version":1}`)
	}
}

// export makes an export and answers its link.
func (c client) export(body string) string {
	c.t.Helper()
	_, answer := c.call(http.StatusCreated, http.MethodPost, "/exports", "application/json", strings.NewReader(body))
	var made struct{ URL string }
	if err := json.Unmarshal(answer, &made); err != nil {
		c.t.Fatal(err)
	}
	return made.URL
}

// TestEXP02CurlResumes: a download that is cut at 50 random points and resumed
// by curl, on servers that are restarted, and at another process, is the
// archive.
func TestEXP02CurlResumes(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("ASSETS_TEST_TOOLS") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	s := newSite(t.TempDir())
	p := s.firstStart(t)
	admin := p.client(p.key)
	admin.exportable(20)
	link := admin.export(`{"campaign_id":"spring"}`)
	path := strings.TrimPrefix(link, p.url)
	_, whole := client{t: t}.call(http.StatusOK, http.MethodGet, link, "", nil)

	other := s.start(t)
	const cuts = 50
	broken, file := 0, filepath.Join(t.TempDir(), "export.zip")
	for i := range cuts + 1 {
		switch i { // on the way both are restarted, once gently and once not
		case cuts / 3:
			p.stop(syscall.SIGTERM)
			p = s.start(t)
		case 2 * cuts / 3:
			other.kill()
			other = s.start(t)
		}
		server := p
		if rand.N(2) == 0 {
			server = other
		}
		var done int64
		if info, err := os.Stat(file); err == nil {
			done = info.Size()
		}
		left := int64(len(whole)) - done
		if left == 0 {
			break
		}
		most := int64(1 << 40) // the last time to the end
		if i < cuts {
			most = rand.N(2*left/(cuts-int64(i)+2) + 1)
		}
		at := cutting(t, server.url, most)
		out, err := exec.CommandContext(t.Context(), curl, "-sS", "--fail", "-C", "-", "-o", file, at+path).CombinedOutput()
		if i == cuts && err != nil {
			t.Fatalf("curl: %v: %s", err, out)
		}
		if err != nil {
			broken++
		}
	}
	if broken < cuts*9/10 {
		t.Errorf("%d downloads were cut, want about %d", broken, cuts)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, whole) {
		t.Errorf("%d bytes that were resumed differ from %d", len(got), len(whole))
	}
	if _, err := zip.NewReader(bytes.NewReader(got), int64(len(got))); err != nil {
		t.Error(err)
	}
}

// kill ends the server at once.
func (p *process) kill() {
	p.ended = true
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// cutting answers the URL of a proxy that ends one connection after some bytes
// of a body.
func cutting(t *testing.T, server string, most int64) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer l.Close()
		down, err := l.Accept()
		if err != nil {
			return
		}
		defer down.Close()
		up, err := net.Dial("tcp", strings.TrimPrefix(server, "http://")) //nolint:noctx // a test's
		if err != nil {
			return
		}
		defer up.Close()
		go func() { _, _ = io.Copy(up, down) }()
		const headers = 700 // about
		_, _ = io.CopyN(down, up, headers+most)
	}()
	return "http://" + l.Addr().String()
}

// TestExportCommandGoesOn: runs that are cut leave what the next one goes on
// with, until the file is whole.
func TestExportCommandGoesOn(t *testing.T) { eachDatabase(t, exportCommandGoesOn) }

func exportCommandGoesOn(t *testing.T, s site) {
	p := s.firstStart(t)
	admin := p.client(p.key)
	admin.exportable(12)
	file := filepath.Join(t.TempDir(), "spring.zip")
	args := append([]string{"export"}, s.flags...)
	args = append(args, "-workspace", "default", "-campaign", "spring", "-o", file)
	run := func(ctx context.Context, stderr io.Writer) int {
		return server().Run(ctx, args, t.Output(), stderr)
	}
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		said := &cancelAt{mark: "% of ", cancel: cancel}
		if code := run(ctx, said); code == 0 || !strings.Contains(said.String(), "the same command goes on with "+file+".part") {
			t.Fatalf("a run that was cut: exit code %d: %s", code, said)
		}
		info, err := os.Stat(file + ".part")
		if err != nil || info.Size() == 0 {
			t.Fatalf("nothing is left to go on with: %v", err)
		}
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("there is a file already: %v", err)
		}
	}
	var stderr bytes.Buffer
	if code := run(t.Context(), &stderr); code != 0 || !strings.Contains(stderr.String(), "going on behind") || !strings.Contains(stderr.String(), "100%") {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	_, answer := admin.call(http.StatusOK, http.MethodGet, "/exports", "", nil)
	var list struct {
		Items []struct {
			URL       string
			CreatedBy string `json:"created_by"`
		}
	}
	if err := json.Unmarshal(answer, &list); err != nil || len(list.Items) != 1 || list.Items[0].CreatedBy != "cli" {
		t.Fatalf("exports %s, %v", answer, err)
	}
	_, want := client{t: t}.call(http.StatusOK, http.MethodGet, list.Items[0].URL, "", nil)
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v; the server answers %d", len(got), err, len(want))
	}
	left, err := filepath.Glob(file + ".*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if code := run(t.Context(), io.Discard); code == 0 {
		t.Error("a file that exists was written over")
	}
}

// cancelAt cancels when a text is written.
type cancelAt struct {
	bytes.Buffer
	mark   string
	cancel context.CancelFunc
}

func (c *cancelAt) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.mark) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}
