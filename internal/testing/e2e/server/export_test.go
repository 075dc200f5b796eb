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

// exportable creates n approved assets of a campaign, with about 2 MB of text.
func (c client) exportable(n int) {
	c.t.Helper()
	for i := range n {
		text := strings.Repeat(fmt.Sprintf("line %d of asset %d. ", i*i, i), 1+i*500)
		made := c.post(http.StatusCreated, "", fmt.Sprintf(`{"type":"copy","title":"Tagline","campaign_id":"spring","text":%q}`, text))
		c.review(made.ID, `{"action":"approve","version":1}`)
	}
}

// export creates an export and returns its link.
func (c client) export(body string) string {
	c.t.Helper()
	_, answer := c.call(http.StatusCreated, http.MethodPost, "/exports", "application/json", strings.NewReader(body))
	var made struct{ URL string }
	if err := json.Unmarshal(answer, &made); err != nil {
		c.t.Fatal(err)
	}
	return made.URL
}

// TestCurlResumesEXP02 interrupts a download at 50 random points. curl resumes it, on
// servers that are restarted and on another process, and must get the archive.
func TestCurlResumesEXP02(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("ASSETS_TEST_TOOLS") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	s := newDeployment(t.TempDir())
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
		switch i { // both are restarted, one by a signal and one by a kill
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
		limit := int64(1 << 40) // the last download reaches the end
		if i < cuts {
			limit = rand.N(2*left/(cuts-int64(i)+2) + 1)
		}
		at := cutting(t, server.url, limit)
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

// kill kills the server.
func (p *process) kill() {
	p.ended = true
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// cutting returns the URL of a proxy that closes one connection after a number of
// bytes of the body.
func cutting(t *testing.T, server string, limit int64) string {
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
		_, _ = io.CopyN(down, up, headers+limit)
	}()
	return "http://" + l.Addr().String()
}

// TestExportCommandContinues interrupts runs of the command. The next run must
// continue, until the file is complete.
func TestExportCommandContinues(t *testing.T) { eachDatabase(t, exportCommandContinues) }

func exportCommandContinues(t *testing.T, s deployment) {
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
		t.Errorf("%d bytes, %v; the server sends %d", len(got), err, len(want))
	}
	left, err := filepath.Glob(file + ".*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if code := run(t.Context(), io.Discard); code == 0 {
		t.Error("a file that exists was written over")
	}
}

// cancelAt is a writer that cancels a context when a text is written.
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
