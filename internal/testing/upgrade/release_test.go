package upgrade_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// recorded is what a library with the first schema returned about the databases in
// testdata/first, which it wrote: assets.db and, of another run on PostgreSQL,
// assets.sql, the output of pg_dump --inserts. content has the bytes of both.
type recorded struct {
	At         time.Time
	SigningKey []byte
	Bearer     string // of an API key
	Cursor     string // after the newest of all assets
	Token      string // of a preview, for seven days
	Assets     []json.RawMessage
	Events     int
}

const firstFolder = "testdata/first"

// TestFirstSchemaMIG03: what was written with the first schema is there with the
// present one: rows, digests, approvals, content, cursor, token, key, idempotency
// record and journal; and it can be changed.
func TestFirstSchemaMIG03(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "assets.db")
		file, err := os.ReadFile(filepath.Join(firstFolder, "assets.db"))
		if err == nil {
			err = os.WriteFile(path, file, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		st, err := sqlite.Open(t.Context(), path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		checkDatabase(t, readRecorded(t, "sqlite"), st)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := pgtest.Database(t)
		restore(t, url, filepath.Join(firstFolder, "assets.sql"))
		if _, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true}); !upToDate(t, "postgres") && err == nil {
			t.Error("an older schema was opened")
		}
		if err := postgres.Migrate(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		st, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		checkDatabase(t, readRecorded(t, "postgres"), st)
	})
}

// upToDate reports whether the first schema is the only one.
func upToDate(t *testing.T, engine string) bool {
	t.Helper()
	dir, err := os.ReadDir(filepath.Join("..", "..", "..", "store", "migrations", engine))
	if err != nil {
		t.Fatal(err)
	}
	return len(dir) == 1
}

func readRecorded(t *testing.T, name string) (f recorded) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(firstFolder, name+".json"))
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// restore runs a dump, as psql does.
func restore(t *testing.T, url, path string) {
	t.Helper()
	dump, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.PgConn().Exec(t.Context(), string(dump)).ReadAll(); err != nil {
		t.Fatal(err)
	}
}

// checkDatabase compares a database with what was recorded of it.
func checkDatabase(t *testing.T, f recorded, st backends.Database) {
	t.Helper()
	content := filepath.Join(t.TempDir(), "content")
	if err := os.CopyFS(content, os.DirFS(filepath.Join(firstFolder, "content"))); err != nil {
		t.Fatal(err)
	}
	dir, err := blob.OpenDir(content)
	if err != nil {
		t.Fatal(err)
	}
	cfg := backends.Config(st, dir)
	cfg.SigningKeys, cfg.Now = [][]byte{f.SigningKey}, func() time.Time { return f.At }
	lib := backends.Library(t, cfg)

	ring, err := apikey.New(apikey.Config{Store: st})
	if err != nil {
		t.Fatal(err)
	}
	by, err := ring.Authenticate(t.Context(), f.Bearer)
	if err != nil || by.Workspace != "acme" || by.Subject != "ana" {
		t.Fatalf("the key is of %+v, %v", by, err)
	}
	events, err := st.Events(t.Context(), 0, 1000)
	if err != nil || len(events) != f.Events {
		t.Errorf("%d journal rows, %v; want %d", len(events), err, f.Events)
	}
	for _, text := range f.Assets {
		checkAsset(t, lib, by, text)
	}
	f.checkTokens(t, lib, by)
	f.checkWrites(t, lib, by)
}

// checkAsset compares an asset with the recorded one. Members that later releases
// have added are ignored.
func checkAsset(t *testing.T, lib *assets.Library, by assets.Actor, text json.RawMessage) {
	t.Helper()
	var id struct{ ID assets.ID }
	if err := json.Unmarshal(text, &id); err != nil {
		t.Fatal(err)
	}
	now, err := lib.Get(t.Context(), by, id.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	present, err := json.Marshal(now)
	if err != nil {
		t.Fatal(err)
	}
	want, got := decoded(t, text), decoded(t, present)
	if diff := cmp.Diff(want, sharedMembers(want, got)); diff != "" {
		t.Errorf("%s, recorded (-) and now (+):\n%s", id.ID, diff)
	}
	for _, v := range now.Versions {
		fixture.CheckContent(t, lib, by, id.ID, v.Number)
	}
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// sharedMembers returns got without the members that want lacks.
func sharedMembers(want, got any) any {
	switch want := want.(type) {
	case map[string]any:
		all, _ := got.(map[string]any)
		some := map[string]any{}
		for name := range want {
			if v, ok := all[name]; ok {
				some[name] = sharedMembers(want[name], v)
			}
		}
		return some
	case []any:
		if all, _ := got.([]any); len(all) == len(want) {
			for i := range all {
				all[i] = sharedMembers(want[i], all[i])
			}
		}
	}
	return got
}

// checkTokens uses the recorded cursor and preview link.
func (f recorded) checkTokens(t *testing.T, lib *assets.Library, by assets.Actor) {
	t.Helper()
	page, err := lib.List(t.Context(), by, assets.Query{Limit: 1, Cursor: f.Cursor, IncludeTotal: true})
	if err != nil || len(page.Items) != 1 || !bytes.Contains(f.Assets[1], []byte(page.Items[0].ID)) || *page.Total != int64(len(f.Assets)) {
		t.Errorf("the cursor leads to %+v, %v", page, err)
	}
	if _, err := lib.OpenPreview(t.Context(), f.Token); err != nil {
		t.Errorf("the preview link: %v", err)
	}
}

// checkWrites repeats the recorded call with its idempotency key, and changes its
// asset.
func (f recorded) checkWrites(t *testing.T, lib *assets.Library, by assets.Actor) {
	t.Helper()
	again, err := lib.Create(t.Context(), by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Once", NewVersion: assets.NewVersion{Text: "once", IdempotencyKey: "first"},
	})
	if err != nil || !again.Replayed || !strings.Contains(string(f.Assets[0]), string(again.ID)) {
		t.Fatalf("the repeated call: %+v, %v", again, err)
	}
	if _, err := lib.AddVersion(t.Context(), by, again.ID, assets.NewVersion{Text: "twice", Submit: true}); err != nil {
		t.Error(err)
	}
	now, err := lib.Review(t.Context(), by, again.ID, assets.Decision{Action: assets.ActionApprove, Version: 2})
	if err != nil || now.ApprovedVersion != 2 {
		t.Errorf("%+v, %v", now, err)
	}
}
