package review

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/10ex/assets"
)

// olderField is the field of a form for the version that its page shows, if that is not
// the newest one.
const olderField = "older"

// place returns the fields of a form that lead back to its page: the filter, and the
// version if it is not the newest one.
func (s subject) place(f filter) []field {
	fields := f.hidden()
	if !s.Current {
		fields = append(fields, field{olderField, itoa(s.Version.Number)})
	}
	return fields
}

// link returns the address below the queue of the page that shows the version, with
// parameters.
func (s subject) link(f filter, pairs ...string) string {
	if !s.Current {
		pairs = append(pairs, "version", itoa(s.Version.Number))
	}
	return string(s.Asset.ID) + f.with(pairs...)
}

// assetAt returns the address below the queue of the page of an asset that has the form.
func assetAt(id assets.ID, form url.Values) string {
	older := form.Get(olderField)
	if n, err := strconv.Atoi(older); err != nil || n < 1 {
		older = ""
	}
	return string(id) + filterOf(form).with("version", older)
}

// triageAt returns the address below the queue of the page of triage that has the form.
// Without an id it is that of what comes next there.
func triageAt(id assets.ID, form url.Values) string {
	return triagePath + filterOf(form).with("cursor", form.Get("after"), "at", string(id), "done", form.Get("done"), "of", form.Get("of"))
}

// shownAt makes the response to a form the page at an address below the queue, to which its
// links lead: the address of the form has no page.
func (v *visit) shownAt(address string) {
	shown := *v.r.URL
	v.rel, shown.RawQuery, _ = strings.Cut(address, "?")
	v.r.URL = &shown
}

// formPage returns the address below the queue of the page that has the posted form, which
// must have been parsed. It leads nowhere else, whatever the form has.
func (v *visit) formPage() string {
	form := v.r.PostForm
	id, err := v.id()
	switch page := v.segment(0); {
	case page == "exports":
		return page + filterOf(form).with()
	case v.atItsPage():
		return page + "?" + v.r.URL.RawQuery
	case err != nil:
		return filterOf(form).with("cursor", form.Get("cursor"))
	case form.Get("triage") != "":
		return triageAt(id, form)
	}
	return assetAt(id, form)
}

// atItsPage reports whether a form was sent to the address of a page, whose query string has
// the filter and the place, rather than the form.
func (v *visit) atItsPage() bool {
	_, err := v.id()
	return v.segment(0) == triagePath || err == nil && v.segment(1) == "" && v.r.URL.RawQuery != ""
}

// cameFrom returns the address below the queue of the page where one was, and the filter
// and place that it was given. The form of another site is not read.
func (v *visit) cameFrom(id assets.ID, gone bool) (page string, given url.Values) {
	if v.taken {
		_ = v.r.ParseForm() // what can be read of it
		given = v.r.PostForm
		if v.atItsPage() { // an address never has what was typed
			given = v.r.URL.Query()
		}
		return v.formPage(), given
	}
	given = v.r.URL.Query()
	if gone {
		return string(id) + filterOf(given).with(), given // without the version, which may be what is gone
	}
	return string(id) + filterOf(given).with("version", given.Get("version")), given
}

// waysBack returns the links of the page of an error: back to the page where one was, and
// to the queue with its filter.
func (v *visit) waysBack(status int) (acts []act) {
	id, err := v.id()
	gone := status == http.StatusNotFound
	page, given := v.cameFrom(id, gone)
	add := func(text, to string) { acts = append(acts, act{v.lang.text(text), v.root + to}) }
	switch {
	case gone && v.segment(0) == triagePath && given.Get("at") != "":
		add("receipt.open", triagePath+filterOf(given).with("cursor", given.Get("cursor"), "done", given.Get("done"), "of", given.Get("of")))
	case gone && given.Get("triage") != "":
		add("receipt.open", triageAt("", given))
	case err == nil && (!gone || v.exists(id)):
		add("act.look", page)
	case !gone && strings.HasPrefix(page, "exports"):
		add("back", page)
	}
	queue := filterOf(given).with()
	if v.segment(0) == "several" {
		queue = page
	}
	add("act.queue", queue)
	return acts
}

// exists reports whether the person sees an asset.
func (v *visit) exists(id assets.ID) bool {
	_, err := v.lib.Version(v.r.Context(), v.by, id, assets.SelectCurrent)
	return err == nil
}
