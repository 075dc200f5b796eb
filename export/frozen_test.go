package export_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/10ex/assets/export"
)

// Exports that were frozen before archives had a top folder, or attestations in the tag
// manifest, keep their bytes. The files were written by programs of that time: the rows of
// an export, and its archive.
func TestFrozenBefore(t *testing.T) {
	t.Parallel()
	for name, tag := range map[string]string{
		"flat":     `"sha256:6aa264a76d337a14327995b20b48d58c6552f80272c875b8b3e4bbcfd07cceb6"`,
		"attested": `"sha256:24dd09fe3cb9571532e2c148c767ffbf35a06fcf8183ea5ce3155820562604ec"`,
	} {
		want, err := os.ReadFile("testdata/" + name + ".zip")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var rows struct {
			Plan    export.Plan
			Entries []export.Entry
		}
		if err := json.Unmarshal(text, &rows); err != nil {
			t.Fatal(err)
		}
		p := planFiles(t, sampleFiles[0], sampleFiles[1], sampleFiles[2], sampleFiles[4])
		now := p.plan
		p.plan, p.entries = rows.Plan, rows.Entries
		if got := readArchive(t, p.archive(t)); !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, not the %d that were sent before", name, len(got), len(want))
		}
		if got := p.plan.ETag(); got != tag || now.ETag() == tag {
			t.Errorf("%s: the entity tag is %s, and %s of the same files now", name, got, now.ETag())
		}
	}
}

// Two exports have folders of their own, named after them.
func TestTopFolder(t *testing.T) {
	t.Parallel()
	for i := range 2 {
		plan := export.NewPlanner(idOf(i), "ann", createdAt).Plan()
		if want := "export-" + string(idOf(i)); plan.Folder != want {
			t.Errorf("the folder is %q, want %q", plan.Folder, want)
		}
	}
}
