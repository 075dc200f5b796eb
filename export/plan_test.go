package export_test

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	p := planFiles(t, sampleFiles...)
	all := readArchive(t, p.archive(t))
	if p.plan.Items != 5 || p.plan.Content != 70_009 || p.plan.Size() != int64(len(all)) {
		t.Errorf("%+v has size %d, the archive %d", p.plan, p.plan.Size(), len(all))
	}
	_, texts := contents(t, all)
	for name, want := range map[string]export.Text{"metadata.json": p.plan.Metadata, "manifest-sha256.txt": p.plan.Manifest, "tagmanifest-sha256.txt": p.plan.TagManifest} {
		text := []byte(texts[name])
		sum := sha256.Sum256(text)
		if got := (export.Text{Size: int64(len(text)), CRC32: crc32.ChecksumIEEE(text), SHA256: hex.EncodeToString(sum[:])}); got != want {
			t.Errorf("%s is %+v, the plan has %+v", name, got, want)
		}
	}
}

func TestPlanOfNothing(t *testing.T) {
	t.Parallel()
	p := planFiles(t)
	names, texts := contents(t, readArchive(t, p.archive(t)))
	if len(names) != 5 || texts["manifest-sha256.txt"] != "" {
		t.Errorf("the archive has %q", names)
	}
}

func TestPlannerSize(t *testing.T) {
	t.Parallel()
	planner := export.NewPlanner(idOf(0), "ann", createdAt)
	for i, want := range []int64{7, 14, 21} {
		_, err := planner.Add(export.Candidate{Asset: &assets.Asset{ID: idOf(i), Title: "t", Content: assets.Content{SizeBytes: 7}}})
		if err != nil || planner.Size() != want {
			t.Errorf("after %d entries the size is %d, %v", i+1, planner.Size(), err)
		}
	}
}

// The entity tag is the same for equal plans, and depends on every field.
func TestPlanETag(t *testing.T) {
	t.Parallel()
	p := planFiles(t, sampleFiles...).plan
	if again := planFiles(t, sampleFiles...).plan; again.ETag() != p.ETag() {
		t.Errorf("equal plans have the tags %s and %s", p.ETag(), again.ETag())
	}
	seen := map[string]string{p.ETag(): "none"}
	for name, change := range map[string]func(*export.Plan){
		"Folder":    func(p *export.Plan) { p.Folder = "" },
		"Export":    func(p *export.Plan) { p.Export = idOf(1) },
		"CreatedBy": func(p *export.Plan) { p.CreatedBy = "bob" },
		"CreatedAt": func(p *export.Plan) { p.CreatedAt++ },
		"Items":     func(p *export.Plan) { p.Items++ },
		"Content":   func(p *export.Plan) { p.Content++ },
		"Payload":   func(p *export.Plan) { p.Payload++ },
		"Directory": func(p *export.Plan) { p.Directory++ },
		"Metadata":  func(p *export.Plan) { p.Metadata.SHA256 = "0" },
		"Manifest":  func(p *export.Plan) { p.Manifest.CRC32++ },

		"TagManifest": func(p *export.Plan) { p.TagManifest.SHA256 = "0" },
	} {
		changed := p
		change(&changed)
		if other, taken := seen[changed.ETag()]; taken {
			t.Errorf("a change of %s has the tag of a change of %s", name, other)
		}
		seen[changed.ETag()] = name
	}
}
