package corpus_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/testproc"
)

// file is a file that a program writes.
type file struct {
	name    string // its extension chooses what most programs write
	typ     assets.Type
	media   string // that it has; of a refused one, the type that the error names
	args    string // for the program
	shown   string // in a preview: inline, asPage, download; or notAccepted
	scales  bool
	size    string  // in Chromium; empty if it has none there
	turn    int     // EXIF orientation that Chromium applies, 2–8
	plain   bool    // its quarters have not the brightness of the source's
	seconds float64 // of a film
	text    string  // in the preview
}

// How a preview shows a file.
const (
	inline      = "inline"
	asPage      = "page of text"
	download    = "name and link"
	notAccepted = "415"
)

// The size of the source in Chromium.
const (
	upright = "400×200"
	onSide  = "200×400"
)

// turned returns the file with an EXIF orientation that Chromium applies.
func (f file) turned(orientation int) file {
	f.turn = orientation
	if orientation >= 5 {
		f.size = onSide
	}
	return f
}

// sized returns the file with another size than the source's.
func (f file) sized(size string) file {
	f.size = size
	return f
}

// plainly returns the file without the quarters of the source.
func (f file) plainly() file {
	f.plain = true
	return f
}

// refused returns the file as one that assets of its type do not accept.
func (f file) refused() file {
	f.shown, f.scales, f.size = notAccepted, false, ""
	return f
}

// tool is one or several programs, and the files that they write.
type tool struct {
	by       string // the names of the programs
	programs string // that must be there
	all      bool   // only with ASSETS_TEST_ALL=1
	files    []file
	script   func([]file) string // that writes them, in a folder with what the tools before have written
}

// tools returns all tools, in the order in which they run.
func tools() []tool {
	return slices.Concat([]tool{sources(), imageMagick(), exifTool(), imageMagickLater(), avifenc(), ffmpeg(), python(), exifToolLater()}, archivers(), offices())
}

// sources writes quarters.png, of which pictures and films are made: red and green above
// blue and white. It has no file of the corpus.
func sources() tool {
	return tool{by: "ImageMagick, ffmpeg", programs: "ffmpeg", script: func([]file) string {
		return magick + `-size 200x100 \( xc:red xc:lime +append \) \( xc:blue xc:white +append \) -append +repage quarters.png
ffmpeg -v error -loop 1 -framerate 5 -t 1 -i quarters.png -pix_fmt yuv420p film.y4m`
	}}
}

// build runs the tools in a folder. Those that need ASSETS_TEST_ALL=1 are left out
// without it.
func build(t *testing.T) (folder string, built []tool) {
	t.Helper()
	folder = t.TempDir()
	for _, tool := range tools() {
		if tool.all && os.Getenv("ASSETS_TEST_ALL") != "1" {
			continue
		}
		for program := range strings.FieldsSeq(tool.programs) {
			_, err := exec.LookPath(program)
			testproc.Found(t, err)
		}
		run(t, folder, tool.script(tool.files))
		built = append(built, tool)
	}
	return folder, built
}

// run runs a script in a folder.
func run(t *testing.T, folder, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-ec", script)
	cmd.Dir = folder
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+folder, "TESTDATA="+testdata)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %.2000s", script, err, out)
	}
}

// content returns the bytes of a file that was written.
func (f file) content(t *testing.T, folder string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, f.name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
