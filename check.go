package assets

import (
	"cmp"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/10ex/assets/internal/id"
	"github.com/10ex/assets/internal/searchwords"
)

var (
	tagKey   = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)
	slug     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	hexSHA   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	requests = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)
)

// problems collects FieldErrors, so that all are answered at once.
type problems []error

func (p *problems) add(typ, msg string, loc ...any) {
	*p = append(*p, Invalid(typ, msg, loc...))
}

func (p problems) err() error { return errors.Join(p...) }

// encoded reports text that no store keeps: malformed UTF-8 or NUL.
func (p *problems) encoded(s string, loc ...any) bool {
	if utf8.ValidString(s) && !strings.ContainsRune(s, 0) {
		return true
	}
	p.add(TypeMalformed, "must be UTF-8 without NUL", loc...)
	return false
}

// printable is encoded text without control characters.
func (p *problems) printable(s string, loc ...any) bool {
	if !p.encoded(s, loc...) {
		return false
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		p.add(TypeMalformed, "must not contain control characters", loc...)
		return false
	}
	return true
}

// hostID checks an id of a host thing; absent is allowed.
func (p *problems) hostID(s string, loc ...any) bool {
	if !p.encoded(s, loc...) {
		return false
	}
	if len(s) > MaxHostID {
		p.add(TypeTooLong, "must be at most 255 bytes", loc...)
		return false
	}
	return true
}

func (p *problems) slug(s string, loc ...any) {
	if p.hostID(s, loc...) && s != "" && !slug.MatchString(s) {
		p.add(TypeMalformed, "must be kebab-case: lower-case letters and digits, separated by single hyphens", loc...)
	}
}

func (p *problems) title(s *string) {
	if !p.printable(*s, "title") {
		return
	}
	*s = strings.TrimSpace(*s)
	switch n := utf8.RuneCountInString(*s); {
	case n == 0:
		p.add(TypeTooShort, "must not be blank", "title")
	case n > MaxTitle:
		p.add(TypeTooLong, "must be at most 300 characters", "title")
	}
}

// comment checks a comment or reason; a blank one counts as none.
func (p *problems) comment(s *string, loc ...any) {
	if !p.encoded(*s, loc...) {
		return
	}
	if utf8.RuneCountInString(*s) > MaxComment {
		p.add(TypeTooLong, "must be at most 4000 characters", loc...)
	}
	if strings.TrimSpace(*s) == "" {
		*s = ""
	}
}

func (p *problems) filename(s string, loc ...any) {
	if s == "" || !p.printable(s, loc...) {
		return
	}
	if len(s) > MaxHostID {
		p.add(TypeTooLong, "must be at most 255 bytes", loc...)
	}
	if strings.ContainsAny(s, `/\`) || s == "." || s == ".." {
		p.add(TypeMalformed, "must be a name, not a path", loc...)
	}
}

func (p *problems) digest(s *string, loc ...any) {
	*s = strings.ToLower(*s)
	if *s != "" && !hexSHA.MatchString(*s) {
		p.add(TypeMalformed, "must be a SHA-256 in 64 hexadecimal digits", loc...)
	}
}

func (p *problems) assetID(v *ID, loc ...any) {
	s, err := id.Parse(string(*v))
	if err != nil {
		p.add(TypeMalformed, "must be a UUID", loc...)
		return
	}
	*v = ID(s)
}

func (p *problems) number(n Number, loc ...any) {
	if n < 0 {
		p.add(TypeTooSmall, "must be at least 1", loc...)
	}
}

const badTagKey = "a tag key is 1 to 64 of a-z, 0-9, _, . and -, beginning with a letter or digit"

// tags answers the tags as they are kept: values trimmed, NFC, sorted, once
// each. With patch set an empty list stands: it removes the key.
func (p *problems) tags(in Tags, patch bool) Tags {
	out := make(Tags, len(in))
	for _, key := range slices.Sorted(maps.Keys(in)) {
		if !tagKey.MatchString(key) {
			p.add(TypeMalformed, badTagKey, "tags")
			continue
		}
		values := make([]string, 0, len(in[key]))
		for i, v := range in[key] {
			values = append(values, p.tagValue(v, "tags", key, i))
		}
		slices.Sort(values)
		values = slices.Compact(values)
		if len(values) > 0 || patch {
			out[key] = values
		}
	}
	p.tagCount(out)
	return out
}

func (p *problems) tagValue(v string, loc ...any) string {
	if !p.printable(v, loc...) {
		return ""
	}
	v = searchwords.NFC(strings.TrimSpace(v))
	switch n := utf8.RuneCountInString(v); {
	case n == 0:
		p.add(TypeTooShort, "must not be blank", loc...)
	case n > MaxTagValue:
		p.add(TypeTooLong, "must be at most 200 characters", loc...)
	}
	return v
}

func (p *problems) tagCount(t Tags) {
	pairs := 0
	for _, values := range t {
		pairs += len(values)
	}
	if pairs > MaxTagPairs {
		p.add(TypeTooLong, "must be at most 100 pairs of key and value", "tags")
	}
}

func oneOf[T cmp.Ordered](p *problems, v T, allowed []T, loc ...any) {
	if !slices.Contains(allowed, v) {
		p.add(TypeUnknown, "is not one of the allowed values", loc...)
	}
}

func wellFormed(s string, most int) bool {
	return s != "" && len(s) <= most && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

func (t Tag) compare(o Tag) int {
	return cmp.Or(cmp.Compare(t.Key, o.Key), cmp.Compare(t.Value, o.Value))
}
