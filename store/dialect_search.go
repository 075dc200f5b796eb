package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

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
