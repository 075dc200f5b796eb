package assets_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

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
				Bucket: olderBucket{cfg.Blobs.(*blob.Memory)}, Ledger: cfg.Store.(blob.Ledger),
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
type olderBucket struct{ *blob.Memory }

func (b olderBucket) List(ctx context.Context, folder string) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		for o, err := range b.Memory.List(ctx, folder) {
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
