package httpx_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
)

// bodied is a row: a route with a body, a body that has every member and is
// accepted, and what is to be known about each member.
type bodied struct {
	operation, method, path string
	whole                   string
	ok                      int
	members                 map[string]member // by path
	inGo                    func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, file io.Reader) (error, bool)
	file                    io.Reader // the body is the metadata of a multipart body with this content
}

func quoted(n int) string { return `"` + strings.Repeat("z", n-4) + marked + `"` }

func listOf(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

var hello = fmt.Sprintf("%x", sha256.Sum256([]byte("hello")))

// What a new version consists of, wherever it is sent.
const versionMembers = `"text":"hello","media_type":"text/plain","filename":"a.txt","sha256":"{sha}","submit":true,
	"provenance":{"agent_slug":"copy-bot","run_id":"r","trace_id":"t","brand_id":"b","brief_id":"f","model":"m","source_type":"s",
		"parameters":{"n":1},"derived_from":[{"asset_id":"{id}","version":1}],"inputs":[{"kind":"k","id":"i","sha256":"{sha}"}]}`

var (
	hostID = member{long: quoted(256)}
	digest = member{long: quoted(65), bad: []string{`"zqzq"`}}

	versioned = map[string]member{
		"text":                               {required: true, long: quoted(1<<20 + 1)},
		"upload_id":                          {bad: []string{`"zqzq"`}, long: quoted(37)},
		"media_type":                         {long: quoted(300), status: http.StatusUnsupportedMediaType},
		"filename":                           {long: quoted(256), bad: []string{`"zqzq/a"`, `"zqzq\\a"`, `".."`, `"zqzq\n"`}},
		"sha256":                             digest,
		"submit":                             {},
		"provenance":                         {},
		"provenance.agent_slug":              {long: quoted(256), bad: []string{`"Zqzq"`, `"zqzq--a"`, `"zqzq "`}},
		"provenance.run_id":                  hostID,
		"provenance.trace_id":                hostID,
		"provenance.brand_id":                hostID,
		"provenance.brief_id":                hostID,
		"provenance.model":                   hostID,
		"provenance.source_type":             hostID,
		"provenance.parameters":              {long: `{"a":` + quoted(16<<10) + `}`, bad: []string{strings.Repeat(`{"zqzq":`, 33) + "1" + strings.Repeat("}", 33), `{"zqzq":1,"zqzq":1}`, `{"a":"zqzq\u0000"}`, `{"zqzq\u0000":1}`}},
		"provenance.derived_from":            {long: listOf(101, `{"asset_id":"{id}","version":1}`)},
		"provenance.derived_from.0":          {},
		"provenance.derived_from.0.asset_id": {required: true, bad: []string{`"zqzq"`}, long: quoted(37)},
		"provenance.derived_from.0.version":  {required: true, bad: []string{"0", "-7"}},
		"provenance.inputs":                  {long: listOf(101, `{"kind":"k","id":"i"}`)},
		"provenance.inputs.0":                {},
		"provenance.inputs.0.kind":           {required: true, long: quoted(256)},
		"provenance.inputs.0.id":             {required: true, long: quoted(256)},
		"provenance.inputs.0.sha256":         digest,
	}
	described = map[string]member{
		"title":       {required: true, long: quoted(301), bad: []string{`" \u2003 "`, `"zqzq\n"`, `"zqzq\u0085"`}},
		"campaign_id": hostID,
		"tags":        {long: `{"lang":[` + numbered(101) + `]}`, bad: []string{`{"Zqzq":["a"]}`, `{"":["a"]}`, `{"` + strings.Repeat("z", 65) + `":["a"]}`}},
		"tags.lang":   {},
		"tags.lang.0": {long: quoted(201), bad: []string{`" "`, `"zqzq\t"`}},
	}
	decided = map[string]member{
		"action":  {required: true, long: quoted(300), bad: []string{`"zqzq"`, `"Approve"`}},
		"comment": {blank: true, long: quoted(4001)},
	}
)

// numbered answers n different strings.
func numbered(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"%d"`, i)
	}
	return strings.Join(all, ",")
}

func with(base map[string]member, more ...map[string]member) map[string]member {
	all := maps.Clone(base)
	for _, m := range more {
		maps.Copy(all, m)
	}
	return all
}

// readInto decodes as a lenient host would; what it cannot hold is not for Go.
func readInto[T any](body []byte) (T, bool) {
	var in T
	return in, json.Unmarshal(body, &in) == nil
}

// withBodies are the routes with a JSON body.
func withBodies() []bodied {
	return []bodied{
		{
			"create_asset", "POST", "", `{"type":"copy","title":"Launch","campaign_id":"c","tags":{"lang":["en"]},` + versionMembers + `}`, 201,
			with(versioned, described, map[string]member{"type": {required: true, long: quoted(300), bad: []string{`"zqzq"`, `"Copy"`}}}),
			func(ctx context.Context, lib *assets.Library, by assets.Actor, _ assets.ID, body []byte, file io.Reader) (error, bool) {
				in, ok := readInto[assets.NewAsset](body)
				in.Content = file
				_, err := lib.Create(ctx, by, in)
				return err, ok
			}, nil,
		},
		{
			"add_asset_version", "POST", "/{id}/versions", `{` + versionMembers + `}`, 201, versioned,
			func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, file io.Reader) (error, bool) {
				in, ok := readInto[assets.NewVersion](body)
				in.Content = file
				_, err := lib.AddVersion(ctx, by, id, in)
				return err, ok
			}, nil,
		},
		{
			"create_asset_upload", "POST", "/uploads", `{"filename":"a.txt","media_type":"text/plain","size_bytes":5,"sha256":"{sha}"}`, 201,
			map[string]member{
				"filename": versioned["filename"], "media_type": versioned["media_type"], "sha256": digest,
				"size_bytes": {bad: []string{"-7", "4294967297"}},
			},
			func(ctx context.Context, lib *assets.Library, by assets.Actor, _ assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[assets.NewUpload](body)
				_, err := lib.NewUpload(ctx, by, in)
				return err, ok
			}, nil,
		},
		{
			"edit_asset", "PATCH", "/{id}", `{"title":"New","campaign_id":"c","tags":{"lang":["en"]}}`, 200,
			with(described, map[string]member{"title": {null: true, long: described["title"].long, bad: described["title"].bad}}),
			func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[struct {
					Title      *string
					CampaignID *assets.Optional `json:"campaign_id"`
					Tags       assets.Tags
				}](body)
				_, err := lib.Edit(ctx, by, id, assets.Edit{Title: in.Title, CampaignID: in.CampaignID, Tags: in.Tags})
				return err, ok
			}, nil,
		},
		{
			"review_asset", "POST", "/{id}/approval", `{"action":"approve","version":1,"sha256":"{first}","comment":"fine"}`, 200,
			with(decided, map[string]member{"version": {bad: []string{"-7"}, needs: "sha256"}, "sha256": digest}),
			func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[assets.Decision](body)
				_, err := lib.Review(ctx, by, id, in)
				return err, ok
			}, nil,
		},
		{
			"bulk_review_assets", "POST", "/bulk/approval", `{"action":"approve","comment":"fine","items":[{"asset_id":"{id}","version":1,"sha256":"{first}"}]}`, 200,
			with(decided, map[string]member{
				"items":            {required: true, bad: []string{"[]"}, long: listOf(501, `{"asset_id":"{id}"}`)},
				"items.0":          {},
				"items.0.asset_id": {required: true, bad: []string{`"zqzq"`}, long: quoted(37)},
				"items.0.version":  {bad: []string{"-7"}, needs: "items.0.sha256"},
				"items.0.sha256":   digest,
			}),
			func(ctx context.Context, lib *assets.Library, by assets.Actor, _ assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[assets.BulkDecision](body)
				_, err := lib.BulkReview(ctx, by, in)
				return err, ok
			}, nil,
		},
		{
			"rollback_asset", "POST", "/{id}/rollback", `{"version":1,"reason":"better"}`, 200,
			map[string]member{"version": {required: true, bad: []string{"0", "-7"}}, "reason": {blank: true, long: quoted(4001)}},
			func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[assets.Rollback](body)
				_, err := lib.Rollback(ctx, by, id, in)
				return err, ok
			}, nil,
		},
		{ // what Go says of it, package export shows
			"create_export", "POST", "/exports", `{"type":["copy"],"asset_id":["{approved}"],"agent_slug":"a","run_id":"r","campaign_id":"c",
				"brand_id":"b","brief_id":"f","tag":["k:v"],"q":"K, V","created_after":"2020-01-01T00:00:00Z","created_before":"2120-01-01T00:00:00Z","expires_in":60}`, 201,
			selecting, nil, nil,
		},
		{
			"create_export", "POST", "/exports", `{"asset_ids":["{approved}"]}`, 201,
			map[string]member{
				"asset_ids":   {bad: []string{"[]"}, long: listOf(501, `"{approved}"`)},
				"asset_ids.0": {bad: []string{`"zqzq"`}, long: quoted(37)},
			},
			nil, nil,
		},
	}
}

// selecting are the filters of an export.
var selecting = map[string]member{
	"type":           {lone: true, bad: []string{"[]"}, long: listOf(201, `"copy"`)},
	"type.0":         {long: quoted(300), bad: []string{`"zqzq"`, `"Copy"`}},
	"asset_id":       {lone: true, bad: []string{"[]"}, long: listOf(201, `"{approved}"`)},
	"asset_id.0":     {long: quoted(37), bad: []string{`"zqzq"`}},
	"agent_slug":     {long: quoted(256), bad: []string{`"Zqzq"`, `"zqzq "`}},
	"run_id":         hostID,
	"campaign_id":    hostID,
	"brand_id":       hostID,
	"brief_id":       hostID,
	"tag":            {lone: true, bad: []string{"[]"}, long: listOf(201, `"k:v"`)},
	"tag.0":          {bad: []string{`"zqzq"`, `":zqzq"`, `"zqzq:"`, `"Zqzq:a"`, `"k: "`, `"k:zqzq\n"`}, long: `"k:` + strings.Repeat("z", 197) + marked + `"`},
	"q":              {long: quoted(201)},
	"created_after":  {bad: []string{`"zqzq"`, `"2026-01-02"`, `"2026-01-02T03:04:05"`}},
	"created_before": {bad: []string{`"zqzq"`, `"2026-01-02"`, `"2026-01-02T03:04:05"`}},
	"expires_in":     {bad: []string{"0", "-7", "604801"}},
}

// withFiles are the routes whose body may be the metadata of a file.
func withFiles(t testing.TB) (rows []bodied) {
	for _, row := range withBodies() {
		if _, ok := row.members["text"]; !ok {
			continue
		}
		row.whole, row.members = drop(t, row.whole, "text"), maps.Clone(row.members)
		delete(row.members, "text")
		row.file = strings.NewReader("hello")
		rows = append(rows, row)
	}
	return rows
}

// badWorld is a bench with one draft as {id}.
type badWorld struct {
	*bench
	id assets.ID
}

func newBadWorld(t testing.TB, db database) *badWorld {
	t.Helper()
	b := newBench(t, db)
	made, err := b.lib.Create(t.Context(), maker("w1"), assets.NewAsset{Type: assets.TypeCopy, Title: "First", NewVersion: assets.NewVersion{Text: "first"}})
	if err != nil {
		t.Fatal(err)
	}
	b.vars["approved"] = string(b.exportable())
	b.vars["id"], b.vars["sha"], b.vars["first"] = string(made.ID), hello, made.Content.SHA256
	return &badWorld{b, made.ID}
}

// exportable makes an approved asset that every filter of an export selects.
func (b *bench) exportable() assets.ID {
	b.t.Helper()
	made, err := b.lib.Create(b.t.Context(), maker("w1"), assets.NewAsset{
		Type: assets.TypeCopy, Title: "Approved", CampaignID: "c", Tags: assets.Tags{"k": {"v"}},
		NewVersion: assets.NewVersion{Text: "approved", Provenance: assets.Provenance{AgentSlug: "a", RunID: "r", BrandID: "b", BriefID: "f"}},
	})
	if err == nil {
		_, err = b.lib.Review(b.t.Context(), maker("w1"), made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return made.ID
}

// traces are what a refused request must not leave.
type traces struct{ Assets, Events, Objects, Exports int }

func (b *badWorld) traces(t testing.TB) (n traces) {
	t.Helper()
	rows, err := b.db.Assets(t.Context(), "w1", assets.Filter{}, assets.Window{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	events, err := b.db.Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	exports, err := b.db.Exports(t.Context(), "w1", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	n.Assets, n.Events, n.Exports = len(rows), len(events), len(exports)
	for _, err := range b.blobs.Blobs.(*blob.Bucket).List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		n.Objects++
	}
	return n
}

// problemsOf reads an answer's field errors, without what stands before the
// field's own place.
func problemsOf(t testing.TB, rec *httptest.ResponseRecorder) (sources []string, all []assets.FieldError) {
	t.Helper()
	var got struct{ Detail []assets.FieldError }
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
	}
	for _, f := range got.Detail {
		sources = append(sources, fmt.Sprint(f.Loc[0]))
		all = append(all, assets.FieldError{Loc: []any{dotted(f.Loc[1:])}, Msg: f.Msg, Type: f.Type})
	}
	return sources, all
}

func dotted(loc []any) string {
	parts := make([]string, len(loc))
	for i, p := range loc {
		parts[i] = fmt.Sprint(p)
	}
	return strings.Join(parts, ".")
}

// refused judges one answer: its status, every place once, and no value.
func refused(t *testing.T, rec *httptest.ResponseRecorder, status int, source string, locs []string) []assets.FieldError {
	t.Helper()
	if rec.Code != status {
		t.Fatalf("%d %.300s, want %d", rec.Code, rec.Body, status)
	}
	if echoed := strings.ReplaceAll(rec.Body.String(), marked+"_member", ""); strings.Contains(strings.ToLower(echoed), marked) {
		t.Errorf("the value is echoed: %.300s", rec.Body)
	}
	if status != http.StatusUnprocessableEntity {
		return nil
	}
	sources, problems := problemsOf(t, rec)
	var got []string
	for i, p := range problems {
		if sources[i] != source {
			t.Errorf("%v is in %s, want %s", p.Loc, sources[i], source)
		}
		got = append(got, fmt.Sprint(p.Loc[0]))
	}
	slices.Sort(got)
	slices.Sort(locs)
	if !slices.Equal(got, locs) {
		t.Errorf("problems at %q, want %q: %s", got, locs, rec.Body)
	}
	return problems
}

// sameInGo: what the Library says of the same input in Go is what the route
// says, but for the source in front of the place.
func sameInGo(t *testing.T, overHTTP []assets.FieldError, err error) {
	t.Helper()
	var inGo []assets.FieldError
	for _, f := range assets.FieldErrors(err) {
		inGo = append(inGo, assets.FieldError{Loc: []any{dotted(f.Loc)}, Msg: f.Msg, Type: f.Type})
	}
	if diff := cmp.Diff(overHTTP, inGo); diff != "" {
		t.Errorf("HTTP and Go differ: %s", diff)
	}
}

func TestBadBodies(t *testing.T) { refuseAll(t, withBodies()) }

func TestBadMetadata(t *testing.T) { refuseAll(t, withFiles(t)) }

func refuseAll(t *testing.T, rows []bodied) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.operation, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, db database) {
				b := newBadWorld(t, db)
				row := row
				row.whole = b.fill(row.whole)
				before := b.traces(t)
				for _, bad := range row.bad(t) {
					bad.body = b.fill(bad.body)
					t.Run(bad.name, func(t *testing.T) { b.refuse(t, row, bad) })
				}
				if diff := cmp.Diff(before, b.traces(t)); diff != "" {
					t.Errorf("refused requests left traces: %s", diff)
				}
				want{status: row.ok}.check(t, b.world, b.post(row, row.whole)) // or else nothing is shown above
			})
		})
	}
}

// bad makes every bad body of a row.
func (row bodied) bad(t testing.TB) (all []badBody) {
	t.Helper()
	everything, deep := row.whole, row.whole
	var tops, texts []string
	for _, path := range slices.Sorted(maps.Keys(row.members)) {
		all = append(all, row.members[path].bodies(t, row.whole, path)...)
		good := at(t, row.whole, path)
		if !strings.Contains(path, ".") {
			everything, tops = put(t, everything, path, "1.5"), append(tops, path)
		}
		if good[0] == '"' {
			deep, texts = put(t, deep, path, `"`+marked+`\u0000"`), append(texts, path)
		}
	}
	unknown := `{"` + marked + `_member":"` + marked + `",` + row.whole[1:]
	limit := 256<<10 + 1
	if _, inline := row.members["text"]; inline {
		limit = 8<<20 + 1
	}
	return append(
		all,
		badBody{"everything of a wrong type", everything, 422, tops, false},
		badBody{"NUL everywhere", deep, 422, texts, true},
		badBody{"unknown member", unknown, 422, []string{marked + "_member"}, false},
		badBody{"not an object", "[]", 422, []string{""}, false},
		badBody{"malformed", row.whole[1:], 400, nil, false},
		badBody{"nothing", " ", 400, nil, false},
		badBody{"two", row.whole + row.whole, 400, nil, false},
		badBody{"too large", row.whole + strings.Repeat(" ", limit-len(row.whole)), 413, nil, false},
	)
}

func (b *badWorld) post(row bodied, body string) *httptest.ResponseRecorder {
	media := "application/json"
	if row.file != nil {
		body, media = form{metadata(body), content("hello")}.encode(b.t)
	}
	r := httptest.NewRequestWithContext(b.t.Context(), row.method, base+b.fill(row.path), strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	r.Header.Set("Authorization", "Bearer "+b.bearers["owner"])
	rec := httptest.NewRecorder()
	b.mux.ServeHTTP(rec, r)
	return rec
}

// refuse sends a bad body, and hands it to the Library.
func (b *badWorld) refuse(t *testing.T, row bodied, bad badBody) {
	t.Helper()
	before := b.traces(t)
	overHTTP := refused(t, b.post(row, bad.body), bad.status, "body", bad.locs)
	if diff := cmp.Diff(before, b.traces(t)); diff != "" {
		t.Errorf("traces are left: %s", diff)
	}
	if !bad.inGo || row.inGo == nil {
		return
	}
	err, expressible := row.inGo(t.Context(), b.lib, maker("w1"), b.id, []byte(bad.body), row.file)
	if !expressible {
		t.Fatalf("Go cannot say %s", bad.body)
	}
	sameInGo(t, overHTTP, err)
}

// TestBadBodiesAreWhole: a member of an input that the tables do not name
// fails here.
func TestBadBodiesAreWhole(t *testing.T) {
	t.Parallel()
	rows := map[string]bodied{}
	for _, row := range withBodies() {
		row.members = with(row.members, rows[row.operation].members)
		rows[row.operation] = row
	}
	for name, in := range httpx.Inputs() {
		body, ok := in.FieldByName("Body")
		if !ok {
			continue
		}
		for _, path := range membersOf(body.Type, "") {
			if _, ok := rows[name].members[path]; !ok {
				t.Errorf("%s: %s has no row", name, path)
			}
		}
	}
}

// membersOf answers the paths of a body's members by their json tags.
func membersOf(in reflect.Type, prefix string) (all []string) {
	if strings.HasPrefix(in.Name(), "Member[") { // of a merge patch
		in = in.Field(in.NumField() - 1).Type
	}
	switch in.Kind() {
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(in) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			all = append(all, prefix+name)
			all = append(all, membersOf(f.Type, prefix+name+".")...)
		}
	case reflect.Slice:
		if in.Elem().Kind() == reflect.Uint8 { // raw JSON
			return nil
		}
		return append([]string{prefix + "0"}, membersOf(in.Elem(), prefix+"0.")...)
	case reflect.Map:
		return append([]string{prefix + "lang"}, membersOf(in.Elem(), prefix+"lang.")...)
	}
	return all
}
