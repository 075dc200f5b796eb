package assets_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"sync"
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
	for _, err := range s.cfg.Blobs.(*blob.Bucket).List(s.Context(), "") {
		if err != nil {
			s.Fatal(err)
		}
		n++
	}
	return n
}

func TestUploadIsUsedOnce(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		s := newTicketScene(t, cfg)
		id, token := s.ticket(assets.NewUpload{Filename: "hero.svg", MediaType: "image/svg+xml"})
		_, err := s.create(assets.TypeImage, assets.NewVersion{UploadID: id})
		s.code("use before the content is there", err, "validation_error")
		s.code("a content of another type", s.put(token, "\x89PNG\r\n\x1a\n"), "unsupported_media_type")
		got, err := s.lib.PutUpload(t.Context(), token, assets.UploadContent{Content: strings.NewReader(svg), Size: int64(len(svg))})
		if err != nil || got.UploadID != id || got.SHA256 != sha256Of(svg) || got.SizeBytes != int64(len(svg)) || got.MediaType != "image/svg+xml" {
			t.Fatalf("%+v, %v", got, err)
		}
		s.code("a second content", s.put(token, svg), "upload_used")
		_, err = s.create(assets.TypeVideo, assets.NewVersion{UploadID: id})
		s.code("an asset of another type", err, "unsupported_media_type")
		_, err = s.create(assets.TypeImage, assets.NewVersion{UploadID: id, SHA256: sha256Of("x")})
		s.code("another digest", err, "digest_mismatch")

		made, err := s.create(assets.TypeImage, assets.NewVersion{UploadID: id, IdempotencyKey: "k", Submit: true})
		if err != nil {
			t.Fatal(err) // all that failed has left it usable
		}
		want := assets.Content{MediaType: "image/svg+xml", SizeBytes: int64(len(svg)), SHA256: sha256Of(svg), Filename: "hero.svg"}
		if made.Content != want || made.Status != assets.StatusPendingReview {
			t.Errorf("%+v", made.Asset)
		}
		if n := s.objects(); n != 1 {
			t.Errorf("%d objects, want the one that was uploaded", n)
		}
		_, err = s.create(assets.TypeImage, assets.NewVersion{UploadID: id})
		s.code("a second use", err, "upload_used")
		_, err = s.lib.AddVersion(t.Context(), bot, made.ID, assets.NewVersion{UploadID: id})
		s.code("a second use by a version", err, "upload_used")
		again, err := s.create(assets.TypeImage, assets.NewVersion{UploadID: id, IdempotencyKey: "k", Submit: true})
		if err != nil || !again.Replayed || again.ID != made.ID {
			t.Errorf("IDM01 the same call again: %+v, %v", again, err)
		}
		other := s.filled(svg, assets.NewUpload{})
		_, err = s.create(assets.TypeImage, assets.NewVersion{UploadID: other, IdempotencyKey: "k", Submit: true})
		s.code("another upload with the same key", err, "idempotency_mismatch")

		added, err := s.lib.AddVersion(t.Context(), bot, made.ID, assets.NewVersion{UploadID: other, Filename: "hero.svg"})
		if err != nil || !added.Unchanged {
			t.Errorf("an equal version: %+v, %v", added, err)
		}
		added, err = s.lib.AddVersion(t.Context(), bot, made.ID, assets.NewVersion{UploadID: other, Filename: "other.svg"})
		if err != nil || added.Version != 2 || added.Content.Filename != "other.svg" {
			t.Errorf("what added nothing has used nothing: %+v, %v", added, err)
		}
		f, err := s.lib.Open(t.Context(), bot, made.ID, 2)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(f); string(b) != svg || err != nil || f.Close() != nil {
			t.Errorf("%q, %v", b, err)
		}
	})
}

