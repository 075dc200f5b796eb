package assets_test

import (
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// ticketScene is a library with a clock, and what its links look like.
type ticketScene struct {
	*testing.T
	cfg assets.Config
	lib *assets.Library
	now time.Time
}

func newTicketScene(t *testing.T, cfg assets.Config) *ticketScene {
	t.Helper()
	s := &ticketScene{T: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	cfg.Now = func() time.Time { return s.now }
	cfg.Limits.ContentBytes = 1 << 20
	cfg.Limits.ContentByType = map[assets.Type]int64{assets.TypeCopy: 1000}
	s.cfg, s.lib = cfg, library(t, cfg)
	return s
}

// ticket signs an upload and answers its id and token.
func (s *ticketScene) ticket(in assets.NewUpload) (assets.ID, string) {
	s.Helper()
	got, err := s.lib.NewUpload(s.Context(), bot, in)
	if err != nil {
		s.Fatal(err)
	}
	token, ok := strings.CutPrefix(got.URL, "/api/v1/public/assets/uploads/")
	if !ok || got.ExpiresAt != assets.TimeOf(s.now.Add(24*time.Hour)) {
		s.Fatalf("%+v", got)
	}
	return got.UploadID, token
}

func (s *ticketScene) put(token, content string) error {
	_, err := s.lib.PutUpload(s.Context(), token, assets.UploadContent{Content: strings.NewReader(content), Size: -1})
	return err
}

// filled is an upload with a content.
func (s *ticketScene) filled(content string, in assets.NewUpload) assets.ID {
	s.Helper()
	id, token := s.ticket(in)
	if err := s.put(token, content); err != nil {
		s.Fatal(err)
	}
	return id
}

func (s *ticketScene) create(typ assets.Type, v assets.NewVersion) (assets.Written, error) {
	return s.lib.Create(s.Context(), bot, assets.NewAsset{Type: typ, Title: "t", NewVersion: v})
}

func (s *ticketScene) code(what string, err error, want string) {
	s.Helper()
	if got := assets.Code(err); got != want {
		s.Errorf("%s: %v (%s), want %q", what, err, got, want)
	}
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>`

// objects answers how many objects the bucket holds.
func (s *ticketScene) objects() (n int) {
	s.Helper()
	for _, err := range s.cfg.Blobs.(*blob.Memory).List(s.Context(), "") {
		if err != nil {
			s.Fatal(err)
		}
		n++
	}
	return n
}
