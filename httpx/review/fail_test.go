package review_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

// failingStore cannot be reached.
type failingStore struct {
	assets.Store
	err error
}

func (f failingStore) View(context.Context, func(assets.Snapshot) error) error { return f.err }

func (f failingStore) Update(context.Context, func(assets.Tx) error) error { return f.err }

// TestUnknownOutcome: when the store cannot be reached, it is not known whether a
// decision was recorded. The page says so and keeps the words; the log has the reason,
// and the page has not.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err    error
		status int
		shows  string
	}{
		"away":   {assets.Errorf(assets.ErrUnavailable, "secret host is away"), 503, "It is not known whether it was recorded"},
		"broken": {errors.New("secret fault"), 500, "Something went wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			s := newSite(t, func(c *assets.Config, o *review.Options) {
				c.Store = failingStore{c.Store, tt.err}
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			id := "019aa0a4-0000-7000-8000-000000000000"
			form := decisionForm(assets.ActionApprove, &assets.Asset{Version: 1, Content: assets.Content{SHA256: strings.Repeat("a", 64)}}, "comment", "Well done.", "after", "x")
			p := s.send("ana", id+"/decision", form)
			if p.Code != tt.status || strings.Contains(p.body, "secret") || !strings.Contains(log.String(), "secret") {
				t.Errorf("%d, log %s", p.Code, log.String())
			}
			s.shows(p, tt.shows, "Well done.", "Look at the asset")
		})
	}
}

// TestErrorLinesNameTheRequest: a line of the log about a page that failed has the id of
// the request, the workspace and the asset.
func TestErrorLinesNameTheRequest(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := newSite(t, func(c *assets.Config, o *review.Options) {
		c.Store = failingStore{c.Store, assets.Errorf(assets.ErrUnavailable, "away")}
		o.Logger = slog.New(slog.NewJSONHandler(&log, nil))
	})
	const id = "019aa0a4-0000-7000-8000-000000000000"
	for path, asset := range map[string]any{id: id, id + "/link": id, "": nil} {
		log.Reset()
		s.send("ana", path, nil, "X-Request-Id", "request-1")
		var line map[string]any
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("%q: %v: %s", path, err, &log)
		}
		for name, want := range map[string]any{"request_id": "request-1", "workspace": actors["ana"].Workspace, "asset": asset} {
			if line[name] != want {
				t.Errorf("%q: %s is %v, want %v", path, name, line[name], want)
			}
		}
	}
}

// TestActorFails: an error of the host's sign-in that is no refusal is not taken for one.
func TestActorFails(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(_ *assets.Config, o *review.Options) {
		o.Actor = func(*http.Request) (assets.Actor, error) { return assets.Actor{}, assets.ErrUnavailable }
	})
	if p := s.send("ana", "", nil); p.Code != 503 {
		t.Errorf("%d", p.Code)
	}
	s = newSite(t, func(_ *assets.Config, o *review.Options) {
		o.Actor = func(*http.Request) (assets.Actor, error) { return assets.Actor{}, nil }
	})
	if p := s.send("ana", "", nil); p.Code != 303 {
		t.Errorf("an incomplete actor: %d", p.Code)
	}
}

// TestLostSession: who signs in again comes back to the page that the form was on.
func TestLostSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	id := string(a.ID)
	for name, tt := range map[string]struct {
		path string
		form url.Values
		next string
	}{
		"a decision": {id + "/decision", decisionForm(assets.ActionApprove, a, "type", "copy"), id + "?type=copy"},
		"in triage":  {id + "/decision", decisionForm(assets.ActionApprove, a, "type", "copy", "triage", "1", "after", "c", "done", "2", "of", "9"), "triage?at=" + id + "&cursor=c&done=2&of=9&type=copy"},
		"several":    {"several", url.Values{"pick": {pickOf(a)}, "layout": {"list"}}, "?layout=list"},
		"a comment":  {id + "?type=blog", url.Values{"comment": {"x"}}, id + "?type=blog"},
	} {
		p := s.send("", tt.path, tt.form)
		if p.Code != 401 || !strings.Contains(p.body, "sign-in?next="+url.QueryEscape(tt.next)+`"`) {
			t.Errorf("%s: %d %s", name, p.Code, p.body)
		}
		if name != "a comment" && !strings.HasSuffix(review.Next(tt.next), tt.next) {
			t.Errorf("%s: sign-in leads to %s", name, review.Next(tt.next))
		}
	}
}

