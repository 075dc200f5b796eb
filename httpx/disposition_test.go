package httpx_test

import (
	"mime"
	"testing"

	"github.com/10ex/assets/internal/testing/resttest"
)

func TestContentDispositionPRV06(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		`plain name.txt`: `attachment; filename="plain name.txt"`,
		`a"b;c%41.txt`:   `attachment; filename="a_b;c_41.txt"; filename*=UTF-8''a%22b%3Bc%2541.txt`,
		"x\u202etxt.exe": `attachment; filename="x_txt.exe"`,
		"Größe 😀.png":    `attachment; filename="Gr__e _.png"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%F0%9F%98%80.png`,
	} {
		srv := resttest.New(t)
		srv.Upload("bundle", "", name, []byte("x"))
		rec := srv.Send(call{Method: "GET", Path: base + "/{id}/versions/1/content", As: "reader"})
		if got := rec.Header().Get("Content-Disposition"); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
		if _, _, err := mime.ParseMediaType(rec.Header().Get("Content-Disposition")); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestContentDispositionOfEveryRoute: content routes and previews send the same file name.
func TestContentDispositionOfEveryRoute(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	srv.Upload("image", "image/png", "é.png", png)
	const name = `; filename="_.png"; filename*=UTF-8''%C3%A9.png`
	for path, kind := range map[string]string{
		base + "/{id}/versions/1/content":   "inline",
		base + "/{id}/preview":              "inline",
		base + "/{id}/preview?download=1":   "attachment",
		srv.PreviewPath("") + "?download=1": "attachment",
	} {
		rec := srv.Send(call{Method: "GET", Path: path, As: "reader"})
		want{Status: 200, Header: map[string]string{"Content-Disposition": kind + name}}.Check(t, srv, rec)
	}
}
