package sniff_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/sniff"
)

const (
	pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	odp  = "application/vnd.oasis.opendocument.presentation"
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)

// packed is an archive of entries that are compressed, with a comment.
func packed(t *testing.T, comment string, entries ...string) string {
	t.Helper()
	return string(encoded(t, func(b *bytes.Buffer) error {
		z := zip.NewWriter(b)
		for i := 0; i < len(entries); i += 2 {
			w, err := z.Create(entries[i])
			if err != nil {
				return err
			}
			if _, err := w.Write([]byte(entries[i+1])); err != nil {
				return err
			}
		}
		if err := z.SetComment(comment); err != nil {
			return err
		}
		return z.Close()
	}))
}

// many returns n entries.
func many(n int) []string {
	list := make([]string, 0, 2*n)
	for i := range n {
		list = append(list, fmt.Sprintf("media/%07d.png", i), "x")
	}
	return list
}

// TestArchivesFIL01: an archive is told by its directory, wherever its entries lie.
func TestArchivesFIL01(t *testing.T) {
	t.Parallel()
	noise := strings.Repeat("\xff\x00\x01PK\x03\x04", 20_000)
	stored := func(entries ...string) string { return string(zipped(t, entries...)) }
	manifest := `<?xml version="1.0"?><manifest:manifest><manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="` + odp + `"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`
	for name, tc := range map[string]struct{ content, want string }{
		"a deck":                      {packed(t, "", "[Content_Types].xml", "", "ppt/presentation.xml", ""), pptx},
		"a thumbnail first":           {stored("docProps/thumbnail.jpeg", noise, "[Content_Types].xml", "x", "ppt/presentation.xml", "x"), pptx},
		"the last of many":            {packed(t, "", append(many(3000), "ppt/presentation.xml", "", "[Content_Types].xml", "")...), pptx},
		"a numbered part":             {packed(t, "", "[Content_Types].xml", "", "ppt/presentation1.xml", ""), pptx},
		"other letter case":           {packed(t, "", "[content_types].xml", "", "PPT/Presentation.xml", ""), pptx},
		"backslashes":                 {packed(t, "", "[Content_Types].xml", "", `ppt\presentation.xml`, ""), pptx},
		"a slash first":               {packed(t, "", "/[Content_Types].xml", "", "/ppt/presentation.xml", ""), pptx},
		"a comment of 64 KiB":         {packed(t, strings.Repeat("c", 65535), "[Content_Types].xml", "", "ppt/presentation.xml", ""), pptx},
		"an end record in a comment":  {packed(t, "PK\x05\x06"+strings.Repeat("\x00", 10), "[Content_Types].xml", "", "ppt/presentation.xml", ""), pptx},
		"without content types":       {packed(t, "", "ppt/presentation.xml", ""), "application/zip"},
		"without a presentation":      {packed(t, "", "[Content_Types].xml", "", "ppt/slides/slide1.xml", ""), "application/zip"},
		"a deck within":               {stored("deck.pptx", packed(t, "", "[Content_Types].xml", "", "ppt/presentation.xml", "")), "application/zip"},
		"a folder with a deck's name": {packed(t, "", "[Content_Types].xml", "", "x/ppt/presentation.xml", ""), "application/zip"},
		"words of a deck":             {stored("a.txt", "[Content_Types].xml ppt/presentation.xml"), "application/zip"},
		"a document":                  {packed(t, "", "word/document.xml", noise, "[Content_Types].xml", ""), docx},
		"ODP":                         {stored("mimetype", odp, "content.xml", "x"), odp},
		"ODP, mimetype late":          {stored("Thumbnails/thumbnail.png", noise, "content.xml", "x", "mimetype", odp), odp},
		"ODP, mimetype compressed":    {packed(t, "", "content.xml", noise, "mimetype", odp+"\n"), odp},
		"ODP by its manifest":         {packed(t, "", "content.xml", noise, "META-INF/manifest.xml", manifest), odp},
		"ODT":                         {stored("mimetype", "application/vnd.oasis.opendocument.text", "content.xml", "x"), "application/vnd.oasis.opendocument.text"},
		"EPUB":                        {stored("mimetype", "application/epub+zip"), "application/epub+zip"},
		"a mimetype of its own":       {stored("mimetype", "text/html"), "application/zip"},
		"a mimetype that is long":     {stored("mimetype", odp+noise), "application/zip"},
		"Java":                        {packed(t, "", "META-INF/MANIFEST.MF", "", "a.class", ""), "application/java-archive"},
		"pictures":                    {stored("hero.png", noise), "application/zip"},
		"no entries":                  {stored(), "application/zip"},
	} {
		f := inspected(t, tc.content)
		if f.Name() != tc.want {
			t.Errorf("%s: found %s, want %s", name, f.Name(), tc.want)
		}
		for _, declared := range []string{pptx, odp} {
			if got := !f.Contradicts(declared); got != (declared == tc.want) {
				t.Errorf("%s: accepted as %s: %t", name, declared, got)
			}
		}
		if f.Contradicts("application/zip") || !f.Contradicts("image/png") {
			t.Errorf("%s: no zip, or a PNG", name)
		}
	}
}