func TestUploadIsBound(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		s := newTicketScene(t, cfg)
		for i, tt := range []struct {
			in          assets.NewUpload
			media, body string
			size        int64
			code        string
		}{
			{in: assets.NewUpload{SizeBytes: new(int64(5))}, body: "hello", size: 5},
			{in: assets.NewUpload{SizeBytes: new(int64(5))}, body: "hello!", size: -1, code: "payload_too_large"},
			{in: assets.NewUpload{SizeBytes: new(int64(5))}, body: "hello!", size: 6, code: "payload_too_large"},
			{in: assets.NewUpload{SizeBytes: new(int64(5))}, body: "hell", size: -1, code: "bad_request"},
			{in: assets.NewUpload{SizeBytes: new(int64(5))}, body: "hell", size: 4, code: "bad_request"},
			{in: assets.NewUpload{SizeBytes: new(int64(0))}, body: "", size: 0},
			{in: assets.NewUpload{}, body: strings.Repeat("x", 1<<20), size: -1},
			{in: assets.NewUpload{}, body: strings.Repeat("x", 1<<20+1), size: -1, code: "payload_too_large"},
			{in: assets.NewUpload{SHA256: sha256Of("hello")}, body: "hello", size: -1},
			{in: assets.NewUpload{SHA256: sha256Of("hello")}, body: "hallo", size: -1, code: "digest_mismatch"},
			{in: assets.NewUpload{MediaType: "text/plain"}, body: "hello", media: "text/html", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{MediaType: "text/plain; charset=utf-8"}, body: "hello", media: "text/plain", size: -1},
			{in: assets.NewUpload{MediaType: "text/plain"}, body: "a\x00b", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{MediaType: "application/json"}, body: "{", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{}, media: "application/json", body: "{", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{}, media: "nonsense", body: "{", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{}, media: "image/png", body: "hello", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{}, body: "a\x00b", size: -1},
		} {
			_, token := s.ticket(tt.in)
			before := s.objects()
			_, err := s.lib.PutUpload(t.Context(), token, assets.UploadContent{
				Content: strings.NewReader(tt.body), MediaType: tt.media, Size: tt.size,
			})
			if code := assets.Code(err); code != tt.code {
				t.Errorf("%d: %v (%s), want %q", i, err, code, tt.code)
			}
			if n := s.objects() - before; err != nil && n != 0 {
				t.Errorf("%d: a refused content left %d objects", i, n)
			}
		}
	})
}

// TestUploadIsJudgedAtUse: as the same bytes would be that come with the call.
func TestUploadIsJudgedAtUse(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		s := newTicketScene(t, cfg)
		for i, tt := range []struct {
			typ     assets.Type
			content string
			in      assets.NewVersion
		}{
			{assets.TypeCopy, "hello", assets.NewVersion{}},
			{assets.TypeCopy, strings.Repeat("x", 1000), assets.NewVersion{}},
			{assets.TypeCopy, strings.Repeat("x", 1001), assets.NewVersion{}},
			{assets.TypeBlog, strings.Repeat("x", 100_000) + "\xff", assets.NewVersion{MediaType: "text/markdown"}},
			{assets.TypeBlog, strings.Repeat("word ", 20_000), assets.NewVersion{MediaType: "text/markdown"}},
			{assets.TypeCopy, `{"a":1}`, assets.NewVersion{}},
			{assets.TypeCopy, `{"a":1`, assets.NewVersion{MediaType: "application/json"}},
			{assets.TypeCopy, `{"a":1}`, assets.NewVersion{MediaType: "application/json"}},
			{assets.TypeImage, "<html>", assets.NewVersion{MediaType: "image/png"}},
			{assets.TypeImage, svg, assets.NewVersion{}},
			{assets.TypeImage, "", assets.NewVersion{}},
			{assets.TypeBundle, "", assets.NewVersion{}},
			{assets.TypeBundle, "\x00\x01", assets.NewVersion{Filename: "x"}},
			{assets.TypeSlide, "%PDF-1.7", assets.NewVersion{MediaType: "text/plain"}},
		} {
			direct, byUpload := tt.in, tt.in
			direct.Content = strings.NewReader(tt.content)
			byUpload.UploadID = s.filled(tt.content, assets.NewUpload{})
			want, wantErr := s.create(tt.typ, direct)
			got, gotErr := s.create(tt.typ, byUpload)
			if a, b := assets.Code(wantErr), assets.Code(gotErr); a != b {
				t.Errorf("%d: by upload %v, else %v", i, gotErr, wantErr)
				continue
			}
			if wantErr != nil {
				continue
			}
			if got.Content != want.Content {
				t.Errorf("%d: by upload %+v, else %+v", i, got.Content, want.Content)
			}
			a, errA := cfg.Store.Version(t.Context(), bot.Workspace, want.ID, 1)
			b, errB := cfg.Store.Version(t.Context(), bot.Workspace, got.ID, 1)
			if errA != nil || errB != nil || a.CRC32 != b.CRC32 || a.Words != b.Words {
				t.Errorf("%d: CRC-32 or words differ (%v, %v)", i, errA, errB)
			}
		}
	})
}

