package datafolder

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestSigningKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	f := folder(t.TempDir())
	path := f.signingKey()
	var created atomic.Int32
	var racers sync.WaitGroup
	for range 16 {
		racers.Go(func() {
			won, err := createSigningKey(path)
			if err != nil {
				t.Error(err)
			}
			if won {
				created.Add(1)
			}
			if keys, err := f.signingKeys(); err != nil || len(keys) != 1 || len(keys[0]) != signingKeyBytes {
				t.Errorf("%d keys, %v", len(keys), err)
			}
		})
	}
	racers.Wait()
	if got := created.Load(); got != 1 {
		t.Errorf("%d of the racers made the key", got)
	}
}
