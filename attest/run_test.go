package attest_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/attest"
)

// signer is a host's signer, which may be away.
type signer struct {
	key ed25519.PrivateKey

	mu    sync.Mutex
	err   error
	wrong bool // it returns a wrong signature
	calls int
	about [][]byte // the messages of these

	refused []assets.ID // of assets about which it signs nothing
}

func (s *signer) Public() ed25519.PublicKey {
	if s.key == nil {
		return nil
	}
	public, _ := s.key.Public().(ed25519.PublicKey)
	return public
}

func (s *signer) Sign(_ context.Context, message []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	s.about = append(s.about, message)
	if s.wrong {
		return make([]byte, ed25519.SignatureSize), nil
	}
	for _, id := range s.refused {
		if bytes.Contains(message, []byte(id)) {
			return nil, errors.New("the message is too long")
		}
	}
	return ed25519.Sign(s.key, message), s.err
}

// count returns the number of calls.
func (s *signer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// countOf returns the number of calls about an asset.
func (s *signer) countOf(id assets.ID) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, message := range s.about {
		if bytes.Contains(message, []byte(id)) {
			n++
		}
	}
	return n
}

func (s *signer) set(err error, wrong bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.wrong = err, wrong
}

// newLibrary returns a Library that attests, with an approved asset.
func newLibrary(t *testing.T, a *attest.Attester) (*assets.Library, assets.ID) {
	t.Helper()
	cfg := assetstest.Config()
	cfg.Attest = a
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ann := assetstest.User("w", "ann")
	made, err := lib.Create(t.Context(), ann, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: fileText}})
	if err == nil {
		_, err = lib.Review(t.Context(), ann, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if err != nil {
		t.Fatal(err)
	}
	return lib, made.ID
}

// run runs what signs until the test has ended.
func run(t *testing.T, a *attest.Attester, lib *assets.Library) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := a.Run(ctx, lib); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
}

// signed returns the attestation of version 1; a zero one if it is not signed.
func signed(t *testing.T, lib *assets.Library, id assets.ID) assets.Attestation {
	t.Helper()
	a, err := lib.Attestation(t.Context(), assetstest.User("w", "ann"), id, 1)
	if err != nil && !errors.Is(err, assets.ErrNotAttested) {
		t.Fatal(err)
	}
	return a
}

// longEnough is when whatever failed has been tried again.
const longEnough = 2 * time.Minute

// A signer that is away, or signs wrongly, delays no decision, and signs later, once.
func TestRunSignsLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		host := &signer{key: newKey(5), err: errors.New("away")}
		a := newAttester(t, attest.Config{Signer: host})
		lib, id := newLibrary(t, a)
		if host.count() != 0 || signed(t, lib, id).Signed() {
			t.Fatal("the decision was signed at once")
		}
		run(t, a, lib)
		time.Sleep(longEnough)
		if host.count() == 0 || signed(t, lib, id).Signed() {
			t.Errorf("while it is away: %d calls", host.count())
		}
		host.set(nil, true)
		time.Sleep(longEnough)
		if signed(t, lib, id).Signed() {
			t.Error("a wrong signature was stored")
		}
		host.set(nil, false)
		time.Sleep(longEnough)
		approval, calls := signed(t, lib, id), host.count()
		if _, err := (attest.Verifier{Keys: a.PublicKeys()}).Envelope(approval.EnvelopeJSON()); err != nil {
			t.Error(err)
		}
		if _, err := lib.Review(t.Context(), assetstest.User("w", "ann"), id, assets.Decision{Action: assets.ActionArchive}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(longEnough)
		if w := signed(t, lib, id); w.Revision == approval.Revision || !w.Withdrawn || host.count() != calls+1 {
			t.Errorf("the withdrawal: %+v after %d calls", w, host.count()-calls)
		}
	})
}

// TestSignedInTheBackground: Library.Run signs, also beside a Run of the host, and each
// statement once.
func TestSignedInTheBackground(t *testing.T) {
	t.Parallel()
	for name, host := range map[string]bool{"by the Library": false, "beside the host": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &signer{key: newKey(5)}
				a := newAttester(t, attest.Config{Signer: s})
				lib, id := newLibrary(t, a)
				if host {
					run(t, a, lib)
				}
				background(t, lib)
				time.Sleep(longEnough)
				if !signed(t, lib, id).Signed() || s.count() != 1 {
					t.Errorf("%+v after %d calls of the signer", signed(t, lib, id), s.count())
				}
			})
		})
	}
}

// background runs the background work of a Library until the test has ended.
func background(t *testing.T, lib *assets.Library) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := lib.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
}

// TestSignedAfterPruning: what was unsigned when its event was pruned is signed without
// another event, when the signer is back.
func TestSignedAfterPruning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &signer{key: newKey(5), err: errors.New("away")}
		a := newAttester(t, attest.Config{Signer: s})
		lib, id := newLibrary(t, a)
		pruneUnread(t, lib)
		run(t, a, lib)
		time.Sleep(longEnough)
		s.set(nil, false)
		time.Sleep(longEnough)
		if !signed(t, lib, id).Signed() {
			t.Error("the statement is not signed")
		}
	})
}

// pruneUnread removes events that the follower has not read. A mark that is not there would
// begin behind them.
func pruneUnread(t *testing.T, lib *assets.Library) {
	t.Helper()
	if err := lib.SkipReserved(t.Context(), "assets/attestations"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		approve(t, lib)
	}
	n, err := lib.Store().(assets.Journal).PruneEvents(t.Context(), 1<<50)
	if err != nil || n == 0 {
		t.Fatalf("%d pruned, %v", n, err)
	}
	if err := lib.FollowReserved(t.Context(), "assets/attestations", 0, nil); !errors.Is(err, assets.ErrEventsPruned) {
		t.Fatal(err)
	}
}

// A key signs in the transaction and, in Run, what a signer of before has left.
func TestKeySignsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		key := newAttester(t, attest.Config{Key: newKey(6)})
		lib, id := newLibrary(t, key)
		if !signed(t, lib, id).Signed() {
			t.Error("the key did not sign at once")
		}
		before, id := newLibrary(t, newAttester(t, attest.Config{Signer: &signer{key: newKey(5), err: errors.New("away")}}))
		cfg := assetstest.Config()
		cfg.Store, cfg.Attest = before.Store(), key
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		run(t, key, lib)
		time.Sleep(longEnough)
		if a := signed(t, lib, id); a.KeyID != key.PublicKeys()[0].ID {
			t.Errorf("signed by %q", a.KeyID)
		}
	})
}
