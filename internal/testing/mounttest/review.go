package mounttest

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/httpx/review"
)

// ReviewPrefix is where the tests mount the page for reviews.
const ReviewPrefix = "/x/y/z/review"

// ServePage serves the page for reviews below [ReviewPrefix] and returns the address of
// the server. page returns the page for an address of its queue.
type ServePage func(page func(base string) http.Handler) (url string)

// TestReview uses the page for reviews as a browser without scripts does: it follows every
// link, decides, and reads the stream of events. Then it walks through it in Chromium.
func TestReview(t *testing.T, serve ServePage) {
	t.Helper()
	h := newHost(t, "/api/v1/assets", func(*assets.Library, httpx.Options) http.Handler { return nil })
	made := h.submit(t, "Spring is here.")
	server := serve(func(base string) http.Handler {
		return review.New(h.lib, review.Options{
			Base:  base,
			Actor: func(*http.Request) (assets.Actor, error) { return known()["ann"], nil },
		})
	})
	b := &browser{t: t, origin: server, client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	queue := server + ReviewPrefix + "/"
	if got := b.get(server + ReviewPrefix); got.status/100 != 3 || got.location != queue {
		t.Errorf("without the final slash: %d, to %s", got.status, got.location)
	}
	if n := b.walk(queue); n < 30 {
		t.Errorf("only %d links were followed", n)
	}

	page := queue + string(made.ID)
	form := b.form(page)
	if refused := b.post(page+"/decision", form, "http://evil.example"); refused.status != http.StatusForbidden {
		t.Errorf("from another site: %d", refused.status)
	}
	events := b.stream(queue + "events?asset=" + string(made.ID))
	decided := b.post(page+"/decision", form, server)
	if decided.status != http.StatusSeeOther || !strings.HasPrefix(decided.location, page+"/decided?") {
		t.Fatalf("a decision: %d, to %s: %s", decided.status, decided.location, decided.body)
	}
	if receipt := b.get(decided.location); receipt.status != http.StatusOK || !strings.Contains(receipt.body, "Version 1 is approved") {
		t.Errorf("the receipt: %d %s", receipt.status, receipt.body)
	}
	if event := events(); !strings.Contains(event, `"type":"asset.approved"`) {
		t.Errorf("the stream of events: %q", event)
	}
	h.add(t, made.ID, "Spring!")
	form = b.form(page)
	h.add(t, made.ID, "Spring, at last.")
	stale := b.post(page+"/decision", form, server) // as after the back button
	if stale.status != http.StatusConflict || !strings.Contains(stale.body, "Nothing was decided") || !strings.Contains(stale.body, "version 3 arrived") {
		t.Errorf("a form of before: %d %s", stale.status, stale.body)
	}
	t.Run("Chromium", func(t *testing.T) { h.walkInBrowser(t, queue, made.ID) })
}

// submit makes an asset of inline text that waits for review, with two others.
func (h host) submit(t *testing.T, text string) *assets.Asset {
	t.Helper()
	var made *assets.Asset
	for _, title := range []string{"Before", "Tagline", "After"} {
		written, err := h.lib.Create(t.Context(), known()["ann"], assets.NewAsset{
			Type: assets.TypeCopy, Title: title, NewVersion: assets.NewVersion{Text: text, Submit: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		if title == "Tagline" {
			made = written.Asset
		}
	}
	return made
}

func (h host) add(t *testing.T, id assets.ID, text string) {
	t.Helper()
	if _, err := h.lib.AddVersion(t.Context(), known()["ann"], id, assets.NewVersion{Text: text, Submit: true}); err != nil {
		t.Fatal(err)
	}
}

// browser is a browser without scripts, which follows no redirection by itself.
type browser struct {
	t      *testing.T
	origin string
	client *http.Client
}

// response is what the browser has got. location is absolute.
type response struct {
	status         int
	body, location string
}

func (b *browser) get(address string) response { return b.send(http.MethodGet, address, nil, "") }

func (b *browser) post(address string, form url.Values, origin string) response {
	return b.send(http.MethodPost, address, form, origin)
}

func (b *browser) send(method, address string, form url.Values, origin string) response {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	got := response{status: resp.StatusCode, body: string(body)}
	if to, err := resp.Location(); err == nil {
		got.location = to.String()
	}
	return got
}

var link = regexp.MustCompile(`\s(href|src|action)="([^"#]+)[^"]*"`)

// walk follows the links of every page from an address on, none twice, and returns how
// many there were. Each must lead to something below the queue.
func (b *browser) walk(queue string) int {
	b.t.Helper()
	type target struct {
		address string
		form    bool // is sent there, and the address may have no page
	}
	seen, waiting := map[target]bool{{queue, false}: true}, []target{{queue, false}}
	for len(waiting) > 0 && len(seen) < 300 {
		next := waiting[0]
		waiting = waiting[1:]
		at := next.address
		got := b.get(at)
		if got.status != http.StatusOK && (!next.form || got.status != http.StatusMethodNotAllowed) {
			b.t.Errorf("%s: %d", at, got.status)
		}
		from, err := url.Parse(at)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(got.body, -1) {
			to, err := from.Parse(strings.ReplaceAll(found[2], "&amp;", "&"))
			if err != nil {
				b.t.Fatal(err)
			}
			to.Fragment = ""
			found := target{to.String(), found[1] == "action"}
			if !strings.HasPrefix(found.address, queue) && !strings.Contains(to.Path, "/public/") { // a preview link is elsewhere
				b.t.Errorf("%s leads to %s", at, to)
			} else if !seen[found] && strings.HasPrefix(found.address, queue) {
				seen[found] = true
				waiting = append(waiting, found)
			}
		}
	}
	return len(seen)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// form returns the fields of the form for approving on a page.
func (b *browser) form(page string) url.Values {
	b.t.Helper()
	_, markup, found := strings.Cut(b.get(page).body, `id="approve">`)
	if !found {
		b.t.Fatalf("%s has no form", page)
	}
	markup, _, _ = strings.Cut(markup, "</form>")
	form := url.Values{}
	for _, f := range hidden.FindAllStringSubmatch(markup, -1) {
		form.Add(f[1], strings.ReplaceAll(f[2], "&amp;", "&"))
	}
	return form
}

// stream begins to read a stream of events, and returns a function that returns the data
// of the next one.
func (b *browser) stream(address string) (next func() string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	b.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = resp.Body.Close() })
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		b.t.Fatalf("the stream of events: %d %s", resp.StatusCode, kind)
	}
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() { // the first line is the place where it begins
		b.t.Fatal(lines.Err())
	}
	return func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return ""
	}
}
