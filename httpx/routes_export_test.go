package httpx_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// download returns the bytes and the ETag of an archive. It checks that it is a zip file.
func download(t testing.TB, srv *resttest.KeyServer, link string) (archive []byte, etag string) {
	t.Helper()
	rec := srv.Send(call{Method: "GET", Path: link})
	want{Status: 200, Header: map[string]string{
		"Content-Type": "application/zip", "Accept-Ranges": "bytes", "Content-Length": fmt.Sprint(rec.Body.Len()),
		"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache, no-transform", "Content-Digest": "-",
	}}.Check(t, srv.Server, rec)
	if _, err := zip.NewReader(bytes.NewReader(rec.Body.Bytes()), int64(rec.Body.Len())); err != nil {
		t.Error(err)
	}
	return rec.Body.Bytes(), rec.Header().Get("ETag")
}

var withdrawal = assets.Decision{Action: assets.ActionRequestChanges, Version: 1, Comment: "no more"}

// TestDownloadExport tests HEAD, ranges and conditional requests of an archive.
func TestDownloadExport(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		for range 3 {
			srv.CreateExportable()
		}
		made := srv.CreateExport(t, "w1")
		all, etag := download(t, srv, made.Path)
		n := len(all)
		if made.Items != 3 || made.SizeBytes != int64(n) || !strings.HasPrefix(etag, `"sha256:`) {
			t.Errorf("%+v with %d bytes, ETag %s", made, n, etag)
		}
		head := srv.Send(call{Method: "HEAD", Path: made.Path})
		want{Status: 200, Header: map[string]string{"ETag": etag, "Content-Length": fmt.Sprint(n), "Content-Disposition": `attachment; filename="export-` + string(made.ID) + `.zip"`}}.Check(t, srv.Server, head)
		if head.Body.Len() != 0 {
			t.Errorf("HEAD has %d bytes", head.Body.Len())
		}
		get := func(header map[string]string) *httptest.ResponseRecorder {
			return srv.Send(call{Method: "GET", Path: made.Path, Header: header})
		}
		for value, part := range map[string][]byte{
			"bytes=0-0": all[:1], "bytes=100-": all[100:], "bytes=-7": all[n-7:], fmt.Sprintf("bytes=%d-%d", n/2, n/2+99): all[n/2 : n/2+100],
		} {
			rec := get(map[string]string{"Range": value, "If-Range": etag})
			want{Status: 206, Header: map[string]string{"ETag": etag, "Content-Length": fmt.Sprint(len(part))}}.Check(t, srv.Server, rec)
			if !bytes.Equal(rec.Body.Bytes(), part) {
				t.Errorf("%s has other bytes", value)
			}
		}
		several := get(map[string]string{"Range": "bytes=0-9,50-59,-5"})
		want{Status: 206}.Check(t, srv.Server, several)
		if parts := partsOf(t, several); len(parts) != 3 || parts[0] != string(all[:10]) || parts[1] != string(all[50:60]) || parts[2] != string(all[n-5:]) {
			t.Errorf("several ranges: %q", parts)
		}
		want{Status: 200, Header: map[string]string{"Content-Length": fmt.Sprint(n)}}.Check(t, srv.Server, get(map[string]string{"Range": "bytes=5-9", "If-Range": `"other"`}))
		want{Status: 416, Code: "range_not_satisfiable", Header: map[string]string{"Content-Range": fmt.Sprintf("bytes */%d", n), "ETag": "-"}}.Check(t, srv.Server, get(map[string]string{"Range": fmt.Sprintf("bytes=%d-", n)}))
		want{Status: 304, Header: map[string]string{"ETag": etag}}.Check(t, srv.Server, get(map[string]string{"If-None-Match": etag}))
		want{Status: 412, Code: "precondition_failed"}.Check(t, srv.Server, get(map[string]string{"If-Match": `"other"`}))
	})
}

