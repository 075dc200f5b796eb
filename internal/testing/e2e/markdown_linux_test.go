package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestVolumeHostileMarkdown asks a server process for pages of hostile and of costly
// Markdown, eight of each kind at once, again and again: it stays within 384 MiB above
// idle, and another workspace's lists and creations take less than a second.
func TestVolumeHostileMarkdown(t *testing.T) {
	for name, open := range withMemory(attacked()) {
		t.Run(name+"/HOS01 HOS02", func(t *testing.T) {
			p := open(t)
			p.maxMemory = maxResident
			attacker, other := p.mint(t, "attacker"), p.mint(t, "other")
			s := start(t, p)
			var ids []string
			for _, text := range hostileMarkdown() {
				ids = append(ids, slices.Repeat([]string{s.createMarkdown(t, attacker, text)}, 8)...)
			}
			s.withstand(t, other, func() {
				var requests sync.WaitGroup
				for range rounds() {
					for _, id := range ids {
						requests.Go(func() {
							status, answer := s.request(t.Context(), t, attacker, http.MethodGet, "/"+id+"/preview", "", http.NoBody)
							if status != http.StatusOK && status != http.StatusServiceUnavailable {
								t.Errorf("%d %.200s", status, answer)
							}
						})
					}
					requests.Wait()
				}
			})
		})
	}
}

// hostileMarkdown returns texts of about 128 KiB that would take much memory or time, and
// texts that take as much as is allowed.
func hostileMarkdown() []string {
	const size = 128 << 10
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	return []string{
		fill(strings.Repeat("|", 1301) + "\n" + strings.Repeat("|-", 1300) + "|\n" + strings.Repeat("|\n", 2144)),
		fill(strings.Repeat("*a_ ", 1800) + "\n    - x\n"),
		strings.Repeat("- ", 32) + "a" + strings.Repeat("\n", size-65),
		"[a]: /" + strings.Repeat("x", size/2) + "\n\n" + strings.Repeat("[a] ", size/8-8),
		fill("- a\n\n"),
		fill("- - - - a\n"),
		fill("a\n=\n"),
		fill(strings.Repeat("*a_ ", 1792) + "\n\n"),
	}
}

// createMarkdown creates an asset and returns its id.
func (s *process) createMarkdown(t *testing.T, key, text string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"type": "blog", "title": "Hostile", "text": text})
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		ID string `json:"id"`
	}
	status, answer := s.request(t.Context(), t, key, http.MethodPost, "", "application/json", bytes.NewReader(body))
	if err := json.Unmarshal(answer, &made); err != nil || status != http.StatusCreated {
		t.Fatal(fmt.Sprintf("%d %.200s", status, answer), err)
	}
	return made.ID
}
