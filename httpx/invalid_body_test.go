package httpx_test

import (
	"encoding/json"
	"fmt"
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
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/webhook/record"
)

// invalidServer is a server with one draft, {id}.
type invalidServer struct {
	*resttest.KeyServer
	id assets.ID
}

func newInvalidServer(t testing.TB, db backends.Database) *invalidServer {
	t.Helper()
	srv := resttest.NewWithKeys(t, db)
	made, err := srv.Lib.Create(t.Context(), resttest.Maker("w1"), assets.NewAsset{Type: assets.TypeCopy, Title: "First", NewVersion: assets.NewVersion{Text: "first"}})
	if err != nil {
		t.Fatal(err)
	}
	srv.Vars["approved"] = string(srv.CreateExportable())
	srv.Vars["webhook"], _ = srv.Must(201, call{Method: "POST", Path: base + "/webhooks", As: srv.Bearers["owner"], Body: `{"url":"https://example.com/"}`})["id"].(string)
	srv.Vars["id"], srv.Vars["sha"], srv.Vars["first"] = string(made.ID), hello, made.Content.SHA256
	return &invalidServer{srv, made.ID}
}

// traces has the numbers of rows and objects. A refused request must not change them.
type traces struct{ Assets, Events, Objects, Exports, Webhooks int }

func (srv *invalidServer) traces(t testing.TB) (n traces) {
	t.Helper()
	rows, err := srv.DB.Assets(t.Context(), "w1", assets.Filter{}, assets.Window{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	events, err := srv.DB.Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	exports, err := srv.DB.Exports(t.Context(), "w1", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if store, ok := assets.StoreAs[record.Store](srv.DB); ok {
		webhooks, err := store.WebhooksOf(t.Context(), "w1", "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		n.Webhooks = len(webhooks)
	}
	n.Assets, n.Events, n.Exports = len(rows), len(events), len(exports)
	for _, err := range srv.Blobs.Blobs.(*blob.Memory).List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		n.Objects++
	}
	return n
}

// problemsOf returns the field errors of a response without the first element of their
// places, and these first elements: body, query, path or header.
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

// checkRefusal checks an error response: its status, that each place is listed once and
// that no value is repeated. It returns the field errors.
func checkRefusal(t *testing.T, rec *httptest.ResponseRecorder, status int, source string, locs []string) []assets.FieldError {
	t.Helper()
	if rec.Code != status {
		t.Fatalf("%d %.300s, want %d", rec.Code, rec.Body, status)
	}
	if echoed := strings.ReplaceAll(rec.Body.String(), marked+"_member", ""); strings.Contains(strings.ToLower(echoed), marked) {
		t.Errorf("the response repeats the value: %.300s", rec.Body)
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

// checkSameInGo checks that the Library's error for the same input has the field errors of
// the response.
func checkSameInGo(t *testing.T, overHTTP []assets.FieldError, err error) {
	t.Helper()
	var inGo []assets.FieldError
	for _, f := range assets.FieldErrors(err) {
		inGo = append(inGo, assets.FieldError{Loc: []any{dotted(f.Loc)}, Msg: f.Msg, Type: f.Type})
	}
	if diff := cmp.Diff(overHTTP, inGo); diff != "" {
		t.Errorf("HTTP and Go differ: %s", diff)
	}
}

func TestVolumeInvalidBodies(t *testing.T) { refuseAll(t, bodyTables()) }

func TestVolumeInvalidMetadata(t *testing.T) { refuseAll(t, tablesOfMetadata(t)) }

func refuseAll(t *testing.T, rows []bodyTable) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.operation, func(t *testing.T) {
			backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
				srv := newInvalidServer(t, db)
				row := row
				row.valid = srv.Fill(row.valid)
				before := srv.traces(t)
				for _, bad := range row.invalid(t) {
					bad.body = srv.Fill(bad.body)
					t.Run(bad.name, func(t *testing.T) { srv.refuse(t, row, bad) })
				}
				if diff := cmp.Diff(before, srv.traces(t)); diff != "" {
					t.Errorf("refused requests left traces: %s", diff)
				}
				want{Status: row.ok}.Check(t, srv.Server, srv.post(row, row.valid)) // otherwise the refusals above have another reason
			})
		})
	}
}

