package export

import (
	"context"

	"github.com/10ex/assets"
)

// Planned is an archive of entries that a test has planned, in no store of
// the product's: they may be more than one holds.
func Planned(ctx context.Context, lib *assets.Library, p Plan, s Store) *Archive {
	x, err := New(Config{Library: lib})
	if err != nil {
		panic(err)
	}
	x.store = s
	return x.archive(ctx, Record{ID: p.Export, Workspace: "w", Plan: p, CreatedAt: p.CreatedAt})
}

// Choose answers the names of titles in one folder.
func Choose(titles ...string) []string {
	n := names{}
	chosen := make([]string, len(titles))
	for i, title := range titles {
		chosen[i] = n.choose(title, "text/plain", "")
	}
	return chosen
}

// Extension is extension.
func Extension(mediaType, filename string) string { return extension(mediaType, filename) }

// Sections answers where the sections of an archive are.
func (p Plan) Sections() (at [sections]struct{ From, To int64 }) {
	for _, s := range p.layout().stretches {
		if s.own == nil {
			at[s.section].From, at[s.section].To = s.at, s.at+s.size
		}
	}
	return at
}
