package assets_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// clock is a settable clock.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.ms.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func previewToken(t *testing.T, url string) string {
	t.Helper()
	token, ok := strings.CutPrefix(url, "https://cdn.example/api/v1/public/assets/preview/")
	if !ok {
		t.Fatalf("preview URL %s", url)
	}
	return token
}

func TestPRV04PreviewLinks(t *testing.T) {
	t.Parallel()
	at := newClock()
	cfg := assetstest.Config()
	cfg.Now, cfg.PublicURL = at.now, "https://cdn.example/"
	lib := library(t, cfg)
	ctx := t.Context()
	made, err := lib.Create(ctx, bot, newCopy("first"))
	if err != nil {
		t.Fatal(err)
	}
	link, err := lib.PreviewURL(ctx, ann, made.ID, assets.PreviewOptions{ExpiresIn: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if want := assets.TimeOf(at.now()).Add(time.Hour); link.ExpiresAt != want || link.Version != 1 {
		t.Errorf("link %+v, want version 1 until %s", link, want)
	}
	token := previewToken(t, link.URL)
	if _, err := lib.AddVersion(ctx, bot, made.ID, assets.NewVersion{Text: "second"}); err != nil {
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
	review(t, lib, made.ID, assets.ActionArchive)
	opens(assets.ErrWithdrawn)
	review(t, lib, made.ID, assets.ActionReopen)
	opens(nil)
	at.advance(time.Hour - time.Millisecond)
	opens(nil)
	at.advance(time.Millisecond)
	opens(assets.ErrExpired)
	at.advance(-time.Hour)
	if err := lib.Delete(ctx, ann, made.ID, nil); err != nil {
		t.Fatal(err)
	}
	opens(assets.ErrNotFound)
	at.advance(2 * time.Hour)
	forged := []byte(token)
	forged[len(forged)/2] ^= 1
	if _, err := lib.OpenPreview(ctx, string(forged)); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("expired and forged: %v", err)
	}
}

func review(t *testing.T, lib *assets.Library, id assets.ID, action assets.Action) *assets.Asset {
	t.Helper()
	d := assets.Decision{Action: action}
	if action == assets.ActionRequestChanges {
		d.Comment = "shorter"
	}
	a, err := lib.Review(t.Context(), ann, id, d)
	if err != nil {
		t.Fatalf("%s: %v", action, err)
	}
	return a
}

func TestPRV02ShortSigningKeys(t *testing.T) {
	t.Parallel()
	for _, keys := range [][][]byte{{nil}, {make([]byte, 31)}, {make([]byte, 32), make([]byte, 31)}} {
		cfg := assetstest.Config()
		cfg.SigningKeys = keys
		if _, err := assets.New(cfg); err == nil || !strings.Contains(err.Error(), "SigningKeys") {
			t.Errorf("New: %v", err)
		}
	}
	var log bytes.Buffer
	cfg := assetstest.Config()
	cfg.SigningKeys, cfg.Logger = nil, slog.New(slog.NewTextHandler(&log, nil))
	library(t, cfg)
	if !strings.Contains(log.String(), "no signing keys") {
		t.Errorf("no warning: %s", &log)
	}
}

func TestPRV03LinksSurviveRotation(t *testing.T) {
	t.Parallel()
	key := func(c string) []byte { return []byte(strings.Repeat(c, 32)) }
	cfg := assetstest.Config()
	with := func(keys ...[]byte) *assets.Library {
		c := cfg
		c.SigningKeys, c.PublicURL = keys, "https://cdn.example"
		return library(t, c)
	}
	made, err := with(key("a")).Create(t.Context(), bot, newCopy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	link, err := with(key("a")).PreviewURL(t.Context(), ann, made.ID, assets.PreviewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	token := previewToken(t, link.URL)
	if _, err := with(key("b"), key("a")).OpenPreview(t.Context(), token); err != nil {
		t.Errorf("old key second: %v", err)
	}
	if _, err := with(key("b")).OpenPreview(t.Context(), token); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("old key removed: %v", err)
	}
	page, err := with(key("a")).List(t.Context(), ann, assets.Query{Cursor: token})
	if !errors.Is(err, assets.ErrInvalidCursor) {
		t.Errorf("a preview token as a cursor: %v, %v", page, err)
	}
}

func TestCLK02PreviewLife(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	made, err := lib.Create(t.Context(), bot, newCopy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{-time.Second, time.Millisecond, 7*24*time.Hour + time.Second, 1<<63 - 1} {
		_, err := lib.PreviewURL(t.Context(), ann, made.ID, assets.PreviewOptions{ExpiresIn: d})
		if f := assets.FieldErrors(err); len(f) != 1 || f[0].Loc[0] != "expires_in" {
			t.Errorf("expires in %v: %v", d, err)
		}
	}
}

// FuzzPreviewToken: whatever a token holds, nothing but what was signed opens.
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
