package sniff_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/sniff"
)

const octetStream = "application/octet-stream"

// files returns minimal contents by the type that they are detected as.
func files(t *testing.T) map[string][]byte {
	t.Helper()
	pixel := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black})
	return map[string][]byte{
		"image/png":       encoded(t, func(w *bytes.Buffer) error { return png.Encode(w, pixel) }),
		"image/jpeg":      encoded(t, func(w *bytes.Buffer) error { return jpeg.Encode(w, pixel, nil) }),
		"image/gif":       encoded(t, func(w *bytes.Buffer) error { return gif.Encode(w, pixel, nil) }),
		"image/webp":      []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"),
		"image/avif":      ftyp("avif"),
		"image/svg+xml":   []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`),
		"application/pdf": []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"),
		"application/vnd.openxmlformats-officedocument.presentationml.presentation": zipped(t, "[Content_Types].xml", "", "ppt/presentation.xml", ""),
		"application/vnd.oasis.opendocument.presentation":                           zipped(t, "mimetype", "application/vnd.oasis.opendocument.presentation"),
		"video/mp4":        ftyp("isom"),
		"video/webm":       []byte("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x04"),
		"video/quicktime":  ftyp("qt  "),
		"application/zip":  zipped(t, "hero.png", "pixels"),
		"application/gzip": encoded(t, func(w *bytes.Buffer) error { return gzip.NewWriter(w).Close() }),
		"application/json": []byte(`{"headline": "Hello"}`),
		"text/xml":         []byte(`<?xml version="1.0"?><feed/>`),
		"text/html":        []byte("<!doctype html><title>Hello</title>"),
		"text/plain":       []byte("Hello"),
		octetStream:        {0x00, 0x01, 0x02, 0x03},
	}
}

// detect returns the media type of a whole content.
func detect(content []byte) string { return sniff.Head(content, true).Name() }

func encoded(t *testing.T, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ftyp is the first box of an ISO base media file of the given brand.
func ftyp(brand string) []byte {
	return []byte("\x00\x00\x00\x14ftyp" + brand + "\x00\x00\x00\x00" + brand + "\x00\x00\x00\x08moov")
}

// zipped is an archive of stored entries, given as names and contents.
func zipped(t *testing.T, entries ...string) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error {
		z := zip.NewWriter(b)
		for i := 0; i < len(entries); i += 2 {
			w, err := z.CreateRaw(&zip.FileHeader{
				Name:               entries[i],
				CompressedSize64:   uint64(len(entries[i+1])),
				UncompressedSize64: uint64(len(entries[i+1])),
			})
			if err != nil {
				return err
			}
			if _, err := w.Write([]byte(entries[i+1])); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for want, content := range files(t) {
		if got := detect(content); got != want {
			t.Errorf("%s: detected as %s", want, got)
		}
	}
	for name, tc := range map[string]struct{ content, want string }{
		"empty":              {"", "text/plain"},
		"UTF-8 text":         {"Größe", "text/plain"},
		"UTF-16 text":        {"\xff\xfeH\x00i\x00", "text/plain"},
		"long text":          {strings.Repeat("word ", sniff.HeadLen), "text/plain"},
		"SVG with prologue":  {`<?xml version="1.0"?><!-- Generator --><!DOCTYPE svg><svg/>`, "image/svg+xml"},
		"SVG with a comment": {"<!-- Generator --><svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml"},
		"SVG on a new line":  {"\ufeff<!-- a -->\n<!-- b -->\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml"},
		"XML with a BOM":     {"\ufeff<?xml version=\"1.0\"?><feed/>", "text/xml"},
		"HTML with comment":  {"<!-- a -->\n<p>Hello", "text/html"},
		"only a comment":     {"<!-- <svg", "text/html"},
		"other ISO video":    {string(ftyp("mp42")), "video/mp4"},
		"animated PNG":       {"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x08acTL", "image/apng"},
	} {
		if got := detect([]byte(tc.content)); got != tc.want {
			t.Errorf("%s: detected as %s, want %s", name, got, tc.want)
		}
	}
}

func TestDetectAs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		head   []byte
		allows []string
		want   string
	}{
		"itself":                  {[]byte("Hello"), []string{"text/plain", "text/markdown"}, "text/plain"},
		"a parent":                {[]byte("name,price\nshoe,1\nboot,2\n"), []string{"text/plain"}, "text/plain"},
		"text of any kind":        {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), []string{"text/plain"}, "text/plain"},
		"an image is no video":    {ftyp("heic"), []string{"video/mp4"}, "image/heic"},
		"the nearest":             {ftyp("M4V "), []string{"video/mp4", octetStream}, "video/mp4"},
		"none":                    {[]byte("%PDF-1.7"), []string{"image/png"}, "application/pdf"},
		"a signature in a text":   {[]byte("icns are a Mac’s, MZ is\nanother’s \xe2\x80"), []string{"text/plain"}, "text/plain"},
		"a signature":             {[]byte("icns\x00\x00\x01\x02abcd"), []string{"text/plain"}, "image/x-icns"},
		"a PDF is no text":        {[]byte("%PDF-1.7\n1 0 obj"), []string{"text/plain"}, "application/pdf"},
		"nothing is every type's": {[]byte{0, 1, 2}, []string{"image/png"}, octetStream},
	} {
		got := sniff.Head(tc.head, true).As(func(s string) bool { return slices.Contains(tc.allows, s) })
		if got != tc.want {
			t.Errorf("%s: detected as %s, want %s", name, got, tc.want)
		}
	}
}

// Every file is declared as every type.
func TestContradictsUPL07(t *testing.T) {
	t.Parallel()
	content := files(t)
	const pptx, odp = "application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/vnd.oasis.opendocument.presentation"
	// Other types than its own that a file may be declared as.
	also := map[string][]string{
		pptx:               {"application/zip"},
		odp:                {"application/zip"},
		"text/plain":       {"text/xml"}, // its parent
		"image/svg+xml":    {},
		"video/mp4":        {},
		"image/avif":       {},
		"video/quicktime":  {},
		"application/json": {},
		"text/xml":         {"application/xml"},
	}
	checkedInFull := []string{"text/plain", "text/markdown", "text/html", "application/json", octetStream}

	for declared := range content {
		for actual, head := range content {
			want := declared != actual
			for _, accepted := range append(also[actual], checkedInFull...) {
				want = want && declared != accepted
			}
			if got := sniff.Head(head, true).Contradicts(declared); got != want {
				t.Errorf("%s declared as %s: contradicted %t, want %t", actual, declared, got, want)
			}
		}
	}
}

func TestContradictsEmptyUPL07(t *testing.T) {
	t.Parallel()
	for declared := range files(t) {
		top, _, _ := strings.Cut(declared, "/")
		want := top != "text" && declared != "application/json" && declared != octetStream
		if got := sniff.Head(nil, true).Contradicts(declared); got != want {
			t.Errorf("empty file declared as %s: contradicted %t, want %t", declared, got, want)
		}
	}
}

func TestContradictsUnknownType(t *testing.T) {
	t.Parallel()
	plausible := []string{octetStream, "text/plain", "application/zip", "application/gzip", "text/xml", "application/json"}
	for actual, head := range files(t) {
		want := true
		for _, p := range plausible {
			want = want && actual != p
		}
		if got := sniff.Head(head, true).Contradicts("application/vnd.example.layout"); got != want {
			t.Errorf("%s declared as an unknown type: contradicted %t, want %t", actual, got, want)
		}
	}
}

func TestContradictsSpecialForms(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		declared string
		head     []byte
		want     bool
	}{
		"a Java archive is a zip":         {"application/zip", zipped(t, "META-INF/MANIFEST.MF", ""), false},
		"by an alias":                     {"application/x-zip-compressed", zipped(t, "a", "b"), false},
		"an M4V is an MP4":                {"video/mp4", ftyp("M4V "), false},
		"an MP4 is no M4V but its parent": {"video/x-m4v", ftyp("isom"), false},
		"a HEIC is no MP4":                {"video/mp4", ftyp("heic"), true},
		"an M4A is no MP4 video":          {"video/mp4", ftyp("M4A "), true},
		"a shell script is no PNG":        {"image/png", []byte("#!/bin/sh\n"), true},
		"HTML as SVG":                     {"image/svg+xml", []byte("<html><svg/></html>"), true},
	} {
		if got := sniff.Head(tc.head, true).Contradicts(tc.declared); got != tc.want {
			t.Errorf("%s: contradicted %t, want %t", name, got, tc.want)
		}
	}
}
