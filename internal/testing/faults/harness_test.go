package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// trial is one call of a faultyLibrary, in a workspace of its own: trials share
// the back ends.
type trial struct {
	*assetstest.Injector
	lib   *assets.Library
	store assets.Store   // without faults
	blobs *trackingBlobs // without faults
	ws    string
	seq   int64 // of the journal, when the trial began

	id       assets.ID // what the call is about, once it is known
	others   []assets.ID
	token    string
	upload   assets.ID
	replayed bool
}

// faultyLibrary is a Library whose back ends can be made to fail.
type faultyLibrary struct {
	cfg    assets.Config
	blobs  *trackingBlobs
	inject *assetstest.Injector
	lib    *assets.Library
	trials int
	seq    int64
}

func newFaultyLibrary(t testing.TB, cfg assets.Config) *faultyLibrary {
	t.Helper()
	l := &faultyLibrary{blobs: &trackingBlobs{Blobs: cfg.Blobs, keys: map[string]bool{}}, cfg: cfg}
	l.inject = assetstest.FailAt(cfg.Store, l.blobs)
	cfg.Store, cfg.Blobs = l.inject.Store, l.inject.Blobs
	l.lib = backends.Library(t, cfg)
	return l
}

// eachFaulty runs a test in parallel on every back end with faults to inject.
func eachFaulty(t *testing.T, test func(t *testing.T, l *faultyLibrary)) {
	t.Helper()
	backends.Each(t, func(t *testing.T, cfg assets.Config) { test(t, newFaultyLibrary(t, cfg)) })
}

func (l *faultyLibrary) trial(t testing.TB) *trial {
	t.Helper()
	l.trials++
	l.seq = fixture.JournalEnd(t, l.cfg.Store.(assets.Journal), l.seq)
	return &trial{
		Injector: l.inject, lib: l.lib, store: l.cfg.Store, blobs: l.blobs,
		ws: fmt.Sprintf("trial-%d", l.trials), seq: l.seq,
	}
}

// user returns a person with every scope in the trial's workspace.
func (s *trial) user(subject string) assets.Actor {
	a := fixture.User(subject)
	a.Workspace = s.ws
	return a
}

// rows are everything that the store has of a trial.
type rows struct {
	Current, Approved []*assets.Asset
	Versions          map[assets.ID][]assets.Version
	Reviews           map[assets.ID][]assets.Review
	Events            []assets.Event
	Upload            assets.Upload
}

// readRows returns the rows of the trial, and checks what holds at every
// instant: the content of a committed row exists, complete, with its digest.
func (s *trial) readRows(t testing.TB) rows {
	t.Helper()
	all := rows{Versions: map[assets.ID][]assets.Version{}, Reviews: map[assets.ID][]assets.Review{}}
	var errs [6]error
	ctx := t.Context()
	all.Current, errs[0] = s.store.Assets(ctx, s.ws, assets.Filter{}, assets.Window{Limit: 100})
	all.Approved, errs[1] = s.store.Assets(ctx, s.ws, assets.Filter{Approved: true}, assets.Window{Limit: 100})
	for _, a := range all.Current {
		all.Versions[a.ID], errs[2] = s.store.Versions(ctx, s.ws, a.ID)
		all.Reviews[a.ID], errs[3] = s.store.ReviewsBefore(ctx, s.ws, a.ID, assets.ReviewWindow{Limit: 1000})
		for _, v := range all.Versions[a.ID] {
			s.checkStored(t, v)
		}
	}
	all.Events, errs[4] = s.store.(assets.Journal).Events(ctx, s.seq, 1000)
	if s.upload != "" {
		all.Upload, errs[5] = s.store.Upload(ctx, s.ws, s.upload)
		if all.Upload.Key != "" {
			s.checkStored(t, assets.Version{Key: all.Upload.Key, Content: all.Upload.Content})
		}
	}
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return all
}

func (s *trial) checkStored(t testing.TB, v assets.Version) {
	t.Helper()
	small, err := s.store.(assets.Contents).ReadContents(t.Context(), []string{v.Key})
	if err != nil {
		t.Fatal(err)
	}
	if content, ok := small[v.Key]; ok {
		if fixture.SHA256(string(content)) != v.Content.SHA256 {
			t.Fatalf("version %d has %d bytes that are not its content", v.Number, len(content))
		}
		return
	}
	r, err := s.blobs.Open(t.Context(), v.Key, 0, -1)
	if err != nil {
		t.Fatalf("the content of version %d: %v", v.Number, err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil || fixture.SHA256(string(b)) != v.Content.SHA256 {
		t.Fatalf("version %d has %d bytes that are not its content (%v)", v.Number, len(b), err)
	}
}

// trackingBlobs tracks which keys hold bytes, and how many readers are open.
type trackingBlobs struct {
	assets.Blobs
	open atomic.Int64
	mu   sync.Mutex
	keys map[string]bool
}

func (k *trackingBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := k.Blobs.Open(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	k.open.Add(1)
	return &trackedReader{r, sync.OnceFunc(func() { k.open.Add(-1) })}, nil
}

type trackedReader struct {
	io.ReadCloser
	closed func()
}

func (r *trackedReader) Close() error {
	r.closed()
	return r.ReadCloser.Close()
}

func (k *trackingBlobs) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	err := k.Blobs.Put(ctx, key, mediaType, r)
	if err == nil {
		k.set(key, true)
	}
	return err
}

func (k *trackingBlobs) Delete(ctx context.Context, key string) error {
	err := k.Blobs.Delete(ctx, key)
	if err == nil {
		k.set(key, false)
	}
	return err
}

func (k *trackingBlobs) set(key string, present bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if present {
		k.keys[key] = true
	} else {
		delete(k.keys, key)
	}
}

// count returns the number of keys of a workspace that hold bytes.
func (k *trackingBlobs) count(ws string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for key := range k.keys {
		if strings.HasPrefix(key, ws+"/") {
			n++
		}
	}
	return n
}
