package export

import (
	"context"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/signed"
)

// ListQuery selects one page of exports.
type ListQuery struct {
	Limit  int    // default 50, at most 200
	Cursor string // NextCursor of the previous page; empty for the first
}

// Exports is one page of exports, newest first. It includes expired exports that have not
// been swept yet.
type Exports struct {
	Items      []Export        `json:"items"`
	NextCursor assets.Optional `json:"next_cursor"` // null on the last page
}

// Validate sets the defaults of the query and returns a FieldError if it is not valid.
func (q *ListQuery) Validate() error {
	switch {
	case q.Limit < 0:
		return assets.Invalid(assets.TypeTooSmall, "must be at least 1", "limit")
	case q.Limit == 0:
		q.Limit = assets.DefaultListLimit
	}
	q.Limit = min(q.Limit, assets.MaxListLimit)
	return nil
}

// The purposes of signing keys.
const (
	cursorPurpose = "export cursor"
	tokenPurpose  = "export"
)

// List returns one page of the workspace's exports, without their StaleItems.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenScope, field errors,
// assets.ErrInvalidCursor, assets.ErrUnavailable.
func (x *Exporter) List(ctx context.Context, by assets.Actor, q ListQuery) (Exports, error) {
	if err := authorize(by); err != nil {
		return Exports{}, err
	}
	if err := q.Validate(); err != nil {
		return Exports{}, err
	}
	bound := [][]byte{[]byte(by.Workspace)}
	var before assets.ID
	if q.Cursor != "" {
		last, err := x.lib.Verify(cursorPurpose, bound, q.Cursor)
		if err != nil {
			return Exports{}, assets.ErrInvalidCursor
		}
		before = assets.ID(last)
	}
	records, err := x.store.Exports(ctx, by.Workspace, before, q.Limit+1)
	if err != nil {
		return Exports{}, wrapStoreError("listing", err)
	}
	page := Exports{Items: []Export{}}
	if len(records) > q.Limit {
		records = records[:q.Limit]
		page.NextCursor = assets.Optional(x.lib.Sign(cursorPurpose, bound, []byte(records[q.Limit-1].ID)))
	}
	for _, r := range records {
		page.Items = append(page.Items, x.describe(r))
	}
	return page, nil
}

// Get returns one export with its StaleItems. If there may be many it waits for their
// memory: see [assets.Library.AdmitResult].
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenScope, field errors,
// assets.ErrNotFound, assets.ErrUnavailable.
func (x *Exporter) Get(ctx context.Context, by assets.Actor, id assets.ID) (Export, error) {
	r, err := x.find(ctx, by, id)
	if err != nil {
		return Export{}, err
	}
	found := x.describe(r)
	found.StaleItems = []assets.Ref{}
	if !r.Stale {
		return found, nil
	}
	if most := staleMemory * r.Plan.Items; most > smallStale {
		finish, err := x.lib.AdmitResult(ctx, min(2*most, x.lib.Limits().WorkMemory), most)
		if err != nil {
			return Export{}, err
		}
		defer func() { finish(staleMemory * int64(len(found.StaleItems))) }()
	}
	if found.StaleItems, err = x.store.StaleItems(ctx, by.Workspace, r.ID); err != nil {
		return Export{}, wrapStoreError("reading stale items", err)
	}
	return found, nil
}

const (
	// staleMemory is the number of bytes that a stale item takes at most until it is sent,
	// and about half of what it takes while it is read.
	staleMemory = 128
	smallStale  = 256 << 10 // bytes of stale items that are read without asking anybody
)

// find returns the record of an export in the actor's workspace.
func (x *Exporter) find(ctx context.Context, by assets.Actor, id assets.ID) (Record, error) {
	if err := authorize(by); err != nil {
		return Record{}, err
	}
	id, err := assets.ParseID(string(id))
	if err != nil {
		return Record{}, assets.Invalid(assets.TypeMalformed, "must be a UUID", "export_id")
	}
	r, err := x.store.Export(ctx, by.Workspace, id)
	return r, wrapStoreError("reading an export", err)
}

// Open returns the archive of an export. ctx also applies to reading the archive.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenScope, field errors,
// assets.ErrNotFound, assets.ErrExpired, assets.ErrExportStale,
// assets.ErrUnavailable.
func (x *Exporter) Open(ctx context.Context, by assets.Actor, id assets.ID) (*Archive, error) {
	r, err := x.find(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if x.lib.Now() >= r.ExpiresAt {
		return nil, assets.Errorf(assets.ErrExpired, "the export has expired")
	}
	return x.openRecord(ctx, r)
}

// openRecord returns the archive of a record, or ErrExportStale.
func (x *Exporter) openRecord(ctx context.Context, r Record) (*Archive, error) {
	if r.Stale {
		return nil, assets.ErrExportStale
	}
	return x.archive(ctx, r), nil
}

// OpenToken returns the archive for the token in the URL of an export. It reads the
// record of the export each time. ctx also applies to reading the archive.
//
// Errors: assets.ErrNotFound for a token that was not signed with a known key,
// assets.ErrExpired,
// assets.ErrExportStale, assets.ErrUnavailable.
func (x *Exporter) OpenToken(ctx context.Context, token string) (*Archive, error) {
	payload, err := x.lib.Verify(tokenPurpose, nil, token)
	if err != nil {
		return nil, assets.ErrNotFound
	}
	c, err := decodeClaims(payload)
	if err != nil {
		return nil, assets.ErrNotFound
	}
	if x.lib.Now() >= c.expires {
		return nil, assets.ErrExpired
	}
	r, err := x.store.Export(ctx, c.workspace, c.export)
	if err != nil {
		return nil, wrapStoreError("reading an export", err)
	}
	return x.openRecord(ctx, r)
}

// url returns the URL of an export, which contains a signed token.
func (x *Exporter) url(r Record) string {
	c := claims{export: r.ID, expires: r.ExpiresAt, workspace: r.Workspace}
	return x.lib.PublicURL() + x.lib.PublicPath() + "/exports/" + x.lib.Sign(tokenPurpose, nil, c.encode())
}

// claims are the signed content of a token.
type claims struct {
	export    assets.ID
	expires   assets.Time
	workspace string
}

func (c claims) encode() []byte {
	return signed.Claims(nil).UUID(string(c.export)).Uint64(uint64(c.expires)).Text(c.workspace)
}

func decodeClaims(payload []byte) (claims, error) {
	r := signed.Read(payload)
	c := claims{export: assets.ID(r.UUID()), expires: assets.Time(r.Uint64()), workspace: r.Text()}
	return c, r.Err()
}
