package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
)

// TestVolumeLongHistory repeats what is in effect, by 30 clients at once, on an asset with
// 18,000 decisions: it stays so, the process stays within 384 MiB above idle, and another
// workspace's lists and creations take less than a second. Rows in memory are always
// tested, because this attack needs few of them.
func TestVolumeLongHistory(t *testing.T) {
	all := attacked()
	all["memory"] = inMemory
	for name, open := range all {
		t.Run(name+"/HOS07", func(t *testing.T) {
			p := open(t)
			p.maxMemory = maxResident
			attacker, other := p.mint(t, "attacker"), p.mint(t, "other")
			p.fill(t, fillDecided)
			s := start(t, p)
			s.withstand(t, other, func() { s.allAtOnce(t, attacker, 30, 20*rounds(), http.StatusOK, repeatedDecision()) })
		})
	}
}

// TestVolumeJunkVersions lets an agent add and roll back versions, by 30 clients at once,
// of an asset that has as many as agents may add: all is refused beside other workspaces'
// work, and a person can still add one and approve it.
func TestVolumeJunkVersions(t *testing.T) {
	all := attacked()
	all["memory"] = inMemory
	for name, open := range all {
		t.Run(name+"/HOS09", func(t *testing.T) {
			p := open(t)
			p.maxMemory = maxResident
			agent, other := p.mintFor(t, "attacker", assets.KindAgent, assets.ScopeWrite), p.mint(t, "other")
			person := p.mint(t, "attacker")
			p.fill(t, fillFull)
			s := start(t, p)
			s.withstand(t, other, func() {
				s.allAtOnce(t, agent, 30, 10*rounds(), http.StatusConflict,
					request{http.MethodPost, base + "/" + string(fullID) + "/versions", `{"text":"junk"}`},
					request{http.MethodPost, base + "/" + string(fullID) + "/rollback", `{"version":1}`})
			})
			for _, r := range []request{
				{http.MethodPost, base + "/" + string(fullID) + "/versions", `{"text":"better"}`},
				{http.MethodPost, base + "/" + string(fullID) + "/approval", fmt.Sprintf(`{"action":"approve","version":%d}`, agentsShare+1)},
			} {
				status, answer := s.send(t.Context(), t, r.method, r.path, r.header(person), strings.NewReader(r.body))
				if !slices.Contains([]int{http.StatusOK, http.StatusCreated}, status) {
					t.Errorf("a person at %s: %d %.200s", r.path, status, answer)
				}
			}
		})
	}
}

// repeatedDecision is the decision that is in effect about decidedID.
func repeatedDecision() request {
	return request{http.MethodPost, base + "/" + string(decidedID) + "/approval", `{"action":"approve","version":1}`}
}

// allAtOnce lets clients make the requests a number of times each. The responses must
// have the status.
func (s *process) allAtOnce(t *testing.T, key string, clients, times, want int, all ...request) {
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			for range times {
				for _, r := range all {
					status, answer := s.send(t.Context(), t, r.method, r.path, r.header(key), strings.NewReader(r.body))
					if status != want {
						t.Errorf("%s %s: %d %.200s", r.method, r.path, status, answer)
					}
				}
			}
		})
	}
	running.Wait()
}
