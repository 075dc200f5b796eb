package review_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

// TestTimes: times have a machine-readable form, and ages their largest unit.
func TestTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, time.March, 18, 14, 2, 3, 0, time.UTC)
	now := at
	s := newSite(t, func(c *assets.Config, _ *review.Options) { c.Now = func() time.Time { return now } })
	a := s.copyAsset("one")
	if p := s.get(200, "ana", string(a.ID)); !strings.Contains(p.body, `<time datetime="2027-03-18T14:02:03.000Z" data-show="">18 March, 14:02</time>`) {
		t.Error("the time is not on the page")
	}
	for after, want := range map[time.Duration]string{time.Minute: "1 min", 3 * time.Hour: "3 h", 50 * time.Hour: "2 days"} {
		now = at.Add(after)
		s.shows(s.get(200, "ana", ""), "waiting for "+want)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/a/review/", http.NoBody)
	r.Header.Set("X-Test-Actor", "ana")
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	if rec.Code != 200 || rec.Body.Len() != 0 || rec.Header().Get("Content-Length") == "" {
		t.Errorf("%d, %d bytes, %v", rec.Code, rec.Body.Len(), rec.Header())
	}
}
