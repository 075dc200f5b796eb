package assets

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/10ex/assets/internal/admission"
)

// Sizes, as stored, of results that are read without a reservation: of one that is
// in memory once, and at least of one of which there are copies.
const (
	maxSmallResult = 256 << 10
	minSmallResult = 64 << 10
)

// rowBytes is what a row takes besides its texts, about.
const rowBytes = 512

// StoredBytes returns the size of an asset as it is stored, about: the bytes of its
// texts and those of the version that it shows, and 512 for all else. Versions and
// Reviews do not count.
func (a *Asset) StoredBytes() int64 {
	n := rowBytes + len(a.Workspace) + len(a.Title) + len(a.CampaignID) + len(a.CreatedBy) + a.Content.textBytes() +
		len(a.Submitted.By) + len(a.LastReview.By) + len(a.LastReview.Comment)
	for key, values := range a.Tags {
		n += len(`"":[],`) + len(key)
		for _, value := range values {
			n += len(",") + jsonBytes(value)
		}
	}
	return int64(n) + a.Provenance.StoredBytes()
}

// StoredBytes returns the size of a version as it is stored, about, without its Words.
func (v *Version) StoredBytes() int64 {
	return int64(rowBytes+len(v.CreatedBy)+v.Content.textBytes()) + v.Provenance.StoredBytes()
}

// StoredBytes returns the size of a review as it is stored, about.
func (r *Review) StoredBytes() int64 { return int64(rowBytes + len(r.Comment) + len(r.By)) }

func (c *Content) textBytes() int { return len(c.MediaType) + len(c.SHA256) + len(c.Filename) }

// cutPage returns the first rows of a window: at most limit, and no more than maxBytes,
// but at least one. It also returns their size.
func cutPage[T any](rows []T, limit int, maxBytes int64, size func(*T) int64) (kept []T, bytes int64) {
	for i := range rows {
		next := size(&rows[i])
		if i == limit || i > 0 && bytes+next > maxBytes {
			return rows[:i], bytes
		}
		bytes += next
	}
	return rows, bytes
}

// pageNeeds returns what read of readResult needs for a page: 0 if it has all items
// that it can have.
func pageNeeds(items, rows, limit int) int64 {
	if items == min(rows, limit) {
		return 0
	}
	return MaxPageBytes
}

func assetBytes(a **Asset) int64 { return (*a).StoredBytes() }

// readResult reads a result whose size is not known before. It calls read with the
// number of bytes that may be kept. read returns how many it kept, and 0, or how many
// it needs because they were too few; it must hold nothing then. It is called again
// after the memory is reserved. What the result has kept stays reserved until the call returns, or until
// the result is sent: see [Sending].
//
// It returns the errors of read, ErrUnavailable if it has waited for the memory as
// long as Limits.WorkWait, or the cause of the end of ctx.
func (l *Library) readResult(ctx context.Context, read func(maxBytes int64) (kept, needs int64, err error)) error {
	_, needs, err := read(smallResult(ctx))
	if err != nil || needs == 0 {
		return err
	}
	settle, err := l.reserve(ctx, needs)
	if err != nil {
		return err
	}
	kept, _, err := read(needs)
	settle(kept)
	return err
}

// smallResult returns the size of a result that needs no reservation.
func smallResult(ctx context.Context) int64 {
	if copies := copiesIn(ctx); copies > 1 {
		return max(maxSmallResult/copies, minSmallResult)
	}
	return maxSmallResult
}

// reserve waits until there is memory for a result of so many bytes, as stored. The
// caller calls settle when it has read the result, with its real size.
func (l *Library) reserve(ctx context.Context, bytes int64) (settle func(kept int64), err error) {
	// While rows are read, they and what is made of them are in memory.
	return l.reserveMemory(ctx, bytes*max(copiesIn(ctx), 2))
}

// reserveMemory is reserve for a result that needs so many bytes of memory while it is
// made.
func (l *Library) reserveMemory(ctx context.Context, bytes int64) (settle func(kept int64), err error) {
	s, _ := ctx.Value(sendingKey{}).(*sending)
	copies := copiesIn(ctx)
	r, err := l.work.Reserve(ctx, bytes, s.wanted())
	if err != nil {
		return nil, admissionError(err)
	}
	return func(kept int64) {
		r.Settle(kept * copies)
		if kept == 0 || !s.hold(r) {
			r.Release()
		}
	}, nil
}

