package assets_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestUpload fills an upload and claims it by one version.
func TestUpload(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		s := newUploadTest(t, cfg)
		id, token := s.ticket(assets.NewUpload{Filename: "hero.svg", MediaType: "image/svg+xml"})
		_, err := s.create(assets.TypeImage, assets.NewVersion{UploadID: id})
		s.code("use before the content", err, "validation_error")
		s.code("a content of another type", s.put(token, "\x89PNG\r\n\x1a\n"), "unsupported_media_type")
		got, err := s.lib.PutUpload(t.Context(), token, assets.UploadContent{Content: strings.NewReader(svg), Size: int64(len(svg))})
		if err != nil || got.UploadID != id || got.SHA256 != fixture.SHA256(svg) || got.SizeBytes != int64(len(svg)) || got.MediaType != "image/svg+xml" {
			t.Fatalf("%+v, %v", got, err)
		}
		s.code("a second content", s.put(token, svg), "upload_used")
		_, err = s.create(assets.TypeVideo, assets.NewVersion{UploadID: id})
		s.code("an asset of another type", err, "unsupported_media_type")
		_, err = s.create(assets.TypeImage, assets.NewVersion{UploadID: id, SHA256: fixture.SHA256("x")})
		s.code("another digest", err, "digest_mismatch")

		made, err := s.create(assets.TypeImage, assets.NewVersion{UploadID: id, IdempotencyKey: "k", Submit: true})
		if err != nil {
			t.Fatal(err) // the failed calls have left it usable
		}
		want := assets.Content{MediaType: "image/svg+xml", SizeBytes: int64(len(svg)), SHA256: fixture.SHA256(svg), Filename: "hero.svg"}
		if made.Content != want || made.Status != assets.StatusPendingReview {
			t.Errorf("%+v", made.Asset)
		}
		if n := s.objects(); n != 1 {
			t.Errorf("%d objects, want the one that was uploaded", n)
		}
		_, err = s.create(assets.TypeImage, assets.NewVersion{UploadID: id})
		s.code("a second use", err, "upload_used")
		_, err = s.lib.AddVersion(t.Context(), fixture.Bot, made.ID, assets.NewVersion{UploadID: id})
		s.code("a second use by a version", err, "upload_used")
		again, err := s.create(assets.TypeImage, assets.NewVersion{UploadID: id, IdempotencyKey: "k", Submit: true})
		if err != nil || !again.Replayed || again.ID != made.ID {
			t.Errorf("the same call again: %+v, %v", again, err)
		}
		other := s.filled(svg, assets.NewUpload{})
		_, err = s.create(assets.TypeImage, assets.NewVersion{UploadID: other, IdempotencyKey: "k", Submit: true})
		s.code("another upload with the same key", err, "idempotency_mismatch")

		added, err := s.lib.AddVersion(t.Context(), fixture.Bot, made.ID, assets.NewVersion{UploadID: other, Filename: "hero.svg"})
		if err != nil || !added.Unchanged {
			t.Errorf("an equal version: %+v, %v", added, err)
		}
		added, err = s.lib.AddVersion(t.Context(), fixture.Bot, made.ID, assets.NewVersion{UploadID: other, Filename: "other.svg"})
		if err != nil || added.Version != 2 || added.Content.Filename != "other.svg" {
			t.Errorf("the upload that added nothing is still usable: %+v, %v", added, err)
		}
		f, err := s.lib.Open(t.Context(), fixture.Bot, made.ID, 2)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(f); string(b) != svg || err != nil || f.Close() != nil {
			t.Errorf("%q, %v", b, err)
		}
	})
}

// TestUploadIsCheckedAtUse: a version that claims an upload is accepted or refused
// as it would be with the same bytes in the call.
func TestUploadIsCheckedAtUse(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		s := newUploadTest(t, cfg)
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
			a, errA := cfg.Store.Version(t.Context(), fixture.Bot.Workspace, want.ID, 1)
			b, errB := cfg.Store.Version(t.Context(), fixture.Bot.Workspace, got.ID, 1)
			if errA != nil || errB != nil || a.CRC32 != b.CRC32 || a.Words != b.Words {
				t.Errorf("%d: CRC-32 or words differ (%v, %v)", i, errA, errB)
			}
		}
	})
}

