package servercmd_test

import (
	"net/http"
	"testing"

	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
)

// TestProbes: they need no key, and readiness fails when the content is not that of the
// database.
func TestProbes(t *testing.T) {
	t.Parallel()
	m := newStorage()
	s := m.start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := s.get(t, path, ""); status != http.StatusOK || body != `{"status":"ok"}` {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}

	other := newStorage()
	foreign := blob.NewMemory()
	if err := foreign.MoveMarker(t.Context(), memory.New()); err != nil {
		t.Fatal(err)
	}
	other.Blobs = foreign
	s = other.start(t)
	want := `{"detail":"the content does not belong to this database","code":"unavailable"}`
	if status, body := s.get(t, "/readyz", ""); status != http.StatusServiceUnavailable || body != want {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := s.get(t, "/healthz", ""); status != http.StatusOK {
		t.Errorf("alive: %d", status)
	}
}
