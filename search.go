package assets

import (
	"slices"
	"unicode/utf8"

	"github.com/10ex/assets/internal/searchwords"
)

// SearchWords answers what a list's search finds an asset by: the distinct
// words of its title, of its tags' keys and values, and of text, sorted. text
// is [Version].Words of the version that a shows, in the perspective at hand.
//
// A word is a run of letters and digits after compatibility decomposition
// (NFKD), case folding and dropping marks, cut after 64 characters.
func (a *Asset) SearchWords(text string) []string {
	words := append(searchwords.Words(a.Title), searchwords.Words(text)...)
	for key, values := range a.Tags {
		words = append(words, searchwords.Words(key)...)
		for _, value := range values {
			words = append(words, searchwords.Words(value)...)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// searched answers the words that a query's text asks for, distinct and
// sorted but for the last, which is the beginning of one; nil for no text.
func searched(text string) []string {
	if text == "" {
		return nil
	}
	words := searchwords.Words(text)
	if len(words) == 0 {
		return []string{}
	}
	last := words[len(words)-1]
	words = slices.DeleteFunc(words[:len(words)-1], func(w string) bool { return w == last })
	slices.Sort(words)
	return append(slices.Compact(words), last)
}

func (p *problems) search(text string) {
	if p.encoded(text, "q") && utf8.RuneCountInString(text) > MaxSearch {
		p.add(TypeTooLong, "must be at most 200 characters", "q")
	}
}
