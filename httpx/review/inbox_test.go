package review_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

func TestInbox(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	empty := s.get(200, "ana", "")
	s.shows(empty, "Nothing waits for you", "See what is approved")

	a := s.copyAsset("Spring <is> here.")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	s.add(a.ID, "Spring!")
	picture := s.create(assets.TypeImage, "Hero", assets.NewVersion{Content: bytes.NewReader(pngOf(t, 9, 9)), Filename: "p.png"})
	archived := s.copyAsset("old")
	s.decide("ana", archived.ID, assets.Decision{Action: assets.ActionArchive})

	p := s.get(200, "ana", "")
	s.shows(p, "2 assets, the oldest waiting for", "would replace version 1", "nothing published yet", "Spring!", "spring", "Select Hero, version 1", "Review one by one")
	if !strings.Contains(p.body, `src="./`+string(picture.ID)+`/versions/1/preview?width=320"`) || strings.Count(p.body, `loading="lazy"`) != 1 {
		t.Error("the picture has no lazy thumbnail")
	}
	if before, after := strings.Index(p.body, ">Hero<"), strings.Index(p.body, ">Tagline<"); before < after {
		t.Error("the oldest is not the first one")
	}
	// The numbers beside campaigns, types and agents are of what waits.
	s.shows(p, "Copy 1", "Image 1", "spring 2", "Archived 1")
	s.lacks(p, "Video 0")
	s.shows(s.get(200, "ana", "?layout=list&group=none"), "Publishers get", "Hero", "Tagline")
	s.shows(s.get(200, "ana", "?status=any&group=type"), "Archived", "Image", "Copy", "3 assets")
	s.shows(s.get(200, "ana", "?type=image&group=agent"), "1 asset", "Not made by an agent")
	s.lacks(s.get(200, "ana", "?type=image"), ">Tagline<")
	s.shows(s.get(200, "ana", "?q=plum"), "No match for “plum”", "Search all statuses")
	s.shows(s.get(200, "ana", "?status=approved"), "There is nothing of this kind")
	s.shows(s.get(200, "ana", "?campaign_id=none"), "No match for these filters")
}

// TestPages: the queue goes on from page to page, to its end.
func TestPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 60 {
		s.copyAsset(fmt.Sprint("text ", i))
	}
	p := s.get(200, "ana", "")
	if n := strings.Count(p.body, `class="card"`); n != 50 {
		t.Errorf("%d on the first page", n)
	}
	_, next, _ := strings.Cut(p.body, `href="./?cursor=`)
	next, _, _ = strings.Cut(next, `"`)
	p = s.get(200, "ana", "?cursor="+strings.ReplaceAll(next, "&amp;", "&"))
	if n := strings.Count(p.body, `class="card"`); n != 10 || !strings.Contains(p.body, "First page") || strings.Contains(p.body, `rel="next"`) {
		t.Errorf("%d on the last page", n)
	}
}

// countingStore counts the calls that read.
type countingStore struct {
	assets.Store
	calls     atomic.Int64
	uncounted bool // counting is unavailable
}

func (c *countingStore) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	c.calls.Add(1)
	return c.Store.View(ctx, func(s assets.Snapshot) error { return fn(countingSnapshot{s, c}) })
}

func (c *countingStore) Assets(ctx context.Context, w string, f assets.Filter, win assets.Window) ([]*assets.Asset, error) {
	c.calls.Add(1)
	return c.Store.Assets(ctx, w, f, win)
}

func (c *countingStore) Counts(ctx context.Context, w string, f assets.Filter, n int) (assets.Counts, error) {
	c.calls.Add(1)
	if c.uncounted {
		return assets.Counts{}, assets.ErrUnavailable
	}
	return c.Store.Counts(ctx, w, f, n)
}

// countingSnapshot counts what is read in a snapshot.
type countingSnapshot struct {
	assets.Snapshot
	c *countingStore
}

func (s countingSnapshot) Asset(ctx context.Context, w string, id assets.ID) (*assets.Asset, error) {
	s.c.calls.Add(1)
	return s.Snapshot.Asset(ctx, w, id)
}

