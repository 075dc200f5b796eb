package review

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

//go:embed templates
var templates embed.FS

// frame is what every page has. The data of a page embeds it.
type frame struct {
	Frame
	Direction   string
	Root        string
	Title       string // of the document
	Section     string // of the navigation: waiting, all, exports
	Environment string
	Style       string
	ThemeStyle  string // empty if there is none
	Script      string
	Icon        string
	By          assets.Actor
	SignOut     string
	Search      string
	Waiting     *int64 // nil if they were not counted
	Recorded    string // the key of a comment that is recorded, so that the browser need not keep it
	Live        string // the address below the queue that tells of news, if any
	Prefetch    string // what the next page will show, below the queue, if anything
}

// frame returns the frame of a page.
func (v *visit) frame(title string) frame {
	f := frame{
		Frame:     Frame{Name: v.opts.Theme.name(), Home: v.root, Language: v.lang.Language, Subject: v.by.Subject},
		Direction: v.lang.direction(), Root: v.root, Title: title, Environment: v.opts.Environment,
		Style: v.root + v.files.names["review.css"], Script: v.root + v.files.names["review.js"], Icon: v.root + v.files.names["icon.svg"],
		By: v.by, SignOut: v.address(v.opts.SignOutURL),
	}
	if name, ok := v.files.names["theme.css"]; ok {
		f.ThemeStyle = v.root + name
	}
	return f
}

// render sends a page: the template of that name with its data.
func (v *visit) render(status int, name string, data any) error {
	var b bytes.Buffer
	if err := v.lang.pages.ExecuteTemplate(&b, name, data); err != nil {
		return fmt.Errorf("review: page %s: %w", name, err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(b.Bytes()) // fails only if the client has disconnected
	}
	return nil
}

// maxSmallPage is the size of what a page needs no reservation for.
const maxSmallPage = 256 << 10

// reserve reserves memory for the response until it is sent. While others wait for it, a
// client that takes long is cut. It returns the errors of [assets.Library.Receive].
func (v *visit) reserve(bytes int64) error {
	if bytes <= maxSmallPage {
		return nil
	}
	cut := rest.Cut(v.w)
	var mu sync.Mutex
	sent := cut == nil
	release, err := v.lib.Receive(v.r.Context(), bytes, func() {
		mu.Lock()
		defer mu.Unlock()
		if !sent { // else the connection has another response
			cut()
		}
	})
	if err != nil {
		return err
	}
	v.reserved = append(v.reserved, func() {
		mu.Lock()
		sent = true
		mu.Unlock()
		release()
	})
	return nil
}

// giveBack gives back what reserve has reserved.
func (v *visit) giveBack() {
	for _, sent := range v.reserved {
		sent()
	}
}

// parseTemplates parses the templates of all pages, with the blocks of the theme.
// Functions that depend on the language are replaced in a clone.
func parseTemplates(theme Theme) *template.Template {
	none := &language{}
	t := template.Must(template.New("").Funcs(none.functions()).ParseFS(templates, "templates/*.html"))
	theme.blocks(t)
	return t
}

// functions are what templates call.
func (l *language) functions() template.FuncMap {
	return template.FuncMap{
		"t": l.text, "icon": icon, "mark": l.mark, "bigmark": l.bigMark, "moment": l.moment, "exact": l.exactMoment,
		"age": l.age, "size": l.size, "status": l.status, "kind": l.kind, "quorum": l.quorum,
		"digest": digest, "sha": l.sha, "initial": initial, "join": l.join, "visible": visible,
	}
}

// mark returns the mark of a version: "on" the screen, what publishers get ("out"), or
// another one ("").
func (l *language) mark(n assets.Number, kind string) template.HTML {
	return ver(kind, "", `<span><span aria-hidden="true">v</span><span class="vh">`+string(l.text("version.word"))+` </span>`+strconv.Itoa(int(n))+"</span>")
}

func (l *language) bigMark(n assets.Number, kind string) template.HTML {
	return ver(kind, " big", "<span>"+string(l.text("version.number", "version", n))+"</span>")
}

func ver(kind, size, inner string) template.HTML {
	sign := map[string]template.HTML{"on": icon("eye"), "out": icon("check")}[kind]
	return template.HTML(`<span class="ver ` + kind + size + `">` + string(sign) + inner + "</span>") //nolint:gosec // made of constants
}

// moment returns a time to the minute. Scripts show it in the reader's zone.
func (l *language) moment(t assets.Time) template.HTML { return l.stamp(t, "moment", "") }

// exactMoment returns a time to the second.
func (l *language) exactMoment(t assets.Time) template.HTML {
	return l.stamp(t, "moment.exact", "exact")
}

func (l *language) stamp(t assets.Time, key, precision string) template.HTML {
	if t == 0 {
		return ""
	}
	at := t.Time()
	shown := l.text(key, "day", at.Day(), "month", l.text("month."+strconv.Itoa(int(at.Month()))), "year", at.Year(),
		"time", template.HTML(at.Format("15:04")), "seconds", template.HTML(at.Format("15:04:05"))) //nolint:gosec // digits
	return template.HTML(`<time datetime="` + t.String() + `" data-show="` + precision + `">` + string(shown) + "</time>") //nolint:gosec // made here
}

// age returns how long ago t was, in the largest unit.
func (l *language) age(t assets.Time, now assets.Time) template.HTML {
	if t == 0 {
		return ""
	}
	d := max(0, now.Time().Sub(t.Time()))
	key, n := "age.minutes", int(d/time.Minute)
	switch {
	case d >= 48*time.Hour:
		key, n = "age.days", int(d/(24*time.Hour))
	case d >= time.Hour:
		key, n = "age.hours", int(d/time.Hour)
	}
	return template.HTML(`<time datetime="`+t.String()+`">`) + l.text(key, "n", n) + "</time>" //nolint:gosec // made here
}

// size returns a size in bytes.
func (l *language) size(n int64) template.HTML {
	switch {
	case n < 1000:
		return l.text("size.bytes", "n", n)
	case n < 1_000_000:
		return l.text("size.kilobytes", "size", strconv.FormatInt((n+500)/1000, 10))
	case n < 1_000_000_000:
		return l.text("size.megabytes", "size", strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64))
	}
	return l.text("size.gigabytes", "size", strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64))
}

