package memory

import (
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// wordsOf answers what an asset of this row is searched by, as it shows one
// of the versions.
func (r *row) wordsOf(a *assets.Asset) []string {
	if a == nil {
		return nil
	}
	text := ""
	if i, ok := searchVersion(r.versions, a.Version); ok {
		text = r.versions[i].Words
	}
	return a.SearchWords(text)
}

// found reports whether sorted words have all that are wanted, the last as a
// beginning. Nil wants nothing; of no words nothing is found.
func found(words, wanted []string) bool {
	if wanted == nil {
		return true
	}
	if len(wanted) == 0 {
		return false
	}
	last := len(wanted) - 1
	for _, w := range wanted[:last] {
		if _, ok := slices.BinarySearch(words, w); !ok {
			return false
		}
	}
	i, _ := slices.BinarySearch(words, wanted[last])
	return i < len(words) && strings.HasPrefix(words[i], wanted[last])
}
