package server_test

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// evidence is all that a run of the program has said and kept.
type evidence struct {
	exhibits []exhibit
	secrets  []secret
}

// exhibit is one text of it, and where that was.
type exhibit struct{ place, text string }

// secret is a text that may be in one kind of place at most: the one that hands
// it out.
type secret struct{ name, text, handedOut string }

func (e *evidence) add(place, text string) { e.exhibits = append(e.exhibits, exhibit{place, text}) }

// bearer notes an API key by its secret part, which one command hands out.
func (e *evidence) bearer(name, key, handedOut string) {
	e.secrets = append(e.secrets, secret{"bearer of " + name, key[strings.LastIndexByte(key, '_')+1:], handedOut})
}

// handsOut are the answers that hand out the token of a public route.
func handsOut() map[string][]string {
	const routes = "/api/v1/assets"
	return map[string][]string{
		"preview": {"GET " + routes + "/{asset_id}/preview-url 200", "GET " + routes + "?preview_expires_in 200", "tool get_asset_preview_url", "tool list_assets with preview_expires_in"},
		"uploads": {"POST " + routes + "/uploads 201", "tool create_asset_upload"},
		"exports": {"POST " + routes + "/exports 201", "GET " + routes + "/exports 200", "GET " + routes + "/exports/{export_id} 200", "tool export_assets"},
	}
}

var publicLink = regexp.MustCompile(`/api/v1/public/assets/(preview|uploads|exports)/([\w-]{30,})`)

// leaks answers where there is a secret that has no business there: keys, and
// every token that any text has.
func (e *evidence) leaks() (found []string) {
	tokens := map[string]string{} // and which route each opens
	for _, x := range e.exhibits {
		for _, m := range publicLink.FindAllStringSubmatch(x.text, -1) {
			tokens[m[2]] = m[1]
		}
	}
	for _, x := range e.exhibits {
		for _, s := range e.secrets {
			if s.handedOut == x.place {
				continue
			}
			for _, form := range []string{s.text, hex.EncodeToString([]byte(s.text))} { // a database shows its bytes as hexadecimal digits
				if i := strings.Index(x.text, form); i >= 0 {
					found = append(found, fmt.Sprintf("the %s is in %s: %q", s.name, x.place, x.text[max(0, i-100):i+len(form)]))
				}
			}
		}
		for token, route := range tokens {
			if i := strings.Index(x.text, token); i >= 0 && !slices.Contains(handsOut()[route], x.place) {
				found = append(found, fmt.Sprintf("a token of %s is in %s: %q", route, x.place, x.text[max(0, i-100):i+len(token)]))
			}
		}
	}
	return found
}

// TestEvidenceShowsLeaks: what finds nothing in a run would otherwise show
// nothing.
func TestEvidenceShowsLeaks(t *testing.T) {
	t.Parallel()
	const (
		key    = "tnx_abcdefgh_zqsecret"
		token  = "zqtoken-zqtoken-zqtoken-zqtoken-zqtoken"
		link   = "https://assets.example.com/api/v1/public/assets/preview/" + token
		hands  = "GET /api/v1/assets/{asset_id}/preview-url 200"
		minted = "command keys mint"
	)
	for what, tt := range map[string]struct {
		planted []exhibit
		leaks   int
	}{
		"what is handed out":           {[]exhibit{{hands, link}, {"tool get_asset_preview_url", link}, {minted, key}}, 0},
		"a bearer in the log":          {[]exhibit{{"the log", "Authorization: Bearer " + key}}, 1},
		"half a bearer in an answer":   {[]exhibit{{"GET /api/v1/assets 401", "zqsecret is wrong"}}, 1},
		"a bearer in a database":       {[]exhibit{{"table asset_keys", `(1,"\\x7a71736563726574")`}}, 1},
		"a bearer minted, and listed":  {[]exhibit{{minted, key}, {"command keys list", key}}, 1},
		"a link in the log":            {[]exhibit{{"the log", "path=/api/v1/public/assets/preview/" + token}}, 1},
		"a token alone in the journal": {[]exhibit{{hands, link}, {"table asset_events", "data={" + token + "}"}}, 1},
		"a link in a list":             {[]exhibit{{"GET /api/v1/assets 200", link}}, 1},
		"a link of another kind":       {[]exhibit{{"POST /api/v1/assets/uploads 201", link}}, 1},
		"a password in a message":      {[]exhibit{{"command sweep", "dial postgres://assets:zqpassword@db"}}, 1},
	} {
		e := evidence{exhibits: tt.planted, secrets: []secret{{"password", "zqpassword", ""}}}
		e.bearer("ann", key, minted)
		if found := e.leaks(); len(found) != tt.leaks {
			t.Errorf("%s: %d leaks, want %d: %v", what, len(found), tt.leaks, found)
		}
	}
}