// reserveAssets reserves memory for a result with these assets, each of which will have
// so many bytes more than it has now. It reads them only to learn their size.
func (l *Library) reserveAssets(ctx context.Context, workspace string, ids []ID, more int64) (settle func(kept int64), bytes int64, err error) {
	for chunk := range slices.Chunk(ids, MaxListLimit) {
		w := Window{Limit: len(chunk), Bytes: maxSmallResult}
		for {
			rows, err := l.cfg.Store.Assets(ctx, workspace, Filter{IDs: chunk}, w)
			if err != nil {
				return nil, 0, err
			}
			if len(rows) == 0 {
				break
			}
			for _, a := range rows {
				bytes += a.StoredBytes() + more
			}
			w.After = rows[len(rows)-1].ID
		}
	}
	if bytes <= maxSmallResult {
		return func(int64) {}, bytes, nil
	}
	settle, err = l.reserve(ctx, bytes)
	return settle, bytes, err
}

type sendingKey struct{}

// sending holds what calls reserve for results that one client is being sent.
type sending struct {
	copies int64
	cut    func()

	mu   sync.Mutex
	held []*admission.Reservation
	sent bool
}

// Sending returns a context for calls of a Library whose results are sent to one
// client. Memory that the Library reserves for a large result (more than 256 KiB, as
// stored) stays reserved until sent is called; in any other context it is given back
// when the call returns. copies is how many copies of a result are in memory while it
// is sent. All results that are read have half of Limits.WorkMemory; for those that are
// made see [Library.AdmitResult].
//
// If other calls wait for the memory, cut is called once the client has taken long:
// three quarters of Limits.WorkWait. It must end the sending and not block, and is not
// called after sent. It may be nil.
//
// If ctx is such a context already, Sending returns it and a sent that does nothing.
// It is for packages that serve the Library.
func Sending(ctx context.Context, copies int, cut func()) (_ context.Context, sent func()) {
	if _, ok := ctx.Value(sendingKey{}).(*sending); ok {
		return ctx, func() {}
	}
	s := &sending{copies: int64(copies), cut: cut}
	return context.WithValue(ctx, sendingKey{}, s), s.end
}

// JoinValues returns ctx with the values of another context that ctx does not have itself,
// such as those of [Sending]. It is for protocols whose calls have contexts of their own.
func JoinValues(ctx, other context.Context) context.Context {
	if ctx == other {
		return ctx
	}
	return joinedContext{ctx, other}
}

type joinedContext struct {
	context.Context                 //nolint:containedctx // this is a context
	other           context.Context //nolint:containedctx // as above
}

// Value implements context.Context.
func (c joinedContext) Value(key any) any {
	if v := c.Context.Value(key); v != nil {
		return v
	}
	return c.other.Value(key)
}

// copiesIn returns how many copies of a result a context needs memory for.
func copiesIn(ctx context.Context) int64 {
	if s, ok := ctx.Value(sendingKey{}).(*sending); ok {
		return max(s.copies, 1)
	}
	return 1
}

// wanted returns what a reservation calls when others need its memory.
func (s *sending) wanted() func() {
	if s == nil || s.cut == nil {
		return nil
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.sent {
			s.cut()
		}
	}
}

// hold keeps a reservation until the end. It reports false if there is no sending.
func (s *sending) hold(r *admission.Reservation) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent {
		return false
	}
	s.held = append(s.held, r)
	return true
}

func (s *sending) end() {
	s.mu.Lock()
	held := s.held
	s.held, s.sent = nil, true
	s.mu.Unlock()
	for _, r := range held {
		r.Release()
	}
}

