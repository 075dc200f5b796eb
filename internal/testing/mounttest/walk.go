package mounttest

import (
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/chromium"
	"github.com/10ex/assets/internal/testing/testproc"
)

// walker starts the browser that all tests of the process share.
var walker = sync.OnceValues(func() (*chromium.Process, error) {
	_, file, _, _ := runtime.Caller(0)
	return chromium.Start(chromium.Shell, filepath.Join(filepath.Dir(file), "walk.mjs"))
})

// walkInBrowser walks through the page in Chromium. It decides about two assets, and hears
// of a new version of another one while it looks at that.
func (h host) walkInBrowser(t *testing.T, queue string, id assets.ID) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	browser, err := walker()
	testproc.Require(t, "Chromium", err)
	var got struct{ Wrong []string }
	do := func(task map[string]string) {
		t.Helper()
		task["queue"] = queue
		if err := browser.Do(task, &got); err != nil {
			t.Fatal(err)
		}
	}
	do(map[string]string{"task": "walk", "stay": string(id)})
	h.add(t, id, "Spring, after all.")
	do(map[string]string{"task": "hear", "says": "has arrived", "shows": "Spring, after all."})
	if len(got.Wrong) > 0 {
		t.Errorf("in the browser: %q", got.Wrong)
	}
}
