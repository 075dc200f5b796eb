package lists_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx/review"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store"
)

// queue is the page for reviews on a database, whose statements are counted.
type queue struct {
	testing.TB
	lib        *assets.Library
	page       http.Handler
	by         assets.Actor
	statements atomic.Int64
}

// BeforeQuery implements [bun.QueryHook].
func (q *queue) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery implements [bun.QueryHook].
func (q *queue) AfterQuery(context.Context, *bun.QueryEvent) { q.statements.Add(1) }

func newQueue(t testing.TB, db *bun.DB) *queue {
	t.Helper()
	q := &queue{TB: t, by: fixture.Ann}
	q.by.Workspace = bulkdata.Workspace
	st, err := store.New(db.WithQueryHook(q), store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	q.lib = backends.Library(t, backends.Config(st, blob.NewMemory()))
	q.page = review.New(q.lib, review.Options{Actor: func(*http.Request) (assets.Actor, error) { return q.by, nil }})
	return q
}

// submit makes n copies that wait for review.
func (q *queue) submit(n int) (made []*assets.Asset) {
	q.Helper()
	for i := range n {
		in := fixture.Copy(fmt.Sprint("Spring is here, number ", i))
		in.Submit = true
		a, err := q.lib.Create(q.Context(), q.by, in)
		if err != nil {
			q.Fatal(err)
		}
		made = append(made, a.Asset)
	}
	return made
}

// shown is a page that was sent.
type shown struct {
	took       time.Duration
	statements int64
	body       string
}

// get returns a page; a form is sent by POST.
func (q *queue) get(path string, form url.Values) shown {
	q.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r := httptest.NewRequestWithContext(q.Context(), method, "/"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	q.statements.Store(0)
	start := time.Now()
	q.page.ServeHTTP(rec, r)
	took := time.Since(start)
	if rec.Code >= 400 {
		q.Fatalf("%s: %d %.500s", path, rec.Code, rec.Body)
	}
	return shown{took, q.statements.Load(), rec.Body.String()}
}

// quickest returns a page with the least of nine times: the others are those of a machine
// that does something else.
func (q *queue) quickest(path string) shown {
	q.Helper()
	best := q.get(path, nil)
	for range 8 {
		if got := q.get(path, nil); got.took < best.took {
			best = got
		}
	}
	return best
}

// slowness is how many times longer the machine takes for some work than when nothing
// else runs on it, at least 1: the work is measured in parts, of which the quickest one
// was not interrupted.
func slowness() float64 {
	least, sum, n := time.Hour, time.Duration(0), 0
	text := bytes.Repeat([]byte("x"), 64<<10)
	for start := time.Now(); time.Since(start) < 100*time.Millisecond; n++ {
		part := time.Now()
		sha256.Sum256(text)
		took := time.Since(part)
		least, sum = min(least, took), sum+took
	}
	return max(1, float64(sum)/float64(n)/float64(least))
}

func waiting() assets.Query {
	return assets.Query{Statuses: []assets.Status{assets.StatusPendingReview}, Perspective: assets.PerspectiveCurrent, Sort: assets.SortSubmitted, Ascending: true}
}

func (q *queue) after(a *assets.Asset) string {
	q.Helper()
	cursor, err := q.lib.CursorAfter(q.by, waiting(), a)
	if err != nil {
		q.Fatal(err)
	}
	return "?cursor=" + url.QueryEscape(cursor)
}

const maxGrowth = 1.5 // from the first page of the queue to any other one

// TestVolumeQueue: where 10,000 assets wait among 40,000, the first page of the queue takes
// at most 300 ms of server time and 150 KB, and so does every other one. A machine that is
// busy with other tests may take longer. With ASSETS_TEST_QUIET, where nothing else runs, those
// in the middle and at the end also take at most maxGrowth times as long as the first.
func TestVolumeQueue(t *testing.T) {
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) {
			st := open(t)
			if err := bulkdata.Fill(t.Context(), st, st.DB(), 40_000); err != nil {
				t.Fatal(err)
			}
			// They have no content, of which the queue would show the beginning.
			if _, err := st.DB().ExecContext(t.Context(), "UPDATE asset_perspectives SET type = 'image', media_type = 'image/png' WHERE type IN ('copy', 'blog') AND submitted_at > 0"); err != nil {
				t.Fatal(err)
			}
			q := newQueue(t, st.DB())
			made := q.submit(50)
			pages := map[string]string{
				"first":  "",
				"middle": q.after(&assets.Asset{ID: bulkdata.ID(20_000), Submitted: assets.Submission{At: 20_000}}),
				"last":   q.after(&assets.Asset{ID: bulkdata.ID(39_999), Submitted: assets.Submission{At: 1_000_000}}),
				"all":    "?status=any&layout=list",
				"asset":  string(made[25].ID),
				"triage": "triage" + q.after(made[24]) + "&of=0",
			}
			first, limit := q.quickest(""), time.Duration(float64(300*time.Millisecond)*slowness())
			for name, path := range pages {
				got := q.quickest(path)
				t.Logf("%s: %v, %.1f of the first page, %d statements, %d KB", name, got.took.Round(time.Millisecond/10), float64(got.took)/float64(first.took), got.statements, len(got.body)>>10)
				if got.took > limit {
					t.Errorf("%s: %v, more than %v", name, got.took, limit)
				}
				flat := name == "middle" || name == "last"
				if os.Getenv("ASSETS_TEST_QUIET") == "1" && flat && float64(got.took) > maxGrowth*float64(first.took) {
					t.Errorf("%s: %v, the first one takes %v", name, got.took, first.took)
				}
				if len(got.body) > 150<<10 {
					t.Errorf("%s: %d bytes", name, len(got.body))
				}
				if strings.HasPrefix(path, "?") || path == "" {
					if n := strings.Count(got.body, "data-item="); n != 50 {
						t.Errorf("%s has %d assets", name, n)
					}
				}
			}
			if !strings.Contains(first.body, ">10000<") && !strings.Contains(first.body, ">10050<") {
				t.Error("the first page does not say how many wait")
			}
		})
	}
}

