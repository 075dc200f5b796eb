package faults_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// failStep makes the step of that name fail in one call, in a trial of its own.
func (l *faultyLibrary) failStep(t testing.TB, step string, f assetstest.Fault, prepare func(*trial) error, call func(context.Context, *trial) error) (*trial, error) {
	t.Helper()
	once := func(n int) (*trial, []string, error) {
		s := l.trial(t)
		if prepare != nil {
			if err := prepare(s); err != nil {
				t.Fatal(err)
			}
		}
		err := call(s.Arm(t.Context(), n, f), s)
		steps, _ := s.Disarm()
		return s, steps, err
	}
	_, steps, _ := once(0)
	n := slices.Index(steps, step) + 1
	if n == 0 {
		t.Fatalf("the call has no step %q: %q", step, steps)
	}
	s, _, err := once(n)
	return s, err
}

// TestBytesAfterCommitCRA02: bytes are deleted when their rows surely did not
// commit, and kept when the outcome is unknown.
func TestBytesAfterCommitCRA02(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault       assetstest.Fault
		code        string
		rows, bytes int
	}{
		{assetstest.Fails, "unavailable", 0, 0},
		{assetstest.CommitKept, "", 1, 1},
		{assetstest.CommitKept | assetstest.StaysDown, "unavailable", 1, 1},
		{assetstest.CommitLost | assetstest.StaysDown, "unavailable", 0, 1},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			eachFaulty(t, func(t *testing.T, l *faultyLibrary) {
				s, err := l.failStep(t, "tx.commit", c.fault, nil, create("", true))
				if code := assets.Code(err); code != c.code {
					t.Errorf("code %q (%v), want %q", code, err, c.code)
				}
				if r := s.readRows(t); len(r.Current) != c.rows {
					t.Errorf("%d assets, want %d", len(r.Current), c.rows)
				}
				if n := s.blobs.count(s.ws); n != c.bytes {
					t.Errorf("%d contents are stored, want %d", n, c.bytes)
				}
			})
		})
	}
}

// TestShortObjectBLB01: a Put that stores too few bytes and returns no error makes
// no asset.
func TestShortObjectBLB01(t *testing.T) {
	eachFaulty(t, func(t *testing.T, l *faultyLibrary) {
		s, err := l.failStep(t, "blobs.Put", assetstest.Shortens, nil, create("", false))
		if assets.Code(err) != "unavailable" {
			t.Errorf("got %v, want unavailable", err)
		}
		if r := s.readRows(t); len(r.Current)+len(r.Events) != 0 {
			t.Error("it left rows")
		}
		if n := s.blobs.count(s.ws); n != 0 {
			t.Errorf("%d short contents stay", n)
		}
	})
}