// TestErrorsHaveTexts: every code has a text, except those of errors that no page has.
func TestErrorsHaveTexts(t *testing.T) {
	t.Parallel()
	texts := readCatalog(t, "en").Texts
	elsewhere := map[string]string{
		"internal_error": "is error.other", "expired": "is a page for guests", "withdrawn": "is a page for guests",
		"not_attested": "no page reads statements", "export_stale": "no page opens exports", "events_pruned": "the stream is that of the REST routes",
		"upload_used": "no page uploads", "unsupported_media_type": "no page uploads", "idempotency_mismatch": "no page uploads", "digest_mismatch": "no page uploads",
	}
	source, err := os.ReadFile("../../errors.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := []string{"validation_error", "forbidden_origin", "method_not_allowed", "unavailable"}
	for _, found := range regexp.MustCompile(`&sentinel\{"([a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
		codes = append(codes, found[1])
	}
	if len(codes) < 20 {
		t.Fatalf("only %v are found", codes)
	}
	for _, code := range codes {
		if elsewhere[code] == "" && (texts["error."+code] == "" || texts["error."+code+".text"] == "") {
			t.Errorf("there is no text for %s", code)
		}
	}
}

// TestRefusalsAreNoFailures: what was erased, is for other kinds of actors or is not set up is
// told as such, and not as a failure of the server.
func TestRefusalsAreNoFailures(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	id := string(a.ID)
	invited := inviteForm()
	s.shows(s.send("agent", id+"/links", invited), "Only people may do this", "You are signed in as writer")
	s.shows(s.send("ana", id+"/links", invited), "This is not set up here")
	if _, err := s.lib.Erase(t.Context(), actors["ana"], a.ID, 1, "a request"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []page{s.get(410, "ana", id+"/link?version=1"), s.send("ana", id+"/decision", decisionForm(assets.ActionApprove, a))} {
		s.shows(p, "The content was erased", "410 · erased")
	}
}

var againForm = regexp.MustCompile(`<form id="again" method="post" action="\./(?:\.\./)*([^"]*)">(.*?)</form>`)

// TestWordsAreBroughtBack: after a lost session the page that says so leads back to the form,
// with the comment and the reasons in it, without a script and with nothing in an address. The
// sign-in is then in a tab of its own. That is so as well if somebody goes back too soon.
func TestWordsAreBroughtBack(t *testing.T) {
	t.Parallel()
	for place, more := range map[string][]string{"asset": {"q", "wait..."}, "triage": {"triage", "1", "done", "2", "of", "9", "q", "wait..."}} {
		s := newSite(t)
		a := s.copyAsset("wait... <one>")
		form := decisionForm(assets.ActionRequestChanges, a, append(more, "comment", "Shorter & warmer.", "reason", "facts", "reason", "tone")...)
		p := s.send("", string(a.ID)+"/decision", form)
		for range 2 {
			s.shows(p, "Shorter & warmer.", "Facts, Tone")
			found := againForm.FindStringSubmatch(p.body)
			if p.Code != 401 || found == nil || !strings.Contains(p.body, `target="_blank">Sign in, in a new tab</a></noscript>`) || strings.Contains(found[1], "Shorter") {
				t.Fatalf("%s: %d %s", place, p.Code, p.body)
			}
			fields := url.Values{}
			for _, f := range hiddenField.FindAllStringSubmatch(found[2], -1) {
				fields.Add(f[1], html.UnescapeString(f[2]))
			}
			to := html.UnescapeString(found[1])
			back := s.send("ana", to, fields)
			if back.Code != 200 || strings.Count(back.body, `name="reason" value="facts" checked`) != 1 || strings.Count(back.body, `name="reason" value="tone" checked`) != 1 ||
				!strings.Contains(back.body, ">Shorter &amp; warmer.</textarea>") || strings.Contains(back.body, `name="reason" value="legal" checked`) {
				t.Errorf("%s: %d %s", place, back.Code, back.body)
			}
			p = s.send("", to, fields) // not signed in yet
		}
	}
}
