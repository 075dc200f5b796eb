package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// maxBeginning is the length in characters of the longest beginnings of words that are
// indexed. Many words have the same short beginning: a search for it would read each
// of them. Longer beginnings would double the index of an ordinary text.
const maxBeginning = 2

// wordMark returns a digest of a workspace, which is before each indexed word. A search
// then reads no index entries of others, and its cost depends on its own matches only. A
// search still compares the workspace of each row, since digests may collide.
func wordMark(workspace string) string {
	digest := sha256.Sum256([]byte(workspace))
	return hex.EncodeToString(digest[:6])
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

// The index has the texts of the versions that the two perspectives show, each version
// once. A match counts in a perspective only if the asset's row there shows that version.
const showsMatch = "a.version = d.version"

// writeSearchJoin begins a branch for SQLite that reads the matches of an expression
// and looks each row up.
func (p *plan) writeSearchJoin(s *sqlText) {
	s.term(" FROM asset_words AS s CROSS JOIN asset_indexed AS d CROSS JOIN asset_perspectives AS a"+
		p.engine.indexedBy("asset_perspectives_id")+" WHERE s.asset_words MATCH ? AND d.document = s.rowid AND a.id = d.id AND "+showsMatch+" AND ", p.search)
}