// TestOfficeDocumentsFIL01: the content types tell what a document of Office is.
func TestOfficeDocumentsFIL01(t *testing.T) {
	t.Parallel()
	const open, microsoft = "application/vnd.openxmlformats-officedocument.", "application/vnd.ms-"
	slides := strings.Repeat(`<Override PartName="/ppt/slides/slide1.xml" ContentType="`+open+`presentationml.slide+xml"/>`, 100)
	types := func(main string) string {
		return `<?xml version="1.0"?><Types xmlns="x"><Default Extension="xml" ContentType="application/xml"/>` + slides + `<Override PartName="/main.xml" ContentType="` + main + `"/></Types>`
	}
	for _, tc := range []struct{ part, types, want string }{
		{"ppt/presentation.xml", types(open + "presentationml.presentation.main+xml"), pptx},
		{"ppt/presentation.xml", types(open + "presentationml.slideshow.main+xml"), open + "presentationml.slideshow"},
		{"ppt/presentation.xml", types(open + "presentationml.template.main+xml"), open + "presentationml.template"},
		{"ppt/presentation.xml", types(microsoft + "powerpoint.presentation.macroEnabled.main+xml"), microsoft + "powerpoint.presentation.macroenabled.12"},
		{"ppt/presentation.xml", types(microsoft + "powerpoint.slideshow.macroEnabled.main+xml"), microsoft + "powerpoint.slideshow.macroenabled.12"},
		{"ppt/presentation.xml", `<Types><Override ContentType='` + microsoft + `powerpoint.presentation.macroEnabled.main+xml'/>`, microsoft + "powerpoint.presentation.macroenabled.12"},
		{"ppt/presentation.xml", types(open + "wordprocessingml.template.main+xml"), pptx},
		{"ppt/presentation.xml", strings.Repeat(slides, 30) + types(open+"presentationml.slideshow.main+xml"), pptx}, // too far away
		{"ppt/presentation.xml", "ContentType=", pptx},
		{"ppt/presentation.xml", "", pptx},
		{"word/document.xml", types(open + "wordprocessingml.document.main+xml"), docx},
		{"word/document.xml", types(microsoft + "word.document.macroEnabled.main+xml"), microsoft + "word.document.macroenabled.12"},
		{"word/document.xml", types(microsoft + "word.template.macroEnabledTemplate.main+xml"), microsoft + "word.template.macroenabled.12"},
		{"xl/workbook.xml", types(open + "spreadsheetml.sheet.main+xml"), open + "spreadsheetml.sheet"},
		{"xl/workbook.bin", types(microsoft + "excel.sheet.binary.macroEnabled.main"), microsoft + "excel.sheet.binary.macroenabled.12"},
	} {
		f := inspected(t, packed(t, "", "docProps/app.xml", "", tc.part, "", "[Content_Types].xml", tc.types))
		if f.Name() != tc.want {
			t.Errorf("%s, %.60s: found %s, want %s", tc.part, tc.types, f.Name(), tc.want)
		}
		for _, declared := range []string{pptx, docx, tc.want, "application/zip"} {
			if got := !f.Contradicts(declared); got != (declared == tc.want || declared == "application/zip") {
				t.Errorf("%s: accepted as %s: %t", tc.want, declared, got)
			}
		}
	}
}

