package httpx

import (
	"slices"

	"golang.org/x/net/html"
)

// maxDirections is the number of blocks that get an attribute dir. The style sheet
// lays out those behind them by their own direction too, but for the side of markers
// and borders.
const maxDirections = 4096

// isBlock are the elements of the policy that are laid out in a direction.
var isBlock = map[string]bool{
	"p": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "pre": true, "div": true, "section": true, "aside": true,
	"figure": true, "figcaption": true, "details": true, "summary": true, "ul": true, "ol": true, "dl": true, "table": true, "blockquote": true,
}

// divisions are the elements that become div, because the policy does not have them or
// the page has its own.
var divisions = map[string]bool{
	"article": true, "header": true, "footer": true, "main": true, "nav": true, "form": true, "fieldset": true, "legend": true, "address": true,
	"center": true, "dialog": true, "hgroup": true, "search": true, "menu": true,
}

// mustEnd are the blocks whose end tags cannot be left out.
var mustEnd = map[string]bool{
	"div": true, "section": true, "aside": true, "figure": true, "details": true,
	"ul": true, "ol": true, "dl": true, "table": true, "blockquote": true,
}

// directs are the blocks that give their direction to everything within them, so that
// the markers of a list, the columns of a table and the text in it fit together.
var directs = map[string]bool{"ul": true, "ol": true, "dl": true, "table": true, "blockquote": true}

// container is a block that is open.
type container struct {
	name       string
	directs    bool
	background string // as of look
}

func (a *annotator) push(name string, l look) {
	a.open = append(a.open, container{name, directs[name] || a.attributes["dir"] != "", l.background})
}

// pop removes the last container of a name and those within it.
func (a *annotator) pop(name string) {
	for i, c := range slices.Backward(a.open) {
		if c.name == name {
			a.open = a.open[:i]
			return
		}
	}
}

// directed reports whether a container that is open gives its direction to all within.
func (a *annotator) directed() bool {
	for _, c := range a.open {
		if c.directs {
			return true
		}
	}
	return false
}

// block writes the start tag of a block, with its direction.
func (a *annotator) block(name string, l look) {
	auto := a.attributes["dir"] == "" && !a.directed() && a.directions < maxDirections
	if mustEnd[name] || divisions[name] {
		a.push(name, l)
	}
	switch {
	case divisions[name]:
		if auto {
			a.attributes["dir"] = "auto"
			a.directions++
		}
		a.writeTag("div")
	case auto:
		a.directions++
		a.out.Write(a.tag[:1+len(name)])
		a.out.WriteString(` dir="auto"`)
		a.out.Write(a.tag[1+len(name):])
	default:
		a.out.Write(a.tag)
	}
}

// writeTag writes the start tag of an element instead of the one that is read.
func (a *annotator) writeTag(name string) {
	a.out.WriteString("<" + name)
	if a.attributes["dir"] != "" {
		a.out.WriteString(` dir="` + html.EscapeString(a.attributes["dir"]) + `"`)
	}
	a.out.WriteString(">")
}