// Versions returns one page of an asset's versions, newest first. A page has at most
// MaxPageBytes, but at least one version.
//
// A walk by cursor repeats no version and misses none that existed before its first
// page.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrInvalidCursor,
// ErrNotFound, or ErrUnavailable.
func (l *Library) Versions(ctx context.Context, by Actor, id ID, q PageQuery) (_ VersionPage, err error) {
	ctx, op := l.observe(ctx, "Versions", &by, id)
	defer op.end(&err)
	after, sign, err := l.pageOf(&by, &id, &q, "versions")
	if err != nil {
		return VersionPage{}, err
	}
	w := VersionWindow{Limit: q.Limit + 1}
	if after != "" {
		n, err := strconv.Atoi(after)
		if err != nil {
			return VersionPage{}, ErrInvalidCursor
		}
		w.Before = Number(n)
	}
	var page VersionPage
	err = l.readResult(ctx, func(maxBytes int64) (kept, needs int64, err error) {
		w.Bytes = maxBytes
		rows, err := l.cfg.Store.VersionsBefore(ctx, by.Workspace, id, w)
		if err != nil {
			return 0, 0, err
		}
		items, kept := cutPage(rows, q.Limit, maxBytes, (*Version).StoredBytes)
		page = VersionPage{Items: items}
		if len(items) < len(rows) {
			page.NextCursor = sign(strconv.Itoa(int(items[len(items)-1].Number)))
		}
		if needs = pageNeeds(len(items), len(rows), q.Limit); needs > maxBytes {
			page = VersionPage{} // nothing is held while the call waits
		}
		return kept, needs, nil
	})
	if err == nil && len(page.Items) == 0 { // every asset has a version
		_, err = l.cfg.Store.Asset(ctx, by.Workspace, id)
	}
	return page, err
}

// Reviews returns one page of an asset's reviews, newest first. A page has at most
// MaxPageBytes, but at least one review if there is one.
//
// A walk by cursor repeats no review and misses none that existed before its first
// page.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrInvalidCursor,
// ErrNotFound, or ErrUnavailable.
func (l *Library) Reviews(ctx context.Context, by Actor, id ID, q PageQuery) (_ ReviewPage, err error) {
	ctx, op := l.observe(ctx, "Reviews", &by, id)
	defer op.end(&err)
	after, sign, err := l.pageOf(&by, &id, &q, "reviews")
	if err != nil {
		return ReviewPage{}, err
	}
	w := ReviewWindow{Limit: q.Limit + 1}
	if revision, review, ok := strings.Cut(after, ":"); ok {
		w.Before.ID = ID(review)
		if w.Before.Revision, err = strconv.ParseInt(revision, 10, 64); err != nil {
			return ReviewPage{}, ErrInvalidCursor
		}
	}
	var page ReviewPage
	err = l.readResult(ctx, func(maxBytes int64) (kept, needs int64, err error) {
		w.Bytes = maxBytes
		rows, err := l.cfg.Store.ReviewsBefore(ctx, by.Workspace, id, w)
		if err != nil {
			return 0, 0, err
		}
		items, kept := cutPage(rows, q.Limit, maxBytes, (*Review).StoredBytes)
		page = ReviewPage{Items: items}
		if len(items) < len(rows) {
			last := items[len(items)-1]
			page.NextCursor = sign(fmt.Sprintf("%d:%s", last.Revision, last.ID))
		}
		if needs = pageNeeds(len(items), len(rows), q.Limit); needs > maxBytes {
			page = ReviewPage{} // nothing is held while the call waits
		}
		return kept, needs, nil
	})
	if err == nil && len(page.Items) == 0 {
		page.Items = []Review{} // [] in JSON
		_, err = l.cfg.Store.Asset(ctx, by.Workspace, id)
	}
	return page, err
}

// pageOf makes the checks of a page of an asset's versions or reviews. It returns
// where the page begins, empty at the beginning, and what makes the next cursor.
func (l *Library) pageOf(by *Actor, id *ID, q *PageQuery, kind string) (after string, sign func(last string) Optional, err error) {
	if err := l.authorize(by, ScopeRead); err != nil {
		return "", nil, err
	}
	return l.cursorOf(by, id, q, kind)
}

// cursorOf is pageOf for an actor that has been authorized.
func (l *Library) cursorOf(by *Actor, id *ID, q *PageQuery, kind string) (after string, sign func(last string) Optional, err error) {
	var p problems
	p.assetID(id, "asset_id")
	p.limit(&q.Limit)
	if err := p.err(); err != nil {
		return "", nil, err
	}
	bound, cursors := [][]byte{[]byte(by.Workspace), []byte(kind), []byte(*id)}, l.keyrings.of(purposeCursor)
	if q.Cursor != "" {
		text, err := cursors.Verify(bound, q.Cursor)
		if err != nil {
			return "", nil, ErrInvalidCursor
		}
		after = string(text)
	}
	return after, func(last string) Optional { return Optional(cursors.Sign(bound, []byte(last))) }, nil
}
