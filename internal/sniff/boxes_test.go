package sniff_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/sniff"
)

// atom returns a box.
func atom(kind, content string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))) + kind + content
}

// longAtom returns a box whose size has 64 bits.
func longAtom(kind, content string) string {
	return "\x00\x00\x00\x01" + kind + string(binary.BigEndian.AppendUint64(nil, uint64(16+len(content)))) + content
}

// brands returns the content of an ftyp box.
func brands(major string, compatible ...string) string {
	return major + "\x00\x00\x02\x00" + strings.Join(compatible, "")
}

const (
	isoMovie       = "hdlr\x00\x00\x00\x00\x00\x00\x00\x00vide"
	quickTimeMovie = "hdlr\x00\x00\x00\x00mhlrvide"
)

// inspected returns the format that the head and then the whole content show.
func inspected(t *testing.T, content string) sniff.Format {
	t.Helper()
	head := []byte(content[:min(len(content), sniff.HeadLen)])
	f := sniff.Head(head, len(head) == len(content))
	if !f.Incomplete() {
		return f
	}
	r := &countingReader{ReaderAt: strings.NewReader(content)}
	f, err := f.Inspect(r, int64(len(content)))
	if err != nil || f.Incomplete() {
		t.Errorf("%.20q: %v", content, err)
	}
	if r.calls > 80 || r.bytes > 9<<20 {
		t.Errorf("%.20q: %d reads, %d bytes", content, r.calls, r.bytes)
	}
	return f
}

type countingReader struct {
	io.ReaderAt
	calls, bytes int
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	c.calls++
	c.bytes += len(p)
	return c.ReaderAt.ReadAt(p, off)
}

// TestMoviesFIL06: films by every brand, and by their boxes in any order.
func TestMoviesFIL06(t *testing.T) {
	t.Parallel()
	pixels := strings.Repeat("\x00\x01\x02\xff", 5000)
	frag := atom("moof", "\x00") + atom("mdat", pixels)
	for name, tc := range map[string]struct{ content, want, also string }{
		"ftyp first":               {atom("ftyp", brands("isom", "isom", "iso2")) + atom("moov", isoMovie), "video/mp4", ""},
		"free first":               {atom("free", "") + atom("ftyp", brands("mp42", "mp42")), "video/mp4", ""},
		"a long free first":        {atom("free", pixels) + atom("ftyp", brands("mp42", "mp42")), "video/mp4", ""},
		"free, skip, uuid first":   {atom("free", "x") + atom("skip", pixels) + atom("uuid", pixels) + atom("ftyp", brands("dash")), "video/mp4", ""},
		"mdat first":               {atom("mdat", pixels) + atom("moov", isoMovie) + atom("ftyp", brands("isom")), "video/mp4", ""},
		"a long size":              {longAtom("mdat", pixels) + longAtom("ftyp", brands("mp41", "mp41")), "video/mp4", ""},
		"no ftyp, moov last":       {atom("mdat", pixels) + atom("moov", isoMovie), "video/mp4", "video/quicktime"},
		"no ftyp, moov first":      {atom("moov", isoMovie) + atom("mdat", pixels), "video/mp4", "video/quicktime"},
		"no ftyp, QuickTime":       {atom("wide", "") + atom("mdat", pixels) + atom("moov", quickTimeMovie), "video/quicktime", "video/mp4"},
		"QuickTime, compressed":    {atom("moov", atom("cmov", "x")) + atom("mdat", pixels), "video/quicktime", "video/mp4"},
		"no ftyp, mdat to the end": {atom("moov", isoMovie) + "\x00\x00\x00\x00mdat" + pixels, "video/mp4", "video/quicktime"},
		"fragments":                {atom("ftyp", brands("iso5", "dash")) + atom("moov", isoMovie) + strings.Repeat(frag, 100), "video/mp4", ""},
		"QuickTime":                {atom("ftyp", brands("qt  ", "qt  ", "\x00\x00\x00\x00")) + atom("wide", ""), "video/quicktime", ""},
		"QuickTime that is an MP4": {atom("ftyp", brands("qt  ", "mp42", "isom")), "video/quicktime", "video/mp4"},
		"an MP4 that is QuickTime": {atom("ftyp", brands("mp42", "qt  ")), "video/mp4", "video/quicktime"},
		"PSP":                      {atom("ftyp", brands("MSNV", "isom")), "video/mp4", ""},
		"an unknown brand":         {atom("ftyp", brands("zzzz")), "video/mp4", ""},
		"M4V":                      {atom("ftyp", brands("M4V ", "M4V ")), "video/x-m4v", "video/mp4"},
		"3GPP":                     {atom("ftyp", brands("3gp9", "isom")), "video/3gpp", "video/mp4"},
		"3GPP2":                    {atom("ftyp", brands("3g2a")), "video/3gpp2", "video/mp4"},
		"AVIF behind free":         {atom("free", pixels) + atom("ftyp", brands("avif", "mif1")), "image/avif", ""},
		"AVIF, a general brand":    {atom("ftyp", brands("mif1", "avif", "miaf")), "image/avif", ""},
		"AVIF of a profile":        {atom("ftyp", brands("MA1B", "mif1", "avif")), "image/avif", ""},
		"AVIF sequence":            {atom("ftyp", brands("msf1", "avis", "iso8")), "image/avif", ""},
		"HEIC, a general brand":    {atom("ftyp", brands("mif1", "heic")), "image/heic", ""},
		"M4A":                      {atom("ftyp", brands("M4A ", "mp42", "isom")), "audio/x-m4a", ""},
		"a segment alone":          {atom("styp", brands("msdh")) + frag, octetStream, ""},
		"only free":                {atom("free", pixels), octetStream, ""},
		"a size of 3":              {"\x00\x00\x00\x03free\x00" + pixels, octetStream, ""},
		"a size below its header":  {"\x00\x00\x00\x01free" + string(binary.BigEndian.AppendUint64(nil, 15)) + pixels, octetStream, ""},
		"a size of 2^63":           {"\x00\x00\x00\x01free\x80\x00\x00\x00\x00\x00\x00\x00" + pixels, octetStream, ""},
		"a size of 2^64-1":         {"\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff" + pixels, octetStream, ""},
		"an endless chain":         {strings.Repeat(atom("free", ""), 100_000) + atom("ftyp", brands("isom")), octetStream, ""},
		"a text":                   {"I am free of charge. " + strings.Repeat("Really. ", 1000), "text/plain", ""},
	} {
		f := inspected(t, tc.content)
		if f.Name() != tc.want {
			t.Errorf("%s: found %s, want %s", name, f.Name(), tc.want)
		}
		for _, declared := range []string{"video/mp4", "video/quicktime", "image/avif"} {
			if got := !f.Contradicts(declared); got != (declared == tc.want || declared == tc.also) {
				t.Errorf("%s: accepted as %s: %t", name, declared, got)
			}
		}
	}
}

