package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/pgtest"
)

// Environment variables with which this test binary is the program. It ends with its
// standard input.
const (
	childData = "CAMPAIGN_TEST_DATA"
	childDB   = "CAMPAIGN_TEST_DB"
)

func TestMain(m *testing.M) {
	if data := os.Getenv(childData); data != "" {
		ctx, stop := context.WithCancel(context.Background())
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
		log := slog.New(slog.NewTextHandler(os.Stderr, nil))
		if err := run(ctx, config{data: data, db: os.Getenv(childDB), port: "0"}, os.Stdout, log); err != nil {
			log.Error("campaign", "error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// eachDatabase runs a test with fresh data in each kind of database.
func eachDatabase(t *testing.T, test func(t *testing.T, cfg config)) {
	t.Helper()
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{
		"sqlite":   func(testing.TB) string { return "" },
		"postgres": pgtest.Durable, // skips without a server
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, config{data: t.TempDir(), db: url(t), port: "0"})
		})
	}
}

// program is a running host, with what it has printed.
type program struct {
	*testing.T
	env map[string]string
}

// parse reads what a host prints until it is complete.
func (p *program) parse(out io.Reader) {
	p.Helper()
	p.env = map[string]string{}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.Fatalf("the host does not start: %v", err)
	}
	exports, _ := strings.CutPrefix(line, "export ")
	for pair := range strings.FieldsSeq(exports) {
		name, value, _ := strings.Cut(pair, "=")
		p.env[name] = value
	}
}

// send sends a request, with a credential if as is not empty, and returns the response,
// which must have a status 2xx.
func (p *program) send(method, url, as, mediaType, body string) (text string) {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+p.env[as])
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		p.Fatalf("%s %s: %s: %s %v", method, url, resp.Status, b, err)
	}
	return string(b)
}

// upload sends an image with metadata as the agent.
func (p *program) upload(url, metadata, content string) (id string) {
	p.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("metadata", metadata); err != nil {
		p.Fatal(err)
	}
	file, err := form.CreateFormFile("content", "hero.png")
	if err != nil {
		p.Fatal(err)
	}
	_, _ = io.WriteString(file, content)
	if err := form.Close(); err != nil {
		p.Fatal(err)
	}
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(p.send(http.MethodPost, url, "AGENT", form.FormDataContentType(), body.String())), &made); err != nil {
		p.Fatal(err)
	}
	return made.ID
}

func (p *program) review(id, decision string) {
	p.Helper()
	p.send(http.MethodPost, p.env["API"]+"/"+id+"/approval", "EDITOR", "application/json", decision)
}

// await waits until a page of the host is as wanted.
func (p *program) await(path, want string) {
	p.Helper()
	deadline := time.After(2 * time.Minute)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		got := p.send(http.MethodGet, p.env["HOST"]+path, "", "", "")
		if strings.TrimSpace(got) == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			p.Fatalf("%s is still %s, want %s", path, got, want)
		}
	}
}

// picture returns an image of one colour.
func picture(t *testing.T, c color.Color) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 8, 8))
	m.Set(1, 1, c)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRun approves, replaces and withdraws a hero: each module follows.
func TestRun(t *testing.T) {
	eachDatabase(t, func(t *testing.T, cfg config) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		out, in := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			err := run(ctx, cfg, in, slog.New(slog.DiscardHandler))
			_ = in.CloseWithError(err)
			ended <- err
		}()
		p := &program{T: t}
		p.parse(out)
		first, second := picture(t, color.White), picture(t, color.Black)

		const none = `<!doctype html><title>Spring</title><p>Come back soon.</p>`
		p.await("/", none)
		id := p.upload(p.env["API"], `{"type":"image","title":"Hero","campaign_id":"spring","submit":true}`, first)
		act := func(action, version string) string {
			return `{"action":"` + action + `","campaign_id":"spring","asset_id":"` + id + `","version":` + version + `}`
		}
		shows := func(version, content, actions string) {
			p.Helper()
			p.await("/", `<!doctype html><title>Spring</title><img src="/hero?asset=`+id+`&amp;version=`+version+`" alt="">`)
			if got := p.send(http.MethodGet, p.env["HOST"]+"/hero", "", "", ""); got != content {
				t.Errorf("the hero has not the bytes of version %s", version)
			}
			p.await("/marketing", actions)
			p.await("/webinars", actions)
		}
		p.review(id, `{"action":"approve","version":1}`)
		shows("1", first, `[`+act("launch", "1")+`]`)
		p.upload(p.env["API"]+"/"+id+"/versions", `{"submit":true}`, second)
		p.review(id, `{"action":"approve","version":2}`)
		shows("2", second, `[`+act("launch", "1")+`,`+act("replace", "2")+`]`)
		p.review(id, `{"action":"archive"}`)
		all := `[` + act("launch", "1") + `,` + act("replace", "2") + `,` + act("pull back", "null") + `]`
		p.await("/", none)
		p.await("/marketing", all)
		p.await("/webinars", all)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
