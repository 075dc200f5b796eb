package upgrade_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store/postgres"
)

// earlier is a program of the fourth schema beside the present one, on one database.
// The statements that it sent are recorded, since a test must not need a network or
// the history of the repository.
type earlier struct {
	recorded
	present openedStore
	lib     *assets.Library // the present program's
	by      assets.Actor
	conn    *sql.Conn // the earlier program's
}

// eachEarlier runs a test in parallel with an earlier program on each kind of database.
func eachEarlier(t *testing.T, test func(t *testing.T, p *earlier)) {
	t.Helper()
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			f := readRecorded(t, "fourth", engine)
			db := restored(t, f, engine)
			p := &earlier{recorded: f, present: db.open(t)}
			cfg := backends.Config(p.present, blob.NewMemory())
			cfg.Now = func() time.Time { return f.At }
			p.lib = backends.Library(t, cfg)
			p.by = fixture.User("ben")
			p.by.Workspace = "acme"
			conn, err := db.raw(t).Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			p.conn = conn
			test(t, p)
		})
	}
}

// call sends the recorded statements of a call. After the first one that fails it rolls
// back, as the program did, and returns the error. rows are all that its queries return.
func (p *earlier) call(t *testing.T, name string) (rows []row, err error) {
	t.Helper()
	i := slices.IndexFunc(p.Statements, func(c recordedCall) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no call %q was recorded", name)
	}
	for _, statement := range p.Statements[i].Statements {
		found, err := query(t.Context(), p.conn, statement)
		if err != nil {
			_, rollback := p.conn.ExecContext(t.Context(), "ROLLBACK")
			if rollback != nil && !strings.Contains(rollback.Error(), "no transaction") {
				t.Fatal(rollback)
			}
			return rows, fmt.Errorf("%.60s: %w", statement, err)
		}
		rows = append(rows, found...)
	}
	return rows, nil
}

// row has the values of a row as text, by column.
type row map[string]string

// query runs a statement and returns its rows.
func query(ctx context.Context, conn *sql.Conn, statement string) ([]row, error) {
	result, err := conn.QueryContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	defer func() { _ = result.Close() }()
	columns, err := result.Columns()
	if err != nil {
		return nil, err
	}
	var rows []row
	for result.Next() {
		values, pointers := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := result.Scan(pointers...); err != nil {
			return nil, err
		}
		read := row{}
		for i, column := range columns {
			read[column] = fmt.Sprint(values[i])
		}
		rows = append(rows, read)
	}
	return rows, result.Err()
}

// contents returns every row of the database.
func (p *earlier) contents(t *testing.T) map[string][]string {
	t.Helper()
	list := "SELECT name AS table_name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'asset%'"
	if _, postgres := p.present.(*postgres.Store); postgres {
		list = "SELECT tablename AS table_name FROM pg_tables WHERE tablename LIKE 'asset%'"
	}
	tables, err := query(t.Context(), p.conn, list)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]string)
	for _, table := range tables {
		name := table["table_name"]
		rows, err := query(t.Context(), p.conn, "SELECT * FROM "+name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = []string{}
		for _, row := range rows {
			all[name] = append(all[name], fmt.Sprint(row))
		}
		slices.Sort(all[name])
	}
	return all
}

// TestEarlierProgramCannotChangeHOS12: each change of an asset by the earlier program
// fails as a whole.
func TestEarlierProgramCannotChangeHOS12(t *testing.T) {
	eachEarlier(t, func(t *testing.T, p *earlier) {
		for _, name := range []string{
			"create", "create from upload", "add version", "rollback", "edit", "delete",
			"submit", "approve", "request_changes", "archive", "bulk",
		} {
			before := p.contents(t)
			if _, err := p.call(t, name); err == nil || !strings.Contains(err.Error(), "event_id") {
				t.Errorf("%s: %v, want an error that names event_id", name, err)
			}
			if diff := cmp.Diff(before, p.contents(t)); diff != "" {
				t.Errorf("%s left a trace (-before +after):\n%s", name, diff)
			}
		}
	})
}

// TestEarlierProgramWritesNoHarmHOS12: what the earlier program can still write
// succeeds, and the present one goes on with it.
func TestEarlierProgramWritesNoHarmHOS12(t *testing.T) {
	eachEarlier(t, func(t *testing.T, p *earlier) {
		for _, name := range []string{"new upload", "mint key", "condemn", "expire", "prune"} {
			if _, err := p.call(t, name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		keys, err := p.present.Keys(t.Context(), apikey.Filter{Workspace: "acme"})
		if err != nil || len(keys) != 2 {
			t.Errorf("%d keys, %v; want both programs' keys", len(keys), err)
		}
		p.withdraw(t)
	})
}

// withdraw withdraws the approval of InForce with the present program.
func (p *earlier) withdraw(t *testing.T) {
	t.Helper()
	_, err := p.lib.Review(t.Context(), p.by, p.InForce, assets.Decision{Action: assets.ActionRequestChanges, Version: 1, Comment: "wrong"})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEarlierProgramSeesWithdrawalsHOS12: after a withdrawal by the present program,
// what the earlier one reads shows it, and what it freezes is stale.
func TestEarlierProgramSeesWithdrawalsHOS12(t *testing.T) {
	eachEarlier(t, func(t *testing.T, p *earlier) {
		inForce := func(name string) bool {
			rows, err := p.call(t, name)
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(rows, func(r row) bool { return r["id"] == string(p.InForce) && r["approved_version"] == "1" })
		}
		for _, name := range []string{"read approved", "list approved"} {
			if !inForce(name) {
				t.Errorf("%s does not find what is in force", name)
			}
		}
		fresh, err := p.call(t, "read export")
		if err != nil {
			t.Fatal(err)
		}
		p.withdraw(t)
		for _, name := range []string{"read approved", "list approved"} {
			if inForce(name) {
				t.Errorf("%s finds what was withdrawn", name)
			}
		}
		after, err := p.call(t, "read export")
		if err != nil || fresh[0]["stale"] != "0" || after[0]["stale"] != "1" {
			t.Errorf("the record of the export was %v and is %v, %v; want it stale", fresh, after, err)
		}

		if _, err := p.call(t, "freeze"); err != nil { // it began before the withdrawal
			t.Fatal(err)
		}
		exports, err := export.New(export.Config{Library: p.lib})
		if err != nil {
			t.Fatal(err)
		}
		list, err := exports.List(t.Context(), p.by, export.ListQuery{})
		if err != nil || len(list.Items) != 3 {
			t.Fatalf("%d exports, %v; want 3", len(list.Items), err)
		}
		for _, x := range list.Items { // all have the asset
			if _, err := exports.Open(t.Context(), p.by, x.ID); !errors.Is(err, assets.ErrExportStale) {
				t.Errorf("export %s: %v, want ErrExportStale", x.ID, err)
			}
		}
	})
}
