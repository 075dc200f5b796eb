package assets_test

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
)

// eachStage runs a test in parallel on every back end with faults to inject.
func eachStage(t *testing.T, test func(t *testing.T, st *stage)) {
	t.Helper()
	eachBackend(t, func(t *testing.T, cfg assets.Config) { test(t, newStage(t, cfg)) })
}

// strikeAt makes the step of that name fail in one call, in a fresh scene.
func (st *stage) strikeAt(t testing.TB, step string, f assetstest.Fault, prepare func(*scene) error, call func(context.Context, *scene) error) (*scene, error) {
	t.Helper()
	once := func(n int) (*scene, []string, error) {
		s := st.scene(t)
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

// TestCRA02BytesOfACommit: bytes are deleted when their rows surely did not
// commit, and kept when nobody can tell.
func TestCRA02BytesOfACommit(t *testing.T) {
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
			eachStage(t, func(t *testing.T, st *stage) {
				s, err := st.strikeAt(t, "tx.commit", c.fault, nil, create("", true))
				if code := assets.Code(err); code != c.code {
					t.Errorf("code %q (%v), want %q", code, err, c.code)
				}
				if r := s.rows(t); len(r.Current) != c.rows {
					t.Errorf("%d assets, want %d", len(r.Current), c.rows)
				}
				if n := s.blobs.count(s.ws); n != c.bytes {
					t.Errorf("%d contents are stored, want %d", n, c.bytes)
				}
			})
		})
	}
}

// TestBLB01ShortObject: a Put that succeeds with too few bytes is no content.
func TestBLB01ShortObject(t *testing.T) {
	eachStage(t, func(t *testing.T, st *stage) {
		s, err := st.strikeAt(t, "blobs.Put", assetstest.Shortens, nil, create("", false))
		if assets.Code(err) != "unavailable" {
			t.Errorf("answered %v, want unavailable", err)
		}
		if r := s.rows(t); len(r.Current)+len(r.Events) != 0 {
			t.Error("it left rows")
		}
		if n := s.blobs.count(s.ws); n != 0 {
			t.Errorf("%d short contents stay", n)
		}
	})
}

