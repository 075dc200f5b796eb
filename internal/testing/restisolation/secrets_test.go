package restisolation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// dsn is in the errors of the store, as a data source name may be.
const dsn = "postgres://assets:zqpassword@db.internal:5432/assets"

// TestVolumeNoSecretsInResponsesLogsAndRowsLOG01 sends valid and invalid requests with every key
// to every route, also while the store fails. Then it searches the responses, the log and
// the database for bearer tokens, preview tokens, signing keys and the DSN.
func TestVolumeNoSecretsInResponsesLogsAndRowsLOG01(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		log, signing := newLogBuffer(), []byte("zqsigningkey-of-32-bytes-or-more")
		logger := slog.New(log)
		w := &resttest.RecordingStore{Database: db}
		srv := newTenants(t, w, func(c *assets.Config, o *httpx.Options) {
			c.SigningKeys, c.Logger, o.Logger = [][]byte{signing}, logger, logger
			ring, err := apikey.New(apikey.Config{Store: db, Logger: logger})
			if err != nil {
				t.Fatal(err)
			}
			o.Authenticate = httpx.Bearer(ring)
		})
		var out strings.Builder // all responses
		secrets := map[string]string{"signing key": string(signing), "password": "zqpassword"}
		for name, bearer := range srv.Bearers {
			if bearer != "" {
				secrets["bearer "+name] = strings.Split(bearer, "_")[2]
			}
		}
		record := func(rec *httptest.ResponseRecorder) { fmt.Fprintln(&out, rec.Code, rec.Header(), rec.Body) }
		drive := func() {
			for _, row := range append(assetRoutes, otherRoutes...) {
				state := row.state
				for key := range srv.Bearers {
					for _, id := range []assets.ID{srv.CreateAsset("w1", state), srv.CreateAsset("w2", state), unknownID, "nope"} {
						record(srv.send(row, key, id, nil))
					}
				}
			}
		}
		drive()
		link, err := srv.Lib.PreviewURL(t.Context(), resttest.Maker("w1"), srv.CreateAsset("w1", "draft"), assets.PreviewOptions{})
		if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(link.URL, srv.Lib.PublicURL())
		secrets["token"] = path[strings.LastIndexByte(path, '/')+1:]
		w.Fail = func(method string) error { return fmt.Errorf("%s: dial %s: refused", method, dsn) }
		served := func(path, bearer string) {
			rec := httptest.NewRecorder()
			srv.Mux.ServeHTTP(rec, call{Method: "GET", Path: path, As: bearer}.Request(srv.Server))
			record(rec)
		}
		served(path, "")          // a valid token: 500
		served(path+"x", "")      // a forged token
		served(path+"/x", "zq")   // not found
		served(base, "zq_bearer") // unknown
		for _, row := range assetRoutes {
			for _, key := range []string{"owner", "revoked"} {
				record(srv.send(row, key, unknownID, nil))
			}
		}
		w.Fail = nil
		if !strings.Contains(log.String(), "request failed") {
			t.Error("no failure was logged")
		}
		kept := srv.databaseText(t)
		for name, secret := range secrets {
			for place, text := range map[string]string{"log": log.String(), "responses": out.String(), "database": kept} {
				if name == "password" && place == "log" {
					continue // errors of the store are logged unchanged
				}
				if i := strings.Index(text, secret); i >= 0 {
					t.Errorf("%s in %s: …%s…", name, place, text[max(0, i-100):i+len(secret)])
				}
			}
		}
	})
}

