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
)

// badWorld is a bench with one draft as {id}.
type badWorld struct {
	*bench
	id assets.ID
}

func newBadWorld(t testing.TB, db backends.Database) *badWorld {
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
	for _, err := range b.blobs.Blobs.(*blob.Memory).List(t.Context(), "") {
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
			backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
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
