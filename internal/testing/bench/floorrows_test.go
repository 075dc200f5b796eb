package bench_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/bulkdata"
)

const workspace = bulkdata.Workspace

// placeholders replaces question marks by the numbered placeholders of PostgreSQL.
func placeholders(query string, postgres bool) string {
	if !postgres {
		return query
	}
	var s strings.Builder
	n := 0
	for _, r := range query {
		if r != '?' {
			s.WriteRune(r)
			continue
		}
		n++
		fmt.Fprintf(&s, "$%d", n)
	}
	return s.String()
}

// names are what differs between two assets that are otherwise equal.
type names struct{ id, key, event, review string }

var minted atomic.Int64

func newNames() names {
	n := minted.Add(1)
	id := func(kind int) string { return fmt.Sprintf("ffffffff-ffff-7fff-8%03d-%012d", kind, n) }
	return names{id(1), workspace + "/202601/" + strings.ToLower(rand.Text()), id(2), id(3)}
}

// rowCopy inserts a row that is as one that the library has written.
type rowCopy struct {
	table   string
	columns []string
	row     []any
	insert  *sql.Stmt
}

// values returns the values of the row with other names.
func (c *rowCopy) values(n names) []any {
	values := slices.Clone(c.row)
	for i, column := range c.columns {
		switch {
		case column == "id" && c.table == "asset_reviews", column == "review_id" && values[i] != "":
			values[i] = n.review
		case column == "id", column == "asset_id":
			values[i] = n.id
		case column == "event_id":
			values[i] = n.event
		case column == "key" && c.table == "asset_versions":
			values[i] = n.key
		}
	}
	return values
}

// rowsOf prepares copies of the rows of an asset.
func (f *floors) rowsOf(id string, tables ...string) (rows []*rowCopy) {
	f.b.Helper()
	for _, table := range tables {
		column := "asset_id"
		if table == "asset_perspectives" || table == "asset_tags" {
			column = "id"
		}
		rows = append(rows, f.rowsWhere(table, column, id)...)
	}
	return rows
}

func (f *floors) rowsWhere(table, column, id string) (copies []*rowCopy) {
	f.b.Helper()
	rows, err := f.db.QueryContext(f.b.Context(), placeholders("SELECT * FROM "+table+" WHERE "+column+" = ?", f.backend.postgres), id)
	if err != nil {
		f.b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	for err == nil && rows.Next() {
		c := &rowCopy{table: table}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		err = rows.Scan(into...)
		for i, name := range columns {
			if name == "seq" || name == "pos" { // the database numbers
				continue
			}
			c.columns, c.row = append(c.columns, name), append(c.row, values[i])
		}
		copies = append(copies, c)
	}
	if err == nil {
		err = rows.Err()
	}
	if err != nil || len(copies) == 0 {
		f.b.Fatalf("%d rows of %s: %v", len(copies), table, err)
	}
	for _, c := range copies {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(c.columns)), ", ")
		c.insert = f.prepare("INSERT INTO " + table + " (" + strings.Join(c.columns, ", ") + ") VALUES (" + marks + ")")
	}
	return copies
}

// prepareWords returns what makes a copy of an asset searchable: the entries of the same
// number of words, marked as the library marks them.
func (f *floors) prepareWords(id string) func(*transaction, names) {
	f.b.Helper()
	ctx := f.b.Context()
	a, err := f.backend.store.Asset(ctx, workspace, assets.ID(id))
	if err != nil {
		f.b.Fatal(err)
	}
	v, err := f.backend.store.Version(ctx, workspace, a.ID, 1)
	if err != nil {
		f.b.Fatal(err)
	}
	words := a.SearchWords(v.Words)
	for i, word := range words {
		words[i] = "0123456789ab" + word
	}
	if f.backend.postgres {
		entries := "{" + strings.Join(words, ",") + "}"
		insert := f.prepare("INSERT INTO asset_words (workspace, id, version, words) VALUES (?, ?, 1, array_to_tsvector(?::text[]))")
		return func(tx *transaction, n names) { tx.exec(insert, workspace, n.id, entries) }
	}
	entries := strings.Join(words, " ")
	document := f.prepare("INSERT INTO asset_indexed (workspace, id, version) VALUES (?, ?, 1)")
	insert := f.prepare("INSERT INTO asset_words (rowid, words) VALUES (last_insert_rowid(), ?)")
	return func(tx *transaction, n names) {
		tx.exec(document, workspace, n.id)
		tx.exec(insert, entries)
	}
}

// transaction runs prepared statements until one fails.
type transaction struct {
	ctx  context.Context
	stmt func(*sql.Stmt) *sql.Stmt
	err  error
}

func (t *transaction) exec(stmt *sql.Stmt, args ...any) {
	if t.err == nil {
		_, t.err = t.stmt(stmt).ExecContext(t.ctx, args...) //nolint:sqlclosecheck // closed with the transaction
	}
}

func (t *transaction) read(stmt *sql.Stmt, args ...any) {
	if t.err == nil {
		_, t.err = readAll(t.ctx, t.stmt(stmt), args...)
	}
}

// write runs fn in one transaction. On SQLite callers wait for each other, as SQLite's own
// lock would make them, and no other connection writes.
func (f *floors) write(ctx context.Context, fn func(*transaction) error) error {
	if !f.backend.postgres {
		f.writing.Lock()
		defer f.writing.Unlock()
	}
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(&transaction{ctx: ctx, stmt: func(s *sql.Stmt) *sql.Stmt { return tx.StmtContext(ctx, s) }}); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// idIn returns the id in a response of the library.
func idIn(b testing.TB, response []byte) string {
	b.Helper()
	var made struct{ ID string }
	if err := json.Unmarshal(response, &made); err != nil {
		b.Fatal(err)
	}
	return made.ID
}
