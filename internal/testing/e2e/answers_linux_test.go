package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
)

// TestVolumeLargeAnswers requests the largest responses that there are from a server process,
// several at once, over REST and MCP, with clients that read fast, at 3 KB/s, and that
// hang up: it stays within 384 MiB above idle, and another workspace's lists and
// creations take less than a second.
func TestVolumeLargeAnswers(t *testing.T) {
	for name, open := range attacked() {
		t.Run(name+"/HOS05", func(t *testing.T) {
			p := open(t)
			p.maxMemory = maxResident
			attacker, other := p.mint(t, "attacker"), p.mint(t, "other")
			p.fill(t, fillFat)
			s := start(t, p)
			for _, a := range answerAttacks(ids(fatID, fatAssets)) {
				t.Run(a.name, func(t *testing.T) {
					s.withstand(t, other, func() { a.run(t, s, attacker) })
				})
			}
		})
	}
}

// answerAttack requests large responses.
type answerAttack struct {
	name    string
	clients int
	slow    bool // each reads 3 KB/s, and hangs up in the end
	requests
}

// requests are the requests that each client makes.
type requests []request

type request struct{ method, path, body string }

func answerAttacks(fat []assets.ID) []answerAttack {
	whole := request{"GET", base + "/" + string(fat[0]), ""}
	versions := request{"GET", whole.path + "/versions?limit=200", ""}
	reviews := request{"GET", whole.path + "/reviews?limit=200", ""}
	list := request{"GET", base + "?limit=200", ""}
	bulk := request{"POST", base + "/bulk/approval", bulkBody(fat)}
	unknown := request{"POST", base, `{` + strings.Repeat(`"a":1,"b":[],`, 10_000) + `"c":1}`}
	elements := `{"type":"copy","title":"t","text":"x","provenance":{"inputs":[{}` + strings.Repeat(`,{}`, 2_700_000) + `]}}`
	bodies := requests{{"POST", base, elements}, {"POST", base, strings.Replace(elements, "{}", `"`+strings.Repeat("\\u0061", 10)+`"`, 1)}}
	tools := requests{
		tool("list_assets", `{"limit":200}`), tool("get_asset", fmt.Sprintf(`{"asset_id":%q}`, fat[0])), tool("list_assets", `{}`),
	}
	all := append(requests{whole, versions, reviews, list, {"GET", base + "/tags?limit=200", ""}, {"GET", base + "/openapi.json", ""}}, tools...)
	return []answerAttack{
		{"an asset of 1,000 fat versions", 5, false, requests{whole, whole, whole}},
		{"pages of fat versions, reviews and assets", 5, false, requests{versions, list, reviews, versions, list, reviews}},
		{"tools", 5, false, slices.Concat(tools, tools)},
		{"thousands of problems", 20, false, requests{unknown, unknown}},
		{"bodies of 8 MiB", 6 * rounds(), false, append(bodies, tool("create_asset", elements))},
		{"24 clients at 3 KB|s", 24, true, all},
		{"100 clients at 3 KB|s", 100, true, all},
		{"200 clients at 3 KB|s of fat assets", 200, true, requests{list}},
		{"bulk reviews of 500 fat assets", 3, false, requests{bulk}},
	}
}

// tool returns a call of a tool.
func tool(name, arguments string) request {
	return request{"POST", "/mcp", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, name, arguments)}
}

// bulkBody returns the body of a bulk review that submits all but the first.
func bulkBody(ids []assets.ID) string {
	var items []string
	for _, id := range ids[1:] {
		items = append(items, fmt.Sprintf(`{"asset_id":%q}`, id))
	}
	return `{"action":"submit","items":[` + strings.Join(items, ",") + `]}`
}

// run attacks with all clients at once. Slow ones attack for attackTime, each with one
// of the requests.
func (a answerAttack) run(t *testing.T, s *process, key string) {
	ctx, cancel := context.WithCancel(t.Context())
	if a.slow {
		ctx, cancel = context.WithTimeout(t.Context(), *attackTime)
	}
	defer cancel()
	var clients sync.WaitGroup
	for i := range a.clients {
		clients.Go(func() {
			if a.slow {
				s.readSlowly(ctx, t, key, a.requests[i%len(a.requests)])
				return
			}
			for _, r := range a.requests {
				s.readFast(ctx, t, key, r)
			}
		})
	}
	clients.Wait()
}

func (s *process) readFast(ctx context.Context, t *testing.T, key string, r request) {
	req, err := http.NewRequestWithContext(ctx, r.method, s.url+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Error(err)
		return
	}
	req.Header = r.header(key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || !slices.Contains([]int{200, 422, 503}, resp.StatusCode) || !json.Valid(answer) {
		t.Errorf("%s %s: %d, %d bytes, %v: %.200s", r.method, r.path, resp.StatusCode, len(answer), err, answer)
	}
	if len(answer) > 64<<20 {
		t.Errorf("%s %.60s: %d bytes", r.method, r.path, len(answer))
	}
}

func (r request) header(key string) http.Header {
	h := http.Header{"Authorization": {"Bearer " + key}, "Accept": {"application/json, text/event-stream"}}
	if r.body != "" {
		h.Set("Content-Type", "application/json")
	}
	return h
}

// readSlowly requests and reads 3 KB/s, again when the server cuts it, until ctx ends.
func (s *process) readSlowly(ctx context.Context, t *testing.T, key string, r request) {
	for ctx.Err() == nil {
		if err := s.readSlowlyOnce(ctx, key, r); err != nil {
			t.Error(err)
			return
		}
	}
}

func (s *process) readSlowlyOnce(ctx context.Context, key string, r request) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.(*net.TCPConn).SetReadBuffer(8 << 10); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, r.method, s.url+r.path, strings.NewReader(r.body))
	if err != nil {
		return err
	}
	req.Header = r.header(key)
	if err := req.Write(conn); err != nil {
		return nil // cut
	}
	piece, in := make([]byte, 300), bufio.NewReaderSize(conn, 512)
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		if _, err := in.Read(piece); err != nil {
			tick.Stop()
			return nil // complete, or cut
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return nil
		case <-tick.C:
		}
	}
}
