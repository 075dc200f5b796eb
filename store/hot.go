package store

import (
	"context"
	"database/sql"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// hot has the statements that most calls run. bun writes the arguments of a statement into
// its text, which the database parses anew each time: that is most of what a read of a few
// rows costs. Hot statements have a constant text, with a ? for each argument. SQLite
// prepares them once on each connection. On Postgres they are unnamed statements of the
// extended protocol, which work behind pgbouncer in transaction mode:
// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY.
// bun still reads their rows and calls query hooks, with the constant text.
//
// reader.read and unit.exec run a hot statement like any other one.
type hot struct {
	all map[string]*hotStatement // by the text with a ? for each argument

	schemaVersion      string
	key                string
	asset, lockedAsset string
	version            string
	versions           string
	versionsBefore     [2]string // of all columns but words, and of summaries
	decisions          string
	decisionsOfVersion string
	reviewsBefore      string
	decisionsBefore    string
	request            string
	sources            string
	condemned          string
	deleteTags         string
	textUpTo           string
	putIndexed         string // on SQLite
	putWords           string
	isIndexed          string
	removeWords        []string // in turn, with the same arguments
	enqueue, unindexed string
	behind             string // how long the oldest entry of the queue has waited
	dequeue, dequeueIf string // the latter if nothing has queued it again
	content            string

	putAsset, putVersion, addReview, addAttestation, addEvent, addTag, putRequest, putContent insertion
}

// hotStatement is a statement as the database takes it.
type hotStatement struct {
	text     string
	prepared *sql.Stmt // on SQLite
}

// newHot returns the hot statements. Their texts are made of the columns of the rows' types.
func newHot(db *bun.DB, e engine) *hot {
	h := &hot{all: map[string]*hotStatement{}}
	add := func(text string) string {
		h.all[text] = &hotStatement{text: e.numbered(text)}
		return text
	}
	insert := func(row any, onConflict string) insertion {
		i := newInsertion(db, row, onConflict)
		add(i.text)
		return i
	}
	h.schemaVersion = add("SELECT coalesce(max(version), 0) FROM asset_schema")
	h.key = add("SELECT " + columns(db, keyRow{}) + " FROM asset_keys WHERE prefix = ?")
	h.request = add("SELECT " + columns(db, requestRow{}) + " FROM asset_requests WHERE workspace = ? AND subject = ? AND operation = ? AND key = ?")
	h.condemned = add("SELECT count(*) FROM asset_condemned WHERE key = ?")

	h.asset = add("SELECT " + columns(db, perspectiveRow{}) + " FROM asset_perspectives WHERE workspace = ? AND perspective = ? AND id = ?")
	h.lockedAsset = add(h.asset + e.forUpdate())
	h.sources = add("SELECT perspective, status, tags, title, version FROM asset_perspectives WHERE workspace = ? AND perspective IN (?, ?) AND id = ?")
	h.deleteTags = add("DELETE FROM asset_tags WHERE workspace = ? AND id = ? AND perspective = ?")
	h.content = add("SELECT key, content FROM asset_contents WHERE key = ?")
	h.addWords(add, e)
	for _, text := range commonLists(e) {
		add(text)
	}

	const ofAsset = " WHERE workspace = ? AND asset_id = ?"
	h.version = add("SELECT " + columns(db, versionRow{}) + " FROM asset_versions" + ofAsset + " AND number = ?")
	for i := range h.versionsBefore {
		h.versionsBefore[i] = add("SELECT " + columns(db, versionRow{}, unreadColumns(i == 1)...) + " FROM asset_versions" + ofAsset +
			" AND number < ? ORDER BY number DESC LIMIT ?")
	}
	h.versions = add("SELECT " + columns(db, versionRow{}, unreadColumns(true)...) + " FROM asset_versions" + ofAsset + " ORDER BY number")
	h.decisions = add("SELECT " + columns(db, reviewRow{}) + " FROM asset_reviews" + ofAsset + " AND " + decided +
		" ORDER BY revision DESC, id DESC LIMIT ?")
	h.decisionsOfVersion = add("SELECT " + columns(db, reviewRow{}) + " FROM asset_reviews" + ofAsset + " AND " + decided +
		" AND version BETWEEN ? AND ? ORDER BY version DESC, revision DESC, id DESC LIMIT ?")
	const before = " AND (revision, id) < (?, ?) ORDER BY revision DESC, id DESC LIMIT ?"
	h.reviewsBefore = add("SELECT " + columns(db, reviewRow{}) + " FROM asset_reviews" + ofAsset + before)
	h.decisionsBefore = add("SELECT " + columns(db, reviewRow{}) + " FROM asset_reviews" + ofAsset + " AND " + decided + before)

	h.putAsset = insert(perspectiveRow{}, " ON CONFLICT (workspace, perspective, id) DO UPDATE SET "+replacements(db, perspectiveRow{}))
	h.putVersion = insert(versionRow{}, " ON CONFLICT (workspace, asset_id, number) DO UPDATE SET approval = EXCLUDED.approval")
	h.addReview = insert(reviewRow{}, "")
	h.addAttestation = insert(attestationRow{}, "")
	h.addEvent = insert(eventRow{}, "")
	h.addTag = insert(tagRow{}, "")
	h.putRequest = insert(requestRow{}, " ON CONFLICT (workspace, subject, operation, key) DO UPDATE SET "+replacements(db, requestRow{}))
	h.putContent = insert(contentRow{}, "")
	return h
}

// addWords adds the statements that index a version.
func (h *hot) addWords(add func(text string) string, e engine) {
	h.enqueue = add("INSERT INTO asset_unindexed AS w (workspace, id, version, stamp, at) VALUES (?, ?, ?, ?, " + e.now() + ")" +
		" ON CONFLICT (workspace, id, version) DO UPDATE SET stamp = EXCLUDED.stamp")
	h.unindexed = add("SELECT w.workspace, w.id, w.version, w.stamp, a.title, a.tags, v.words FROM asset_unindexed AS w" +
		" JOIN asset_perspectives AS a ON a.workspace = w.workspace AND a.perspective = ? AND a.id = w.id" +
		" JOIN asset_versions AS v ON v.workspace = w.workspace AND v.asset_id = w.id AND v.number = w.version" +
		" ORDER BY w.at LIMIT ?")
	h.behind = add("SELECT coalesce(" + e.now() + " - min(at), 0) FROM asset_unindexed")
	h.dequeue = add("DELETE FROM asset_unindexed" + whereDocument)
	h.dequeueIf = add(h.dequeue + " AND stamp = ?")
	h.textUpTo = add("SELECT CASE WHEN octet_length(words) <= ? THEN words END AS words FROM asset_versions" +
		" WHERE workspace = ? AND asset_id = ? AND number = ?")
	const isIndexed = "SELECT count(*) FROM "
	if e.postgres() {
		h.isIndexed = add(isIndexed + "asset_words" + whereDocument)
		h.removeWords = []string{add("DELETE FROM asset_words" + whereDocument)}
		h.putWords = add("INSERT INTO asset_words (words, workspace, id, version) VALUES (array_to_tsvector(?::text[]), ?, ?, ?)" +
			" ON CONFLICT (workspace, id, version) DO UPDATE SET words = EXCLUDED.words")
		return
	}
	h.isIndexed = add(isIndexed + "asset_indexed" + whereDocument)
	h.removeWords = []string{
		add(deleteIndexed("asset_words", "asset_indexed", whereDocument)),
		add("DELETE FROM asset_indexed" + whereDocument),
	}
	h.putIndexed = add("INSERT INTO asset_indexed (workspace, id, version) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
	h.putWords = add("INSERT OR REPLACE INTO asset_words (rowid, words) SELECT document, ? FROM asset_indexed" + whereDocument)
}

// prepare prepares the statements on SQLite. A connection that has not run one yet
// prepares it then.
func (h *hot) prepare(ctx context.Context, db *bun.DB) (err error) {
	for _, s := range h.all {
		if s.prepared, err = db.DB.PrepareContext(ctx, s.text); err != nil {
			return err
		}
	}
	return nil
}

// numbered returns a text with a ? for each argument as the engine takes it. No literal of
// a hot statement has a ?.
func (e engine) numbered(text string) string {
	if !e.postgres() {
		return text
	}
	parts := strings.Split(text, "?")
	var s strings.Builder
	s.WriteString(parts[0])
	for i, part := range parts[1:] {
		s.WriteString("$" + strconv.Itoa(i+1) + part)
	}
	return s.String()
}

// columns returns the columns of a row's type, without some.
func columns(db *bun.DB, row any, without ...string) string {
	return listed(db.Table(reflect.TypeOf(row)).Fields, func(f *schema.Field) string {
		if slices.Contains(without, f.Name) {
			return ""
		}
		return f.Name
	})
}

// replacements returns what an upsert replaces: all columns but those of the primary key.
func replacements(db *bun.DB, row any) string {
	return listed(db.Table(reflect.TypeOf(row)).DataFields, func(f *schema.Field) string { return f.Name + " = EXCLUDED." + f.Name })
}

// listed returns a text for each field for which it is not empty.
func listed(fields []*schema.Field, text func(*schema.Field) string) string {
	var list []string
	for _, f := range fields {
		if s := text(f); s != "" {
			list = append(list, s)
		}
	}
	return strings.Join(list, ", ")
}

// insertion is an INSERT of one row.
type insertion struct {
	text   string
	fields []*schema.Field
}

// newInsertion returns an INSERT of all columns of a row's type except those that the
// database fills.
func newInsertion(db *bun.DB, row any, onConflict string) insertion {
	table := db.Table(reflect.TypeOf(row))
	fields := slices.DeleteFunc(slices.Clone(table.Fields), func(f *schema.Field) bool { return f.AutoIncrement })
	text := "INSERT INTO " + table.Name + " (" + listed(fields, func(f *schema.Field) string { return f.Name }) +
		") VALUES (" + listed(fields, func(*schema.Field) string { return "?" }) + ")" + onConflict
	return insertion{text, fields}
}

// arguments returns the values of a row, given by a pointer.
func (i insertion) arguments(row any) []any {
	v := reflect.ValueOf(row).Elem()
	args := make([]any, len(i.fields))
	for n, f := range i.fields {
		if value := f.Value(v); !f.NullZero || !f.IsZero(value) {
			args[n] = argument(value)
		}
	}
	return args
}

// argument returns a value, a text or an integer or a pointer to one, or bytes, as a type
// that every driver takes.
func argument(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Slice:
		return v.Bytes()
	case v.Kind() != reflect.Pointer:
		return v.Int()
	case v.IsNil():
		return nil
	}
	return argument(v.Elem())
}

// raw returns a query in plain SQL. A hot statement is run with its arguments, any other
// with a text that has them.
func (r reader) raw(query string, args ...any) *bun.RawQuery {
	statement := r.hot.all[query]
	if statement == nil {
		return r.db.NewRaw(query, args...).Conn(r.conn)
	}
	bound := make([]any, len(args))
	for i, arg := range args {
		if arg != nil {
			bound[i] = argument(reflect.ValueOf(arg))
		}
	}
	return r.db.NewRaw(statement.text).Conn(boundConn{r.conn, statement, bound})
}

// boundConn runs a hot statement with its arguments, in place of the text that bun passes.
type boundConn struct {
	bun.IConn
	statement *hotStatement
	args      []any
}

// QueryContext implements [bun.IConn].
func (c boundConn) QueryContext(ctx context.Context, _ string, _ ...any) (*sql.Rows, error) {
	if stmt := c.prepared(ctx); stmt != nil { //nolint:sqlclosecheck // closed with the pool or the transaction
		return stmt.QueryContext(ctx, c.args...)
	}
	return c.conn().QueryContext(ctx, c.statement.text, c.args...)
}

// ExecContext implements [bun.IConn].
func (c boundConn) ExecContext(ctx context.Context, _ string, _ ...any) (sql.Result, error) {
	if stmt := c.prepared(ctx); stmt != nil { //nolint:sqlclosecheck // closed with the pool or the transaction
		return stmt.ExecContext(ctx, c.args...)
	}
	return c.conn().ExecContext(ctx, c.statement.text, c.args...)
}

// prepared returns the prepared statement on the connection, or nil if there is none. The
// transaction of a host may be one of another pool.
func (c boundConn) prepared(ctx context.Context) *sql.Stmt {
	stmt := c.statement.prepared
	if stmt == nil {
		return nil
	}
	switch conn := c.IConn.(type) {
	case *bun.DB:
		return stmt
	case bun.Tx:
		return conn.Tx.StmtContext(ctx, stmt)
	}
	return nil
}

// conn returns the connection without bun, which would write the arguments into the text.
func (c boundConn) conn() bun.IConn {
	switch conn := c.IConn.(type) {
	case *bun.DB:
		return conn.DB
	case bun.Tx:
		return conn.Tx
	}
	return c.IConn
}
