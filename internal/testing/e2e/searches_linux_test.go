package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// TestVolumeHostileSearches sends a server process 40 searches at once over 250 texts of
// 64 KiB, again and again, of each kind: it stays within 384 MiB above idle, and another
// workspace's lists and creations take less than a second.
func TestVolumeHostileSearches(t *testing.T) {
	for name, open := range withMemory(backends()) {
		t.Run(name+"/HOS06", func(t *testing.T) {
			p := open(t)
			p.maxMemory = maxResident
			attacker, other := p.mint(t, "attacker"), p.mint(t, "other")
			s := start(t, p)
			random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // texts
			for i := range 250 {
				prefix := ""
				if i%2 == 0 { // every word begins with the same letters
					prefix = "abcdefgh"
				}
				s.createMarkdown(t, attacker, randomWords(random, prefix))
			}
			for name, query := range hostileSearches() {
				t.Run(name, func(t *testing.T) {
					s.withstand(t, other, func() {
						var requests sync.WaitGroup
						for range 40 {
							requests.Go(func() {
								status, answer := s.request(t.Context(), t, attacker, http.MethodGet, query, "", http.NoBody)
								if status != http.StatusOK && status != http.StatusServiceUnavailable {
									t.Errorf("%d %.200s", status, answer)
								}
							})
						}
						requests.Wait()
					})
				})
			}
		})
	}
}

// hostileSearches are paths with queries that read much.
func hostileSearches() map[string]string {
	letters := strings.Repeat("a b c d e f g h i j k l m n o p q r s t u v w x y z ", 4)[:199]
	with := func(name, value string, further ...string) string {
		return "?" + name + "=" + url.QueryEscape(value) + strings.Join(further, "")
	}
	tags := strings.Builder{}
	for i := range 100 {
		fmt.Fprintf(&tags, "&tag=k%d:%%2A", i)
	}
	return map[string]string{
		"one letter":           with("q", "a", "&limit=200"),
		"one letter, a total":  with("q", "a", "&include_total=true&limit=200"),
		"many words, a total":  with("q", letters, "&include_total=true"),
		"a common beginning":   with("q", "abcdefgh", "&include_total=true"),
		"later than all":       with("q", "a", "&include_total=true&created_after="+url.QueryEscape("2040-01-01T00:00:00Z")),
		"a hundred tags":       with("type", "blog", "&include_total=true", tags.String()),
		"fields without index": with("agent_slug", "x", "&type=blog&status=draft&include_total=true"),
		"counts of tags":       "/tags",
	}
}

// randomWords returns 64 KiB of words that begin with prefix.
func randomWords(random *rand.Rand, prefix string) string {
	var b strings.Builder
	for b.Len() < 64<<10 {
		b.WriteString(prefix)
		for range 3 + random.IntN(5) {
			b.WriteByte(byte('a' + random.IntN(26)))
		}
		b.WriteByte(' ')
	}
	return b.String()
}
