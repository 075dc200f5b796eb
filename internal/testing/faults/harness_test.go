package assets_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// scene is one Library whose back ends can be made to fail, in a workspace of
// its own: cases share the stores.
type scene struct {
	*assetstest.Injector
	lib   *assets.Library
	store assets.Store // without faults
	blobs *keeper      // without faults
	ws    string
	seq   int64 // of the journal, when the scene began

	id       assets.ID // what the call is about, once it is known
	others   []assets.ID
	token    string
	upload   assets.ID
	replayed bool
}

// stage sets up scenes on one back end.
type stage struct {
	cfg    assets.Config
	blobs  *keeper
	inject *assetstest.Injector
	lib    *assets.Library
	scenes int
	seq    int64
}

func newStage(t testing.TB, cfg assets.Config) *stage {
	t.Helper()
	st := &stage{blobs: &keeper{Blobs: cfg.Blobs, keys: map[string]bool{}}, cfg: cfg}
	st.inject = assetstest.FailAt(cfg.Store, st.blobs)
	cfg.Store, cfg.Blobs = st.inject.Store, st.inject.Blobs
	st.lib = library(t, cfg)
	return st
}

func (st *stage) scene(t testing.TB) *scene {
	t.Helper()
	st.scenes++
	st.seq = journalEnd(t, st.cfg.Store.(assets.Journal), st.seq)
	return &scene{
		Injector: st.inject, lib: st.lib, store: st.cfg.Store, blobs: st.blobs,
		ws: fmt.Sprintf("scene-%d", st.scenes), seq: st.seq,
	}
}

func journalEnd(t testing.TB, j assets.Journal, after int64) int64 {
	t.Helper()
	for {
		events, err := j.Events(t.Context(), after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			return after
		}
		after = events[len(events)-1].Seq
	}
}

// user is a person with every scope in the scene's workspace.
func (s *scene) user(subject string) assets.Actor {
	a := user(subject)
	a.Workspace = s.ws
	return a
}

// rows are everything that the store has of a scene.
type rows struct {
	Current, Approved []*assets.Asset
	Versions          map[assets.ID][]assets.Version
	Reviews           map[assets.ID][]assets.Review
	Events            []assets.Event
	Upload            assets.Upload
}

// rows reads them, and checks the one thing that holds at every instant: a
// committed row's content exists, complete, with its digest.
func (s *scene) rows(t testing.TB) rows {
	t.Helper()
	all := rows{Versions: map[assets.ID][]assets.Version{}, Reviews: map[assets.ID][]assets.Review{}}
	var errs [6]error
	ctx := t.Context()
	all.Current, errs[0] = s.store.Assets(ctx, s.ws, assets.Filter{}, assets.Window{Limit: 100})
	all.Approved, errs[1] = s.store.Assets(ctx, s.ws, assets.Filter{Approved: true}, assets.Window{Limit: 100})
	for _, a := range all.Current {
		all.Versions[a.ID], errs[2] = s.store.Versions(ctx, s.ws, a.ID)
		all.Reviews[a.ID], errs[3] = s.store.Reviews(ctx, s.ws, a.ID, 0, 0)
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

func (s *scene) checkStored(t testing.TB, v assets.Version) {
	t.Helper()
	r, err := s.blobs.Open(t.Context(), v.Key, 0, -1)
	if err != nil {
		t.Fatalf("the content of version %d: %v", v.Number, err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil || sha256Of(string(b)) != v.Content.SHA256 {
		t.Fatalf("version %d has %d bytes that are not its content (%v)", v.Number, len(b), err)
	}
}

// same says whether nothing changed.
func same(a, b rows) bool { return reflect.DeepEqual(a, b) }

// keeper knows which keys hold bytes, and how many readers are open.
type keeper struct {
	assets.Blobs
	open atomic.Int64
	mu   sync.Mutex
	keys map[string]bool
}

func (k *keeper) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := k.Blobs.Open(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	k.open.Add(1)
	return &keptReader{r, sync.OnceFunc(func() { k.open.Add(-1) })}, nil
}

type keptReader struct {
	io.ReadCloser
	closed func()
}

func (r *keptReader) Close() error {
	r.closed()
	return r.ReadCloser.Close()
}

func (k *keeper) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	err := k.Blobs.Put(ctx, key, mediaType, r)
	if err == nil {
		k.set(key, true)
	}
	return err
}

func (k *keeper) Delete(ctx context.Context, key string) error {
	err := k.Blobs.Delete(ctx, key)
	if err == nil {
		k.set(key, false)
	}
	return err
}

func (k *keeper) set(key string, held bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if held {
		k.keys[key] = true
	} else {
		delete(k.keys, key)
	}
}

// count answers how many keys of a workspace hold bytes.
func (k *keeper) count(ws string) int {
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