// databases are the databases with SQL.
func databases() map[string]func(testing.TB) database {
	return map[string]func(testing.TB) database{
		"sqlite":   func(t testing.TB) database { t.Helper(); return backends.SQLite(t, store.Options{Relaxed: true}) },
		"postgres": func(t testing.TB) database { t.Helper(); return backends.Postgres(t) },
	}
}

type database interface {
	assets.Store
	DB() *bun.DB
}

// TestVolumeStatements: a page needs as many statements for many assets, versions and
// reviews as for few.
func TestVolumeStatements(t *testing.T) {
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t, open(t).DB())
			made := q.submit(3)
			last := made[1]
			q.version(last)
			few := q.count(last, made)
			made = append(made, q.submit(57)...)
			for range 12 {
				q.version(last)
			}
			many := q.count(last, made)
			for page, n := range many {
				t.Logf("%s: %d statements", page, n)
				if n != few[page] {
					t.Errorf("%s: %d statements, with few rows %d", page, n, few[page])
				}
			}
		})
	}
}

// version requests changes to an asset, which gets another version.
func (q *queue) version(a *assets.Asset) {
	q.Helper()
	_, err := q.lib.Review(q.Context(), q.by, a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "Shorter."})
	if err != nil {
		q.Fatal(err)
	}
	added, err := q.lib.AddVersion(q.Context(), q.by, a.ID, assets.NewVersion{Text: "Spring after revision " + fmt.Sprint(a.Revision), Submit: true})
	if err != nil {
		q.Fatal(err)
	}
	*a = *added.Asset
}

// count returns the number of statements for each page.
func (q *queue) count(a *assets.Asset, all []*assets.Asset) map[string]int64 {
	q.Helper()
	id := string(a.ID)
	form := url.Values{}
	for _, a := range all {
		form.Add("pick", fmt.Sprintf("%s:%d:%s:%d", a.ID, a.CurrentVersion, a.Content.SHA256, a.Revision))
	}
	counts := map[string]int64{"several": q.get("several", form).statements}
	for name, path := range map[string]string{
		"queue": "", "list": "?layout=list&group=type", "all": "?status=any", "asset": id, "changes": id + "?view=changes", "older": id + "?version=1", "every version": id + "?versions=all",
		"triage": "triage", "receipt": id + "/decided?action=request_changes&version=1", "rollback": id + "/change?do=rollback&version=1", "archive": id + "/change?do=archive",
		"link": id + "/link?version=1", "news": "events?waiting=1", "news of an asset": "events?asset=" + id + "&version=1&revision=1", "exports": "exports",
	} {
		counts[name] = q.get(path, nil).statements
	}
	return counts
}
