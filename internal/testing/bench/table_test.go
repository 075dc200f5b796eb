package bench_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	assetCount = flag.Int("assets", 10_000, "assets in the database before anything is measured")
	rounds     = flag.Int("rounds", 4, "rounds, of which a figure is the median")
	roundTime  = flag.Duration("time", time.Second, "length of each measurement")
	approvals  = flag.Int("approvals", 400, "approvals in each measurement")
	only       = flag.String("only", "", "measure operations whose name contains this")
	reportFile = flag.String("report", "", "file to which the figures are added as JSON")
)

// clients are the numbers of concurrent callers.
var clients = []int{1, 8, 32}

// figure is a row of the report.
type figure struct {
	Row     string  `json:"row"`
	Backend string  `json:"backend"`
	Assets  int     `json:"assets"`
	Clients int     `json:"clients"`
	Ours    float64 `json:"ours"`  // requests per second
	Floor   float64 `json:"floor"` // requests per second
	Ratio   float64 `json:"ratio"`
	P99     float64 `json:"p99_ms"` // of ours
}

// BenchmarkOperations prints a table for each back end. Nothing is deleted meanwhile.
func BenchmarkOperations(b *testing.B) {
	for _, open := range []func(testing.TB) *backend{sqliteBackend, postgresBackend} {
		back := open(b)
		b.Run(back.name, func(b *testing.B) {
			for b.Loop() {
				s := newSubject(b, back, *assetCount)
				report(b, s.measure(b))
			}
		})
	}
}

// measure measures every operation with every number of clients.
func (s *subject) measure(b *testing.B) (figures []figure) {
	b.Helper()
	for _, op := range operations() {
		if !strings.Contains(op.name, *only) {
			continue
		}
		s.learn(b, op)
		for _, n := range clients {
			figures = append(figures, s.compare(b, op, n))
		}
	}
	return figures
}

// compare measures an operation on both servers in turns.
func (s *subject) compare(b *testing.B, op operation, clients int) figure {
	b.Helper()
	var ours, floor []float64
	var p99 []time.Duration
	for round := range *rounds {
		measureOurs := func() {
			m := s.drive(b, s.ours, op, clients)
			ours, p99 = append(ours, m.rate), append(p99, m.p99)
		}
		if round%2 == 1 {
			measureOurs()
		}
		floor = append(floor, s.drive(b, s.floor, op, clients).rate)
		if round%2 == 0 {
			measureOurs()
		}
	}
	f := figure{
		Row: op.name, Backend: s.backend.name, Assets: *assetCount, Clients: clients,
		Ours: median(ours), Floor: median(floor), P99: float64(median(p99).Microseconds()) / 1000,
	}
	f.Ratio = f.Ours / f.Floor
	return f
}

func median[T float64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

// measurement is the result of one drive.
type measurement struct {
	rate float64
	p99  time.Duration
}

// drive calls an operation of a server from several clients, for roundTime or as often as it
// was prepared.
func (s *subject) drive(b *testing.B, server *server, op operation, clients int) measurement {
	b.Helper()
	calls := make(chan string) // ids
	ctx, cancel := context.WithTimeout(b.Context(), *roundTime)
	defer cancel()
	var ids []string
	if op.consumes {
		ids = s.drafts(b, *approvals)
		ctx = b.Context()
	}
	var mu sync.Mutex
	var took []time.Duration
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			var own []time.Duration
			for id := range calls {
				start := time.Now()
				if err := server.call(op.request(s, id)); err != nil {
					b.Errorf("%s: %v", op.name, err)
					return
				}
				own = append(own, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
		})
	}
	start := time.Now()
	for i := 0; ctx.Err() == nil && (!op.consumes || i < len(ids)); i++ {
		id := ""
		if op.consumes {
			id = ids[i]
		}
		select {
		case calls <- id:
		case <-ctx.Done():
		}
	}
	close(calls)
	running.Wait()
	elapsed := time.Since(start)
	if b.Failed() || len(took) == 0 {
		b.FailNow()
	}
	slices.Sort(took)
	return measurement{float64(len(took)) / elapsed.Seconds(), took[len(took)*99/100]}
}

// report prints the figures of a back end as a table and adds them to the file.
func report(b *testing.B, figures []figure) {
	b.Helper()
	text := &strings.Builder{}
	fmt.Fprintf(text, "\n%s, %d assets; requests per second, medians of %d rounds\n", figures[0].Backend, figures[0].Assets, *rounds)
	fmt.Fprintf(text, "%-26s %8s %9s %9s %6s %9s\n", "operation", "clients", "ours", "floor", "ratio", "p99 ms")
	for _, f := range figures {
		fmt.Fprintf(text, "%-26s %8d %9.0f %9.0f %6.2f %9.1f\n", f.Row, f.Clients, f.Ours, f.Floor, f.Ratio, f.P99)
	}
	if _, err := fmt.Fprintln(os.Stdout, text); err != nil { // a benchmark's log is truncated
		b.Error(err)
	}
	if *reportFile == "" {
		return
	}
	var all []figure
	if old, err := os.ReadFile(*reportFile); err == nil {
		if err := json.Unmarshal(old, &all); err != nil {
			b.Fatal(err)
		}
	}
	encoded, err := json.MarshalIndent(append(all, figures...), "", "  ")
	if err == nil {
		err = os.WriteFile(*reportFile, append(encoded, '\n'), 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}
