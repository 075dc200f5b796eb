package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

// TestConnectionsOfOthersAreClosed: a statement that ends with its context closes its
// connection, and the pool gives that to the next in line. Reads and writes must not fail for it.
func TestConnectionsOfOthersAreClosed(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	st.DB().SetMaxOpenConns(2)
	done, stop := context.WithCancel(t.Context())
	defer stop()
	var others sync.WaitGroup
	for range 4 {
		others.Go(func() {
			for done.Err() == nil {
				short, cancel := context.WithTimeout(done, time.Millisecond)
				_, _ = st.DB().ExecContext(short, "SELECT pg_sleep(1)")
				cancel()
			}
		})
	}
	for range 10 {
		_, read := st.Keys(t.Context(), apikey.Filter{})
		seen := st.View(t.Context(), func(assets.Snapshot) error { return nil })
		written := st.Update(t.Context(), func(assets.Tx) error { return nil })
		if err := errors.Join(read, seen, written); err != nil {
			t.Error(err)
			break
		}
	}
	stop()
	others.Wait()
}
