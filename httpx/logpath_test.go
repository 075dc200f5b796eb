package httpx_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx"
)

func TestLogPath(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	const public = "/api/v1/public/assets"
	for path, want := range map[string]string{
		"/":                          "/",
		"/api/v1/assets/x":           "/api/v1/assets/x",
		public:                       public,
		public + "/":                 public + "/…",
		public + "/preview/tok":      public + "/preview/…",
		public + "/preview/tok/more": public + "/preview/…",
		public + "/exports/tok":      public + "/exports/…",
		public + "/uploads/tok":      public + "/uploads/…",
		public + "/tok":              public + "/…",
		public + "/Preview/tok":      public + "/…",
		public + "er/tok":            public + "er/tok",
	} {
		if got := httpx.LogPath(lib, path); got != want {
			t.Errorf("LogPath(%q) = %q, want %q", path, got, want)
		}
	}
}
