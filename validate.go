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
	allTypes   = []Type{TypeCopy, TypeImage, TypeSlide, TypeVideo, TypeBlog, TypeBundle}
	allStatus  = []Status{StatusDraft, StatusPendingReview, StatusApproved, StatusArchived}
	allActions = []Action{ActionSubmit, ActionApprove, ActionRequestChanges, ActionArchive, ActionReopen}

	allPerspectives = []Perspective{PerspectiveCurrent, PerspectiveApproved}
	allSorts        = []Sort{SortCreated, SortSubmitted}
)

// Validate normalizes a new asset in place and returns all of its problems as joined
// FieldErrors.
func (in *NewAsset) Validate() error {
	var p problems
	if in.Type == "" {
		p.add(TypeMissing, "is required", "type")
	} else {
		oneOf(&p, in.Type, allTypes, "type")
	}
	if in.Title == "" {
		p.add(TypeMissing, "is required", "title")
	} else {
		p.title(&in.Title)
	}
	p.hostID(string(in.CampaignID), "campaign_id")
	in.Tags = p.tags(in.Tags, false)
	in.NewVersion.collect(&p)
	return p.err()
}

// Validate normalizes a new version in place and returns all of its problems as
// joined FieldErrors.
func (in *NewVersion) Validate() error {
	var p problems
	in.collect(&p)
	return p.err()
}

func (in *NewVersion) collect(p *problems) {
	switch {
	case in.Content == nil && in.Text == "" && in.UploadID == "":
		p.add(TypeMissing, "text, an upload or a file is required", "text")
	case in.UploadID != "" && (in.Content != nil || in.Text != ""):
		p.add(TypeConflict, "cannot be combined with another content", "upload_id")
	case in.UploadID != "":
		p.assetID(&in.UploadID, "upload_id")
	case in.Content != nil && in.Text != "":
		p.add(TypeConflict, "give either text or a file", "text")
	case len(in.Text) > MaxTextBytes:
		p.add(TypeTooLong, "must be at most 1 MiB", "text")
	default:
		p.encoded(in.Text, "text")
	}
	p.encoded(in.MediaType, "media_type")
	p.filename(in.Filename, "filename")
	p.digest(&in.SHA256, "sha256")
	if in.IdempotencyKey != "" && !requests.MatchString(in.IdempotencyKey) {
		p.add(TypeMalformed, "must be 1 to 255 visible ASCII characters", "Idempotency-Key")
	}
	in.Provenance.collect(p)
}

// Validate normalizes a rollback in place and returns all of its problems as joined
// FieldErrors.
func (in *Rollback) Validate() error {
	var p problems
	p.requiredNumber(in.Version, "version")
	p.comment(&in.Reason, "reason")
	return p.err()
}

// Validate normalizes a decision in place and returns all of its problems as joined
// FieldErrors.
func (d *Decision) Validate() error {
	var p problems
	d.collect(&p)
	p.target(d.Version, &d.SHA256)
	return p.err()
}

// collect checks the fields that a decision on one asset and a bulk decision share.
func (d *Decision) collect(p *problems) {
	if d.Action == "" {
		p.add(TypeMissing, "is required", "action")
	} else {
		oneOf(p, d.Action, allActions, "action")
	}
	p.comment(&d.Comment, "comment")
	if d.Action == ActionRequestChanges && d.Comment == "" {
		p.add(TypeMissing, "say what has to change", "comment")
	}
}

// target checks the version and digest that a decision names.
func (p *problems) target(n Number, sha *string, loc ...any) {
	at := func(name string) []any { return append(slices.Clip(loc), name) }
	p.number(n, at("version")...)
	p.digest(sha, at("sha256")...)
	if *sha != "" && n == 0 {
		p.add(TypeConflict, "is only allowed together with version", at("sha256")...)
	}
}