// TestExportsOfOneWorkspaceTEN05: exports and cursors of another workspace are not found.
func TestExportsOfOneWorkspaceTEN05(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		now := time.Now()
		srv := resttest.NewWithKeys(t, db, func(c *assets.Config, _ *httpx.Options) { // all exports have the same time
			c.Now = func() time.Time { return now }
		})
		srv.CreateExportable()
		var last string
		for range 3 {
			last = string(srv.CreateExport(t, "w1").ID)
		}
		get := func(path, key string) *httptest.ResponseRecorder {
			return srv.Send(call{Method: "GET", Path: base + "/exports" + path, As: srv.Bearers[key]})
		}
		want{Status: 200, Body: []string{last}}.Check(t, srv.Server, get("/"+last, "agent"))
		foreign, unknown := get("/"+last, "other"), get("/"+unknownID, "other")
		want{Status: 404, Code: "not_found"}.Check(t, srv.Server, foreign)
		if foreign.Body.String() != unknown.Body.String() {
			t.Errorf("%s differs from the response for an unknown id, %s", foreign.Body, unknown.Body)
		}
		want{Status: 200, Body: []string{`{"items":[],"next_cursor":null}`}}.Check(t, srv.Server, get("", "other"))

		page := srv.Must(200, call{Method: "GET", Path: base + "/exports?limit=2", As: srv.Bearers["read"]})
		cursor, _ := page["next_cursor"].(string)
		if items, _ := page["items"].([]any); len(items) != 2 || items[0].(map[string]any)["id"] != last || cursor == "" {
			t.Errorf("first page %v", page)
		}
		rest := srv.Must(200, call{Method: "GET", Path: base + "/exports?limit=2&cursor=" + cursor, As: srv.Bearers["read"]})
		if items, _ := rest["items"].([]any); len(items) != 1 || rest["next_cursor"] != nil {
			t.Errorf("second page %v", rest)
		}
		want{Status: 400, Code: "invalid_cursor"}.Check(t, srv.Server, get("?cursor="+cursor, "other"))
	})
}

// TestCreateExport tests which versions are selected and which bodies are refused.
func TestCreateExport(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		first, second, draft := srv.CreateExportable(), srv.CreateAsset("w1", "approved"), srv.CreateAsset("w1", "draft")
		post := func(body string) *httptest.ResponseRecorder {
			return srv.Send(call{Method: "POST", Path: base + "/exports", As: srv.Bearers["read"], Body: body})
		}
		for body, items := range map[string]int{
			`{}`:                            2,
			`{"campaign_id":"c"}`:           1,
			`{"tag":"k:*","type":["copy"]}`: 1,
			`{"type":"copy"}`:               2,
			`{"created_after":"2020-01-01T00:00:00Z","expires_in":1}`: 2,
			fmt.Sprintf(`{"asset_ids":[%q,%q]}`, second, first):       2,
			fmt.Sprintf(`{"asset_id":[%q,%q]}`, draft, first):         1,
		} {
			rec := post(body)
			want{Status: 201, Body: []string{fmt.Sprintf(`"items":%d,`, items), `"stale_items":[]`, `"created_by":"rita"`}}.Check(t, srv.Server, rec)
			location := strings.TrimPrefix(rec.Header().Get("Location"), srv.Lib.BaseURL())
			want{Status: 200, Body: []string{rec.Body.String()}}.Check(t, srv.Server, srv.Send(call{Method: "GET", Path: location, As: srv.Bearers["read"]}))
		}
		for body, loc := range map[string]string{
			`{"campaign_id":"none"}`: "body",
			`{"status":"approved"}`:  "body.status",
			`{"limit":5}`:            "body.limit",
			`{"order":"asc"}`:        "body.order",
			`{"expires_in":604801}`:  "body.expires_in",
			`{"asset_ids":[]}`:       "body.asset_ids",
			fmt.Sprintf(`{"asset_ids":[%q,%q]}`, first, draft):         "body.asset_ids.1",
			fmt.Sprintf(`{"asset_ids":[%q,%q]}`, first, first):         "body.asset_ids.1",
			fmt.Sprintf(`{"asset_ids":[%q],"campaign_id":"c"}`, first): "body.asset_ids",
			fmt.Sprintf(`{"asset_ids":[%q,%q]}`, unknownID, second):    "body.asset_ids.0",
		} {
			want{Status: 422, Locs: []string{loc}}.Check(t, srv.Server, post(body))
		}
	})
}

// TestExportLimits: the error for each limit names it.
func TestExportLimits(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		srv.CreateExportable()
		srv.CreateExportable()
		for number, limits := range map[string]export.Limits{"1 assets": {Items: 1}, "15 bytes": {Bytes: 15}, "2 ": {Items: 2, Bytes: 16}} {
			x, err := export.New(export.Config{Library: srv.Lib, Limits: limits})
			if err != nil {
				t.Fatal(err)
			}
			_, err = x.Create(t.Context(), resttest.Maker("w1"), export.Request{})
			if fields := assets.FieldErrors(err); limits.Items != 2 && (len(fields) != 1 || fields[0].Type != assets.TypeTooLarge || !strings.Contains(fields[0].Msg, number)) {
				t.Errorf("%+v: %v", limits, err)
			}
			if limits.Items == 2 && err != nil {
				t.Errorf("%+v: %v", limits, err)
			}
		}
		if records, err := db.Exports(t.Context(), "w1", "", 10); err != nil || len(records) != 1 {
			t.Errorf("%d exports, %v; want the one within the limits", len(records), err)
		}
	})
}