func TestUploadExpires(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		s := newTicketScene(t, cfg)
		_, late := s.ticket(assets.NewUpload{})
		id := s.filled("hello", assets.NewUpload{})
		used := s.filled("used", assets.NewUpload{})
		if _, err := s.create(assets.TypeCopy, assets.NewVersion{UploadID: used}); err != nil {
			t.Fatal(err)
		}
		sweep := func(wantObjects int) {
			t.Helper()
			_, err := blob.Sweep(t.Context(), blob.SweepConfig{
				Bucket: olderBucket{cfg.Blobs.(*blob.Bucket)}, Ledger: cfg.Store.(blob.Ledger),
				Now: func() time.Time { return s.now },
			})
			if err != nil {
				t.Fatal(err)
			}
			if n := s.objects(); n != wantObjects {
				t.Errorf("%d objects, want %d", n, wantObjects)
			}
		}
		s.now = s.now.Add(24*time.Hour - time.Millisecond)
		sweep(2)
		s.now = s.now.Add(time.Millisecond)
		s.code("a late content", s.put(late, "x"), "expired")
		s.code("a forged token", s.put(late[:len(late)-2]+"xx", "x"), "not_found")
		_, err := s.create(assets.TypeCopy, assets.NewVersion{UploadID: id})
		s.code("a late use", err, "validation_error")
		sweep(1)
		if _, err := cfg.Store.Upload(t.Context(), bot.Workspace, id); err != nil {
			t.Errorf("its row is still needed to answer: %v", err)
		}
		s.now = s.now.Add(7*24*time.Hour + time.Millisecond)
		sweep(1)
		if _, err := cfg.Store.Upload(t.Context(), bot.Workspace, id); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("the row of an expired upload: %v", err)
		}
	})
}

// olderBucket dates every object long ago: the sweep's age does not keep it.
type olderBucket struct{ *blob.Bucket }

func (b olderBucket) List(ctx context.Context, folder string) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		for o, err := range b.Bucket.List(ctx, folder) {
			o.ModTime = time.Unix(0, 0)
			if !yield(o, err) {
				return
			}
		}
	}
}

// TestTEN04ForeignUpload: as one that never was.
func TestTEN04ForeignUpload(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		s := newTicketScene(t, cfg)
		id := s.filled("hello", assets.NewUpload{})
		other := bot
		other.Workspace = "another"
		use := func(id assets.ID) error {
			_, err := s.lib.Create(t.Context(), other, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{UploadID: id}})
			return err
		}
		if a, b := use(id), use(absent); a == nil || a.Error() != b.Error() || places(a)[0] != "upload_id" {
			t.Errorf("foreign: %v; unknown: %v", a, b)
		}
		if _, err := s.create(assets.TypeCopy, assets.NewVersion{UploadID: id}); err != nil {
			t.Error(err)
		}
	})
}

// TestUploadRaces: one content wins, and one use.
func TestUploadRaces(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		s := newTicketScene(t, cfg)
		id, token := s.ticket(assets.NewUpload{})
		race := func(what string, call func(i int) error) {
			var mu sync.Mutex
			var wg sync.WaitGroup
			won := 0
			for i := range 8 {
				wg.Go(func() {
					err := call(i)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						won++
					} else if !errors.Is(err, assets.ErrUploadUsed) {
						t.Errorf("%s: %v", what, err)
					}
				})
			}
			wg.Wait()
			if won != 1 || s.objects() != 1 {
				t.Errorf("%s: %d won, %d objects; want 1 and 1", what, won, s.objects())
			}
		}
		race("put", func(i int) error {
			_, err := s.lib.PutUpload(t.Context(), token, assets.UploadContent{Content: bytes.NewReader(bytes.Repeat([]byte{byte('a' + i)}, 1000)), Size: -1})
			return err
		})
		race("use", func(int) error {
			_, err := s.create(assets.TypeCopy, assets.NewVersion{UploadID: id})
			return err
		})
	})
}
