package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/testproc"
	"github.com/10ex/assets/internal/testing/workload"
)

// idleTimeout is how long the server waits for 64 KiB of a client.
const idleTimeout = 3 * time.Second

// attack is run by many clients at once, each with a connection of its own.
type attack struct {
	name    string
	clients int
	// client attacks once and returns what is wrong with the response.
	client func(s *target) error
}

// TestVolumeHostileClients runs each kind of hostile client, by the hundred, against
// a server process. Each must get the right response or be disconnected in bounded
// time; all together may cost 64 MiB of memory; afterwards the server must hold
// nothing; and a well-behaved client must not be affected.
func TestVolumeHostileClients(t *testing.T) {
	for name, newStorage := range attacked() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newStorage(t)
			p.idleTimeout, p.maxMemory = idleTimeout, maxResident
			s := newTarget(t, p)
			for _, a := range attacks() {
				t.Run(a.name, func(t *testing.T) { s.run(t, a) })
			}
			s.checkNoTrace(t)
		})
	}
}

func attacks() []attack {
	return slices.Concat([]attack{
		{"DBF09 UPL03 uploads at 10 bytes a second", 300, slowUpload},
		{"DBF09 signed uploads at 10 bytes a second", 100, slowTicket},
		{"DBF09 clients that stop reading", 100, stopsReading},
		{"DBF09 downloads at 10 bytes a second", 100, slowDownload},
		{"NET02 headers at 10 bytes a second", 300, slowHeader},
		{"UPL01 half-closed", 100, halfClosed},
		{"UPL06 Content-Encoding", 50, func(s *target) error {
			return s.expect(s.post("", "application/json", endless("x"), "Content-Encoding: gzip"), 415)
		}},
		{"NET02 header of 2 MB", 20, func(s *target) error {
			return s.expect(s.get("", "X-Fill: "+strings.Repeat("x", 2<<20)), 431)
		}},
		{"NET02 header of 20,000 lines", 20, func(s *target) error {
			return s.expect(s.get("", strings.Repeat("X-Fill: x\r\n", 20_000)+"X-End: x"), 200)
		}},
		{"NET02 URL of 100 KB", 50, func(s *target) error { return s.expect(s.get("/"+strings.Repeat("x", 100<<10)), 422) }},
		{"NET01 2,000 ranges of one byte", 50, func(s *target) error {
			return s.expect(s.get("/"+s.small+"/versions/1/content", "Range: bytes="+strings.Repeat("0-0,", 1999)+"0-0"), 200)
		}},
		{"NET01 2,000 ranges of all", 50, func(s *target) error {
			return s.expect(s.get("/"+s.small+"/versions/1/content", "Range: bytes="+strings.Repeat("0-,", 1999)+"0-"), 200)
		}},
		{"LST03 cursor of 1 MB", 20, func(s *target) error {
			return s.expect(s.get("?cursor="+strings.Repeat("x", 1_000_000)), 400)
		}},
		{"LST03 cursor of 2 MB", 20, func(s *target) error {
			return s.expect(s.get("?cursor="+strings.Repeat("x", 2<<20)), 431)
		}},
	}, bombs())
}

// bombs returns attacks whose bodies would fill the memory.
func bombs() []attack {
	deep := strings.Repeat(`[`, 100_000) + strings.Repeat(`]`, 100_000)
	const part = "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n"
	form := func(status int, body func() io.Reader) func(s *target) error {
		return func(s *target) error {
			return s.expect(s.post("", "multipart/form-data; boundary=b", body()), status)
		}
	}
	all := []attack{
		{"UPL03 endless preamble", 20, form(413, func() io.Reader { return endless("no boundary\r\n") })},
		{"UPL03 100,000 parts", 20, form(400, func() io.Reader { return strings.NewReader(strings.Repeat(part+"\r\n{}\r\n", 100_000)) })},
		{"UPL03 part header of 1 MB", 20, form(413, func() io.Reader {
			return io.MultiReader(strings.NewReader(part+"X-Fill: "), io.LimitReader(endless("x"), 1<<20), strings.NewReader("\r\n\r\n{}"))
		})},
		{"UPL03 metadata of 50 MB", 20, form(413, func() io.Reader {
			return io.MultiReader(strings.NewReader(part+"\r\n"), io.LimitReader(endless(" "), 50<<20))
		})},
		{"UPL03 endless JSON", 20, func(s *target) error {
			return s.expect(s.post("/bulk/approval", "application/json", endless(" ")), 413)
		}},
	}
	for path, body := range map[string]string{
		"": `{"type":"copy","provenance":{"parameters":` + deep + `}}`, "/%s/versions": `{"provenance":` + deep + `}`,
		"/%s/approval": `{"action":` + deep + `}`, "/%s/rollback": deep, "/bulk/approval": `{"items":` + deep + `}`,
	} {
		all = append(all, attack{"UPL08 JSON of 100,000 levels to " + strings.ReplaceAll(path, "/%s", ""), 20, func(s *target) error {
			if strings.Contains(path, "%s") {
				return s.expect(s.post(fmt.Sprintf(path, s.small), "application/json", strings.NewReader(body)), 400)
			}
			return s.expect(s.post(path, "application/json", strings.NewReader(body)), 400)
		}})
	}
	return all
}

// endless is a reader that repeats a text.
type endless string