// TestBLB04ContentAway: content that is missing, or cannot be asked for, is an
// error before the first byte, and never "not found".
func TestBLB04ContentAway(t *testing.T) {
	read := func(ctx context.Context, s *scene) (int, error) {
		f, err := s.lib.Open(ctx, s.user("ann"), s.id, assets.SelectCurrent)
		if err != nil {
			return 0, err
		}
		b, err := io.ReadAll(f)
		return len(b), errors.Join(err, f.Close())
	}
	eachStage(t, func(t *testing.T, st *stage) {
		s, err := st.strikeAt(t, "blobs.Open", assetstest.Fails, submitted, func(ctx context.Context, s *scene) error {
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

// TestAPR15BrokenRule: a host's rule that panics, errs or outlives the deadline
// approves nothing and holds nothing.
func TestAPR15BrokenRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		rule  func(context.Context) error
		limit time.Duration // 0: the default, which no load of the machine reaches
		codes []string
	}{
		{"panics", func(context.Context) error { panic("broken") }, 0, []string{"internal_error"}},
		{"errs", func(context.Context) error { return errors.New("SELECT secret") }, 0, []string{"internal_error"}},
		{"outlives the deadline, errs", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, 50 * time.Millisecond, []string{"internal_error", "unavailable"}},
		{"outlives the deadline, agrees", func(ctx context.Context) error { <-ctx.Done(); return nil }, 50 * time.Millisecond, []string{"internal_error", "unavailable"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, cfg assets.Config) {
				sound := library(t, cfg)
				id := draft(t, sound, true).ID
				cfg.Limits.WriteTimeout = c.limit
				cfg.Approver = approval.Policy{Rule: func(ctx context.Context, _ assets.Actor, _ *assets.Asset, _ assets.Review) error {
					return c.rule(ctx)
				}}
				_, err := library(t, cfg).Review(t.Context(), user("ann"), id, assets.Decision{Action: "approve", Version: 1})
				if !slices.Contains(c.codes, assets.Code(err)) || strings.Contains(assets.Detail(err), "secret") {
					t.Errorf("answered %q (%v), want one of %q", assets.Code(err), err, c.codes)
				}
				if a := checkWhole(t, cfg, sound, id); a.ApprovedVersion != 0 || len(a.Reviews) != 1 {
					t.Errorf("version %d is in force, %d reviews", a.ApprovedVersion, len(a.Reviews))
				}
				if err := decide(t, sound, "ann", id, assets.ActionApprove, 1); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

// onePass counts how often a content was read from its beginning.
type onePass struct {
	io.Reader
	read int
}

func (o *onePass) Read(b []byte) (int, error) {
	n, err := o.Reader.Read(b)
	o.read += n
	return n, err
}

// TestIDM06Rerun: when a serialization failure runs the transaction again, the
// body was read once, and one review and one journal row are written.
func TestIDM06Rerun(t *testing.T) {
	eachStage(t, func(t *testing.T, st *stage) {
		for n, struck := 1, ""; struck == ""; n++ {
			s := st.scene(t)
			body := &onePass{Reader: strings.NewReader("text")}
			out, err := s.lib.Create(s.Arm(t.Context(), n, assetstest.Reruns), s.user("maker"), assets.NewAsset{
				Type: assets.TypeCopy, Title: "headline", NewVersion: assets.NewVersion{Content: body, Submit: true},
			})
			_, struck = s.Disarm()
			if err != nil {
				t.Fatal(err)
			}
			r := s.rows(t)
			if body.read != len("text") || len(r.Reviews[out.ID]) != 1 || len(r.Events) != 1 || len(r.Current) != 1 {
				t.Errorf("%d bytes read, %d reviews, %d journal rows, %d assets", body.read, len(r.Reviews[out.ID]), len(r.Events), len(r.Current))
			}
		}
	})
}

// mintingStore sees every id that a transaction writes, and can hold one up.
type mintingStore struct {
	assets.Store
	ids  []assets.ID
	hold bool
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
	if m.store.hold {
		<-ctx.Done()
	}
	return m.Tx.PutAsset(ctx, current, approved)
}

// TestLST01IDsOfAWrite: ids are minted inside the write, after the upload, anew
// when it runs again; a write that takes too long is given up.
func TestLST01IDsOfAWrite(t *testing.T) {
	in := func(body io.Reader) assets.NewAsset {
		return assets.NewAsset{Type: assets.TypeCopy, Title: "headline", NewVersion: assets.NewVersion{Content: body}}
	}
	t.Run("after the upload", func(t *testing.T) {
		eachBackend(t, func(t *testing.T, cfg assets.Config) {
			lib := library(t, cfg)
			var during assets.ID
			body := &hooked{Reader: strings.NewReader("text"), first: func() { during = draft(t, lib, false).ID }}
			out, err := lib.Create(t.Context(), user("maker"), in(body))
			if err != nil || during == "" || out.ID <= during {
				t.Errorf("id %s of an upload that began before %s (%v)", out.ID, during, err)
			}
		})
	})
	t.Run("anew when run again", func(t *testing.T) {
		eachBackend(t, func(t *testing.T, cfg assets.Config) {
			minting := &mintingStore{Store: cfg.Store}
			fail := assetstest.FailAt(minting, cfg.Blobs)
			cfg.Store = fail.Store
			lib := library(t, cfg)
			for n, struck := 1, ""; struck == ""; n++ {
				minting.ids = nil
				if _, err := lib.Create(fail.Arm(t.Context(), n, assetstest.Reruns), user("maker"), in(strings.NewReader("text"))); err != nil {
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
		eachBackend(t, func(t *testing.T, cfg assets.Config) {
			minting := &mintingStore{Store: cfg.Store, hold: true}
			cfg.Limits.WriteTimeout = 50 * time.Millisecond
			held := cfg
			held.Store = minting
			if _, err := library(t, held).Create(t.Context(), user("maker"), in(strings.NewReader("text"))); assets.Code(err) != "unavailable" {
				t.Errorf("a write held up: %v", err)
			}
			page, err := library(t, cfg).List(t.Context(), user("checker"), assets.Query{})
			if err != nil || len(page.Items) != 0 {
				t.Errorf("%d assets, %v", len(page.Items), err)
			}
		})
	})
}

// hooked runs first before its first byte.
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