// TestUploadIsBound: what NewUpload declares must hold for the content.
func TestUploadIsBound(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		s := newUploadTest(t, cfg)
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
			{in: assets.NewUpload{SHA256: fixture.SHA256("hello")}, body: "hello", size: -1},
			{in: assets.NewUpload{SHA256: fixture.SHA256("hello")}, body: "hallo", size: -1, code: "digest_mismatch"},
			{in: assets.NewUpload{MediaType: "text/plain"}, body: "hello", media: "text/html", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{MediaType: "text/plain; charset=utf-8"}, body: "hello", media: "text/plain", size: -1},
			{in: assets.NewUpload{MediaType: "text/plain"}, body: "a\x00b", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{MediaType: "application/json"}, body: "{", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{}, media: "application/json", body: "{", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{}, media: "nonsense", body: "{", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{}, media: "image/png", body: "hello", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{}, body: "a\x00b", size: -1},
			{in: assets.NewUpload{MediaType: "text/plain"}, media: "application/octet-stream", body: "hello", size: -1},
			{in: assets.NewUpload{MediaType: "text/plain"}, media: "binary/octet-stream", body: "hello", size: -1},
			{in: assets.NewUpload{MediaType: "text/plain"}, media: "binary/octet-stream", body: "a\x00b", size: -1, code: "unsupported_media_type"},
			{in: assets.NewUpload{MediaType: "application/x-binary"}, media: "text/html", body: "hello", size: -1},
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

// TestUploadOfUnknownMediaType: application/octet-stream declares nothing, by whatever name
// and wherever, except for a bundle if the metadata has it.
func TestUploadOfUnknownMediaType(t *testing.T) {
	t.Parallel()
	s := newUploadTest(t, assetstest.Config())
	for name, tt := range map[string]struct {
		typ                assets.Type
		ticket, put, claim string
		want               string
	}{
		"of the PUT":               {assets.TypeImage, "", "binary/octet-stream", "", "image/svg+xml"},
		"of the PUT, for a bundle": {assets.TypeBundle, "", "application/octet-stream", "", "text/plain"},
		"of the ticket":            {assets.TypeImage, "application/x-binary", "image/svg+xml", "", "image/svg+xml"},
		"of the ticket, a bundle":  {assets.TypeBundle, "binary/octet-stream", "image/svg+xml", "", "application/octet-stream"},
		"of the version":           {assets.TypeImage, "", "", "application/force-download", "image/svg+xml"},
		"of the version, a bundle": {assets.TypeBundle, "", "", "application/force-download", "application/octet-stream"},
	} {
		id, token := s.ticket(assets.NewUpload{MediaType: tt.ticket})
		if _, err := s.lib.PutUpload(t.Context(), token, assets.UploadContent{Content: strings.NewReader(svg), MediaType: tt.put, Size: -1}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		made, err := s.create(tt.typ, assets.NewVersion{UploadID: id, MediaType: tt.claim})
		if err != nil || made.Content.MediaType != tt.want {
			t.Errorf("%s: stored as %s, want %s; %v", name, made.Content.MediaType, tt.want, err)
		}
	}
}

func TestUploadExpires(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		s := newUploadTest(t, cfg)
		_, late := s.ticket(assets.NewUpload{})
		id := s.filled("hello", assets.NewUpload{})
		used := s.filled("used", assets.NewUpload{})
		if _, err := s.create(assets.TypeCopy, assets.NewVersion{UploadID: used}); err != nil {
			t.Fatal(err)
		}
		sweep := func(wantObjects int) {
			t.Helper()
			_, err := blob.Sweep(t.Context(), blob.SweepConfig{
				Bucket: olderBucket{cfg.Blobs.(blob.Sweepable)}, Ledger: cfg.Store.(blob.Ledger),
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
		if _, err := cfg.Store.Upload(t.Context(), fixture.Bot.Workspace, id); err != nil {
			t.Errorf("the row of an upload that expired just now: %v", err)
		}
		s.now = s.now.Add(7*24*time.Hour + time.Millisecond)
		sweep(1)
		if _, err := cfg.Store.Upload(t.Context(), fixture.Bot.Workspace, id); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("the row of an expired upload: %v", err)
		}
	})
}

// olderBucket dates every object long ago, so that a sweep takes none for young.
type olderBucket struct{ blob.Sweepable }

func (b olderBucket) List(ctx context.Context, folder string) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		for o, err := range b.Sweepable.List(ctx, folder) {
			o.ModTime = time.Unix(0, 0)
			if !yield(o, err) {
				return
			}
		}
	}
}

