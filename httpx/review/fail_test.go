package review_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

// failingStore cannot be reached.
type failingStore struct {
	assets.Store
	err error
}

func (f failingStore) View(context.Context, func(assets.Snapshot) error) error { return f.err }

func (f failingStore) Update(context.Context, func(assets.Tx) error) error { return f.err }

// TestUnknownOutcome: when the store cannot be reached, it is not known whether a
// decision was recorded. The page says so and keeps the words; the log has the reason,
// and the page has not.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err    error
		status int
		shows  string
	}{
		"away":   {assets.Errorf(assets.ErrUnavailable, "secret host is away"), 503, "It is not known whether it was recorded"},
		"broken": {errors.New("secret fault"), 500, "Something went wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			s := newSite(t, func(c *assets.Config, o *review.Options) {
				c.Store = failingStore{c.Store, tt.err}
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			id := "019aa0a4-0000-7000-8000-000000000000"
			form := decisionForm(assets.ActionApprove, &assets.Asset{Version: 1, Content: assets.Content{SHA256: strings.Repeat("a", 64)}}, "comment", "Well done.", "after", "x")
			p := s.send("ana", id+"/decision", form)
			if p.Code != tt.status || strings.Contains(p.body, "secret") || !strings.Contains(log.String(), "secret") {
				t.Errorf("%d, log %s", p.Code, log.String())
			}
			s.shows(p, tt.shows, "Well done.", "Look at the asset")
		})
	}
}

// TestActorFails: an error of the host's sign-in that is no refusal is not taken for one.
func TestActorFails(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(_ *assets.Config, o *review.Options) {
		o.Actor = func(*http.Request) (assets.Actor, error) { return assets.Actor{}, assets.ErrUnavailable }
	})
	if p := s.send("ana", "", nil); p.Code != 503 {
		t.Errorf("%d", p.Code)
	}
	s = newSite(t, func(_ *assets.Config, o *review.Options) {
		o.Actor = func(*http.Request) (assets.Actor, error) { return assets.Actor{}, nil }
	})
	if p := s.send("ana", "", nil); p.Code != 303 {
		t.Errorf("an incomplete actor: %d", p.Code)
	}
}
