package httpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// captured is a log that keeps every record with all its attributes, from the
// lowest level on.
type captured struct {
	mu   sync.Mutex
	text bytes.Buffer
	slog.Handler
}

func capture() *captured {
	c := new(captured)
	c.Handler = slog.NewJSONHandler(lockedWriter{c}, &slog.HandlerOptions{Level: slog.Level(-100), AddSource: true})
	return c
}

type lockedWriter struct{ c *captured }

func (w lockedWriter) Write(p []byte) (int, error) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	return w.c.text.Write(p)
}

func (c *captured) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// dsn stands for how a back end is reached; its errors tend to have it.
const dsn = "postgres://assets:zqpassword@db.internal:5432/assets"

// TestLOG01NoSecretAnywhere drives every route with every key, well and badly,
// with back ends that fail on the way, and then looks for bearers, preview
// tokens, signing keys and the DSN in whatever came out or was kept.
func TestLOG01NoSecretAnywhere(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		log, signing := capture(), []byte("zqsigningkey-of-32-bytes-or-more")
		logger := slog.New(log)
		w := &watched{Database: db}
		b := newTenants(t, w, func(c *assets.Config, o *httpx.Options) {
			c.SigningKeys, c.Logger, o.Logger = [][]byte{signing}, logger, logger
			ring, err := apikey.New(apikey.Config{Store: db, Logger: logger})
			if err != nil {
				t.Fatal(err)
			}
			o.Authenticate = httpx.Bearer(ring)
		})
		var out strings.Builder // all answers
		secrets := map[string]string{"signing key": string(signing), "password": "zqpassword"}
		for name, bearer := range b.bearers {
			if bearer != "" {
				secrets["bearer "+name] = strings.Split(bearer, "_")[2]
			}
		}
		told := func(rec *httptest.ResponseRecorder) { fmt.Fprintln(&out, rec.Code, rec.Header(), rec.Body) }
		drive := func() {
			for _, row := range append(isolation, namesNoAsset...) {
				state := row.state
				for key := range b.bearers {
					for _, id := range []assets.ID{b.asset("w1", state), b.asset("w2", state), unknownID, "nope"} {
						told(b.try(row, key, id, nil))
					}
				}
			}
		}
		drive()
		link, err := b.lib.PreviewURL(t.Context(), maker("w1"), b.asset("w1", "draft"), assets.PreviewOptions{})
		if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(link.URL, b.lib.PublicURL())
		secrets["token"] = path[strings.LastIndexByte(path, '/')+1:]
		w.fail = func(method string) error { return fmt.Errorf("%s: dial %s: refused", method, dsn) }
		served := func(path, bearer string) {
			rec := httptest.NewRecorder()
			b.mux.ServeHTTP(rec, call{method: "GET", path: path, as: bearer}.request(b.world))
			told(rec)
		}
		served(path, "")          // 500 for a token that is good
		served(path+"x", "")      // and for one that is forged
		served(path+"/x", "zq")   // not found
		served(base, "zq_bearer") // unknown
		for _, row := range isolation {
			for _, key := range []string{"owner", "revoked"} {
				told(b.try(row, key, unknownID, nil))
			}
		}
		w.fail = nil
		if !strings.Contains(log.String(), "request failed") {
			t.Error("nothing was logged: nothing is shown")
		}
		kept := b.rows(t)
		for name, secret := range secrets {
			for place, text := range map[string]string{"log": log.String(), "answers": out.String(), "database": kept} {
				if name == "password" && place == "log" {
					continue // what a back end says of itself is for the host's log
				}
				if i := strings.Index(text, secret); i >= 0 {
					t.Errorf("%s in %s: …%s…", name, place, text[max(0, i-100):i+len(secret)])
				}
			}
		}
	})
}

