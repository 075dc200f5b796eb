package assets

import (
	"context"
	"io"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/10ex/assets/internal/worddiff"
)

// MaxDiffBytes is the size of a text that [Library.Diff] compares at most.
const MaxDiffBytes = 1 << 20

// maxDiffTime is how long a comparison may take once it has its turn and its memory,
// including the reading of both texts.
const maxDiffTime = 10 * time.Second

// DiffQuery is the input of [Library.Diff].
type DiffQuery struct {
	// From is the version to compare with. Nil means the version in force unless that
	// is the other one, else the version before the other one, else none.
	From *Selector
	// To is the other version; by default the current one.
	To Selector
}

// DiffOp is what happened to a piece of text.
type DiffOp string

// The operations of a [Diff].
const (
	DiffEqual  DiffOp = "equal"
	DiffInsert DiffOp = "insert"
	DiffDelete DiffOp = "delete"
)

// Diff is the result of comparing two versions of an asset. Segments is nil if one of
// them is no text or has more than MaxDiffBytes, and for texts that need more than half
// of Limits.WorkMemory: with the default none does.
type Diff struct {
	From     *DiffVersion  `json:"from"` // nil: there is none, and all of To is inserted
	To       DiffVersion   `json:"to"`
	Segments []DiffSegment `json:"segments"`
}

// DiffVersion is one of the two versions of a [Diff].
type DiffVersion struct {
	Version Number  `json:"version"`
	Content Content `json:"content"`
}

// DiffSegment is a piece of text of whole words. The texts of all segments that are
// equal or inserted make exactly the text of To, those that are equal or deleted that
// of From. A deletion comes before an insertion at the same place.
type DiffSegment struct {
	Op   DiffOp `json:"op"`
	Text string `json:"text"` // never empty
}

// Diff compares the texts of two versions of an asset by words. Texts are contents of
// type text/plain, text/markdown, text/html and application/json. If two long texts
// differ very much, words that both have may be shown as deleted and inserted.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, ErrErased, an error wrapping ErrCorrupt, or ErrUnavailable, also if it has waited
// for its memory or its turn as long as Limits.WorkWait, or has taken too long.
func (l *Library) Diff(ctx context.Context, by Actor, id ID, q DiffQuery) (_ *Diff, err error) {
	ctx, op := l.observe(ctx, "Diff", &by, id)
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return nil, err
	}
	var p problems
	p.assetID(&id, "asset_id")
	p.selector(q.From, "from")
	p.selector(&q.To, "to")
	if err := p.err(); err != nil {
		return nil, err
	}
	var from *Version
	var to Version
	err = l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		from, to, err = readPair(ctx, r, by.Workspace, id, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := to.checkContent(); err != nil {
		return nil, err
	}
	if from != nil {
		if err := from.checkContent(); err != nil {
			return nil, err
		}
	}
	d := &Diff{To: DiffVersion{to.Number, to.Content}}
	if from != nil {
		d.From = &DiffVersion{from.Number, from.Content}
	}
	if !isComparable(to.Content) || from != nil && !isComparable(from.Content) {
		return d, nil
	}
	d.Segments, err = l.compare(ctx, by.Workspace, from, to)
	return d, err
}

// selector checks a selector, which may be nil.
func (p *problems) selector(s *Selector, name string) {
	if s != nil && *s < SelectApproved {
		p.add(TypeTooSmall, "must be at least 1", name)
	}
}

// readPair reads the two versions that a query selects.
func readPair(ctx context.Context, r Reader, ws string, id ID, q DiffQuery) (from *Version, to Version, err error) {
	a, to, err := selectVersion(ctx, r, ws, id, q.To)
	if err != nil {
		return nil, to, err
	}
	sel := Selector(to.Number - 1)
	switch {
	case q.From != nil:
		sel = *q.From
	case a.ApprovedVersion != 0 && a.ApprovedVersion != to.Number:
		sel = SelectApproved
	case sel == 0:
		return nil, to, nil
	}
	_, v, err := selectVersion(ctx, r, ws, id, sel)
	return &v, to, err
}

// isComparable reports whether a content is a text that is not too large.
func isComparable(c Content) bool { return isText(c.MediaType) && c.SizeBytes <= MaxDiffBytes }

// compare compares the texts of two versions. It waits for its turn, so that comparisons
// take no more than half of the processors, and then for memory for itself and its result.
// In this order no more of them wait for memory, before other results, than have a turn.
func (l *Library) compare(ctx context.Context, workspace string, from *Version, to Version) (all []DiffSegment, err error) {
	bytes := to.Content.SizeBytes
	if from != nil {
		bytes += from.Content.SizeBytes
	}
	result := diffBytes(bytes, worddiff.MaxSegments)
	needs := max(worddiff.Memory(int(bytes))+result, result*copiesIn(ctx))
	if needs > l.cfg.Limits.WorkMemory/2 {
		return nil, nil
	}
	if l.cfg.Store.MaxSearches() > 0 { // a transaction of the host must not wait
		release, err := l.diffs.Acquire(ctx, workspace, max(1, runtime.GOMAXPROCS(0)/2))
		if err != nil {
			return nil, admissionError(err)
		}
		defer release()
	}
	settle, err := l.reserveMemory(ctx, needs)
	if err != nil {
		return nil, err
	}
	kept := int64(0)
	defer func() { settle(kept) }()
	limited, cancel := context.WithTimeout(ctx, maxDiffTime)
	defer cancel()
	all, err = l.compareTexts(limited, workspace, from, to)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, Errorf(ErrUnavailable, "the comparison took longer than %v; try again", maxDiffTime)
	}
	kept = diffBytes(bytes, len(all))
	return all, err
}

// diffBytes returns the size in memory of a result with so many bytes of text.
func diffBytes(bytes int64, segments int) int64 {
	const segmentBytes = 32 // beside its text, at least one byte
	return bytes + min(bytes, int64(segments))*segmentBytes
}

// compareTexts reads and compares two texts. It returns nil if one of them is no UTF-8,
// which JSON cannot carry.
func (l *Library) compareTexts(ctx context.Context, workspace string, from *Version, to Version) ([]DiffSegment, error) {
	young, err := l.readText(ctx, workspace, to, nil)
	if err != nil {
		return nil, err
	}
	old := ""
	switch {
	case from == nil:
	case from.Content.SHA256 == to.Content.SHA256:
		old = young
	default:
		if old, err = l.readText(ctx, workspace, *from, nil); err != nil {
			return nil, err
		}
	}
	if !utf8.ValidString(old) || !utf8.ValidString(young) {
		return nil, nil
	}
	found, err := worddiff.Compare(ctx, old, young)
	if err != nil {
		return nil, err
	}
	ops := [...]DiffOp{worddiff.Equal: DiffEqual, worddiff.Insert: DiffInsert, worddiff.Delete: DiffDelete}
	all := make([]DiffSegment, len(found))
	for i, s := range found {
		all[i] = DiffSegment{ops[s.Op], s.Text}
	}
	return all, nil
}

// readText reads a whole content and verifies it. content is the content if it is in memory
// already, else nil. It returns ErrErased for one that was erased meanwhile.
func (l *Library) readText(ctx context.Context, workspace string, v Version, content []byte) (string, error) {
	f := l.Stored(ctx, v)
	f.workspace, f.bytes = workspace, content
	defer f.Close()
	var text strings.Builder
	text.Grow(int(f.Size()))
	_, err := io.Copy(&text, f)
	return text.String(), err
}
