package export

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	maxName  = 180 - len(payloadFolder) // bytes
	untitled = "untitled"
)

// names are those taken in one folder, as a file system sees them that tells
// neither cases nor normal forms apart.
type names map[string]int // by folded name: the last number tried behind it

// choose answers a name for a title that is safe on every file system and
// unique in the folder.
func (n names) choose(title, mediaType, filename string) string {
	stem, ext := safe(title), extension(mediaType, filename)
	if n := len(stem) - len(ext); n >= 0 && strings.EqualFold(stem[n:], ext) {
		stem = stem[:n] // "hero.PNG" is not to be hero.PNG.png
	}
	if strings.Trim(stem, " .") == "" {
		stem = untitled
	}
	stem = unreserved(stem)
	first := fit(stem, ext)
	key := folded(first)
	if _, taken := n[key]; !taken {
		n[key] = 1
		return first
	}
	for i := n[key] + 1; ; i++ {
		name := fit(stem, fmt.Sprintf(" (%d)%s", i, ext))
		n[key] = i
		if other := folded(name); other != key {
			if _, taken := n[other]; taken {
				continue
			}
			n[other] = 1
		}
		return name
	}
}

// fit cuts a stem between characters so that it ends with tail and is not too
// long. What is cut off may leave a dot or space at the end, or a mark without
// its letter, which is still a name.
func fit(stem, tail string) string {
	most := maxName - len(tail)
	if len(stem) > most {
		for most > 0 && !utf8.RuneStart(stem[most]) {
			most--
		}
		stem = stem[:most]
	}
	return strings.TrimRight(stem, " .") + tail
}

// folded answers what two names have in common that a file system may take for
// the same. Lowering settles Cherokee, which folds to and fro.
func folded(name string) string {
	return norm.NFC.String(strings.ToLower(cases.Fold().String(norm.NFC.String(name))))
}

// safe answers a title without what a file system, a shell or a reader takes
// for something else.
func safe(title string) string {
	name := norm.NFC.String(strings.ToValidUTF8(title, "_"))
	name = strings.Map(func(c rune) rune {
		switch {
		case unicode.Is(unicode.Cf, c): // among them those that turn the direction of text
			return -1
		case unicode.IsSpace(c): // also U+0085 and the line separators
			return ' '
		case unicode.IsControl(c), strings.ContainsRune(`/\:*?"<>|%`, c), c == utf8.RuneError:
			return '_'
		}
		return c
	}, name)
	name = norm.NFC.String(name) // what was apart may now be side by side
	return strings.TrimRight(strings.TrimLeft(name, " ."), " .")
}

// unreserved keeps a name from being a device of Windows, which it is with any
// extension:
// https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file.
func unreserved(stem string) string {
	device, _, _ := strings.Cut(stem, ".")
	switch device = strings.ToUpper(strings.TrimRight(device, " ")); device {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return "_" + stem
	}
	for _, port := range []string{"COM", "LPT"} {
		if digit, ok := strings.CutPrefix(device, port); ok && utf8.RuneCountInString(digit) == 1 && strings.Trim(digit, "0123456789¹²³") == "" {
			return "_" + stem
		}
	}
	return stem
}

// extensions answers those of the media types that assets have, so that a file
// opens with the program for what it is.
func extensions() map[string]string {
	return map[string]string{
		"text/plain":       ".txt",
		"text/markdown":    ".md",
		"text/html":        ".html",
		"application/json": ".json",
		"image/png":        ".png",
		"image/jpeg":       ".jpg",
		"image/gif":        ".gif",
		"image/webp":       ".webp",
		"image/avif":       ".avif",
		"image/svg+xml":    ".svg",
		"application/pdf":  ".pdf",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
		"application/vnd.oasis.opendocument.presentation":                           ".odp",
		"video/mp4":       ".mp4",
		"video/webm":      ".webm",
		"video/quicktime": ".mov",
		"application/zip": ".zip",
	}
}

const maxExtension = 10

// extension answers that of the media type, else that of the file name if it
// looks like one.
func extension(mediaType, filename string) string {
	if known := extensions()[mediaType]; known != "" {
		return known
	}
	ext := strings.ToLower(path.Ext(filename))
	plain := len(ext) > 1 && len(ext) <= 1+maxExtension && strings.Trim(ext[1:], "abcdefghijklmnopqrstuvwxyz0123456789") == ""
	if !plain {
		return ".bin"
	}
	return ext
}
