package datafolder

import (
	"bytes"
	"os"
	"strings"
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

func TestSigningKeysNewestFirst(t *testing.T) {
	t.Parallel()
	f := folder(t.TempDir())
	path := f.signingKey()
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bmV3\r\n\nb2xk\n")
	keys, err := f.signingKeys()
	if err != nil || len(keys) != 2 || !bytes.Equal(keys[0], []byte("new")) || !bytes.Equal(keys[1], []byte("old")) {
		t.Errorf("%q %v", keys, err)
	}
	for _, bad := range []string{"", "\n", "c2VjcmV0!\n"} {
		write(bad)
		if _, err := f.signingKeys(); err == nil || strings.Contains(err.Error(), "c2Vj") {
			t.Errorf("of %q: %v", bad, err)
		}
	}
}
