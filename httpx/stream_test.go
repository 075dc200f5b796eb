package httpx_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/resttest"
)

// TestVolumeHundredStreams: 100 streams that receive large events take at most 32 MiB,
// with their clients, which are in the same process.
func TestVolumeHundredStreams(t *testing.T) {
	srv := resttest.New(t)
	server := serve(t, srv)
	tags := `{"` + strings.Repeat("k", 60) + `":["` + strings.Repeat("v", 200) + `"]}`
	before := inUse()
	const streams, changes = 100, 50
	var all []*eventSource
	for range streams {
		all = append(all, stream(t, server, "", ""))
	}
	for range changes {
		srv.Must(201, call{Method: "POST", Path: base, As: "writer", Body: `{"type":"copy","title":"t","text":"x","tags":` + tags + `}`})
	}
	var wg sync.WaitGroup
	for _, s := range all {
		wg.Go(func() {
			for range changes {
				if _, ok := s.next(); !ok {
					t.Error("a stream has ended")
					return
				}
			}
		})
	}
	wg.Wait()
	if used := inUse() - before; used > 32<<20 {
		t.Errorf("%d streams take %d MiB", streams, used>>20)
	} else {
		t.Logf("%d streams take %d KiB", streams, used>>10)
	}
}

// inUse returns the bytes of heap and stacks in use.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse) //nolint:gosec // far below the limit
}
