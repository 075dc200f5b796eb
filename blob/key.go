package blob

import (
	"strings"

	"github.com/10ex/assets/internal/blobio"
)

// contentKey answers which content an object belongs to: a content's own key
// is <workspace>/<yyyymm>/<random>, a rendition's is that, "~" and its name.
// What has another shape is not ours.
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

// minRandom is shorter than any random part and longer than most names that
// people give.
const minRandom = 16

func isRandom(s string) bool {
	return len(s) >= minRandom && !strings.ContainsFunc(s, func(r rune) bool { return !blobio.Alphanumeric(r) })
}
