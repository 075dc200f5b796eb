package e2e_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
)

var attackTime = flag.Duration("attack", 5*time.Second, "how long slow clients, and TestVolumeAttacksAtOnce, attack each database")

// TestVolumeAttacksAtOnce makes the attacks of all other tests at once, for as long as
// the flag says, while people of another workspace list, create and sign off: the process
// lives and stays below 512 MiB, no acknowledged decision is lost, and no content is
// wrong. With the flag -wait nobody of the other workspace is refused, or waits longer for
// a list or a creation: a machine that does other work besides has no time for that.
func TestVolumeAttacksAtOnce(t *testing.T) {
	for name, open := range attacked() {
		t.Run(name+"/HOS01 HOS02 HOS03 HOS04 HOS05 HOS06 HOS07 HOS08 HOS09 HOS10", func(t *testing.T) {
			p := open(t)
			p.maxMemory = maxResident
			attacker, other := p.mint(t, "attacker"), p.mint(t, "other")
			agent := p.mintFor(t, "attacker", assets.KindAgent, assets.ScopeWrite)
			p.fill(t, fillFat, fillApproved, fillDecided, fillFull)
			s := start(t, p)
			attacks := slices.Concat(s.fileAttacks(t, attacker), s.rowAttacks(t, attacker), s.historyAttacks(t, attacker, agent))
			var signed []signedOff
			others := s.beside(t, other, func() {
				ctx, cancel := context.WithTimeout(t.Context(), *attackTime)
				defer cancel()
				var all sync.WaitGroup
				for _, attack := range attacks {
					for range 2 {
						all.Go(func() {
							for ctx.Err() == nil {
								attack(ctx)
							}
						})
					}
				}
				all.Go(func() { signed = s.signOff(ctx, t, other) })
				all.Wait()
			})
			t.Logf("%d decisions", len(signed))
			if !mayBeBusy() {
				others.check(t, *maxWait)
			}
			s.checkSignedOff(t, other, signed)
		})
	}
}

// attacks returns what requests a path of the routes with the attacker's key.
func (s *process) attacks(t *testing.T, key, method, path, body string) func(context.Context) {
	return s.attack(t, key, request{method, base + path, body})
}

// attack returns what makes a request. Whatever the process refuses, it must say so; it
// must not fail.
func (s *process) attack(t *testing.T, key string, r request) func(context.Context) {
	may := []int{
		http.StatusOK, http.StatusCreated, http.StatusConflict, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
		http.StatusTooManyRequests, http.StatusServiceUnavailable,
	}
	return func(ctx context.Context) {
		status, answer := s.send(ctx, t, r.method, r.path, r.header(key), strings.NewReader(r.body))
		if !slices.Contains(may, status) && ctx.Err() == nil {
			t.Errorf("%s %s: %d %.200s", r.method, r.path, status, answer)
		}
	}
}

// fileAttacks returns requests for renditions and pages of hostile files.
func (s *process) fileAttacks(t *testing.T, key string) (all []func(context.Context)) {
	for _, images := range []map[string][]byte{refusedImages(), costlyImages()} {
		for mediaType, content := range images {
			id := s.createImage(t, key, mediaType, content)
			all = append(all, s.attacks(t, key, http.MethodGet, "/"+id+"/preview?width=320", ""))
		}
	}
	for _, text := range hostileMarkdown() {
		id := s.createMarkdown(t, key, text)
		all = append(all, s.attacks(t, key, http.MethodGet, "/"+id+"/preview", ""))
	}
	long := s.createText(t, key, longText())
	return append(all, s.attacks(t, key, http.MethodGet, "/"+long+"/preview", ""))
}

