package review

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/10ex/assets/httpx"
)

// errorPage is the data of a page that says that something did not work: what happened,
// what it means for a decision, and what to do.
type errorPage struct {
	frame
	Head, Text, More template.HTML
	Acts             []act
	Problems         []template.HTML // with fields
	Kept             []typedField    // what was typed and not recorded
	Again            *again          // nil: there is no form to which it can be brought back
	SignIn           string          // leads there, and back to the page with the words that the browser keeps
	Status           int
	Code             string
}

// act is a link to what can be done next, below the queue.
type act struct {
	Text template.HTML
	Link string
}

// again is a form that leads back to a page, and fills in what was typed there.
type again struct {
	Text   template.HTML
	Page   string // the address below the queue
	Fields []field
}

// fail sends the page for an error.
func (v *visit) fail(err error) {
	v.failure = err
	status, code := httpx.Status(err)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, errCrossOrigin):
		status, code = http.StatusForbidden, "forbidden_origin"
	case errors.Is(err, errMethod):
		status, code = http.StatusMethodNotAllowed, "method_not_allowed"
	case errors.As(err, &tooLarge):
		status, code = http.StatusRequestEntityTooLarge, "payload_too_large"
	case errors.Is(err, errForm):
		status, code = http.StatusBadRequest, "bad_request"
	}
	if status >= http.StatusInternalServerError && v.r.Context().Err() == nil {
		v.opts.Logger.ErrorContext(v.r.Context(), "review: a request failed", "method", v.r.Method, "path", LogPath(v.rel), "error", err)
	}
	if v.wantsJSON() {
		v.failJSON(status, code)
		return
	}
	if status == http.StatusUnauthorized && isRead(v.r) && v.opts.SignInURL != "" {
		v.w.Header().Set("Location", v.signIn())
		v.w.Header().Set("Cache-Control", "no-store")
		v.w.WriteHeader(http.StatusSeeOther)
		return
	}
	if v.render(status, "error", v.errorPage(err, status, code)) == nil {
		return
	}
	v.w.WriteHeader(status)
}

// wantsJSON reports whether a script, rather than a person, sent the request.
func (v *visit) wantsJSON() bool { return v.rel == "events" }

func (v *visit) failJSON(status int, code string) {
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(status)
	_ = json.NewEncoder(v.w).Encode(map[string]string{"code": code}) // fails only if the client has disconnected
}

// errorPage describes an error. The keys of its texts end with the code.
func (v *visit) errorPage(err error, status int, code string) *errorPage {
	l := v.lang
	p := &errorPage{frame: v.frame(l.plain("error.title")), Status: status, Code: code}
	key := "error." + code
	if of := v.limited(); code == "limit_reached" && of != "" {
		key += "." + of
	}
	if !l.has(key) {
		key = "error.other"
	}
	p.Head, p.Text, p.Problems = l.text(key), l.text(key+".text"), l.problems(err)
	if l.has(key + ".more") {
		p.More = l.text(key+".more", "name", v.by.Subject, "detail", v.reason(err))
	}
	if v.taken {
		_ = v.r.ParseForm() // what can be read of it
		p.Kept = v.typedFields()
	}
	if !v.public {
		v.addActs(p, status)
	}
	return p
}

// addActs adds what can be done next.
func (v *visit) addActs(p *errorPage, status int) {
	l := v.lang
	if len(p.Kept) > 0 && status != http.StatusNotFound {
		p.Again = v.again()
	}
	switch signIn := status == http.StatusUnauthorized && v.opts.SignInURL != ""; {
	case signIn && p.Again != nil: // without a script this page stays, as it has the words
		p.SignIn = v.signIn()
	case signIn:
		p.Acts = []act{{l.text("act.sign_in"), v.signIn()}}
	default:
		p.Acts = v.waysBack(status)
	}
	if p.Again != nil && len(p.Acts) > 1 {
		p.Again.Text = l.text("act.look")
		p.Acts = slices.DeleteFunc(p.Acts, func(a act) bool { return a.Link == v.root+p.Again.Page })
	}
}

// again returns the form that leads back to the page with the form of a decision; nil if the
// posted form, which must have been parsed, is another one. No address has what was typed.
func (v *visit) again() *again {
	_, err := v.id()
	decides := err == nil && (v.segment(1) == "decision" || v.segment(1) == "")
	if !decides && v.segment(0) != triagePath {
		return nil
	}
	a := &again{Text: v.lang.text("act.again"), Page: v.formPage(), Fields: []field{{"comment", v.r.PostForm.Get("comment")}}}
	for _, reason := range v.r.PostForm["reason"] {
		a.Fields = append(a.Fields, field{"reason", reason})
	}
	return a
}

// limited returns what the form makes of which there are only so many, or "".
func (v *visit) limited() string {
	for _, name := range []string{v.segment(0), v.segment(1)} {
		if name == "exports" || name == "links" {
			return name
		}
	}
	return ""
}

// address returns a configured address as a page can use it.
func (v *visit) address(configured string) string {
	if configured == "" || strings.HasPrefix(configured, "/") {
		return configured
	}
	if u, err := url.Parse(configured); err == nil && u.Scheme != "" {
		return configured
	}
	return v.root + configured
}

// signIn returns the address for signing in, from where one comes back to the page. A
// form comes back to the page that it was on.
func (v *visit) signIn() string {
	next := v.rel
	if v.taken {
		_ = v.r.ParseForm() // what can be read of it
		next = v.formPage()
	} else if v.r.URL.RawQuery != "" {
		next += "?" + v.r.URL.RawQuery
	}
	to, separator := v.address(v.opts.SignInURL), "?"
	if strings.Contains(to, "?") {
		separator = "&"
	}
	return to + separator + "next=" + url.QueryEscape(next)
}
