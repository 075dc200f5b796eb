package review

import (
	"fmt"
	"html/template"
	"strings"
	"unicode/utf8"

	"github.com/10ex/assets"
)

// problems describes the field errors of an error, in order.
func (l *language) problems(err error) (all []template.HTML) {
	for _, e := range assets.FieldErrors(err) {
		all = append(all, l.problem(e))
	}
	return all
}

// problem says what is wrong with a field. The keys of its texts are field. with the name,
// and problem. with the name and the type, or with the type alone.
func (l *language) problem(e *assets.FieldError) template.HTML {
	name := fieldName(e)
	key := "problem." + name + "." + e.Type
	if !l.has(key) {
		key = "problem." + e.Type
	}
	switch {
	case name == "":
		return l.text(key)
	case l.has("field." + name):
		return l.text("problem", "field", l.text("field."+name), "problem", l.text(key))
	}
	return l.text("problem", "field", name, "problem", l.text(key))
}

// fieldName returns the name of the field that an error is about, or "" if it is about the
// input as a whole. Of a tag there are two fields.
func fieldName(e *assets.FieldError) string {
	switch {
	case len(e.Loc) == 0:
		return ""
	case len(e.Loc) == 3 && e.Loc[0] == "tags":
		return "value"
	}
	return fmt.Sprint(e.Loc[0])
}

// wrongComment says what is wrong with the comment of a form, for people who can mend it there.
// It returns "" if something else is wrong too. The keys of its texts begin with kind.
func (l *language) wrongComment(err error, kind, comment string) (wrong template.HTML) {
	for _, e := range assets.FieldErrors(err) {
		switch {
		case len(e.Loc) != 1 || e.Loc[0] != "comment":
			return ""
		case e.Type == assets.TypeTooLong:
			wrong = l.text(kind+".long", "count", utf8.RuneCountInString(comment))
		case e.Type == assets.TypeMissing:
			wrong = l.text(kind + ".missing")
		default:
			wrong = l.problem(e)
		}
	}
	return wrong
}

// has reports whether there is a text with a key.
func (l *language) has(key string) bool { return l.english[key] != "" }

// typedField is a field into which somebody has typed something that was not recorded.
type typedField struct {
	Name  string
	Label template.HTML
	Text  string
}

// typedFields returns the fields of the posted form, which must have been parsed, with what
// was typed.
func (v *visit) typedFields() (all []typedField) {
	form := v.r.PostForm
	names := []string{"comment"}
	switch {
	case v.segment(1) == "tags" && form.Get("do") == "add":
		names = []string{"key", "value"}
	case v.segment(1) == "links":
		names = []string{"name"}
	}
	for _, name := range names {
		text := form.Get(name)
		if strings.TrimSpace(text) == "" {
			continue
		}
		label := v.lang.text("error.kept")
		if name != "comment" {
			label = v.lang.text("error.kept.field", "field", v.lang.text("field."+name))
		}
		all = append(all, typedField{name, label, text})
	}
	if reasons := v.reasonWords(form["reason"]); len(reasons) > 0 {
		label := v.lang.text("error.kept.field", "field", v.lang.text("field.reason"))
		all = append(all, typedField{"reason", label, strings.Join(reasons, ", ")})
	}
	return all
}