// rowAttacks returns searches, requests for large responses, fast and slow, and exports.
func (s *process) rowAttacks(t *testing.T, key string) (all []func(context.Context)) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // texts
	for range 50 {
		s.createMarkdown(t, key, randomWords(random, "abcdefgh"))
	}
	for _, query := range hostileSearches() {
		all = append(all, s.attacks(t, key, http.MethodGet, query, ""))
	}
	whole := request{http.MethodGet, base + "/" + string(fatID(0)), ""}
	for _, path := range []string{"/" + string(fatID(0)), "/" + string(fatID(0)) + "/versions?limit=200", "?limit=200"} {
		all = append(all, s.attacks(t, key, http.MethodGet, path, ""))
	}
	for range 12 {
		all = append(all, func(ctx context.Context) { s.readSlowly(ctx, t, key, whole) })
	}
	body, err := json.Marshal(map[string]any{"asset_ids": ids(approvedID, 500), "expires_in": 60})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []request{tool("list_assets", `{"limit":200}`), tool("get_asset", fmt.Sprintf(`{"asset_id":%q}`, fatID(0)))} {
		all = append(all, s.attack(t, key, r))
	}
	return append(all, s.attacks(t, key, http.MethodPost, "/exports", string(body)))
}

// historyAttacks returns decisions about an asset with many of them, and an agent's
// versions of an asset that has as many as agents may add.
func (s *process) historyAttacks(t *testing.T, key, agent string) []func(context.Context) {
	return []func(context.Context){
		s.attack(t, key, repeatedDecision()),
		s.attacks(t, agent, http.MethodPost, "/"+string(fullID)+"/versions", `{"text":"junk"}`),
		s.attacks(t, agent, http.MethodPost, "/"+string(fullID)+"/rollback", `{"version":1}`),
		s.attacks(t, key, http.MethodGet, "/"+string(fullID), ""),
	}
}

// signedOff is what a workspace was told about an asset.
type signedOff struct{ id, text string }

// signOff creates and approves assets until ctx ends, and returns those of which both
// were acknowledged.
func (s *process) signOff(ctx context.Context, t *testing.T, key string) (all []signedOff) {
	for i := 0; (ctx.Err() == nil || len(all) == 0) && !t.Failed(); i++ {
		text := fmt.Sprintf("Spring is here, for the %d. time.", i)
		var made struct {
			ID      string
			Version int
			Content struct{ SHA256 string }
		}
		status, answer := s.request(t.Context(), t, key, http.MethodPost, "", "application/json",
			strings.NewReader(fmt.Sprintf(`{"type":"copy","title":"Tagline","text":%q,"submit":true}`, text)))
		if err := json.Unmarshal(answer, &made); status != http.StatusCreated || err != nil {
			checkBusy(t, "create", status, answer)
			continue
		}
		status, answer = s.request(t.Context(), t, key, http.MethodPost, "/"+made.ID+"/approval", "application/json",
			strings.NewReader(fmt.Sprintf(`{"action":"approve","version":%d,"sha256":%q}`, made.Version, made.Content.SHA256)))
		if status != http.StatusOK {
			checkBusy(t, "approve", status, answer)
			continue
		}
		all = append(all, signedOff{made.ID, text})
	}
	return all
}

// mayBeBusy reports whether the machine does other work besides, so that others may have
// to wait for longer than they should.
func mayBeBusy() bool { return *maxWait >= busyWait }

// checkBusy fails the test unless the process was busy, and may be.
func checkBusy(t *testing.T, what string, status int, answer []byte) {
	if status != http.StatusServiceUnavailable || !mayBeBusy() {
		t.Errorf("%s: %d %.200s", what, status, answer)
	}
}

// checkSignedOff checks that everything that was acknowledged is in force, with its text.
func (s *process) checkSignedOff(t *testing.T, key string, all []signedOff) {
	t.Helper()
	if len(all) == 0 {
		t.Error("nothing was signed off")
	}
	for _, a := range all {
		status, answer := s.request(t.Context(), t, key, http.MethodGet, "/"+a.id+"/versions/approved/content", "", http.NoBody)
		if status != http.StatusOK || string(answer) != a.text {
			t.Errorf("%s: %d %.200q, want %q", a.id, status, answer, a.text)
		}
	}
}
