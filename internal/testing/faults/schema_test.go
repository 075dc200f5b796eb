package faults_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
)

// TestNewerSchemaRefusesCallsHOS12: while the database has a newer schema than this
// program knows, every call of the Library that writes is unavailable and leaves
// neither row nor byte, and every call that reads succeeds.
func TestNewerSchemaRefusesCallsHOS12(t *testing.T) {
	t.Parallel()
	for _, b := range backends.All() {
		if b.Name == "memory" {
			continue // it has no schema
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			l := newFaultyLibrary(t, b.Config(t))
			db := l.cfg.Store.(interface{ DB() *bun.DB }).DB()
			for _, c := range slices.Concat(writeCalls(), decisionCalls()) {
				t.Run(c.name, func(t *testing.T) { l.refusedOnNewerSchema(t, db, c) })
			}
			for _, c := range readCalls() {
				t.Run(c.name, func(t *testing.T) { l.readOnNewerSchema(t, db, c) })
			}
		})
	}
}

// migrateAhead makes the schema newer than the program, until the returned function is
// called.
func migrateAhead(t *testing.T, db *bun.DB) (undo func()) {
	t.Helper()
	exec := func(query string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	exec("INSERT INTO asset_schema (version, applied_at) SELECT max(version) + 1, 0 FROM asset_schema")
	return func() { exec("DELETE FROM asset_schema WHERE version = (SELECT max(version) FROM asset_schema)") }
}

func (l *faultyLibrary) prepared(t *testing.T, c libraryCall) *trial {
	t.Helper()
	s := l.trial(t)
	if c.prepare != nil {
		if err := c.prepare(s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (l *faultyLibrary) refusedOnNewerSchema(t *testing.T, db *bun.DB, c libraryCall) {
	s := l.prepared(t, c)
	before, bytes := s.readRows(t), s.blobs.count(s.ws)
	undo := migrateAhead(t, db)
	err := c.call(t.Context(), s)
	undo()
	if code := assets.Code(err); code != "unavailable" && (err != nil || c.done != nil) { // a replay writes nothing
		t.Errorf("code %q (%v), want unavailable", code, err)
	}
	if after := s.readRows(t); !reflect.DeepEqual(before, after) || s.blobs.count(s.ws) != bytes {
		t.Errorf("it left a trace (%d contents, before %d):\n%s", s.blobs.count(s.ws), bytes, cmp.Diff(before, after))
	}
	if err := c.call(t.Context(), s); err != nil {
		t.Errorf("on its own schema: %v", err)
	}
	if c.done != nil {
		if err := c.done(s, s.readRows(t)); err != nil {
			t.Errorf("on its own schema: %v", err)
		}
	}
}

func (l *faultyLibrary) readOnNewerSchema(t *testing.T, db *bun.DB, c libraryCall) {
	s := l.prepared(t, c)
	defer migrateAhead(t, db)()
	if err := c.call(t.Context(), s); err != nil {
		t.Error(err)
	}
}
