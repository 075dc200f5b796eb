package requestlog_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/requestlog"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"x", "0af7651916cd43dd8448eb211c80319c", strings.Repeat("~", 128)} {
		if got := requestlog.New(id).ID(); got != id {
			t.Errorf("%q became %q", id, got)
		}
	}
	for _, id := range []string{"", "a b", "a\nb", "ü", "\x7f", strings.Repeat("x", 129)} {
		r, other := requestlog.New(id), requestlog.New(id)
		if r.ID() == id || r.ID() == "" || r.ID() == other.ID() {
			t.Errorf("%q became %q and %q", id, r.ID(), other.ID())
		}
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	log := requestlog.Logger(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	if requestlog.Logger(log) != log {
		t.Error("a logger is wrapped twice")
	}
	r := requestlog.New("id-1")
	ctx := requestlog.With(t.Context(), r)
	log.InfoContext(t.Context(), "none")
	log.InfoContext(ctx, "id")
	r.About("acme", "")
	r.About("", "a1")
	log.With("x", 1).InfoContext(ctx, "all")
	log.InfoContext(ctx, "own", "asset", "a2")
	log.WithGroup("g").InfoContext(context.WithoutCancel(ctx), "group")
	want := `level=INFO msg=none
level=INFO msg=id request_id=id-1
level=INFO msg=all x=1 request_id=id-1 workspace=acme asset=a1
level=INFO msg=own asset=a2 request_id=id-1 workspace=acme
level=INFO msg=group g.request_id=id-1 g.workspace=acme g.asset=a1
`
	if text.String() != want {
		t.Errorf("got\n%swant\n%s", text.String(), want)
	}
	var none *requestlog.Request
	none.About("w", "a")
	if w, a := none.Subject(); none.ID() != "" || w != "" || a != "" {
		t.Error("a nil Request tells something")
	}
}
