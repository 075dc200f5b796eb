package assets_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
)

func TestAdmit(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Limits.WorkMemory, cfg.Limits.WorkWait = 1000, time.Millisecond
	lib := backends.Library(t, cfg)
	if _, err := lib.Admit(t.Context(), 1001); !errors.Is(err, assets.ErrOverBudget) {
		t.Errorf("over the budget: %v", err)
	}
	release, err := lib.Admit(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	bound := lib.With(lib.Store())
	if _, err := bound.Admit(t.Context(), 1); !errors.Is(err, assets.ErrUnavailable) || assets.Detail(err) != "the server is busy; try again" {
		t.Errorf("beside it, bound to a store: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lib.Admit(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled context: %v", err)
	}
	release()
	release()
	release, err = bound.Admit(t.Context(), 1000)
	if err != nil {
		t.Errorf("afterwards: %v", err)
	}
	release()
}

func TestLimitsOfWork(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		memory, image         int64 // as configured
		wantMemory, wantImage int64
	}{
		{0, 0, 128 << 20, 128 << 20},
		{1 << 20, 0, 1 << 20, 1 << 20},
		{0, 1 << 20, 128 << 20, 1 << 20},
		{1 << 20, 2 << 20, 1 << 20, 1 << 20},
	} {
		cfg := assetstest.Config()
		cfg.Limits.WorkMemory, cfg.Limits.RenditionMemory = tt.memory, tt.image
		if got := backends.Library(t, cfg).Limits(); got.WorkMemory != tt.wantMemory || got.RenditionMemory != tt.wantImage || got.WorkWait != 10*time.Second {
			t.Errorf("%+v: %+v", tt, got)
		}
	}
	cfg := assetstest.Config()
	cfg.Limits.WorkWait = -1
	if _, err := assets.New(cfg); err == nil {
		t.Error("a negative limit was accepted")
	}
}
