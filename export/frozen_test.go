package export_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/10ex/assets/export"
)

// An export that was frozen before archives had a top folder keeps its bytes. The two
// files were written by a program of that time: the rows of an export, and its archive.
func TestFrozenBeforeTopFolder(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("testdata/flat.zip")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/flat.json")
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
		t.Errorf("%d bytes, not the %d that were sent before", len(got), len(want))
	}
	const tag = `"sha256:6aa264a76d337a14327995b20b48d58c6552f80272c875b8b3e4bbcfd07cceb6"`
	if got := p.plan.ETag(); got != tag || now.ETag() == tag {
		t.Errorf("the entity tag is %s, and %s of the same files now", got, now.ETag())
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
