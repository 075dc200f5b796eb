package sniff

import (
	"slices"

	"github.com/gabriel-vasile/mimetype"
)

// Contradicts reports whether the bytes cannot be of the declared type, which must
// have the form that [ParseType] returns.
//
// Types that [Text] and [JSON] check completely are never contradicted, and
// neither is application/octet-stream. A presentation and an SVG must have the parts
// of one. Any other type must be the type of the bytes, a more general one (an
// animated PNG is a PNG) or a more special one (of a format without a signature of
// its own). If the declared type has no known signature, the bytes must be of a type
// that files of any format may have; markup that a browser would run is not.
//
// Of an incomplete Format, Contradicts reports what is certain already.
func (f Format) Contradicts(declared string) bool {
	switch declared {
	case plainText, markdown, html, json, octetStream, f.name, f.also:
		return false
	case pptx, odp:
		return f.open != kindOfArchive
	case svg:
		return true
	case avif, mp4, quickTime:
		return f.open != kindOfMovie && !f.refines(declared)
	}
	found := f.name
	if f.also == plainText || f.text && vague(found) {
		found = plainText
	}
	known := mimetype.Lookup(declared)
	if known == nil {
		return !plausible(found)
	}
	return !isOrIsWithin(known, found) && !f.refines(declared)
}

// vague reports whether a kind of text is told by its words alone, so that a text of
// another kind may be taken for it.
func vague(name string) bool {
	all := parents(name)
	return IsTextKind(name) && !slices.Contains(all, xml) && !slices.Contains(all, json) && name != html && name != svg
}

// plausible reports whether content of a type without a known signature may be
// detected as the given type.
func plausible(detected string) bool {
	switch detected {
	case octetStream, plainText, zip, "application/gzip", xml, json:
		return true
	}
	return false
}

// isOrIsWithin reports whether name is m or one of its parents, except for the root
// of all types, application/octet-stream.
func isOrIsWithin(m *mimetype.MIME, name string) bool {
	for ; m != nil && !m.Is(octetStream); m = m.Parent() {
		if m.Is(name) {
			return true
		}
	}
	return false
}

// refines reports whether the bytes are of a special form of declared with the same
// top-level type. An AVIF image has the structure of an MP4 video, but is not one.
func (f Format) refines(declared string) bool {
	m := mimetype.Lookup(f.name)
	return m != nil && isOrIsWithin(m, declared) && topLevel(f.name) == topLevel(declared)
}
