package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// maxLeftOut is the number of place-holders on a page. A text that needs more is shown
// as plain text.
const maxLeftOut = 1000

// maxLabel is the length in bytes of the alternative text in a place-holder.
const maxLabel = 400

// annotated is HTML for the sanitizer, which has a place-holder for everything that the
// sanitizer leaves out and that has a place in the text.
type annotated struct {
	markup      []byte
	left        leftOut
	title       string
	description string
}

// annotate reads HTML and writes the same for the sanitizer, with place-holders and
// with the direction of each block. It takes linear time. It returns errTooExpensive
// for more than maxLeftOut place-holders.
func annotate(ctx context.Context, markup []byte) (annotated, error) {
	a := annotator{z: html.NewTokenizer(bytes.NewReader(markup)), source: markup, attributes: attributes{}}
	a.out.Grow(len(markup) + len(markup)/4)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return annotated{}, ctx.Err()
		}
		kind := a.z.Next()
		if kind == html.ErrorToken {
			if err := a.z.Err(); !errors.Is(err, io.EOF) {
				return annotated{}, fmt.Errorf("HTML: %w", err)
			}
			break
		}
		raw := a.z.Raw()
		a.at += len(raw)
		a.token(kind, raw)
		if a.places > maxLeftOut {
			return annotated{}, errTooExpensive
		}
	}
	a.endSkipping()
	a.done.markup = a.out.Bytes()
	return a.done, nil
}

// annotator reads the tokens of a text.
type annotator struct {
	z      *html.Tokenizer
	source []byte
	at     int // bytes that were read
	out    bytes.Buffer
	done   annotated
	places int // place-holders

	tag        []byte // the start tag that is read
	attributes attributes
	skipped    *omission // the element whose content is left out, if any
	depth      int       // of elements of its name
	code       bool      // within it: a script or a style
	label      []byte    // for its place-holder
	labelled   bool      // by an attribute
	address    string    // in the place-holder, if there is no label
	lastEnds   map[string]int
	open       []container
	directions int // that were written
}

// token reads a token.
func (a *annotator) token(kind html.TokenType, raw []byte) {
	switch kind {
	case html.TextToken:
		if a.skipped == nil {
			a.out.Write(raw)
		} else if a.skipped.alternative && !a.labelled && !a.code && len(a.label) < maxLabel {
			a.label = append(a.label, html.UnescapeString(string(raw[:min(len(raw), maxLabel)]))...)
		}
	case html.CommentToken:
		a.done.left.count(leftComment)
	case html.StartTagToken, html.SelfClosingTagToken:
		a.tag = append(a.tag[:0], raw...) // reading attributes changes raw
		name, more := a.z.TagName()
		switch {
		case a.skipped == nil || a.leavesDrawing(string(name)):
			a.endSkipping()
			a.startTag(string(name), more, kind == html.SelfClosingTagToken)
		case string(name) != a.skipped.name:
			a.code = string(name) == "script" || string(name) == "style"
		case kind == html.StartTagToken:
			a.depth++
		}
	case html.EndTagToken:
		a.code = false
		name, _ := a.z.TagName()
		a.endTag(string(name), raw)
	}
}

func (a *annotator) startTag(name string, more, selfClosing bool) {
	clear(a.attributes)
	for more {
		var key, value []byte
		key, value, more = a.z.TagAttr()
		a.attributes.add(key, value)
	}
	if o := omissions[name]; o != nil {
		a.leaveOut(o, selfClosing)
		return
	}
	if a.isAboutText(name) || name == "left-out" { // only place-holders are
		return
	}
	if name == "a" && a.attributes["href"] != "" && !absolute(a.attributes["href"]) {
		a.done.left.count(leftLink)
	}
	if a.attributes["style"] != "" {
		a.done.left.count(leftStyle)
	}
	look := a.look()
	hidden := a.hides(name, look)
	if isBlock[name] || divisions[name] {
		a.block(name, look)
	} else {
		a.out.Write(a.tag)
	}
	if hidden {
		a.done.left.count(leftHidden)
		a.placeholder("hidden:", "")
	}
}