// status returns a status with its sign.
func (l *language) status(s assets.Status) template.HTML {
	signs := map[assets.Status][2]string{
		assets.StatusDraft: {"", "dashed"}, assets.StatusPendingReview: {"wait", "clock"},
		assets.StatusApproved: {"yes", "approved"}, assets.StatusArchived: {"", "box"},
	}
	sign := signs[s]
	return template.HTML(`<span class="st `+sign[0]+`">`) + icon(sign[1]) + l.text("status."+string(s)) + "</span>" //nolint:gosec // made of constants
}

// kind returns an asset type with its sign.
func (l *language) kind(t assets.Type) template.HTML {
	return `<span class="kind">` + icon(string(t)) + l.text("type."+string(t)) + "</span>"
}

// maxDots is the number of dots beside the words about a quorum.
const maxDots = 5

// quorum returns how many of the needed approvals there are.
func (l *language) quorum(given, needed int) template.HTML {
	dots := template.HTML("")
	if needed <= maxDots {
		dots = `<span class="dots" aria-hidden="true">`
		for i := range needed {
			if i < given {
				dots += `<i class="full"></i>`
			} else {
				dots += `<i></i>`
			}
		}
		dots += "</span>"
	}
	return `<span class="quorum">` + dots + l.text("quorum", "given", given, "n", needed) + "</span>"
}

// digest returns the first digits of a SHA-256.
func digest(sha256 string) string {
	if len(sha256) < 8 {
		return sha256
	}
	return sha256[:4] + " " + sha256[4:8]
}

func (l *language) sha(sha256 string) template.HTML {
	return `<span class="sha"><span class="vh">` + l.text("digest.begins") + ` </span>` + template.HTML(template.HTMLEscapeString(digest(sha256))) + `</span>` //nolint:gosec // escaped
}

// initial returns the first letter of a name.
func initial(name string) string {
	c, _ := utf8.DecodeRuneInString(name)
	if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
		return "·"
	}
	return string(unicode.ToUpper(c))
}

// join returns names as an enumeration.
func (l *language) join(names []string) template.HTML {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return l.text("list.one", "a", names[0])
	case 2:
		return l.text("list.two", "a", names[0], "b", names[1])
	default:
		return l.text("list.many", "a", names[0], "b", names[1], "n", n-2)
	}
}
