package assets_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store/memory"
)

// told is what an observer was told.
type told struct {
	assets.Op
	assets.Outcome
	ended bool
}

// listener collects what an observer is told.
type listener struct {
	mu  sync.Mutex
	all []*told
}

func (o *listener) observe(ctx context.Context, op assets.Op) (context.Context, func(assets.Outcome)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := &told{Op: op}
	o.all = append(o.all, t)
	return ctx, func(out assets.Outcome) {
		o.mu.Lock()
		defer o.mu.Unlock()
		t.Outcome, t.ended = out, true
	}
}

// take returns what was told of operations with a name since the last call.
func (o *listener) take(name string) (found []told) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.all {
		if t.Name == name {
			found = append(found, *t)
		}
	}
	o.all = nil
	return found
}

func observed(t testing.TB, change func(*assets.Config)) (*assets.Library, *listener) {
	t.Helper()
	cfg, o := assetstest.Config(), &listener{}
	cfg.Observe = o.observe
	if change != nil {
		change(&cfg)
	}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return lib, o
}

// TestEveryMethodIsObserved: the observer is told once of each method that takes a context,
// with the code of its error, when the method has returned.
func TestEveryMethodIsObserved(t *testing.T) {
	t.Parallel()
	lib, o := observed(t, func(cfg *assets.Config) { cfg.Store = noLeases{memory.New()} })
	contextType, errorType := reflect.TypeFor[context.Context](), reflect.TypeFor[error]()
	v := reflect.ValueOf(lib)
	n := 0
	for i := range v.NumMethod() {
		name, m := v.Type().Method(i).Name, v.Method(i)
		if m.Type().NumIn() == 0 || m.Type().In(0) != contextType {
			continue
		}
		n++
		in := []reflect.Value{reflect.ValueOf(t.Context())}
		for j := 1; j < m.Type().NumIn() && (!m.Type().IsVariadic() || j < m.Type().NumIn()-1); j++ {
			in = append(in, reflect.Zero(m.Type().In(j)))
		}
		o.take("")
		out := m.Call(in)
		want := ""
		if n := len(out); n > 0 && out[n-1].Type() == errorType && !out[n-1].IsNil() {
			err, _ := reflect.TypeAssert[error](out[n-1])
			want = assets.Code(err)
		}
		if name == "All" { // an iterator
			for _, v := range out[0].Seq2() {
				err, _ := reflect.TypeAssert[error](v)
				want = assets.Code(err)
			}
		}
		found := o.take(name)
		if len(found) != 1 {
			t.Errorf("the observer was told %d times of %s", len(found), name)
			continue
		}
		if f := found[0]; !f.ended || f.Code != want || f.Kind != assets.OpMethod || f.Door != "go" || (f.Err != nil) != (want != "") {
			t.Errorf("%s: %+v, want the code %q", name, f, want)
		}
	}
	if n < 30 {
		t.Errorf("%d methods take a context", n)
	}
}

// TestOutcomes: what the observer is told of a life.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	lib, o := observed(t, nil)
	by := fixture.Ann
	by.Via = assets.ViaMCP
	made, err := lib.Create(t.Context(), by, fixture.Copy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	created := o.take("Create")
	if len(created) != 1 {
		t.Fatalf("%+v", created)
	}
	if c := created[0]; c.Door != "mcp" || c.Workspace != by.Workspace || c.Bytes != made.Asset.Content.SizeBytes || c.Attempts != 1 || c.Code != "" {
		t.Errorf("%+v", c)
	}
	if _, err := lib.Get(t.Context(), by, made.Asset.ID, assets.SelectCurrent); err != nil {
		t.Fatal(err)
	}
	if g := o.take("Get"); len(g) != 1 || g[0].AssetID != made.Asset.ID || g[0].Attempts != 0 {
		t.Errorf("%+v", g)
	}
	if _, err := lib.Get(t.Context(), by, "not an id\n", assets.SelectCurrent); err == nil {
		t.Error("no error")
	}
	if g := o.take("Get"); len(g) != 1 || g[0].AssetID != "" || g[0].Code != "validation_error" {
		t.Errorf("%+v", g)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lib.List(ctx, by, assets.Query{}); err == nil {
		t.Error("no error")
	}
	if g := o.take("List"); len(g) != 1 || g[0].Code != assets.CodeCanceled {
		t.Errorf("%+v", g)
	}
}

// panicking is a policy that panics.
type panicking struct{ assets.Approver }

func (panicking) Admit(assets.Actor, assets.Review) error { panic("a policy") }

// TestPanicsAreObserved: and passed on.
func TestPanicsAreObserved(t *testing.T) {
	t.Parallel()
	lib, o := observed(t, func(cfg *assets.Config) { cfg.Approver = panicking{cfg.Approver} })
	func() {
		defer func() {
			if p := recover(); p != "a policy" {
				t.Errorf("panic %v", p)
			}
		}()
		_, _ = lib.Review(t.Context(), fixture.Ann, fixture.AbsentID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	}()
	if r := o.take("Review"); len(r) != 1 || r[0].Code != "internal_error" || r[0].Err == nil {
		t.Errorf("%+v", r)
	}
}

// TestMeasuresAddUp: an operation has what those within it have measured.
func TestMeasuresAddUp(t *testing.T) {
	t.Parallel()
	lib, o := observed(t, nil)
	boom := errors.New("boom")
	lib.Observer().Do(t.Context(), assets.Op{Name: "outer", Kind: assets.OpJob, Door: assets.DoorBackground}, func(ctx context.Context) assets.Outcome {
		for range 2 {
			if _, err := lib.Create(ctx, fixture.Ann, fixture.Copy("hello")); err != nil {
				t.Error(err)
			}
		}
		return assets.Outcome{Err: boom, Code: "internal_error"}
	})
	outer := o.take("outer")
	if len(outer) != 1 || outer[0].Attempts != 2 || !errors.Is(outer[0].Err, boom) || outer[0].Bytes != 0 {
		t.Errorf("%+v", outer)
	}
	var none assets.Observer
	called := false
	none.Do(t.Context(), assets.Op{}, func(context.Context) assets.Outcome { called = true; return assets.Outcome{} })
	if !called {
		t.Error("a nil Observer does nothing")
	}
}

// TestObservingNobodyAllocatesNothing: Stored allocates its File, and nothing besides.
func TestObservingNobodyAllocatesNothing(t *testing.T) {
	lib, err := assets.New(assetstest.Config())
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() { _ = lib.Stored(ctx, assets.Version{}) }); n != 1 {
		t.Errorf("Stored allocates %v times", n)
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	lib, _ := observed(t, nil)
	release, err := lib.Admit(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := lib.StreamEvents(t.Context(), fixture.Ann, assets.EventQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if err := lib.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := lib.Stats()
	if s.Work.Reserved != 1000 || s.Work.Running != 1 || s.Work.Memory != lib.Limits().WorkMemory || s.Streams != 1 || !s.Ready {
		t.Errorf("%+v", s)
	}
	release()
	stream.Close()
	if s := lib.Stats(); s.Work.Reserved != 0 || s.Work.Running != 0 || s.Streams != 0 {
		t.Errorf("afterwards: %+v", s)
	}
}
