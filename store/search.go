package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/10ex/assets"
)

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

// maxBeginning is the length in characters of the longest beginnings of words that are
// indexed. Many words have the same short beginning: a search for it would read each
// of them. Longer beginnings would double the index of an ordinary text.
const maxBeginning = 2

// wordMark returns a digest of workspace and perspective, which is before each indexed
// word. A search then reads no index entries of others, and its cost depends on its
// own matches only. A search still compares workspace and perspective of each row,
// since digests may collide.
func wordMark(workspace, perspective string) string {
	hash := sha256.New()
	_ = binary.Write(hash, binary.BigEndian, int64(len(workspace))) // a hash does not fail
	hash.Write([]byte(workspace + perspective))
	return hex.EncodeToString(hash.Sum(nil)[:6])
}

// beginningMark is before the mark of a beginning. No digest in hexadecimal has it.
const beginningMark = "p"

// indexEntries returns what is indexed of words: each of them, and the beginnings of
// up to maxBeginning characters of the longer ones.
func indexEntries(mark string, words []string) []string {
	entries := make([]string, 0, 2*len(words))
	beginnings := map[string]struct{}{}
	for _, word := range words {
		entries = append(entries, mark+word)
		n := 0
		for i := range word {
			if n > 0 {
				beginnings[word[:i]] = struct{}{}
			}
			if n++; n > maxBeginning {
				break
			}
		}
	}
	for beginning := range beginnings {
		entries = append(entries, beginningMark+mark+beginning)
	}
	return entries
}

// searchExpression returns the engine's full-text expression for rows that have all
// words; the last is a beginning. Words are letters and digits, so that they cannot
// be syntax.
func (e engine) searchExpression(mark string, words []string) string {
	quote, and, or, prefix := `"`, " AND ", " OR ", " *"
	if e.postgres() {
		quote, and, or, prefix = "'", " & ", " | ", ":*"
	}
	var s strings.Builder
	last := words[len(words)-1]
	for _, word := range words[:len(words)-1] {
		s.WriteString(quote + mark + word + quote + and)
	}
	word := quote + mark + last + quote
	if utf8.RuneCountInString(last) > maxBeginning {
		return s.String() + word + prefix
	}
	return s.String() + "(" + word + or + quote + beginningMark + mark + last + quote + ")"
}

// writeSearchJoin begins a branch for SQLite that reads the matches of an expression
// and looks each row up.
func (p *plan) writeSearchJoin(s *sqlText) {
	s.term(" FROM asset_search AS s CROSS JOIN asset_documents AS d CROSS JOIN asset_perspectives AS a"+
		p.engine.indexedBy("asset_perspectives_id")+" WHERE s.asset_search MATCH ? AND d.document = s.rowid AND a.id = d.id AND ", p.search)
}

// writeSearchCount counts the matches of an expression. It looks rows up only to filter
// them.
func (p *plan) writeSearchCount(s *sqlText) {
	unfiltered := len(p.conditions) == 2 // workspace and perspective
	s.WriteString("SELECT count(*)")
	switch {
	case p.engine.postgres():
		s.WriteString(" FROM (")
		p.writeMatches(s)
		s.WriteString(") AS d")
		if !unfiltered {
			p.writeLookup(s, "d.id")
			s.WriteString(" ON TRUE")
		}
	case unfiltered:
		s.term(" FROM asset_search AS s CROSS JOIN asset_documents AS a WHERE s.asset_search MATCH ? AND a.document = s.rowid", p.search)
		s.and(slices.Concat(p.conditions, p.ids.conditions())...)
	default:
		p.writeBranch(s, nil)
	}
}

// documentStatements returns the statements that replace the words of a row in the
// search index, or remove them if words is nil.
func (e engine) documentStatements(workspace, perspective, id string, words []string) []condition {
	where := []any{workspace, perspective, id}
	statement := func(sql string, args ...any) condition { return condition{sql: sql, args: args} }
	const row = " WHERE workspace = ? AND perspective = ? AND id = ?"
	entries := indexEntries(wordMark(workspace, perspective), words)
	switch {
	case e.postgres() && words == nil:
		return []condition{statement("DELETE FROM asset_search"+row, where...)}
	case e.postgres():
		return []condition{statement("INSERT INTO asset_search (workspace, perspective, id, words) VALUES (?, ?, ?, array_to_tsvector(?::text[]))"+
			" ON CONFLICT (workspace, perspective, id) DO UPDATE SET words = EXCLUDED.words", append(where, "{"+strings.Join(entries, ",")+"}")...)}
	case words == nil:
		return []condition{
			statement("DELETE FROM asset_search WHERE rowid IN (SELECT document FROM asset_documents"+row+")", where...),
			statement("DELETE FROM asset_documents"+row, where...),
		}
	}
	return []condition{
		statement("INSERT INTO asset_documents (workspace, perspective, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", where...),
		statement("INSERT OR REPLACE INTO asset_search (rowid, words) SELECT document, ? FROM asset_documents"+row,
			append([]any{strings.Join(entries, " ")}, where...)...),
	}
}