// invalid returns every invalid body of a table.
func (row bodyTable) invalid(t testing.TB) (all []invalidBody) {
	t.Helper()
	everything, deep := row.valid, row.valid
	var tops, texts []string
	for _, path := range slices.Sorted(maps.Keys(row.members)) {
		all = append(all, row.members[path].bodies(t, row.valid, path)...)
		good := at(t, row.valid, path)
		if !strings.Contains(path, ".") {
			everything, tops = put(t, everything, path, "1.5"), append(tops, path)
		}
		if good[0] == '"' {
			deep, texts = put(t, deep, path, `"`+marked+`\u0000"`), append(texts, path)
		}
	}
	unknown := `{"` + marked + `_member":"` + marked + `",` + row.valid[1:]
	limit := 256<<10 + 1
	if _, inline := row.members["text"]; inline {
		limit = 8<<20 + 1
	}
	return append(
		all,
		invalidBody{"everything of a wrong type", everything, 422, tops, false},
		invalidBody{"NUL everywhere", deep, 422, texts, true},
		invalidBody{"unknown member", unknown, 422, []string{marked + "_member"}, false},
		invalidBody{"not an object", "[]", 422, []string{""}, false},
		invalidBody{"malformed", row.valid[1:], 400, nil, false},
		invalidBody{"nothing", " ", 400, nil, false},
		invalidBody{"two", row.valid + row.valid, 400, nil, false},
		invalidBody{"too large", row.valid + strings.Repeat(" ", limit-len(row.valid)), 413, nil, false},
	)
}

func (srv *invalidServer) post(row bodyTable, body string) *httptest.ResponseRecorder {
	media := "application/json"
	if row.file != nil {
		body, media = form{metadata(body), content("hello")}.Encode(srv.TB)
	}
	r := httptest.NewRequestWithContext(srv.TB.Context(), row.method, base+srv.Fill(row.path), strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	r.Header.Set("Authorization", "Bearer "+srv.Bearers["owner"])
	rec := httptest.NewRecorder()
	srv.Mux.ServeHTTP(rec, r)
	return rec
}

// refuse sends an invalid body, and calls the Library with the same input.
func (srv *invalidServer) refuse(t *testing.T, row bodyTable, bad invalidBody) {
	t.Helper()
	before := srv.traces(t)
	overHTTP := checkRefusal(t, srv.post(row, bad.body), bad.status, "body", bad.locs)
	if diff := cmp.Diff(before, srv.traces(t)); diff != "" {
		t.Errorf("traces are left: %s", diff)
	}
	if !bad.inGo || row.inGo == nil {
		return
	}
	err, expressible := row.inGo(t.Context(), srv.Lib, resttest.Maker("w1"), srv.id, []byte(bad.body), row.file)
	if !expressible {
		t.Fatalf("no Go value has %s", bad.body)
	}
	checkSameInGo(t, overHTTP, err)
}

// TestInvalidBodiesCoverEveryMember fails for a member of an input that is not in the
// tables.
func TestInvalidBodiesCoverEveryMember(t *testing.T) {
	t.Parallel()
	rows := map[string]bodyTable{}
	for _, row := range bodyTables() {
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
				t.Errorf("%s: the member %s is not in the table", name, path)
			}
		}
	}
}

// membersOf returns the paths of the members of a body, by their json tags.
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

func TestAllProblemsInOneResponseLIM01(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newInvalidServer(t, db)
		tags := map[string][]string{}
		for i := range 10_000 {
			tags[fmt.Sprint("k", i)] = []string{marked}
		}
		body := jsonText(t, map[string]any{
			"type": "copy", "text": "x", "title": textOf(1 << 20), "tags": tags,
			"provenance": map[string]any{"parameters": map[string]string{"a": textOf(1 << 20)}, "run_id": textOf(1 << 20)},
		})
		rec := srv.Send(call{Method: "POST", Path: base, As: srv.Bearers["write"], Body: body})
		checkRefusal(t, rec, 422, "body", []string{"title", "tags", "provenance.run_id", "provenance.parameters"})
		if rec.Body.Len() > 4<<10 {
			t.Errorf("the response has %d bytes", rec.Body.Len())
		}
	})
}
