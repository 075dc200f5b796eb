package export_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// In each section the range of an entry begins where that of the one before ends, and the
// last ends with the section.
func TestEntryRanges(t *testing.T) {
	t.Parallel()
	p := planFiles(t, sampleFiles...)
	for s, at := range p.plan.Sections() {
		section := export.Section(s)
		offset := int64(0)
		for i, e := range p.entries {
			empty := section == export.SectionTagManifest && !sampleFiles[i].attested
			if e.At[section] != offset || (e.Length(p.plan, section) <= 0) != empty {
				t.Errorf("section %d: the range of entry %d is at %d, want %d, and has length %d", s, i, e.At[section], offset, e.Length(p.plan, section))
			}
			offset += e.Length(p.plan, section)
		}
		if offset != at.To-at.From {
			t.Errorf("section %d has %d bytes, its entries %d", s, at.To-at.From, offset)
		}
	}
}

// The bytes of an entry's range are those that its fields determine.
func TestEntryBytes(t *testing.T) {
	t.Parallel()
	p := planFiles(t, sampleFiles...)
	all := readArchive(t, p.archive(t))
	sections := p.plan.Sections()
	part := func(e export.Entry, s export.Section) string {
		from := sections[s].From + e.At[s]
		return string(all[from : from+e.Length(p.plan, s)])
	}
	for i, e := range p.entries {
		content := string(sampleFiles[i].content)
		envelope, line := "", ""
		if sampleFiles[i].attested {
			name, text := "attestations/"+strings.TrimPrefix(e.Name, "data/")+".dsse.json", attestationOf(e.AssetID, e.SHA256).EnvelopeJSON()
			envelope, line = name+string(text), fmt.Sprintf("%x  %s\n", sha256.Sum256(text), name)
		}
		if got := part(e, export.SectionTagManifest); got != line {
			t.Errorf("entry %d: the tag manifest has %q, want %q", i, got, line)
		}
		if got := part(e, export.SectionPayload); !strings.Contains(got, e.Name+content) || !strings.HasSuffix(got, envelope) {
			t.Errorf("entry %d: the payload is %q", i, got)
		}
		if got := part(e, export.SectionManifest); got != e.SHA256+"  "+e.Name+"\n" {
			t.Errorf("entry %d: the manifest has %q", i, got)
		}
		separator := ",\n"
		if i == 0 {
			separator = "\n"
		}
		if got := part(e, export.SectionMetadata); got != separator+string(e.Document) {
			t.Errorf("entry %d: the metadata has %q", i, got)
		}
		if got := part(e, export.SectionDirectory); got[46:46+len(topFolder)+len(e.Name)] != topFolder+e.Name {
			t.Errorf("entry %d: the directory has %q", i, got)
		}
	}
}

func TestQuotaCheck(t *testing.T) {
	t.Parallel()
	used := export.Usage{Exports: 2, Metadata: 10, Expiry: createdAt}
	for name, c := range map[string]struct {
		quota    export.Quota
		metadata int64
		want     string // in the text of the error; empty: none
	}{
		"no limit":           {export.Quota{}, 1 << 40, ""},
		"a place is left":    {export.Quota{Exports: 3, Metadata: 15}, 5, ""},
		"no place is left":   {export.Quota{Exports: 2}, 0, "at most 2 exports that have not expired; the first of them expires at 2025-06-15T15:06:40.000Z"},
		"too much metadata":  {export.Quota{Metadata: 15}, 6, "at most 15 bytes, of which 10 are taken; the first of them expires at 2025-06-15T15:06:40.000Z"},
		"metadata that fits": {export.Quota{Metadata: 16}, 6, ""},
	} {
		err := c.quota.Check(used, c.metadata)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (!errors.Is(err, assets.ErrLimitReached) || !strings.Contains(assets.Detail(err), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
