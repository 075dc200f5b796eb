package corpus_test

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/internal/testing/testproc"
)

// TestFilesOfProgramsFIL01: files of real programs, undeclared, declared and named, are
// what the program made, and are shown and scaled as the document says.
func TestFilesOfProgramsFIL01(t *testing.T) {
	t.Parallel()
	source := sources(t)
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if s.all && os.Getenv("ASSETS_TEST_ALL") != "1" {
				t.Skip("only with ASSETS_TEST_ALL=1")
			}
			content := s.write(t, source)
			sends := []struct{ media, name string }{{s.media, s.name}, {"", s.name}, {"application/octet-stream", "x" + filepath.Ext(s.name)}}
			if !strings.HasPrefix(s.media, "text/") && s.media != json {
				sends = append(sends, struct{ media, name string }{"", ""})
			}
			for _, send := range sends {
				s.check(t, resttest.New(t), send.media, send.name, content)
			}
		})
	}
}

// sources returns a folder with a picture and a film from which the files are made.
func sources(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, program := range []string{"ffmpeg", "avifenc", "exiftool", "7z", "bsdtar", "python3"} {
		_, err := exec.LookPath(program)
		testproc.Found(t, err)
	}
	run(t, folder, `ffmpeg -v error -f lavfi -i testsrc=size=320x180:rate=5 -t 1 -pix_fmt yuv420p film.y4m && ffmpeg -v error -i film.y4m -frames:v 1 hero.png`)
	return folder
}

// run runs a script in a folder.
func run(t *testing.T, folder, script string, arguments ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", append([]string{"-c", script, "bash"}, arguments...)...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %.2000s", script, err, out)
	}
}

// write writes the file and returns its bytes.
func (s sample) write(t *testing.T, source string) []byte {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"hero.png", "film.y4m"} {
		if err := os.Symlink(filepath.Join(source, name), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, folder, s.script, s.name)
	content, err := os.ReadFile(filepath.Join(folder, s.name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// check uploads the file and compares what is stored and shown.
func (s sample) check(t *testing.T, srv *resttest.Server, media, name string, content []byte) {
	t.Helper()
	form := resttest.Form{
		{Name: "metadata", Body: fmt.Sprintf(`{"type":%q,"title":"A file"}`, s.typ)},
		{Name: "content", Media: media, Filename: name, Body: string(content)},
	}
	id, _ := srv.Must(201, resttest.Call{Method: "POST", Path: resttest.Base, As: "writer", Form: &form})["id"].(string)
	get := func(path string) *httptest.ResponseRecorder {
		return srv.Send(resttest.Call{Method: "GET", Path: resttest.Base + "/" + id + path, As: "reader"})
	}
	made := srv.Must(200, resttest.Call{Method: "GET", Path: resttest.Base + "/" + id, As: "reader"})
	stored, _ := made["content"].(map[string]any)
	if stored["media_type"] != s.media {
		t.Errorf("declared %q, named %q: stored as %v, want %s", media, name, stored["media_type"], s.media)
	}
	if rec := get("/versions/1/content"); rec.Code != 200 || !bytes.Equal(rec.Body.Bytes(), content) {
		t.Errorf("the content is %d, %d bytes of %d", rec.Code, rec.Body.Len(), len(content))
	}
	if got := shown(get("/preview"), s.media); got != s.shown {
		t.Errorf("shown as %q, want %q", got, s.shown)
	}
	if s.scaled == "" {
		return
	}
	rec := get("/preview?width=160")
	got, _, err := image.DecodeConfig(rec.Body)
	if size := fmt.Sprintf("%d×%d", got.Width, got.Height); err != nil || size != s.scaled {
		t.Errorf("scaled to %s, want %s: %d, %v", size, s.scaled, rec.Code, err)
	}
}

// shown returns how a preview shows a content.
func shown(rec *httptest.ResponseRecorder, media string) string {
	switch {
	case rec.Code != 200:
		return fmt.Sprint(rec.Code)
	case rec.Header().Get("Content-Type") == media && strings.HasPrefix(rec.Header().Get("Content-Disposition"), "inline"):
		return inline
	case strings.Contains(rec.Body.String(), "Hello") || strings.Contains(rec.Body.String(), "Grüße"):
		return asPage
	}
	return download
}