// TestForeignUploadTEN04: an upload of another workspace is refused as an unknown
// one.
func TestForeignUploadTEN04(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		s := newUploadTest(t, cfg)
		id := s.filled("hello", assets.NewUpload{})
		other := fixture.Bot
		other.Workspace = "another"
		use := func(id assets.ID) error {
			_, err := s.lib.Create(t.Context(), other, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{UploadID: id}})
			return err
		}
		if a, b := use(id), use(fixture.AbsentID); a == nil || a.Error() != b.Error() || fixture.FieldPaths(a)[0] != "upload_id" {
			t.Errorf("foreign: %v; unknown: %v", a, b)
		}
		if _, err := s.create(assets.TypeCopy, assets.NewVersion{UploadID: id}); err != nil {
			t.Error(err)
		}
	})
}

// uploadTest is a library with a clock and low limits.
type uploadTest struct {
	*testing.T
	cfg assets.Config
	lib *assets.Library
	now time.Time
}

func newUploadTest(t *testing.T, cfg assets.Config) *uploadTest {
	t.Helper()
	s := &uploadTest{T: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	cfg.Now = func() time.Time { return s.now }
	cfg.Limits.ContentBytes = 1 << 20
	cfg.Limits.ContentByType = map[assets.Type]int64{assets.TypeCopy: 1000}
	s.cfg, s.lib = cfg, backends.Library(t, cfg)
	return s
}

// ticket makes an upload ticket and returns its id and token.
func (s *uploadTest) ticket(in assets.NewUpload) (assets.ID, string) {
	s.Helper()
	got, err := s.lib.NewUpload(s.Context(), fixture.Bot, in)
	if err != nil {
		s.Fatal(err)
	}
	token, ok := strings.CutPrefix(got.URL, "/api/v1/public/assets/uploads/")
	if !ok || got.ExpiresAt != assets.TimeOf(s.now.Add(24*time.Hour)) {
		s.Fatalf("%+v", got)
	}
	return got.UploadID, token
}

func (s *uploadTest) put(token, content string) error {
	_, err := s.lib.PutUpload(s.Context(), token, assets.UploadContent{Content: strings.NewReader(content), Size: -1})
	return err
}

// filled makes an upload with a content.
func (s *uploadTest) filled(content string, in assets.NewUpload) assets.ID {
	s.Helper()
	id, token := s.ticket(in)
	if err := s.put(token, content); err != nil {
		s.Fatal(err)
	}
	return id
}

func (s *uploadTest) create(typ assets.Type, v assets.NewVersion) (assets.Written, error) {
	return s.lib.Create(s.Context(), fixture.Bot, assets.NewAsset{Type: typ, Title: "t", NewVersion: v})
}

func (s *uploadTest) code(what string, err error, want string) {
	s.Helper()
	if got := assets.Code(err); got != want {
		s.Errorf("%s: %v (%s), want %q", what, err, got, want)
	}
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>`

// objects returns the number of objects in the bucket.
func (s *uploadTest) objects() int {
	s.Helper()
	return len(fixture.Objects(s, s.cfg.Blobs))
}
