package server_test

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// transcript is all that a run of the program has printed, sent and stored.
type transcript struct {
	texts   []said
	secrets []secret
}

// said is one text of it, and where it was found.
type said struct{ place, text string }

// secret is a text that may be found in one place at most: the response or output
// that issues it.
type secret struct{ name, text, handedOut string }

func (e *transcript) add(place, text string) { e.texts = append(e.texts, said{place, text}) }

// bearer adds an API key by its secret part, which one command issues.
func (e *transcript) bearer(name, key, handedOut string) {
	e.secrets = append(e.secrets, secret{"bearer of " + name, key[strings.LastIndexByte(key, '_')+1:], handedOut})
}

// handsOut returns the places that issue tokens, by public route.
func handsOut() map[string][]string {
	const routes = "/api/v1/assets"
	return map[string][]string{
		"preview": {"GET " + routes + "/{asset_id}/preview-url 200", "GET " + routes + "?preview_expires_in 200", "tool get_asset_preview_url", "tool list_assets with preview_expires_in"},
		"uploads": {"POST " + routes + "/uploads 201", "tool create_asset_upload"},
		"exports": {"POST " + routes + "/exports 201", "GET " + routes + "/exports 200", "GET " + routes + "/exports/{export_id} 200", "tool export_assets"},
	}
}

var publicLink = regexp.MustCompile(`/api/v1/public/assets/(preview|uploads|exports)/([\w-]{30,})`)

// leaks returns where secrets are found that must not be there: the known secrets,
// and the token of every public link in any text.
func (e *transcript) leaks() (found []string) {
	tokens := map[string]string{} // and the route of each
	for _, x := range e.texts {
		for _, m := range publicLink.FindAllStringSubmatch(x.text, -1) {
			tokens[m[2]] = m[1]
		}
	}
	for _, x := range e.texts {
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

// TestTranscriptFindsLeaks: without it, an audit that finds no leak would show
// nothing.
func TestTranscriptFindsLeaks(t *testing.T) {
	t.Parallel()
	const (
		key    = "tnx_abcdefgh_zqsecret"
		token  = "zqtoken-zqtoken-zqtoken-zqtoken-zqtoken"
		link   = "https://assets.example.com/api/v1/public/assets/preview/" + token
		hands  = "GET /api/v1/assets/{asset_id}/preview-url 200"
		minted = "command keys mint"
	)
	for what, tt := range map[string]struct {
		planted []said
		leaks   int
	}{
		"what is handed out":           {[]said{{hands, link}, {"tool get_asset_preview_url", link}, {minted, key}}, 0},
		"a bearer in the log":          {[]said{{"the log", "Authorization: Bearer " + key}}, 1},
		"half a bearer in an answer":   {[]said{{"GET /api/v1/assets 401", "zqsecret is wrong"}}, 1},
		"a bearer in a database":       {[]said{{"table asset_keys", `(1,"\\x7a71736563726574")`}}, 1},
		"a bearer minted, and listed":  {[]said{{minted, key}, {"command keys list", key}}, 1},
		"a link in the log":            {[]said{{"the log", "path=/api/v1/public/assets/preview/" + token}}, 1},
		"a token alone in the journal": {[]said{{hands, link}, {"table asset_events", "data={" + token + "}"}}, 1},
		"a link in a list":             {[]said{{"GET /api/v1/assets 200", link}}, 1},
		"a link of another kind":       {[]said{{"POST /api/v1/assets/uploads 201", link}}, 1},
		"a password in a message":      {[]said{{"command sweep", "dial postgres://assets:zqpassword@db"}}, 1},
	} {
		e := transcript{texts: tt.planted, secrets: []secret{{"password", "zqpassword", ""}}}
		e.bearer("ann", key, minted)
		if found := e.leaks(); len(found) != tt.leaks {
			t.Errorf("%s: %d leaks, want %d: %v", what, len(found), tt.leaks, found)
		}
	}
}