// TestDamagedArchivesFIL01: an archive whose directory cannot be read is a zip, and no
// deck.
func TestDamagedArchivesFIL01(t *testing.T) {
	t.Parallel()
	deck := packed(t, "", append(many(500), "[Content_Types].xml", "", "ppt/presentation.xml", "")...)
	end := strings.LastIndex(deck, "PK\x05\x06")
	put := func(at int, b ...byte) string { return deck[:end+at] + string(b) + deck[end+at+len(b):] }
	big := []byte{0xff, 0xff, 0xff, 0xff}
	for name, content := range map[string]string{
		"cut":                    deck[:len(deck)/2],
		"no end record":          deck[:end],
		"a directory beyond":     put(12, 0xf0, 0xff, 0xff, 0x7f, 0xf0, 0xff, 0xff, 0x7f),
		"zip64 without a record": put(8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		"a locator to nowhere":   deck[:end] + "PK\x06\x07\x00\x00\x00\x00" + string(bytes.Repeat(big, 2)) + "\x01\x00\x00\x00" + put(8, append(bytes.Repeat(big, 3), 0, 0)...)[end:],
		"nothing but signatures": "PK\x03\x04" + strings.Repeat("PK\x05\x06", 50_000),
	} {
		if got := inspected(t, content).Name(); got != "application/zip" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := inspected(t, put(12, 0, 0, 0, 0)).Name(); got != pptx {
		t.Errorf("a wrong length: %s", got)
	}
	// The directory ends before its offset says: something stands before the archive.
	if f := inspected(t, "PK\x03\x04 and more"+deck); f.Name() != pptx {
		t.Errorf("bytes before the archive: %s", f.Name())
	}
}

// TestZip64FIL01: a directory that only the records of zip64 find.
func TestZip64FIL01(t *testing.T) {
	t.Parallel()
	deck := packed(t, "", append(many(1000), "[Content_Types].xml", "", "ppt/presentation.xml", "")...)
	end := strings.LastIndex(deck, "PK\x05\x06")
	length, offset := binary.LittleEndian.Uint32([]byte(deck[end+12:])), binary.LittleEndian.Uint32([]byte(deck[end+16:]))
	var b bytes.Buffer
	b.WriteString(deck[:end] + "PK\x06\x06")
	for _, v := range []any{uint64(44), uint16(45), uint16(45), uint32(0), uint32(0), uint64(1002), uint64(1002), uint64(length), uint64(offset)} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("PK\x06\x07\x00\x00\x00\x00")
	_ = binary.Write(&b, binary.LittleEndian, uint64(end))
	b.WriteString("\x01\x00\x00\x00PK\x05\x06\x00\x00\x00\x00" + strings.Repeat("\xff", 12) + "\x00\x00")
	if got := inspected(t, b.String()).Name(); got != pptx {
		t.Errorf("found %s", got)
	}
}

// TestVolumeHugeDirectory: a directory of a million entries is read up to a limit.
func TestVolumeHugeDirectory(t *testing.T) {
	t.Parallel()
	entry := "PK\x01\x02" + strings.Repeat("\x00", 24) + "\x10\x00" + strings.Repeat("\x00", 16) + "media/0000000001"
	directory := strings.Repeat(entry, 1_000_000)
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint32(end[12:], uint32(len(directory)))
	binary.LittleEndian.PutUint32(end[16:], 4)
	if got := inspected(t, "PK\x03\x04"+directory+string(end)).Name(); got != "application/zip" {
		t.Errorf("found %s", got)
	}
}

func FuzzArchive(f *testing.F) {
	for _, seed := range []string{"[Content_Types].xml", "mimetype", "META-INF/manifest.xml"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range []string{seed, "ppt/presentation.xml"} {
			w, err := z.Create(name)
			if err != nil {
				f.Fatal(err)
			}
			if _, err := w.Write([]byte(odp)); err != nil {
				f.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		checkFormat(t, append([]byte("PK\x03\x04"), content...))
		checkFormat(t, content)
	})
}

func FuzzProlog(f *testing.F) {
	f.Add([]byte("<?xml?><!-- a --><!DOCTYPE svg [<!ENTITY a \"]>\">]><svg/>"))
	f.Add(inUTF16("<!DOCTYPE svg><svg/>", true))
	f.Add([]byte("<!DOCTYPE html><svg/>"))
	f.Fuzz(func(t *testing.T, content []byte) {
		checkFormat(t, content)
		if n := len(content) / 2; sniff.Head(content, true).Name() == "image/svg+xml" && !sniff.NeedsMore(content[:n]) {
			if got := sniff.Head(content[:n], false).Name(); got != "image/svg+xml" {
				t.Errorf("%q is an SVG, its first half is %s", content, got)
			}
		}
	})
}