// databaseText returns the rows of the database as text: keys, both workspaces and the
// journal.
func (srv tenants) databaseText(t *testing.T) string {
	t.Helper()
	var all []any
	add := func(v any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	ctx := t.Context()
	add(srv.DB.Keys(ctx, apikey.Filter{}))
	for _, ws := range []string{"w1", "w2"} {
		for after := assets.ID(""); ; {
			page, err := srv.DB.Assets(ctx, ws, assets.Filter{}, assets.Window{Limit: 200, Ascending: true, After: after})
			add(page, err)
			if len(page) == 0 {
				break
			}
			for _, a := range page {
				add(srv.DB.Versions(ctx, ws, a.ID))
				add(srv.DB.ReviewsBefore(ctx, ws, a.ID, assets.ReviewWindow{Limit: 1000}))
				after = a.ID
			}
		}
	}
	for seq := int64(0); ; {
		events, err := srv.DB.Events(ctx, seq, 1000)
		add(events, err)
		if len(events) == 0 {
			break
		}
		seq = events[len(events)-1].Position
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestInternalErrorsAreNotShownLOG02: the text of a store's error is in the log but not in
// the response, and the content of an asset is not in the log.
func TestInternalErrorsAreNotShownLOG02(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		log := newLogBuffer()
		w := &resttest.RecordingStore{Database: db}
		srv := newTenants(t, w, func(c *assets.Config, o *httpx.Options) { c.Logger, o.Logger = slog.New(log), slog.New(log) })
		id := srv.CreateCopy("w1", assets.NewAsset{NewVersion: assets.NewVersion{Text: "zqcontent", Filename: "zqfile.txt"}})
		internal := `ERROR: relation "asset_assets" (SQLSTATE 42P01) INSERT INTO at /var/lib/assets/content`
		for _, failure := range []error{errors.New(internal), fmt.Errorf("%s: %w", internal, assets.ErrUnavailable), fmt.Errorf("%s: %w", internal, context.DeadlineExceeded)} {
			w.Fail = func(string) error { return failure }
			srv.Blobs.Fault = resttest.FailOpen(failure)
			for _, row := range assetRoutes {
				if row.operation == "bulk_review_assets" || row.operation == "create_asset" {
					row.body = strings.Replace(row.body, `"x"`, `"zqcontent"`, 1)
				}
				rec := srv.send(row, "owner", id, nil)
				if rec.Code != 500 && rec.Code != 503 {
					t.Errorf("%s %s: %d %s", row.method, row.path, rec.Code, rec.Body)
				}
				for _, piece := range []string{"SQLSTATE", "INSERT", "asset_assets", "/var/lib"} {
					if strings.Contains(resttest.Dump(rec), piece) {
						t.Errorf("%s %s: %s", row.method, row.path, rec.Body)
					}
				}
			}
			w.Fail = nil
			for _, path := range []string{"/versions/1/content", "/preview"} { // the rows can be read, the content cannot
				rec := srv.Send(call{Method: "GET", Path: base + "/" + string(id) + path, As: srv.Bearers["read"]})
				if rec.Code < 500 || strings.Contains(resttest.Dump(rec), "SQLSTATE") {
					t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
				}
			}
			srv.Blobs.Fault = nil
		}
		if text := log.String(); !strings.Contains(text, "SQLSTATE") || strings.Contains(text, "zqcontent") || strings.Contains(text, "zqfile") {
			t.Errorf("log: %.2000s", text)
		}
	})
}

// TestPanicInStoreLOG03: the response is 500, the asset is not locked afterwards, and line
// breaks in the panic's text do not add records to the log.
func TestPanicInStoreLOG03(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		log := newLogBuffer()
		w := &resttest.RecordingStore{Database: db}
		srv := newTenants(t, w, func(c *assets.Config, o *httpx.Options) { c.Logger, o.Logger = slog.New(log), slog.New(log) })
		id := srv.CreateAsset("w1", "draft")
		w.Fail = func(string) error { panic("bug\n{\"level\":\"INFO\"}\x1b[31m") }
		for _, row := range assetRoutes {
			if row.loc == "" {
				want{Status: 500, Code: "internal_error"}.Check(t, srv.Server, srv.send(row, "owner", id, nil))
			}
		}
		w.Fail = nil
		for line := range strings.Lines(log.String()) {
			var record struct{ Level, Msg string }
			if err := json.Unmarshal([]byte(line), &record); err != nil || record.Level != "ERROR" || strings.Contains(line, "\x1b") {
				t.Errorf("not a single escaped record: %.300s", line)
			}
		}
		want{Status: 200}.Check(t, srv.Server, srv.Send(call{Method: "PATCH", Path: base + "/" + string(id), As: srv.Bearers["write"], Body: `{"title":"New"}`}))
		hostile := srv.Send(call{Method: "PATCH", Path: base + "/" + string(id), As: srv.Bearers["write"], Body: `{"title":"a\nlevel=INFO","tags":{"k":["\u001b[31m"]}}`})
		want{Status: 422, Locs: []string{"body.tags.k.0", "body.title"}}.Check(t, srv.Server, hostile)
	})
}
