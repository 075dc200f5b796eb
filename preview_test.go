package assets_test

import (
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

func TestPreviewLinkPRV04(t *testing.T) {
	t.Parallel()
	at := fixture.NewClock()
	cfg := assetstest.Config()
	cfg.Now, cfg.PublicURL = at.Now, "https://cdn.example/"
	lib := backends.Library(t, cfg)
	ctx := t.Context()
	made, err := lib.Create(ctx, fixture.Bot, fixture.Copy("first"))
	if err != nil {
		t.Fatal(err)
	}
	link, err := lib.PreviewURL(ctx, fixture.Ann, made.ID, assets.PreviewOptions{ExpiresIn: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if want := assets.TimeOf(at.Now()).Add(time.Hour); link.ExpiresAt != want || link.Version != 1 {
		t.Errorf("link %+v, want version 1 until %s", link, want)
	}
	token, ok := strings.CutPrefix(link.URL, "https://cdn.example/api/v1/public/assets/preview/")
	if !ok {
		t.Fatalf("preview URL %s", link.URL)
	}
	if _, err := lib.AddVersion(ctx, fixture.Bot, made.ID, assets.NewVersion{Text: "second"}); err != nil {
		t.Fatal(err)
	}

	opens := func(want error) {
		t.Helper()
		f, err := lib.OpenPreview(ctx, token)
		if !errors.Is(err, want) {
			t.Fatalf("OpenPreview: %v, want %v", err, want)
		}
		if err != nil {
			return
		}
		defer f.Close()
		if got, err := io.ReadAll(f); string(got) != "first" || err != nil {
			t.Errorf("the link shows %q, %v", got, err)
		}
	}
	opens(nil)
	fixture.Review(t, lib, made.ID, assets.ActionArchive)
	opens(assets.ErrWithdrawn)
	fixture.Review(t, lib, made.ID, assets.ActionReopen)
	opens(nil)
	at.Advance(time.Hour - time.Millisecond)
	opens(nil)
	at.Advance(time.Millisecond)
	opens(assets.ErrExpired)
	at.Advance(-time.Hour)
	if err := lib.Delete(ctx, fixture.Ann, made.ID, nil); err != nil {
		t.Fatal(err)
	}
	opens(assets.ErrNotFound)
	at.Advance(2 * time.Hour)
	forged := []byte(token)
	forged[len(forged)/2] ^= 1
	if _, err := lib.OpenPreview(ctx, string(forged)); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("expired and forged: %v", err)
	}
}

func TestPreviewAfterKeyRotationPRV03(t *testing.T) {
	t.Parallel()
	key := func(c string) []byte { return []byte(strings.Repeat(c, 32)) }
	cfg := assetstest.Config()
	with := func(keys ...[]byte) *assets.Library {
		c := cfg
		c.SigningKeys, c.PublicURL = keys, "https://cdn.example"
		return backends.Library(t, c)
	}
	made, err := with(key("a")).Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	link, err := with(key("a")).PreviewURL(t.Context(), fixture.Ann, made.ID, assets.PreviewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	token := fixture.Token(link.URL)
	if _, err := with(key("b"), key("a")).OpenPreview(t.Context(), token); err != nil {
		t.Errorf("old key second: %v", err)
	}
	if _, err := with(key("b")).OpenPreview(t.Context(), token); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("old key removed: %v", err)
	}
	page, err := with(key("a")).List(t.Context(), fixture.Ann, assets.Query{Cursor: token})
	if !errors.Is(err, assets.ErrInvalidCursor) {
		t.Errorf("a preview token as a cursor: %v, %v", page, err)
	}
}

func TestPreviewExpiryCLK02(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{-time.Second, time.Millisecond, 7*24*time.Hour + time.Second, 1<<63 - 1} {
		_, err := lib.PreviewURL(t.Context(), fixture.Ann, made.ID, assets.PreviewOptions{ExpiresIn: d})
		if f := assets.FieldErrors(err); len(f) != 1 || f[0].Loc[0] != "expires_in" {
			t.Errorf("expires in %v: %v", d, err)
		}
	}
}

// FuzzPreviewToken expects that a token that was not signed opens nothing.
func FuzzPreviewToken(f *testing.F) {
	lib, err := assets.New(assetstest.Config())
	if err != nil {
		f.Fatal(err)
	}
	f.Add("AAAA")
	f.Add(base64.RawURLEncoding.EncodeToString(make([]byte, 80)))
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := lib.OpenPreview(t.Context(), token); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("%q: %v", token, err)
		}
	})
}
