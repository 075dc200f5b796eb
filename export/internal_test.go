package export

import (
	"context"

	"github.com/10ex/assets"
)

// Planned returns the archive of a plan whose entries a store of the test has. They may be
// more than a store of this module could hold.
func Planned(ctx context.Context, lib *assets.Library, p Plan, s interface {
	Store
	assets.Attestations
},
) *Archive {
	x, err := New(Config{Library: lib})
	if err != nil {
		panic(err)
	}
	x.store, x.attestations = s, s
	return x.archive(ctx, Record{ID: p.Export, Workspace: "w", Plan: p, CreatedAt: p.CreatedAt})
}

// Names returns the names of titles in one folder.
func Names(titles ...string) []string {
	n := newNameSet()
	chosen := make([]string, len(titles))
	for i, title := range titles {
		chosen[i] = n.add(title, "text/plain", "")
	}
	return chosen
}

// Extension is extension.
func Extension(mediaType, filename string) string { return extension(mediaType, filename) }

// Sections returns the offsets in the archive between which the sections are.
func (p Plan) Sections() (at [sections]struct{ From, To int64 }) {
	for _, s := range p.layout().regions {
		if s.text == nil {
			at[s.section].From, at[s.section].To = s.offset, s.offset+s.size
		}
	}
	return at
}

// DOSTime is dosTime.
var DOSTime = dosTime

// Length is Entry.length.
func (e *Entry) Length(p Plan, s Section) int64 { return e.length(p, s) }