// What cannot come any more is refused before the whole content was read.
func TestIncompleteMovie(t *testing.T) {
	t.Parallel()
	f := sniff.Head([]byte(atom("free", strings.Repeat("\x00", 5000)))[:sniff.HeadLen], false)
	if !f.Incomplete() || f.Contradicts("video/mp4") || f.Contradicts("image/avif") || !f.Contradicts("image/png") || !f.Contradicts("video/webm") {
		t.Errorf("%+v", f)
	}
	if f.CouldBe(func(s string) bool { return s == "image/png" }) || !f.CouldBe(func(s string) bool { return s == "video/mp4" }) {
		t.Errorf("%+v", f)
	}
}

var errBroken = errors.New("broken")

// brokenReader fails from the n-th read on.
type brokenReader struct {
	io.ReaderAt
	n int
}

func (b *brokenReader) ReadAt(p []byte, off int64) (int, error) {
	if b.n--; b.n < 0 {
		return 0, errBroken
	}
	return b.ReaderAt.ReadAt(p, off)
}

// A failure of the reader is no verdict.
func TestInspectFails(t *testing.T) {
	t.Parallel()
	deck := zipped(t, "[Content_Types].xml", strings.Repeat("x", 100_000), "mimetype", "application/vnd.oasis.opendocument.presentation", "a", strings.Repeat("x", 100_000))
	for _, content := range [][]byte{deck, []byte(atom("free", strings.Repeat("\x00", 5000)) + atom("moov", isoMovie))} {
		f := sniff.Head(content[:sniff.HeadLen], false)
		calls := &countingReader{ReaderAt: bytes.NewReader(content)}
		if _, err := f.Inspect(calls, int64(len(content))); err != nil || calls.calls == 0 {
			t.Fatal(err, calls.calls)
		}
		for n := range calls.calls {
			if _, err := f.Inspect(&brokenReader{bytes.NewReader(content), n}, int64(len(content))); !errors.Is(err, errBroken) {
				t.Errorf("read %d of %d fails: %v", n, calls.calls, err)
			}
		}
	}
}

func FuzzBoxes(f *testing.F) {
	f.Add([]byte(atom("free", "") + atom("ftyp", brands("mp42", "qt  "))))
	f.Add([]byte(longAtom("mdat", "x") + atom("moov", quickTimeMovie)))
	f.Add([]byte("\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, content []byte) { checkFormat(t, content) })
}

// checkFormat checks what holds of any content.
func checkFormat(t *testing.T, content []byte) {
	t.Helper()
	f := sniff.Head(content, false)
	r := &countingReader{ReaderAt: bytes.NewReader(content)}
	got, err := f.Inspect(r, int64(len(content)))
	if err != nil || r.calls > 80 {
		t.Errorf("%v after %d reads", err, r.calls)
	}
	if whole := sniff.Head(content, true); whole != got {
		t.Errorf("inspected %+v, from memory %+v", got, whole)
	}
	if parsed, ok := sniff.ParseType(got.Name()); !ok || got.Contradicts(got.Name()) {
		t.Errorf("%q is no media type (%q), or contradicts itself", got.Name(), parsed)
	}
	if f.Name() == "image/svg+xml" && !bytes.Contains(content, []byte("svg")) && !bytes.Contains(content, []byte("s\x00v\x00g")) {
		t.Errorf("%q is an SVG", content)
	}
}
