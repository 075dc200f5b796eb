package review

import (
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Theme is what a host changes of the page's looks.
type Theme struct {
	// Name is the host's name, at the top of every page. The default is "Assets".
	Name string

	// Properties replace custom properties of the stylesheet, by name, such as
	// "--yes-fill": "light-dark(#146c3b, #56c888)". docs/review.md lists them.
	Properties map[string]string

	// Brand and Foot are templates (html/template) that replace what stands at the
	// left of the top bar, and that follow every page. Their data is a [Frame]. An
	// empty one is the default: a mark with the name, and nothing.
	Brand, Foot string
}

// Frame is the data of the blocks of a [Theme].
type Frame struct {
	Name     string // of the theme
	Home     string // the relative address of the queue
	Language string
	Subject  string // who is signed in, or nobody
}

var (
	property = regexp.MustCompile(`^--[a-z][a-z0-9-]*$`)
	setting  = regexp.MustCompile(`^[^;{}<>@\\]+$`)
)

// css returns the stylesheet of the properties. It panics if one is malformed.
func (t Theme) css() string {
	if len(t.Properties) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(":root {\n")
	for _, name := range slices.Sorted(maps.Keys(t.Properties)) {
		value := t.Properties[name]
		if !property.MatchString(name) || !setting.MatchString(value) || strings.Contains(strings.ToLower(value), "url(") {
			panic(fmt.Sprintf("review: Theme.Properties: %q: %q is not a custom property", name, value))
		}
		fmt.Fprintf(&b, "  %s: %s;\n", name, value)
	}
	b.WriteString("}\n")
	return b.String()
}

// blocks adds the blocks of the theme to the templates of the page.
func (t Theme) blocks(to *template.Template) {
	for name, text := range map[string]string{"brand": t.Brand, "foot": t.Foot} {
		if text != "" {
			template.Must(to.New(name).Parse(text))
		}
	}
}

func (t Theme) name() string {
	if t.Name == "" {
		return "Assets"
	}
	return t.Name
}
