package export_test

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/export"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNew(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	own := export.Limits{Items: 1, Bytes: 2, Metadata: 3, Expiry: 4, Workspace: export.Quota{Exports: 5, Metadata: 6}}
	for name, c := range map[string]struct {
		limits, want export.Limits
	}{
		"defaults": {export.Limits{}, export.Limits{
			Items: 10_000, Bytes: 100 << 30, Metadata: 128 << 20, Expiry: 7 * 24 * time.Hour,
			Workspace: export.Quota{Exports: 100, Metadata: 512 << 20},
		}},
		"own": {own, own},
	} {
		x, err := export.New(export.Config{Library: lib, Limits: c.limits})
		if err != nil || x.Limits() != c.want {
			t.Errorf("%s: %+v, %v", name, x.Limits(), err)
		}
	}
}

func TestNewErrors(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	for name, cfg := range map[string]export.Config{
		"no library":      {},
		"negative items":  {Library: lib, Limits: export.Limits{Items: -1}},
		"negative bytes":  {Library: lib, Limits: export.Limits{Bytes: -1}},
		"negative expiry": {Library: lib, Limits: export.Limits{Expiry: -1}},
	} {
		if _, err := export.New(cfg); err == nil || errors.Is(err, export.ErrNoStore) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cfg := assetstest.Config()
	cfg.Store = struct{ assets.Store }{cfg.Store} // hides the other methods
	plain, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := export.New(export.Config{Library: plain}); !errors.Is(err, export.ErrNoStore) {
		t.Errorf("a store that keeps no exports: %v", err)
	}
	cfg.Store = wrapper{cfg.Store, assetstest.Config().Store}
	wrapped, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := export.New(export.Config{Library: wrapped}); err != nil {
		t.Errorf("a store that wraps one that keeps exports: %v", err)
	}
}

// wrapper is a Store that shows what it wraps.
type wrapper struct {
	assets.Store
	wrapped assets.Store
}

func (w wrapper) Unwrap() assets.Store { return w.wrapped }
