package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// searchPending is the name of the row of asset_meta that stands while rows
// made by an older library are not searchable.
const searchPending = "search_pending"

// fillBatch is how many rows are made searchable at a time.
const fillBatch = 200

// wordSource is what the words of a row are made from; the zero value is none.
type wordSource struct {
	title, tags string
	version     assets.Number
}

func (r *perspectiveRow) wordSource() wordSource { return wordSource{r.Title, r.Tags, r.Version} }

// putWords makes a row found by its words.
func (u *unit) putWords(ctx context.Context, row *perspectiveRow, a *assets.Asset) error {
	var text []string
	err := u.read(ctx, &text, "SELECT words FROM asset_versions WHERE workspace = ? AND asset_id = ? AND number = ?",
		row.Workspace, row.ID, row.Version)
	if err != nil {
		return err
	}
	words := a.SearchWords(append(text, "")[0])
	return u.document(ctx, row.Workspace, row.Perspective, row.ID, append([]string{}, words...))
}

// document writes a row's words; nil removes them.
func (u *unit) document(ctx context.Context, workspace, perspective string, id assets.ID, words []string) error {
	for _, s := range u.engine.writeDocument(workspace, perspective, string(id), words) {
		if _, err := u.exec(ctx, s.sql, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// fill makes all rows searchable.
func (u *unit) fill(ctx context.Context) error {
	var last perspectiveRow
	for {
		var rows []perspectiveRow
		err := u.scan(ctx, u.db.NewSelect().Model(&rows).
			Where("(workspace, perspective, id) > (?, ?, ?)", last.Workspace, last.Perspective, last.ID).
			Order("workspace", "perspective", "id").Limit(fillBatch))
		if err != nil {
			return err
		}
		for i := range rows {
			a, err := rows[i].asset()
			if err != nil {
				return err
			}
			if err := u.putWords(ctx, &rows[i], a); err != nil {
				return err
			}
		}
		if len(rows) < fillBatch {
			_, err := u.exec(ctx, "DELETE FROM asset_meta WHERE name = ?", searchPending)
			return err
		}
		last = rows[len(rows)-1]
	}
}

// searchable reports whether every row is.
func searchable(ctx context.Context, db bun.IDB) (bool, error) {
	var n int
	err := db.NewRaw("SELECT count(*) FROM asset_meta WHERE name = ?", searchPending).Scan(ctx, &n)
	return n == 0, err
}

// scoped puts a mark of workspace and perspective before each word, so that a
// search meets the words of no other: what it costs grows with what it finds.
// Rows are compared with both all the same.
func scoped(workspace, perspective string, words []string) []string {
	hash := sha256.New()
	_ = binary.Write(hash, binary.BigEndian, int64(len(workspace))) // a hash does not fail
	hash.Write([]byte(workspace + perspective))
	mark := hex.EncodeToString(hash.Sum(nil)[:6])
	out := slices.Clone(words)
	for i := range out {
		out[i] = mark + out[i]
	}
	return out
}

// searchFor writes words, the last of them as a beginning, as the engine's
// search engine wants to be asked. Words are letters and digits, so nothing
// in them can be syntax.
func (e engine) searchFor(words []string) string {
	if e.postgres() {
		return "'" + strings.Join(words, "' & '") + "':*"
	}
	return `"` + strings.Join(words, `" AND "`) + `" *`
}

// writeSearch begins a branch that reads what an expression finds and looks
// each row up.
func (e engine) writeSearch(s *sqlText, expression string) {
	if e.postgres() {
		s.term(" FROM asset_search AS d CROSS JOIN asset_perspectives AS a WHERE d.words @@ ?::tsquery", expression)
	} else {
		s.term(" FROM asset_search AS s CROSS JOIN asset_documents AS d CROSS JOIN asset_perspectives AS a"+
			e.indexedBy("asset_perspectives_id")+" WHERE s.asset_search MATCH ? AND d.document = s.rowid", expression)
	}
	s.WriteString(" AND a.id = d.id AND ")
}

// writeDocument answers the statements that make a row's words searchable, or
// with nil no longer.
func (e engine) writeDocument(workspace, perspective, id string, words []string) []condition {
	where := []any{workspace, perspective, id}
	statement := func(sql string, args ...any) condition { return condition{sql: sql, args: args} }
	const row = " WHERE workspace = ? AND perspective = ? AND id = ?"
	switch words = scoped(workspace, perspective, words); {
	case e.postgres() && words == nil:
		return []condition{statement("DELETE FROM asset_search"+row, where...)}
	case e.postgres():
		return []condition{statement("INSERT INTO asset_search (workspace, perspective, id, words) VALUES (?, ?, ?, array_to_tsvector(?::text[]))"+
			" ON CONFLICT (workspace, perspective, id) DO UPDATE SET words = EXCLUDED.words", append(where, "{"+strings.Join(words, ",")+"}")...)}
	case words == nil:
		return []condition{
			statement("DELETE FROM asset_search WHERE rowid IN (SELECT document FROM asset_documents"+row+")", where...),
			statement("DELETE FROM asset_documents"+row, where...),
		}
	}
	return []condition{
		statement("INSERT INTO asset_documents (workspace, perspective, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", where...),
		statement("INSERT OR REPLACE INTO asset_search (rowid, words) SELECT document, ? FROM asset_documents"+row,
			append([]any{strings.Join(words, " ")}, where...)...),
	}
}