// Validate normalizes an edit in place and returns all of its problems as joined
// FieldErrors.
func (e *Edit) Validate() error {
	var p problems
	if e.Title != nil {
		title := *e.Title
		p.title(&title)
		e.Title = &title
	}
	if e.CampaignID != nil {
		p.hostID(string(*e.CampaignID), "campaign_id")
	}
	e.Tags = p.tags(e.Tags, true)
	return p.err()
}

var (
	tagKey   = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)
	slug     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	hexSHA   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	requests = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)
)

// problems collects FieldErrors, so that all of them are returned at once.
type problems []error

func (p *problems) add(typ, msg string, loc ...any) {
	*p = append(*p, Invalid(typ, msg, loc...))
}

func (p problems) err() error { return errors.Join(p...) }

// encoded reports whether s is UTF-8 without NUL, and adds a problem otherwise.
func (p *problems) encoded(s string, loc ...any) bool {
	if utf8.ValidString(s) && !strings.ContainsRune(s, 0) {
		return true
	}
	p.add(TypeMalformed, "must be UTF-8 without NUL", loc...)
	return false
}

// printable reports whether s is UTF-8 without control characters, and adds a problem
// otherwise.
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

// hostID checks the id of a thing of the host, which may be empty.
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

// comment checks a comment or reason. A blank one becomes empty.
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
	if *v == "" {
		p.add(TypeMissing, "is required", loc...)
		return
	}
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

func (p *problems) requiredNumber(n Number, loc ...any) {
	if n == 0 {
		p.add(TypeMissing, "is required, and at least 1", loc...)
		return
	}
	p.number(n, loc...)
}

const badTagKey = "a tag key is 1 to 64 of a-z, 0-9, _, . and -, beginning with a letter or digit"

// tags returns the tags as they are stored: values trimmed, in NFC, sorted and
// distinct. If patch is set, empty lists are kept: they remove the key.
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

func oneOf[T ~string](p *problems, v T, allowed []T, loc ...any) {
	if slices.Contains(allowed, v) {
		return
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	last := len(names) - 1
	p.add(TypeNotAllowed, "must be "+strings.Join(names[:last], ", ")+" or "+names[last], loc...)
}

// wellFormed reports whether s can be the name of a workspace, a subject or a follower.
func wellFormed(s string) bool {
	return s != "" && len(s) <= MaxHostID && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

func (t Tag) compare(o Tag) int {
	return cmp.Or(cmp.Compare(t.Key, o.Key), cmp.Compare(t.Value, o.Value))
}

// Validate normalizes a bulk decision in place and returns all of its problems as
// joined FieldErrors.
func (in *BulkDecision) Validate() error {
	var p problems
	d := Decision{Action: in.Action, Comment: in.Comment}
	d.collect(&p)
	in.Comment = d.Comment
	switch {
	case in.Items == nil:
		p.add(TypeMissing, "is required", "items")
	case len(in.Items) == 0:
		p.add(TypeTooShort, "at least one is required", "items")
	case len(in.Items) > MaxBulkItems:
		p.add(TypeTooLong, "must be at most 500", "items")
		return p.err()
	}
	seen := make(map[ID]bool, len(in.Items))
	for i := range in.Items {
		item := &in.Items[i]
		p.assetID(&item.AssetID, "items", i, "asset_id")
		p.target(item.Version, &item.SHA256, "items", i)
		if seen[item.AssetID] {
			p.add(TypeDuplicate, "is in the list twice", "items", i, "asset_id")
		}
		seen[item.AssetID] = true
	}
	return p.err()
}

// Validate normalizes a new upload in place and returns all of its problems as joined
// FieldErrors, except a SizeBytes above the limit, which depends on the Library.
func (in *NewUpload) Validate() error {
	var p problems
	p.encoded(in.MediaType, "media_type")
	p.filename(in.Filename, "filename")
	p.digest(&in.SHA256, "sha256")
	if in.SizeBytes != nil && *in.SizeBytes < 0 {
		p.add(TypeTooSmall, "must be at least 0", "size_bytes")
	}
	return p.err()
}

func checkID(id *ID) error {
	var p problems
	p.assetID(id, "asset_id")
	return p.err()
}