func (s countingSnapshot) Assets(ctx context.Context, w string, f assets.Filter, win assets.Window) ([]*assets.Asset, error) {
	s.c.calls.Add(1)
	return s.Snapshot.Assets(ctx, w, f, win)
}

func (s countingSnapshot) Version(ctx context.Context, w string, id assets.ID, n assets.Number) (assets.Version, error) {
	s.c.calls.Add(1)
	return s.Snapshot.Version(ctx, w, id, n)
}

func (s countingSnapshot) Reviews(ctx context.Context, w string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	s.c.calls.Add(1)
	return s.Snapshot.Reviews(ctx, w, id, n, limit)
}

func (s countingSnapshot) Counts(ctx context.Context, w string, f assets.Filter, n int) (assets.Counts, error) {
	s.c.calls.Add(1)
	if s.c.uncounted {
		return assets.Counts{}, assets.ErrUnavailable
	}
	return s.Snapshot.Counts(ctx, w, f, n)
}

// TestReadsAreCounted: the number of calls of the store for a page does not depend on
// how many assets, versions or reviews are on it.
func TestReadsAreCounted(t *testing.T) {
	t.Parallel()
	c := &countingStore{}
	s := newSite(t, func(cfg *assets.Config, _ *review.Options) { c.Store, cfg.Store = cfg.Store, c })
	var last *assets.Asset
	count := func(path string) int64 {
		c.calls.Store(0)
		s.get(200, "ana", path)
		return c.calls.Load()
	}
	measure := func() map[string]int64 {
		return map[string]int64{"queue": count(""), "list": count("?layout=list&status=any"), "asset": count(string(last.ID)), "triage": count("triage"), "changes": count(string(last.ID) + "?view=changes")}
	}
	last = s.copyAsset("first")
	last = s.add(last.ID, "second")
	few := measure()
	for range 40 {
		s.copyAsset("more")
	}
	for i := range 12 {
		last = s.add(last.ID, fmt.Sprint("version ", i))
	}
	many := measure()
	for path, n := range many {
		t.Logf("%s: %d calls", path, n)
		if n > few[path]+1 || n > 30 { // one more: there is a next one
			t.Errorf("%s: %d calls of the store, with few rows %d", path, n, few[path])
		}
	}
}

// TestTheQueueIsSmall: a page of 50 assets has at most 150 KB without their texts.
func TestTheQueueIsSmall(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range 50 {
		s.create(assets.TypeImage, strings.Repeat("long title ", 10), assets.NewVersion{Content: bytes.NewReader(pngOf(t, 3, 3)), Filename: "p.png"})
	}
	if n := len(s.get(200, "ana", "").body); n > 150<<10 {
		t.Errorf("the page has %d bytes", n)
	}
}

// TestCountsKeepToTheTimes: the numbers of the queue are of what it shows, also if the filter
// is about when something was made.
func TestCountsKeepToTheTimes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.copyAsset("one")
	s.copyAsset("two")
	s.shows(s.get(200, "ana", "?created_before=2020-01-01T00:00:00Z"), "No match for these filters")
	if p := s.get(200, "ana", "?created_before=2020-01-01T00:00:00Z"); !strings.Contains(p.body, "waiting=0") {
		t.Errorf("not counted: %s", p.body)
	}
}

// TestThumbnailsHaveAWidth: the queue embeds no picture as it is stored but a drawing, which has
// no width in pixels.
func TestThumbnailsHaveAWidth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, tt := range map[string]struct{ bytes, path string }{
		"p.avif": {"\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif", "/preview?width=320"},
		"p.webp": {"RIFF\x0c\x00\x00\x00WEBPVP8 ", "/preview?width=320"},
		"p.svg":  {`<svg xmlns="http://www.w3.org/2000/svg"/>`, "/content"},
	} {
		a := s.create(assets.TypeImage, name, assets.NewVersion{Content: strings.NewReader(tt.bytes), Filename: name})
		if p := s.get(200, "ana", ""); !strings.Contains(p.body, `<img src="./`+string(a.ID)+"/versions/1"+tt.path+`"`) {
			t.Errorf("%s, %s has no thumbnail at %s: %s", name, a.Content.MediaType, tt.path, p.body)
		}
	}
}
