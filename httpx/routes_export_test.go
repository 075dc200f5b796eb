package httpx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// frozen is an export with the path of its link.
type frozen struct {
	export.Export
	link string
}

// freeze exports everything that is approved in a workspace.
func (b *bench) freeze(t testing.TB, workspace string) frozen {
	t.Helper()
	x, err := export.New(export.Config{Library: b.lib})
	if err != nil {
		t.Fatal(err)
	}
	made, err := x.Create(t.Context(), maker(workspace), export.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return frozen{made, strings.TrimPrefix(made.URL, b.lib.PublicURL())}
}

// approved makes a bundle of a content, and approves it.
func (b *bench) approved(t testing.TB, title string, content io.Reader) assets.ID {
	t.Helper()
	made, err := b.lib.Create(t.Context(), maker("w1"), assets.NewAsset{
		Type: assets.TypeBundle, Title: title, NewVersion: assets.NewVersion{Content: content},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.review(t, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	return made.ID
}

func (b *bench) review(t testing.TB, id assets.ID, d assets.Decision) {
	t.Helper()
	if _, err := b.lib.Review(t.Context(), maker("w1"), id, d); err != nil {
		t.Fatal(err)
	}
}

// whole downloads the archive and checks that it is one.
func download(t testing.TB, b *bench, link string) (archive []byte, etag string) {
	t.Helper()
	rec := b.send(call{method: "GET", path: link})
	want{status: 200, header: map[string]string{
		"Content-Type": "application/zip", "Accept-Ranges": "bytes", "Content-Length": fmt.Sprint(rec.Body.Len()),
		"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache", "Content-Digest": "-",
	}}.check(t, b.world, rec)
	if _, err := zip.NewReader(bytes.NewReader(rec.Body.Bytes()), int64(rec.Body.Len())); err != nil {
		t.Error(err)
	}
	return rec.Body.Bytes(), rec.Header().Get("ETag")
}

var decisionToWithdraw = assets.Decision{Action: assets.ActionRequestChanges, Version: 1, Comment: "no more"}

// TestExportsAreServedLikeFiles: HEAD, ranges, and the conditions on them.
func TestExportsAreServedLikeFiles(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		for range 3 {
			b.exportable()
		}
		made := b.freeze(t, "w1")
		all, etag := download(t, b, made.link)
		n := len(all)
		if made.Items != 3 || made.SizeBytes != int64(n) || !strings.HasPrefix(etag, `"sha256:`) {
			t.Errorf("%+v with %d bytes, ETag %s", made, n, etag)
		}
		head := b.send(call{method: "HEAD", path: made.link})
		want{status: 200, header: map[string]string{"ETag": etag, "Content-Length": fmt.Sprint(n), "Content-Disposition": `attachment; filename="export-` + string(made.ID) + `.zip"`}}.check(t, b.world, head)
		if head.Body.Len() != 0 {
			t.Errorf("HEAD has %d bytes", head.Body.Len())
		}
		get := func(header map[string]string) *httptest.ResponseRecorder {
			return b.send(call{method: "GET", path: made.link, header: header})
		}
		for value, part := range map[string][]byte{
			"bytes=0-0": all[:1], "bytes=100-": all[100:], "bytes=-7": all[n-7:], fmt.Sprintf("bytes=%d-%d", n/2, n/2+99): all[n/2 : n/2+100],
		} {
			rec := get(map[string]string{"Range": value, "If-Range": etag})
			want{status: 206, header: map[string]string{"ETag": etag, "Content-Length": fmt.Sprint(len(part))}}.check(t, b.world, rec)
			if !bytes.Equal(rec.Body.Bytes(), part) {
				t.Errorf("%s has other bytes", value)
			}
		}
		several := get(map[string]string{"Range": "bytes=0-9,50-59,-5"})
		want{status: 206}.check(t, b.world, several)
		if parts := partsOf(t, several); len(parts) != 3 || parts[0] != string(all[:10]) || parts[1] != string(all[50:60]) || parts[2] != string(all[n-5:]) {
			t.Errorf("several ranges: %q", parts)
		}
		want{status: 200, header: map[string]string{"Content-Length": fmt.Sprint(n)}}.check(t, b.world, get(map[string]string{"Range": "bytes=5-9", "If-Range": `"other"`}))
		want{status: 416, code: "range_not_satisfiable", header: map[string]string{"Content-Range": fmt.Sprintf("bytes */%d", n), "ETag": "-"}}.check(t, b.world, get(map[string]string{"Range": fmt.Sprintf("bytes=%d-", n)}))
		want{status: 304, header: map[string]string{"ETag": etag}}.check(t, b.world, get(map[string]string{"If-None-Match": etag}))
		want{status: 412, code: "precondition_failed"}.check(t, b.world, get(map[string]string{"If-Match": `"other"`}))
	})
}

func partsOf(t *testing.T, rec *httptest.ResponseRecorder) (parts []string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(rec.Header().Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(rec.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(text))
	}
}

// TestTEN05Exports: another workspace's export and cursor.
func TestTEN05Exports(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		now := time.Now()
		b := newBench(t, db, func(c *assets.Config, _ *httpx.Options) { // exports of one millisecond, by several exporters
			c.Now = func() time.Time { return now }
		})
		b.exportable()
		var last string
		for range 3 {
			last = string(b.freeze(t, "w1").ID)
		}
		get := func(path, key string) *httptest.ResponseRecorder {
			return b.send(call{method: "GET", path: base + "/exports" + path, as: b.bearers[key]})
		}
		want{status: 200, body: []string{last}}.check(t, b.world, get("/"+last, "agent"))
		foreign, unknown := get("/"+last, "other"), get("/"+unknownID, "other")
		want{status: 404, code: "not_found"}.check(t, b.world, foreign)
		if foreign.Body.String() != unknown.Body.String() {
			t.Errorf("%s tells foreign from %s", foreign.Body, unknown.Body)
		}
		want{status: 200, body: []string{`{"items":[],"next_cursor":null}`}}.check(t, b.world, get("", "other"))

		page := b.must(200, call{method: "GET", path: base + "/exports?limit=2", as: b.bearers["read"]})
		cursor, _ := page["next_cursor"].(string)
		if items, _ := page["items"].([]any); len(items) != 2 || items[0].(map[string]any)["id"] != last || cursor == "" {
			t.Errorf("first page %v", page)
		}
		rest := b.must(200, call{method: "GET", path: base + "/exports?limit=2&cursor=" + cursor, as: b.bearers["read"]})
		if items, _ := rest["items"].([]any); len(items) != 1 || rest["next_cursor"] != nil {
			t.Errorf("second page %v", rest)
		}
		want{status: 400, code: "invalid_cursor"}.check(t, b.world, get("?cursor="+cursor, "other"))
	})
}