// isAboutText reports whether an element tells something about the text as a whole, and
// reads that.
func (a *annotator) isAboutText(name string) bool {
	switch name {
	case "html", "body":
		if a.attributes["style"] != "" {
			a.done.left.count(leftStyle)
		}
		if l := a.look(); a.attributes["dir"] != "" || l.background != "" {
			a.push(name, l)
			a.writeTag("div")
		}
	case "meta":
		a.meta()
	case "link":
		if strings.Contains(strings.ToLower(a.attributes["rel"]), "stylesheet") {
			a.done.left.count(leftStyle)
		}
	default:
		return false
	}
	return true
}

func (a *annotator) endTag(name string, raw []byte) {
	if a.skipped != nil {
		if name != a.skipped.name {
			return
		}
		if a.depth--; a.depth == 0 {
			a.endSkipping()
		}
		return
	}
	switch {
	case omissions[name] != nil, name == "left-out", name == "html", name == "body":
		return
	case divisions[name]:
		a.pop(name)
		a.out.WriteString("</div>")
		return
	}
	a.pop(name)
	a.out.Write(raw)
}

// leaveOut leaves out an element.
func (a *annotator) leaveOut(o *omission, selfClosing bool) {
	a.label = append(a.label[:0], a.attributes.label()...)
	a.address = a.attributes.address(o.kind)
	a.skipped, a.depth, a.labelled = o, 1, len(a.label) > 0
	if o.name == "input" {
		a.skipped = inputField(a.attributes["type"])
	}
	if o.void || selfClosing && !o.raw || !o.raw && !a.ends(o.name) {
		a.endSkipping()
	}
}

// ends reports whether an end tag of an element follows.
func (a *annotator) ends(name string) bool {
	if a.lastEnds == nil {
		a.lastEnds = map[string]int{}
	}
	last, known := a.lastEnds[name]
	if !known {
		last = lastEndTag(a.source, name)
		a.lastEnds[name] = last
	}
	return last >= a.at
}

// lastEndTag returns the position of the last end tag of an element in a text, or -1.
func lastEndTag(text []byte, name string) int {
	for end := len(text); ; {
		at := bytes.LastIndex(text[:end], []byte("</"))
		if at < 0 || len(text)-at-2 >= len(name) && bytes.EqualFold(text[at+2:at+2+len(name)], []byte(name)) {
			return at
		}
		end = at
	}
}

// leavesDrawing reports whether an element ends a drawing or formula that has no end
// tag, as it does in browsers.
func (a *annotator) leavesDrawing(name string) bool {
	return a.skipped.drawing && isBlock[name]
}

// endSkipping writes the place-holder of the element that was left out, if any.
func (a *annotator) endSkipping() {
	o := a.skipped
	if o == nil {
		return
	}
	a.skipped = nil
	label := strings.Join(strings.Fields(string(a.label)), " ")
	if label == "" {
		label = a.address
	}
	if o.name == "title" {
		a.done.title = label
	}
	if !o.silent {
		a.done.left.count(o.kind)
	}
	if o.what != "" {
		a.placeholder(o.what, label)
	}
}

// placeholder writes a place-holder.
func (a *annotator) placeholder(what, label string) {
	a.places++
	a.out.WriteString("<left-out>[" + what)
	if label != "" {
		if len(label) > maxLabel {
			label = strings.ToValidUTF8(label[:maxLabel], "") + "…"
		}
		a.out.WriteString(": " + html.EscapeString(label))
	}
	a.out.WriteString("]</left-out>")
}

// meta reads an element with data about the text.
func (a *annotator) meta() {
	switch {
	case strings.EqualFold(a.attributes["name"], "description") && utf8.ValidString(a.attributes["content"]):
		a.done.description = strings.Join(strings.Fields(a.attributes["content"]), " ")
	case strings.EqualFold(a.attributes["http-equiv"], "refresh"):
		a.done.left.count(leftRefresh)
	}
}
