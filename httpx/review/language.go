package review

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"strconv"
	"strings"
	"unicode"

	"github.com/10ex/assets"
)

//go:embed catalogs
var catalogs embed.FS

// Catalog has the texts of one language. A text may contain places, such as {version},
// and ** around what is emphasised. A text about a number n may have forms: its key is
// then followed by # and a category of CLDR, such as versions#one and versions#other. A
// text that a catalog lacks is shown in English.
type Catalog struct {
	Language    string            `json:"language"` // BCP 47, such as "de"
	RightToLeft bool              `json:"right_to_left,omitempty"`
	Texts       map[string]string `json:"texts"`

	// Plural returns the category of a number: zero, one, two, few, many or other. The
	// default knows Arabic; for other languages it returns one for 1, otherwise other.
	Plural func(n int) string `json:"-"`
}

// language is a catalog with the templates that show it.
type language struct {
	Catalog
	english map[string]string // what the catalog lacks
	pages   *template.Template
}

// builtIn returns the catalogs of this package, English first.
func builtIn() []Catalog {
	var all []Catalog
	for _, name := range []string{"en", "de", "ar"} {
		text, err := catalogs.ReadFile("catalogs/" + name + ".json")
		if err != nil {
			panic(err) // it is embedded
		}
		var c Catalog
		if err := json.Unmarshal(text, &c); err != nil {
			panic(fmt.Sprintf("review: %s.json: %v", name, err)) // a test reads it
		}
		all = append(all, c)
	}
	return all
}

// newLanguages returns the built-in languages, with the texts that more replaces, and
// those that more adds. The first one is English.
func newLanguages(more []Catalog, theme Theme) []*language {
	all := builtIn()
	for _, c := range more {
		if c.Language == "" {
			panic("review: a catalog has no language")
		}
		found := false
		for i := range all {
			if strings.EqualFold(all[i].Language, c.Language) {
				maps.Copy(all[i].Texts, c.Texts)
				found = true
			}
		}
		if !found {
			all = append(all, c)
		}
	}
	parsed := parseTemplates(theme)
	languages := make([]*language, len(all))
	for i, c := range all {
		l := &language{Catalog: c, english: all[0].Texts}
		l.pages = template.Must(parsed.Clone()).Funcs(l.functions())
		languages[i] = l
	}
	return languages
}

// language returns the language that an Accept-Language header (RFC 9110 §12.5.4)
// prefers, or English.
func (h *handler) language(accepted string) *language {
	best, quality := h.languages[0], 0.0
	for part := range strings.SplitSeq(accepted, ",") {
		tag, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if value, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(value, 64); err != nil {
				continue
			}
		}
		if l := h.spoken(strings.TrimSpace(tag)); l != nil && q > quality {
			best, quality = l, q
		}
	}
	return best
}

// spoken returns the language of a tag, or of its first part.
func (h *handler) spoken(tag string) *language {
	primary, _, _ := strings.Cut(tag, "-")
	for _, wanted := range []string{tag, primary} {
		for _, l := range h.languages {
			if strings.EqualFold(l.Language, wanted) {
				return l
			}
		}
	}
	return nil
}

func (l *language) direction() string {
	if l.RightToLeft {
		return "rtl"
	}
	return "ltr"
}

// text returns a text with its places filled. The arguments are names and values in
// turn. The one named n chooses the form.
func (l *language) text(key string, args ...any) template.HTML {
	values := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		values[name] = args[i+1]
	}
	return fill(l.lookUp(key, values["n"]), values)
}

// lookUp returns the text of a key, in the form for n.
func (l *language) lookUp(key string, n any) string {
	keys := []string{key}
	if count, ok := countOf(n); ok {
		keys = []string{key + "#" + l.category(count), key + "#other", key}
	}
	for _, texts := range []map[string]string{l.Texts, l.english} {
		for _, k := range keys {
			if text, ok := texts[k]; ok {
				return text
			}
		}
	}
	return key
}

func countOf(n any) (int, bool) {
	switch n := n.(type) {
	case int:
		return n, true
	case int64:
		return int(n), true
	case assets.Number:
		return int(n), true
	}
	return 0, false
}

// category returns the plural category of a number.
func (l *language) category(n int) string {
	switch {
	case l.Plural != nil:
		return l.Plural(n)
	case l.Language == "ar":
		return arabic(n)
	case n == 1:
		return "one"
	}
	return "other"
}

func arabic(n int) string {
	switch hundredth := n % 100; {
	case n == 0:
		return "zero"
	case n == 1:
		return "one"
	case n == 2:
		return "two"
	case hundredth >= 3 && hundredth <= 10:
		return "few"
	case hundredth >= 11:
		return "many"
	}
	return "other"
}

// fill escapes a text of a catalog, and fills its places. Values that are HTML stay as
// they are. Any other one is isolated, so that its direction does not change the text
// around it.
func fill(text string, values map[string]any) template.HTML {
	var b strings.Builder
	bold := false
	for text != "" {
		i := strings.IndexAny(text, "{*")
		if i < 0 {
			break
		}
		b.WriteString(template.HTMLEscapeString(text[:i]))
		text = text[i:]
		if rest, ok := strings.CutPrefix(text, "**"); ok {
			text = rest
			if bold = !bold; bold {
				b.WriteString("<strong>")
			} else {
				b.WriteString("</strong>")
			}
			continue
		}
		name, rest, ok := strings.Cut(text[1:], "}")
		value, known := values[name]
		if text[0] == '{' && ok && known {
			b.WriteString(place(value))
			text = rest
			continue
		}
		b.WriteString(template.HTMLEscapeString(text[:1]))
		text = text[1:]
	}
	b.WriteString(template.HTMLEscapeString(text))
	if bold {
		b.WriteString("</strong>")
	}
	return template.HTML(b.String()) //nolint:gosec // the texts and values are escaped
}

func place(value any) string {
	switch v := value.(type) {
	case template.HTML:
		return string(v)
	case string:
		return "<bdi>" + string(visible(v)) + "</bdi>"
	}
	return template.HTMLEscapeString(fmt.Sprint(value))
}

// plain returns a text with its places filled as text, for scripts and for the title of
// the document, which have no elements.
func (l *language) plain(key string, args ...any) string {
	var values []string
	var n any
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		value := fmt.Sprint(args[i+1])
		if text, ok := args[i+1].(string); ok && (l.RightToLeft || strings.ContainsFunc(text, isRightToLeft)) {
			value = "\u2068" + value + "\u2069" // isolated (UAX #9), as bdi does
		}
		values = append(values, "{"+name+"}", value)
		if name == "n" {
			n = args[i+1]
		}
	}
	return strings.NewReplacer(append(values, "**", "")...).Replace(l.lookUp(key, n))
}

// isRightToLeft reports whether a character is of a script that is written from right to
// left.
func isRightToLeft(c rune) bool {
	return unicode.In(c, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam)
}