// TestExportRequests: what is selected, and what is refused.
func TestExportRequests(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		first, second, draft := b.exportable(), b.asset("w1", "approved"), b.asset("w1", "draft")
		post := func(body string) *httptest.ResponseRecorder {
			return b.send(call{method: "POST", path: base + "/exports", as: b.bearers["read"], body: body})
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
			want{status: 201, body: []string{fmt.Sprintf(`"items":%d,`, items), `"stale_items":[]`, `"created_by":"rita"`}}.check(t, b.world, rec)
			location := strings.TrimPrefix(rec.Header().Get("Location"), b.lib.BaseURL())
			want{status: 200, body: []string{rec.Body.String()}}.check(t, b.world, b.send(call{method: "GET", path: location, as: b.bearers["read"]}))
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
			want{status: 422, locs: []string{loc}}.check(t, b.world, post(body))
		}
	})
}

// TestExportLimits: each limit is told with its number.
func TestExportLimits(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		b.exportable()
		b.exportable()
		for number, limits := range map[string]export.Limits{"1 assets": {Items: 1}, "15 bytes": {Bytes: 15}, "2 ": {Items: 2, Bytes: 16}} {
			x, err := export.New(export.Config{Library: b.lib, Limits: limits})
			if err != nil {
				t.Fatal(err)
			}
			_, err = x.Create(t.Context(), maker("w1"), export.Request{})
			if fields := assets.FieldErrors(err); limits.Items != 2 && (len(fields) != 1 || fields[0].Type != assets.TypeTooLarge || !strings.Contains(fields[0].Msg, number)) {
				t.Errorf("%+v: %v", limits, err)
			}
			if limits.Items == 2 && err != nil {
				t.Errorf("%+v: %v", limits, err)
			}
		}
		if records, err := db.Exports(t.Context(), "w1", "", 10); err != nil || len(records) != 1 {
			t.Errorf("%d exports, %v; want that within the limits", len(records), err)
		}
	})
}