// rows is everything that the database has, as text: keys, both workspaces,
// the journal.
func (b tenants) rows(t *testing.T) string {
	t.Helper()
	var all []any
	add := func(v any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	ctx := t.Context()
	add(b.db.Keys(ctx, apikey.Filter{}))
	for _, ws := range []string{"w1", "w2"} {
		for after := assets.ID(""); ; {
			page, err := b.db.Assets(ctx, ws, assets.Filter{}, assets.Window{Limit: 200, Ascending: true, After: after})
			add(page, err)
			if len(page) == 0 {
				break
			}
			for _, a := range page {
				add(b.db.Versions(ctx, ws, a.ID))
				add(b.db.Reviews(ctx, ws, a.ID, 0, 0))
				after = a.ID
			}
		}
	}
	for seq := int64(0); ; {
		events, err := b.db.Events(ctx, seq, 1000)
		add(events, err)
		if len(events) == 0 {
			break
		}
		seq = events[len(events)-1].Seq
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestLOG02NothingInternal: what a back end says of a failure is not in the
// answer, and what the asset says is not in the log.
func TestLOG02NothingInternal(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		log := capture()
		w := &watched{Database: db}
		b := newTenants(t, w, func(c *assets.Config, o *httpx.Options) { c.Logger, o.Logger = slog.New(log), slog.New(log) })
		id := b.text("w1", assets.NewAsset{NewVersion: assets.NewVersion{Text: "zqcontent", Filename: "zqfile.txt"}})
		internal := `ERROR: relation "asset_assets" (SQLSTATE 42P01) INSERT INTO at /var/lib/assets/content`
		for _, failure := range []error{errors.New(internal), fmt.Errorf("%s: %w", internal, assets.ErrUnavailable), fmt.Errorf("%s: %w", internal, context.DeadlineExceeded)} {
			w.fail = func(string) error { return failure }
			b.blobs.spoil = failing(failure)
			for _, row := range isolation {
				if row.operation == "bulk_review_assets" || row.operation == "create_asset" {
					row.body = strings.Replace(row.body, `"x"`, `"zqcontent"`, 1)
				}
				rec := b.try(row, "owner", id, nil)
				if rec.Code != 500 && rec.Code != 503 {
					t.Errorf("%s %s: %d %s", row.method, row.path, rec.Code, rec.Body)
				}
				for _, piece := range []string{"SQLSTATE", "INSERT", "asset_assets", "/var/lib"} {
					if strings.Contains(whole(rec), piece) {
						t.Errorf("%s %s: %s", row.method, row.path, rec.Body)
					}
				}
			}
			w.fail = nil
			for _, path := range []string{"/versions/1/content", "/preview"} { // the rows are there, the bytes are not
				rec := b.send(call{method: "GET", path: base + "/" + string(id) + path, as: b.bearers["read"]})
				if rec.Code < 500 || strings.Contains(whole(rec), "SQLSTATE") {
					t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
				}
			}
			b.blobs.spoil = nil
		}
		if text := log.String(); !strings.Contains(text, "SQLSTATE") || strings.Contains(text, "zqcontent") || strings.Contains(text, "zqfile") {
			t.Errorf("log: %.2000s", text)
		}
	})
}

// TestLOG03PanicInAStore: the request is 500, the lock is free, and hostile
// text makes no second record.
func TestLOG03PanicInAStore(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		log := capture()
		w := &watched{Database: db}
		b := newTenants(t, w, func(c *assets.Config, o *httpx.Options) { c.Logger, o.Logger = slog.New(log), slog.New(log) })
		id := b.asset("w1", "draft")
		w.fail = func(string) error { panic("bug\n{\"level\":\"INFO\"}\x1b[31m") }
		for _, row := range isolation {
			if row.loc == "" {
				want{status: 500, code: "internal_error"}.check(t, b.world, b.try(row, "owner", id, nil))
			}
		}
		w.fail = nil
		for line := range strings.Lines(log.String()) {
			var record struct{ Level, Msg string }
			if err := json.Unmarshal([]byte(line), &record); err != nil || record.Level != "ERROR" || strings.Contains(line, "\x1b") {
				t.Errorf("not one escaped record: %.300s", line)
			}
		}
		want{status: 200}.check(t, b.world, b.send(call{method: "PATCH", path: base + "/" + string(id), as: b.bearers["write"], body: `{"title":"New"}`}))
		hostile := b.send(call{method: "PATCH", path: base + "/" + string(id), as: b.bearers["write"], body: `{"title":"a\nlevel=INFO","tags":{"k":["\u001b[31m"]}}`})
		want{status: 422, locs: []string{"body.tags.k.0", "body.title"}}.check(t, b.world, hostile)
	})
}

// TestLOG03PanicInABucket: of a whole content, of a range, and of several,
// which net/http reads in a goroutine of its own.
func TestLOG03PanicInABucket(t *testing.T) {
	t.Parallel()
	for _, ranges := range []string{"", "bytes=3-", "bytes=0-1,4-5"} {
		w := newWorld(t)
		w.upload("bundle", "", "f", []byte(text))
		w.blobs.spoil = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
			return struct {
				io.Reader
				io.Closer
			}{readerFunc(func([]byte) (int, error) { panic("bomb") }), r}, err
		}
		rec := w.send(call{method: "GET", path: base + "/{id}/versions/1/content", as: "reader", header: map[string]string{"Range": ranges}})
		want{status: 500, code: "internal_error", header: map[string]string{"ETag": "-", "Content-Range": "-"}}.check(t, w, rec)
		if log := w.log.String(); !strings.Contains(log, `"panic":"bomb`) {
			t.Errorf("%q: the log is %s", ranges, log)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
