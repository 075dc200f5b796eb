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

// nameSet is the set of names in one folder. Names are equal if a file system that
// distinguishes neither case nor normal forms takes them for equal.
type nameSet struct {
	numbers map[string]int // folded name -> the last number that was appended to it
	// series has the last number that was tried in each series, so that titles that
	// share one do not try the same numbers again.
	series map[series]int
}

// series is what names have in common that differ in a number of so many digits only.
type series struct {
	stem, ext string // folded
	tail      int    // length of number and extension in bytes
}

func newNameSet() nameSet { return nameSet{map[string]int{}, map[series]int{}} }

// add returns a name for a title that is safe on every file system and unique in the
// folder, and adds it to the set.
func (n nameSet) add(title, mediaType, filename string) string {
	stem, ext := sanitize(title), extension(mediaType, filename)
	if n := len(stem) - len(ext); n >= 0 && strings.EqualFold(stem[n:], ext) {
		stem = stem[:n] // "hero.PNG" becomes hero.png, not hero.PNG.png
	}
	if strings.Trim(stem, " .") == "" {
		stem = untitled
	}
	stem = escapeReserved(stem)
	first := join(stem, ext)
	key := fold(first)
	if _, taken := n.numbers[key]; !taken {
		n.numbers[key] = 1
		return first
	}
	for i := n.numbers[key] + 1; ; i++ {
		tail := fmt.Sprintf(" (%d)%s", i, ext)
		name := join(stem, tail)
		s := series{fold(strings.TrimSuffix(name, tail)), fold(ext), len(tail)}
		if last := n.series[s]; i <= last {
			i = last
			continue
		}
		n.series[s], n.numbers[key] = i, i
		if other := fold(name); other != key {
			if _, taken := n.numbers[other]; taken {
				continue
			}
			n.numbers[other] = 1
		}
		return name
	}
}

// join returns stem and tail. It shortens the stem, between characters, so that the name
// has at most maxName bytes, and then removes dots and spaces at the end of the stem.
func join(stem, tail string) string {
	maxStem := maxName - len(tail)
	if len(stem) > maxStem {
		for maxStem > 0 && !utf8.RuneStart(stem[maxStem]) {
			maxStem--
		}
		stem = stem[:maxStem]
	}
	return strings.TrimRight(stem, " .") + tail
}

// fold returns the same text for names that a file system may take for equal. It also
// converts to lower case, because case folding maps Cherokee letters to upper case.
func fold(name string) string {
	return norm.NFC.String(strings.ToLower(cases.Fold().String(norm.NFC.String(name))))
}

// sanitize returns a title without characters that have a meaning for file systems or
// shells, or that make a name look like another one.
func sanitize(title string) string {
	name := norm.NFC.String(strings.ToValidUTF8(title, "_"))
	name = strings.Map(func(c rune) rune {
		switch {
		case unicode.Is(unicode.Cf, c): // includes the controls of text direction
			return -1
		case unicode.IsSpace(c): // includes U+0085 and the line separators
			return ' '
		case unicode.IsControl(c), strings.ContainsRune(`/\:*?"<>|%`, c), c == utf8.RuneError:
			return '_'
		}
		return c
	}, name)
	name = norm.NFC.String(name) // removing characters may have made others adjacent
	return strings.TrimRight(strings.TrimLeft(name, " ."), " .")
}

// escapeReserved prepends "_" to the name of a Windows device, which is reserved with any
// extension: https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file.
func escapeReserved(stem string) string {
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

// extensions returns the file name extensions of the media types that the Library
// recognises.
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

const maxExtension = 10 // bytes without the dot

// extension returns the extension of the media type, else that of the file name if it
// consists of at most 10 ASCII letters and digits, else ".bin".
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