func (e endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

// target is a server with a small asset and one that is larger than the buffers of a
// socket.
type target struct {
	*process
	storage    storage
	key        string
	small, big string
	worker     *workload.Worker // the well-behaved client
}

func newTarget(t *testing.T, p storage) *target {
	t.Helper()
	var sum figures
	all := newWorkers(t, p, 1, &sum.Tally)
	s := &target{process: start(t, p), storage: p, key: all[1].Key, worker: all[0]}
	for name, content := range map[*string][]byte{&s.small: []byte("small"), &s.big: make([]byte, 32<<20)} {
		resp := s.post("", "multipart/form-data; boundary=b", io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n"+
			`{"type":"bundle","title":"b"}`+"\r\n--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"b\"\r\n\r\n"), bytes.NewReader(content), strings.NewReader("\r\n--b--\r\n")))
		if err := s.expect(resp, http.StatusCreated); err != nil {
			t.Fatal(err)
		}
		*name = strings.TrimPrefix(resp.header.Get("Location"), base+"/")
	}
	var wg sync.WaitGroup // as many as an attack has, so that the pool of connections reaches its full size
	for range 300 {
		wg.Go(func() { s.get("?limit=1") })
	}
	wg.Wait()
	return s
}

// checkNoTrace requires that the attacks left no rows, at most garbage.
func (s *target) checkNoTrace(t *testing.T) {
	t.Helper()
	s.kill()
	s.storage.waitUnused(t)
	s.storage.open(t, func(db database, content *blob.Dir) {
		seen, err := workload.Inspect(t.Context(), db, content, []string{"w0", "w1"}, t.Errorf)
		if err != nil {
			t.Fatal(err)
		}
		seen.CompareAcknowledged(s.worker)
		if n := len(seen.Current) - len(s.worker.Live); n != 2 {
			t.Errorf("the hostile clients' workspace has %d assets, want the two it began with", n)
		}
		t.Logf("%d objects of garbage swept", seen.Sweep(t))
	})
}

// maxGrown is by how much memory may grow in one attack: as much as the server reserves
// for expensive work.
const maxGrown = 128 << 20

// run runs an attack beside a well-behaved client.
func (s *target) run(t *testing.T, a attack) {
	held := s.resources(t)
	before := testproc.ResetPeak(t, s.cmd.Process.Pid)
	stop, calm := make(chan struct{}), make(chan []time.Duration)
	go func() { calm <- s.useNormally(t, stop) }()
	var wg sync.WaitGroup
	var reset atomic.Int64
	began := time.Now()
	for range a.clients {
		wg.Go(func() {
			switch err := a.client(s); {
			case errors.Is(err, errReset):
				reset.Add(1)
			case err != nil:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	close(stop)
	latencies := <-calm
	peak := testproc.Peak(t, s.cmd.Process.Pid)
	grown := peak - before
	s.waitReleased(t, held)
	slices.Sort(latencies)
	typical, slowest := latencies[len(latencies)/2], latencies[len(latencies)-1]
	t.Logf("%d clients, %v: memory grew by %d KiB; of %d clean requests beside them half took up to %v, the slowest %v; %d clients were reset",
		a.clients, took.Round(time.Millisecond), grown>>10, len(latencies), typical.Round(time.Microsecond), slowest.Round(time.Microsecond), reset.Load())
	if int(reset.Load()) == a.clients {
		t.Error("no client got an answer")
	}
	if grown > maxGrown {
		t.Errorf("memory grew by %d bytes", grown)
	}
	if peak > maxResident {
		t.Errorf("the process has %d bytes", peak)
	}
	if took > time.Minute {
		t.Errorf("the clients were held for %v", took)
	}
	// A clean request that takes about as long as disconnecting a client has waited
	// for the hostile ones. A short attack is over before that.
	if typical > idleTimeout/2 && len(latencies) >= 10 {
		t.Errorf("a clean request took %v", typical)
	}
}

// useNormally reads and writes until stop is closed, at least once, and returns the
// time that each request took.
func (s *target) useNormally(t *testing.T, stop <-chan struct{}) (latencies []time.Duration) {
	t.Helper()
	for {
		began := time.Now()
		s.worker.Try(s.url, s.worker.Create(), nil)
		latencies = append(latencies, time.Since(began))
		if s.worker.Pending() {
			t.Error("a clean request failed")
			return latencies
		}
		began = time.Now()
		if err := s.expect(s.get("?limit=5&status=draft"), http.StatusOK); err != nil { // a reset too
			t.Error(err)
		}
		latencies = append(latencies, time.Since(began))
		select {
		case <-stop:
			return latencies
		default:
		}
	}
}

// waitReleased waits until the server holds no more than before, and checks what
// the database holds for it.
func (s *target) waitReleased(t *testing.T, before resources) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for now := s.resources(t); now.files > before.files+4 || now.goroutines > before.goroutines+8; now = s.resources(t) {
		if time.Now().After(deadline) {
			t.Errorf("the server still holds %+v, %+v before", now, before)
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	if strings.HasPrefix(s.storage.database, "postgres:") {
		if n := pgtest.Count(t, s.storage.database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"); n > 0 {
			t.Errorf("%d transactions are held open", n)
		}
		return
	}
	if size := fileSize(t, s.storage.database+"-wal"); size > 8<<20 { // SQLite restarts it at 4 MiB, unless a reader uses it
		t.Errorf("the write-ahead log has %d bytes", size)
	}
}
