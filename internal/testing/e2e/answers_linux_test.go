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
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/testproc"
)

const (
	fatVersions = 1000
	fatAssets   = 500
	fatReviews  = 2000
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
			fat := fillFat(t, p)
			s := start(t, p)
			for _, a := range answerAttacks(fat) {
				t.Run(a.name, func(t *testing.T) {
					attack := func() { a.run(t, s, attacker) }
					if a.crowd {
						s.bounded(t, attack)
						return
					}
					s.withstand(t, other, attack)
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
	crowd   bool // so many, or so much in one transaction, that others may wait for them
	requests
}

// bounded runs an attack, during which the process must stay within 384 MiB above idle.
func (s *process) bounded(t *testing.T, attack func()) {
	t.Helper()
	idle := testproc.ResetPeak(t, s.cmd.Process.Pid)
	attack()
	peak := testproc.Peak(t, s.cmd.Process.Pid)
	t.Logf("%d MiB above %d MiB", (peak-idle)>>20, idle>>20)
	if peak-idle > 384<<20 {
		t.Errorf("the process took %d MiB", (peak-idle)>>20)
	}
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
	tool := func(name, arguments string) request {
		return request{"POST", "/mcp", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, name, arguments)}
	}
	tools := requests{
		tool("list_assets", `{"limit":200}`), tool("get_asset", fmt.Sprintf(`{"asset_id":%q}`, fat[0])), tool("list_assets", `{}`),
	}
	all := append(requests{whole, versions, reviews, list, {"GET", base + "/tags?limit=200", ""}, {"GET", base + "/openapi.json", ""}}, tools...)
	return []answerAttack{
		{"an asset of 1,000 fat versions", 5, false, false, requests{whole, whole, whole}},
		{"pages of fat versions, reviews and assets", 5, false, false, requests{versions, list, reviews, versions, list, reviews}},
		{"tools", 5, false, false, slices.Concat(tools, tools)},
		{"thousands of problems", 20, false, false, requests{unknown, unknown}},
		{"bodies of 8 MiB", 6 * rounds(), false, false, append(bodies, tool("create_asset", elements))},
		{"24 clients at 3 KB|s", 24, true, false, all},
		{"100 clients at 3 KB|s", 100, true, true, all},
		{"200 clients at 3 KB|s of fat assets", 200, true, true, requests{list}},
		{"bulk reviews of 500 fat assets", 3, false, true, requests{bulk}},
	}
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

// fatProvenance returns a provenance of almost 64 KiB.
func fatProvenance(n int) assets.Provenance {
	p := assets.Provenance{AgentSlug: "fat", RunID: fmt.Sprint("run-", n), Parameters: json.RawMessage(`{"p":"` + strings.Repeat("p", 16_000) + `"}`)}
	for i := range 100 {
		p.Inputs = append(p.Inputs, assets.Input{Kind: strings.Repeat("k", 250), ID: fmt.Sprintf("%03d%s", i, strings.Repeat("i", 240)), SHA256: strings.Repeat("ab", 32)})
	}
	for p.StoredBytes() > assets.MaxProvenance {
		p.Inputs = p.Inputs[1:]
	}
	return p
}

// fillFat writes the attacker's assets as rows, as hundreds of thousands of requests
// would: the first has many versions and reviews, all have fat provenances.
func fillFat(t *testing.T, p storage) (ids []assets.ID) {
	t.Helper()
	at := assets.TimeOf(time.Now())
	p.open(t, func(db database, _ *blob.Dir) {
		for i := range fatAssets {
			ids = append(ids, assets.ID(fmt.Sprintf("%08x-%04x-7000-8000-%012x", int64(at)>>16, int64(at)&0xffff, i)))
		}
		for batch := range slices.Chunk(ids, 50) {
			err := db.Update(t.Context(), func(tx assets.Tx) error {
				for _, id := range batch {
					if err := putFat(t.Context(), tx, id, at, 1, 1); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for n := 2; n <= fatVersions; n += 50 {
			err := db.Update(t.Context(), func(tx assets.Tx) error {
				return putFat(t.Context(), tx, ids[0], at, n, min(n+49, fatVersions))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for n := 0; n < fatReviews; n += 500 {
			err := db.Update(t.Context(), func(tx assets.Tx) error { return putFatReviews(t.Context(), tx, ids[0], at, n, n+500) })
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	return ids
}

// putFat writes the versions from first to last, and the asset with the last.
func putFat(ctx context.Context, tx assets.Tx, id assets.ID, at assets.Time, first, last int) error {
	v := assets.Version{
		AssetID: id, CreatedBy: "bot", CreatedAt: at, Key: "attacker/" + string(id),
		Content: assets.Content{MediaType: "application/zip", SizeBytes: 1, SHA256: strings.Repeat("0", 64), Filename: "f"},
	}
	for n := first; n <= last; n++ {
		v.Number, v.Provenance = assets.Number(n), fatProvenance(n)
		if err := tx.PutVersion(ctx, "attacker", v); err != nil {
			return err
		}
	}
	a := &assets.Asset{
		ID: id, Workspace: "attacker", Type: assets.TypeBundle, Title: "Fat", Status: assets.StatusDraft, Version: v.Number, CurrentVersion: v.Number,
		Content: v.Content, Provenance: v.Provenance, CreatedBy: "bot", CreatedAt: at, UpdatedAt: at, Revision: 1, Tags: assets.Tags{},
	}
	for i := range 100 {
		key := fmt.Sprint("key-", i)
		a.Tags[key] = []string{strings.Repeat("t", 190) + string(id[30:])}
	}
	return tx.PutAsset(ctx, a, nil)
}

func putFatReviews(ctx context.Context, tx assets.Tx, id assets.ID, at assets.Time, from, to int) error {
	for i := from; i < to; i++ {
		err := tx.AddReview(ctx, "attacker", assets.Review{
			ID: assets.ID(fmt.Sprintf("%08x-%04x-7001-8000-%012x", int64(at)>>16, int64(at)&0xffff, i)), AssetID: id, Version: 1, SHA256: strings.Repeat("0", 64),
			Action: assets.ActionSubmit, FromStatus: assets.StatusDraft, ToStatus: assets.StatusPendingReview, Comment: strings.Repeat("\U0001F600", 4000),
			By: "bot", ByKind: assets.KindAgent, Via: assets.ViaREST, At: at, Revision: int64(i + 2),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
