package httpx

import (
	"fmt"
	"strings"
)

// leftKind is a kind of what a page leaves out.
type leftKind int

const (
	leftImage leftKind = iota
	leftVideo
	leftAudio
	leftPage
	leftObject
	leftFormula
	leftField
	leftScript
	leftNoScript
	leftRefresh
	leftComment
	leftDefinition
	leftLink
	leftHidden
	leftInvisible
	leftStyle
	leftKinds
)

// leftNames are the names of one and of several of a kind.
var leftNames = [leftKinds][2]string{
	leftImage: {"image", "images"}, leftVideo: {"video", "videos"}, leftAudio: {"audio clip", "audio clips"},
	leftPage: {"embedded page", "embedded pages"}, leftObject: {"embedded object", "embedded objects"},
	leftFormula: {"formula", "formulas"}, leftField: {"form field", "form fields"}, leftScript: {"script", "scripts"},
	leftNoScript: {"text for browsers without scripts", "texts for browsers without scripts"},
	leftRefresh:  {"redirection", "redirections"}, leftComment: {"comment", "comments"},
	leftDefinition: {"definition that no link uses", "definitions that no link uses"},
	leftLink:       {"link address", "link addresses"},
}

// leftOut counts what a page leaves out.
type leftOut [leftKinds]int

func (l *leftOut) count(k leftKind) { l[k]++ }

// notes returns what a page tells about that.
func (l *leftOut) notes() []string {
	var parts, notes []string
	for k, names := range &leftNames {
		switch n := l[k]; {
		case n == 0 || names[0] == "":
		case n == 1:
			parts = append(parts, "1 "+names[0])
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, names[1]))
		}
	}
	if len(parts) > 0 {
		notes = append(notes, "Left out: "+strings.Join(parts, ", ")+".")
	}
	if l[leftHidden] > 0 {
		notes = append(notes, "Text that its author hides is shown, marked as hidden.")
	}
	if l[leftStyle] > 0 {
		notes = append(notes, "Styles are not applied. Text that they hide is shown.")
	}
	if n := l[leftInvisible]; n > 0 {
		notes = append(notes, fmt.Sprintf("The text has characters that cannot be seen or that turn its order around: %d.", n))
	}
	return notes
}

// omission is an element that a page leaves out.
type omission struct {
	name        string
	what        string // in the place-holder; empty: it has none
	kind        leftKind
	silent      bool // is not counted, because something else tells about it
	void        bool // has no content
	raw         bool // its content is text for the tokenizer, up to its end tag
	alternative bool // its content is its alternative text
	drawing     bool // ends where a block begins
}

var omissions = omissionsByName(
	omission{name: "img", what: "image", kind: leftImage, void: true},
	omission{name: "svg", what: "drawing", kind: leftImage, alternative: true, drawing: true},
	omission{name: "canvas", what: "drawing", kind: leftImage, alternative: true},
	omission{name: "area", what: "area of an image", kind: leftImage, void: true},
	omission{name: "video", what: "video", kind: leftVideo, alternative: true},
	omission{name: "audio", what: "audio", kind: leftAudio, alternative: true},
	omission{name: "iframe", what: "embedded page", kind: leftPage, raw: true},
	omission{name: "frame", what: "embedded page", kind: leftPage, void: true},
	omission{name: "object", what: "embedded object", kind: leftObject, alternative: true},
	omission{name: "applet", what: "embedded object", kind: leftObject, alternative: true},
	omission{name: "embed", what: "embedded object", kind: leftObject, void: true},
	omission{name: "math", what: "formula", kind: leftFormula, alternative: true, drawing: true},
	omission{name: "input", what: "form field", kind: leftField, void: true},
	omission{name: "button", what: "button", kind: leftField, alternative: true},
	omission{name: "select", what: "choice", kind: leftField, alternative: true},
	omission{name: "datalist", what: "choice", kind: leftField, alternative: true},
	omission{name: "textarea", what: "text field", kind: leftField, raw: true, alternative: true},
	omission{name: "progress", what: "progress", kind: leftField, alternative: true},
	omission{name: "meter", what: "meter", kind: leftField, alternative: true},
	omission{name: "title", silent: true, raw: true, alternative: true},
	omission{name: "script", kind: leftScript, raw: true},
	omission{name: "style", kind: leftStyle, raw: true},
	omission{name: "noscript", kind: leftNoScript, raw: true},
	omission{name: "noembed", kind: leftNoScript, raw: true},
	omission{name: "noframes", kind: leftNoScript, raw: true},
	omission{name: "template", what: "template", kind: leftObject, alternative: true},
	omission{name: "source", silent: true, void: true},
	omission{name: "track", silent: true, void: true},
)

func omissionsByName(all ...omission) map[string]*omission {
	byName := make(map[string]*omission, len(all))
	for _, o := range all {
		byName[o.name] = &o
	}
	return byName
}

// inputField returns the omission of an element input of a type.
func inputField(kind string) *omission {
	what := "form field"
	switch kind = strings.ToLower(kind); kind {
	case "submit", "button", "reset", "image":
		what = "button"
	case "checkbox", "radio", "file", "hidden", "password":
		what = kind + " field"
	}
	return &omission{name: "input", what: what, kind: leftField, void: true}
}

// attributes are those of a start tag that decide what a page shows.
type attributes map[string]string

var shownAttributes = map[string]bool{
	"alt": true, "aria-label": true, "alttext": true, "title": true, "placeholder": true, "value": true, "src": true, "data": true,
	"style": true, "color": true, "bgcolor": true, "hidden": true, "open": true, "class": true, "id": true,
	"dir": true, "href": true, "rel": true, "name": true, "content": true, "http-equiv": true, "type": true,
}

// add adds an attribute. Of several with a name the first counts.
func (a attributes) add(key, value []byte) {
	if !shownAttributes[string(key)] {
		return
	}
	if _, found := a[string(key)]; !found {
		a[string(key)] = string(value)
	}
}

func (a attributes) has(key string) bool {
	_, found := a[key]
	return found
}

// label returns the alternative text of an element.
func (a attributes) label() string {
	for _, key := range []string{"alt", "aria-label", "alttext", "title", "placeholder", "value"} {
		if strings.TrimSpace(a[key]) != "" {
			return a[key]
		}
	}
	return ""
}

// address returns the address of what an element embeds, unless it is an image or in
// the address itself.
func (a attributes) address(k leftKind) string {
	for _, key := range []string{"src", "data"} {
		if k != leftImage && a[key] != "" && !strings.HasPrefix(a[key], "data:") {
			return a[key]
		}
	}
	return ""
}

// absolute reports whether the policy keeps an address.
func absolute(href string) bool {
	scheme, _, found := strings.Cut(strings.TrimSpace(href), ":")
	if !found {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		return true
	}
	return false
}
