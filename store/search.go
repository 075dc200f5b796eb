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

// searchPending is the name of the row of asset_meta that exists while rows of an
// older library are not searchable yet.
const searchPending = "search_pending"

// indexBatch is the number of rows that indexAll reads at a time.
const indexBatch = 200

// wordSource is what the words of a row are made from. The zero value is that of
// no row.
type wordSource struct {
	title, tags string
	version     assets.Number
}

func (r *perspectiveRow) wordSource() wordSource { return wordSource{r.Title, r.Tags, r.Version} }

// putWords makes a row searchable.
func (u *unit) putWords(ctx context.Context, row *perspectiveRow, a *assets.Asset) error {
	var text []string
	err := u.read(ctx, &text, "SELECT words FROM asset_versions WHERE workspace = ? AND asset_id = ? AND number = ?",
		row.Workspace, row.ID, row.Version)
	if err != nil {
		return err
	}
	words := a.SearchWords(append(text, "")[0])
	return u.putDocument(ctx, row.Workspace, row.Perspective, row.ID, append([]string{}, words...))
}

// putDocument replaces the words of a row. Nil removes them.
func (u *unit) putDocument(ctx context.Context, workspace, perspective string, id assets.ID, words []string) error {
	for _, s := range u.engine.documentStatements(workspace, perspective, string(id), words) {
		if _, err := u.exec(ctx, s.sql, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// indexAll makes all rows searchable.
func (u *unit) indexAll(ctx context.Context) error {
	var last perspectiveRow
	for {
		var rows []perspectiveRow
		err := u.scan(ctx, u.db.NewSelect().Model(&rows).
			Where("(workspace, perspective, id) > (?, ?, ?)", last.Workspace, last.Perspective, last.ID).
			Order("workspace", "perspective", "id").Limit(indexBatch))
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
		if len(rows) < indexBatch {
			_, err := u.exec(ctx, "DELETE FROM asset_meta WHERE name = ?", searchPending)
			return err
		}
		last = rows[len(rows)-1]
	}
}

// allSearchable reports whether every row is searchable.
func allSearchable(ctx context.Context, db bun.IDB) (bool, error) {
	var n int
	err := db.NewRaw("SELECT count(*) FROM asset_meta WHERE name = ?", searchPending).Scan(ctx, &n)
	return n == 0, err
}

// scopeWords prefixes each word with a digest of workspace and perspective. A search
// then reads no index entries of others, and its cost depends on its own matches
// only. A search still compares workspace and perspective of each row, since
// digests may collide.
func scopeWords(workspace, perspective string, words []string) []string {
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

// searchExpression returns the engine's full-text expression for rows that have all
// words; the last is a prefix. Words are letters and digits, so that they cannot
// be syntax.
func (e engine) searchExpression(words []string) string {
	if e.postgres() {
		return "'" + strings.Join(words, "' & '") + "':*"
	}
	return `"` + strings.Join(words, `" AND "`) + `" *`
}

// writeSearchJoin begins a branch that reads the matches of an expression and looks
// each row up.
func (e engine) writeSearchJoin(s *sqlText, expression string) {
	if e.postgres() {
		s.term(" FROM asset_search AS d CROSS JOIN asset_perspectives AS a WHERE d.words @@ ?::tsquery", expression)
	} else {
		s.term(" FROM asset_search AS s CROSS JOIN asset_documents AS d CROSS JOIN asset_perspectives AS a"+
			e.indexedBy("asset_perspectives_id")+" WHERE s.asset_search MATCH ? AND d.document = s.rowid", expression)
	}
	s.WriteString(" AND a.id = d.id AND ")
}

// documentStatements returns the statements that replace the words of a row in the
// search index, or remove them if words is nil.
func (e engine) documentStatements(workspace, perspective, id string, words []string) []condition {
	where := []any{workspace, perspective, id}
	statement := func(sql string, args ...any) condition { return condition{sql: sql, args: args} }
	const row = " WHERE workspace = ? AND perspective = ? AND id = ?"
	switch words = scopeWords(workspace, perspective, words); {
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
