package assets_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
)

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
