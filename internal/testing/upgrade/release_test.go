package upgrade_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store"
)

// recorded is what a library with an earlier schema returned about the databases in a
// folder of testdata, which it wrote: assets.db and, of another run on PostgreSQL,
// assets.sql, the output of pg_dump --inserts. content has the bytes of both.
type recorded struct {
	folder string

	At         time.Time
	SigningKey []byte
	Bearer     string // of an API key
	Cursor     string // after the newest of all assets
	Token      string // of a preview, for seven days
	Assets     []json.RawMessage
	Events     int

	// Only since the fourth schema:
	Upload  assets.ID   // a filled ticket that no version has claimed
	Export  assets.ID   // its approvals are in force
	Stale   assets.ID   // one of its approvals was withdrawn
	Archive string      // the SHA-256 of Export
	InForce assets.ID   // an asset in Export, with version 1 in force
	Marks   []blob.Mark // of the journal rows
	// Only since the seventeenth schema, which has small contents, comments, a follower and
	// deliveries too:
	Webhook     assets.ID
	Link        string          // the token of a review link for InForce
	Attestation json.RawMessage // the envelope of InForce

	// Only of the fourth schema. Statements are what the program of that schema sent to the database in some
	// calls, each on a copy of it.
	Statements []recordedCall
}

// recordedCall has the statements of one call, in their order.
type recordedCall struct {
	Name       string
	Statements []string
}

// folders are the data by the schema that it has.
func folders() map[string]int { return map[string]int{"first": 1, "fourth": 4, "seventeenth": 17} }

// TestEarlierSchemasMIG03: what was written with an earlier schema is there with the
// present one: rows, digests, approvals, content, cursor, token, key, idempotency
// record, journal, webhook, review link and attestation; and it can be changed. It also
// holds for data that was migrated to each of the schemas in between.
func TestEarlierSchemasMIG03(t *testing.T) {
	t.Parallel()
	for folder, written := range folders() {
		for schema := written; schema < presentSchema(t); schema++ {
			for _, engine := range []string{"sqlite", "postgres"} {
				t.Run(fmt.Sprintf("%s/migrated to %d/%s", folder, schema, engine), func(t *testing.T) {
					t.Parallel()
					f := readRecorded(t, folder, engine)
					db := restored(t, f, engine)
					db.migrateTo(t, written, schema)
					checkDatabase(t, f, db.open(t))
				})
			}
		}
	}
}

// presentSchema returns the number of the last migration.
func presentSchema(t *testing.T) int {
	t.Helper()
	files, err := fs.Glob(store.Migrations(), "sqlite/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func readRecorded(t *testing.T, folder, engine string) recorded {
	t.Helper()
	f := recorded{folder: filepath.Join("testdata", folder)}
	text, err := os.ReadFile(filepath.Join(f.folder, engine+".json"))
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// checkDatabase compares a database with what was recorded of it.
func checkDatabase(t *testing.T, f recorded, st backends.Database) {
	t.Helper()
	content := filepath.Join(t.TempDir(), "content")
	if err := os.CopyFS(content, os.DirFS(filepath.Join(f.folder, "content"))); err != nil {
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
	f.checkJournal(t, events)
	f.checkTokens(t, lib, by)
	f.checkExports(t, lib, by)
	f.checkProof(t, lib, by)
	f.checkWrites(t, lib, by)
}

// checkJournal checks that each row has an id of its own, and is still the one that the
// marker of a bucket may name.
func (f recorded) checkJournal(t *testing.T, events []assets.Event) {
	t.Helper()
	seen := make(map[assets.ID]bool)
	for i, e := range events {
		id, err := assets.ParseID(string(e.ID))
		if err != nil || id != e.ID || e.ID[14] != '4' || seen[e.ID] {
			t.Errorf("row %d has the id %q, %v; want a random UUID of its own", e.Position, e.ID, err)
		}
		seen[e.ID] = true
		if f.Marks != nil && blob.MarkOf(e) != f.Marks[i] {
			t.Errorf("row %d has the mark %v, recorded is %v", e.Position, blob.MarkOf(e), f.Marks[i])
		}
	}
}

// checkExports opens the recorded exports, and claims the recorded upload.
func (f recorded) checkExports(t *testing.T, lib *assets.Library, by assets.Actor) {
	t.Helper()
	if f.Export == "" {
		return
	}
	exports, err := export.New(export.Config{Library: lib})
	if err != nil {
		t.Fatal(err)
	}
	archive, err := exports.Open(t.Context(), by, f.Export)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(archive)
	if err = errors.Join(err, archive.Close()); err != nil || fixture.SHA256(string(all)) != f.Archive {
		t.Errorf("the archive has other bytes than recorded, %v", err)
	}
	if _, err := exports.Open(t.Context(), by, f.Stale); !errors.Is(err, assets.ErrExportStale) {
		t.Errorf("a stale export: %v", err)
	}
	_, err = lib.Create(t.Context(), by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Uploaded", NewVersion: assets.NewVersion{UploadID: f.Upload},
	})
	if err != nil {
		t.Errorf("the upload: %v", err)
	}
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
