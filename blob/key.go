package blob

import (
	"strings"

	"github.com/10ex/assets/internal/blobio"
)

// contentKey returns the key of the content that an object belongs to. The key of a
// content is <workspace>/<yyyymm>/<random>; the key of a rendition is the key of its
// content, "~" and a name. For other keys contentKey reports false.
func contentKey(key string) (string, bool) {
	if blobio.CheckKey(key) != nil || strings.Count(key, "/") != 2 {
		return "", false
	}
	key, rendition, isRendition := strings.Cut(key, "~")
	if isRendition && (rendition == "" || strings.ContainsFunc(rendition, func(r rune) bool { return !blobio.Alphanumeric(r) })) {
		return "", false
	}
	parts := strings.Split(key, "/")
	if len(parts) != 3 || !isMonth(parts[1]) || !isRandom(parts[2]) {
		return "", false
	}
	return key, true
}

func isMonth(s string) bool {
	const digits = "0123456789"
	return len(s) == len("200601") && strings.Trim(s, digits) == "" && "01" <= s[4:] && s[4:] <= "12"
}

// minRandom is the minimum length of the random part of a key in bytes. The keys that a
// Library chooses have more, most names that people choose have less.
const minRandom = 16

func isRandom(s string) bool {
	return len(s) >= minRandom && !strings.ContainsFunc(s, func(r rune) bool { return !blobio.Alphanumeric(r) })
}