// TestContentMissingBLB04: reading a content that is missing or unreachable fails
// before the first byte, and never with "not found".
func TestContentMissingBLB04(t *testing.T) {
	read := func(ctx context.Context, s *trial) (int, error) {
		f, err := s.lib.Open(ctx, s.user("ann"), s.id, assets.SelectCurrent)
		if err != nil {
			return 0, err
		}
		b, err := io.ReadAll(f)
		return len(b), errors.Join(err, f.Close())
	}
	eachFaulty(t, func(t *testing.T, l *faultyLibrary) {
		s, err := l.failStep(t, "blobs.Open", assetstest.Fails, submitted, func(ctx context.Context, s *trial) error {
			n, err := read(ctx, s)
			if err != nil && n > 0 {
				t.Errorf("%d bytes of a bucket that is down", n)
			}
			return err
		})
		if assets.Code(err) != "unavailable" {
			t.Errorf("bucket down: %v", err)
		}
		v, err := s.store.Version(t.Context(), s.ws, s.id, 1)
		if err == nil {
			err = s.blobs.Delete(t.Context(), v.Key)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n, err := read(t.Context(), s); n != 0 || assets.Code(err) != "internal_error" {
			t.Errorf("content missing: %d bytes, %v", n, err)
		}
	})
}

// TestBrokenRuleAPR15: a host's rule that panics, fails or runs past the deadline
// approves nothing and blocks nothing.
func TestBrokenRuleAPR15(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		rule  func(context.Context) error
		limit time.Duration // 0: the default, which is never reached
		codes []string
	}{
		{"panics", func(context.Context) error { panic("broken") }, 0, []string{"internal_error"}},
		{"fails", func(context.Context) error { return errors.New("SELECT secret") }, 0, []string{"internal_error"}},
		{"runs past the deadline, fails", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, 50 * time.Millisecond, []string{"internal_error", "unavailable"}},
		{"runs past the deadline, accepts", func(ctx context.Context) error { <-ctx.Done(); return nil }, 50 * time.Millisecond, []string{"internal_error", "unavailable"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			backends.Each(t, func(t *testing.T, cfg assets.Config) {
				sound := backends.Library(t, cfg)
				id := fixture.Draft(t, sound, true).ID
				cfg.Limits.WriteTimeout = c.limit
				cfg.Approver = approval.Policy{Rule: func(ctx context.Context, _ assets.Actor, _ *assets.Asset, _ assets.Review) error {
					return c.rule(ctx)
				}}
				_, err := backends.Library(t, cfg).Review(t.Context(), fixture.User("ann"), id, assets.Decision{Action: "approve", Version: 1})
				if !slices.Contains(c.codes, assets.Code(err)) || strings.Contains(assets.Detail(err), "secret") {
					t.Errorf("got %q (%v), want one of %q", assets.Code(err), err, c.codes)
				}
				if a := fixture.CheckConsistent(t, cfg, sound, id); a.ApprovedVersion != 0 || len(a.Reviews) != 1 {
					t.Errorf("version %d is in force, %d reviews", a.ApprovedVersion, len(a.Reviews))
				}
				if err := fixture.Decide(t, sound, "ann", id, assets.ActionApprove, 1); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

// countingReader counts the bytes that were read.
type countingReader struct {
	io.Reader
	read int
}

func (o *countingReader) Read(b []byte) (int, error) {
	n, err := o.Reader.Read(b)
	o.read += n
	return n, err
}

// TestTransactionRunsAgainIDM06: when a serialization failure makes the
// transaction run again, the body is read once, and one review and one journal row
// are written.
func TestTransactionRunsAgainIDM06(t *testing.T) {
	eachFaulty(t, func(t *testing.T, l *faultyLibrary) {
		for n, struck := 1, ""; struck == ""; n++ {
			s := l.trial(t)
			body := &countingReader{Reader: strings.NewReader("text")}
			out, err := s.lib.Create(s.Arm(t.Context(), n, assetstest.Reruns), s.user("maker"), assets.NewAsset{
				Type: assets.TypeCopy, Title: "headline", NewVersion: assets.NewVersion{Content: body, Submit: true},
			})
			_, struck = s.Disarm()
			if err != nil {
				t.Fatal(err)
			}
			r := s.readRows(t)
			if body.read != len("text") || len(r.Reviews[out.ID]) != 1 || len(r.Events) != 1 || len(r.Current) != 1 {
				t.Errorf("%d bytes read, %d reviews, %d journal rows, %d assets", body.read, len(r.Reviews[out.ID]), len(r.Events), len(r.Current))
			}
		}
	})
}

// mintingStore records the ids that transactions write, and can block a write
// until its context ends.
type mintingStore struct {
	assets.Store
	ids   []assets.ID
	block bool
}

func (m *mintingStore) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return m.Store.Update(ctx, func(tx assets.Tx) error { return fn(&mintingTx{tx, m}) })
}

type mintingTx struct {
	assets.Tx
	store *mintingStore
}

func (m *mintingTx) PutAsset(ctx context.Context, current, approved *assets.Asset) error {
	m.store.ids = append(m.store.ids, current.ID)
	if m.store.block {
		<-ctx.Done()
	}
	return m.Tx.PutAsset(ctx, current, approved)
}

// TestIDsAreMintedInTransactionLST01: the id of an asset is minted inside the
// write transaction, after the upload, and anew when the transaction runs again; a
// write that takes too long fails.
func TestIDsAreMintedInTransactionLST01(t *testing.T) {
	in := func(body io.Reader) assets.NewAsset {
		return assets.NewAsset{Type: assets.TypeCopy, Title: "headline", NewVersion: assets.NewVersion{Content: body}}
	}
	t.Run("after the upload", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			lib := backends.Library(t, cfg)
			var during assets.ID
			body := &hooked{Reader: strings.NewReader("text"), first: func() { during = fixture.Draft(t, lib, false).ID }}
			out, err := lib.Create(t.Context(), fixture.User("maker"), in(body))
			if err != nil || during == "" || out.ID <= during {
				t.Errorf("id %s of an upload that began before %s (%v)", out.ID, during, err)
			}
		})
	})
	t.Run("anew in each run", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			minting := &mintingStore{Store: cfg.Store}
			fail := assetstest.FailAt(minting, cfg.Blobs)
			cfg.Store = fail.Store
			lib := backends.Library(t, cfg)
			for n, struck := 1, ""; struck == ""; n++ {
				minting.ids = nil
				if _, err := lib.Create(fail.Arm(t.Context(), n, assetstest.Reruns), fixture.User("maker"), in(strings.NewReader("text"))); err != nil {
					t.Fatal(err)
				}
				_, struck = fail.Disarm()
			}
			if len(minting.ids) != 2 || minting.ids[0] >= minting.ids[1] {
				t.Errorf("ids of the two runs: %v", minting.ids)
			}
		})
	})
	t.Run("limited", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			minting := &mintingStore{Store: cfg.Store, block: true}
			cfg.Limits.WriteTimeout = 50 * time.Millisecond
			blocked := cfg
			blocked.Store = minting
			if _, err := backends.Library(t, blocked).Create(t.Context(), fixture.User("maker"), in(strings.NewReader("text"))); assets.Code(err) != "unavailable" {
				t.Errorf("a blocked write: %v", err)
			}
			page, err := backends.Library(t, cfg).List(t.Context(), fixture.User("checker"), assets.Query{})
			if err != nil || len(page.Items) != 0 {
				t.Errorf("%d assets, %v", len(page.Items), err)
			}
		})
	})
}

// hooked calls first before its first byte is read.
type hooked struct {
	io.Reader
	first func()
}

func (h *hooked) Read(b []byte) (int, error) {
	if h.first != nil {
		h.first()
		h.first = nil
	}
	return h.Reader.Read(b)
}
