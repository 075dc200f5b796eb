package review

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/10ex/assets"
)

// maxText is the size of a text in bytes that a page shows whole.
const maxText = 256 << 10

// maxChanges is the number of changes in the list of them.
const maxChanges = 100

// textMemory is the memory for a text and its comparison, for each byte. pageMemory is that
// for the page with it: a line break becomes 27 bytes, a character that cannot be seen 31,
// and the buffer grows by doubling.
const (
	textMemory = 24
	pageMemory = 64
)

// text is a text as it is shown, and compared with that of another version.
type text struct {
	Lines      []line // of the version
	Old        []line // of the other one
	Both       []line // of both
	Changes    []change
	MoreThan   bool // there are more changes than these
	Changed    int  // lines of the version that differ
	Compared   bool
	Words      int
	Characters int
	Hosts      []string // of its links, each once
	Links      []string // to other sites, each once; the first ones
	LinkCount  int
	MoreLinks  bool // there are more links than these
	Cut        bool // only the beginning is shown
}

// line is a line of a text in pieces.
type line struct {
	Pieces  []piece
	Changed bool
}

// piece is a piece of a line: equal, insert or delete.
type piece struct {
	Op   assets.DiffOp
	Text string
}

// change is one place where two texts differ.
type change struct{ Old, New string }

// readText reads the text of a version and compares it.
func (v *visit) readText(s subject, c *content) error {
	ctx, size := v.r.Context(), s.Version.Content.SizeBytes
	shown := min(size, maxText)
	if c.Base != nil {
		shown += min(c.Base.Content.SizeBytes, maxText)
	}
	if c.View == "changes" {
		shown *= 2 // each change is in the list too
	}
	if err := v.reserve(shown * pageMemory); err != nil {
		return err
	}
	release, err := v.lib.Admit(ctx, min(size, maxText)*textMemory)
	if err != nil {
		return err
	}
	defer release()
	c.Text = &text{Cut: size > maxText}
	c.Shown = !c.Text.Cut
	if !c.Text.Cut && c.Base != nil && c.Base.Content.SizeBytes <= maxText {
		from := assets.Selector(c.Base.Number)
		d, err := v.lib.Diff(ctx, v.by, s.Asset.ID, assets.DiffQuery{From: &from, To: assets.Selector(s.Version.Number)})
		if err != nil {
			return err
		}
		if d.Segments != nil {
			c.Text.compare(d.Segments)
			return nil
		}
	}
	f, err := v.open(ctx, s)
	if err != nil {
		return err
	}
	defer f.Close()
	if c.Text.Cut {
		if err := f.VerifyOnce(); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, f, maxText); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("review: reading a text: %w", err)
	}
	c.Text.add(strings.ToValidUTF8(b.String(), "\uFFFD"))
	return nil
}

// add adds a text that is compared with nothing.
func (t *text) add(whole string) {
	t.Lines = split(nil, assets.DiffEqual, whole, false)
	t.count(whole)
}

// count counts the words, characters and links of the version.
func (t *text) count(whole string) {
	t.Words, t.Characters = len(strings.Fields(whole)), utf8.RuneCountInString(whole)
	t.addLinks(whole)
}

// compare adds the segments of a comparison.
func (t *text) compare(segments []assets.DiffSegment) {
	t.Compared = true
	var whole strings.Builder
	for i, s := range segments {
		switch s.Op {
		case assets.DiffEqual:
			t.Lines, t.Old, t.Both = split(t.Lines, s.Op, s.Text, false), split(t.Old, s.Op, s.Text, false), split(t.Both, s.Op, s.Text, false)
		case assets.DiffInsert:
			t.Lines, t.Both = split(t.Lines, s.Op, s.Text, true), split(t.Both, s.Op, s.Text, true)
		case assets.DiffDelete:
			t.Old, t.Both = split(t.Old, s.Op, s.Text, true), split(t.Both, s.Op, s.Text, true)
			t.Lines = markChanged(t.Lines)
		}
		if s.Op != assets.DiffDelete {
			whole.WriteString(s.Text)
		}
		t.addChange(segments, i)
	}
	for _, l := range t.Lines {
		if l.Changed {
			t.Changed++
		}
	}
	t.count(whole.String())
}

// addChange adds the change that begins with a segment, if one does.
func (t *text) addChange(segments []assets.DiffSegment, i int) {
	s := segments[i]
	if s.Op == assets.DiffEqual || s.Op == assets.DiffInsert && i > 0 && segments[i-1].Op == assets.DiffDelete {
		return
	}
	if len(t.Changes) == maxChanges {
		t.MoreThan = true
		return
	}
	c := change{}
	switch {
	case s.Op == assets.DiffInsert:
		c.New = s.Text
	case i+1 < len(segments) && segments[i+1].Op == assets.DiffInsert:
		c.Old, c.New = s.Text, segments[i+1].Text
	default:
		c.Old = s.Text
	}
	t.Changes = append(t.Changes, c)
}

// split appends a piece of text to lines, and begins a new line behind each line end.
func split(lines []line, op assets.DiffOp, whole string, changed bool) []line {
	if len(lines) == 0 {
		lines = []line{{}}
	}
	for i, part := range strings.Split(whole, "\n") {
		if i > 0 {
			lines = append(lines, line{})
		}
		part = strings.TrimSuffix(part, "\r")
		last := &lines[len(lines)-1]
		if part != "" {
			last.Pieces = append(last.Pieces, piece{op, part})
		}
		last.Changed = last.Changed || changed && (part != "" || i > 0)
	}
	return lines
}

// markChanged marks the last line, where something is missing.
func markChanged(lines []line) []line {
	if len(lines) == 0 {
		lines = []line{{}}
	}
	lines[len(lines)-1].Changed = true
	return lines
}

// visible returns a text with what cannot be seen, or changes the direction of what
// follows, as its code point.
func visible(s string) template.HTML {
	var b strings.Builder
	for _, c := range s {
		if isHidden(c) {
			fmt.Fprintf(&b, `<span class="ctl">U+%04X</span>`, c)
			continue
		}
		template.HTMLEscape(&b, []byte(string(c)))
	}
	return template.HTML(b.String()) //nolint:gosec // escaped
}

// visibleText returns a text without what visible shows as code points.
func visibleText(s string) string {
	return strings.Map(func(c rune) rune {
		if isHidden(c) {
			return '\uFFFD'
		}
		return c
	}, s)
}

// isHidden reports whether a character is not seen. The joiners are, by what they do to
// the letters beside them.
func isHidden(c rune) bool {
	switch c {
	case '\t', '\n', '\u200C', '\u200D':
		return false
	}
	return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029' || c >= 0xE0000 && c <= 0xE0FFF
}
