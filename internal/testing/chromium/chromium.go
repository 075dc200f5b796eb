// Package chromium opens pages in Chromium for tests. One browser serves all tests of a
// process. It starts when a test first needs it, and ends with the process, however that
// ends.
//
// [Get] returns a browser that opens pages and reports what was seen. Tests that need more
// have a script of their own, which [Start] runs.
package chromium

import (
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// Browser is a running Chromium. It opens a few pages at once.
type Browser struct{ *Process }

// shared starts the browser that all tests of the process share.
var shared = sync.OnceValues(func() (*Process, error) {
	_, file, _, _ := runtime.Caller(0)
	return Start(Whole, filepath.Join(filepath.Dir(file), "open.mjs"))
})

// Get returns the browser. Without Chromium the test is skipped or fails, as
// [testproc.Require] says. It is also skipped by -short.
func Get(t testing.TB) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	p, err := shared()
	testproc.Require(t, "Chromium", err)
	return &Browser{p}
}

// Open opens pages and returns what was seen of each.
func (b *Browser) Open(visits ...Visit) []Page {
	pages := make([]Page, len(visits))
	var opened sync.WaitGroup
	for i, v := range visits {
		opened.Go(func() {
			if err := b.Do(v, &pages[i]); err != nil {
				pages[i] = Page{Error: err.Error()}
			}
		})
	}
	opened.Wait()
	return pages
}
