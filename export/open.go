package export

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/10ex/assets"
)

// ListQuery asks for one page of exports.
type ListQuery struct {
	Limit  int    // default 50, at most 200
	Cursor string // NextCursor of the page before
}

// Exports is one page of exports, newest first, until they are swept.
type Exports struct {
	Items      []Export        `json:"items"`
	NextCursor assets.Optional `json:"next_cursor"` // absent at the end
}

// Validate completes a query and answers what is wrong with it.
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

// purposes of what is sealed.
const (
	sealedCursor = "export cursor"
	sealedToken  = "export"
)

// List answers one page of the workspace's exports, without their StaleItems.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenScope, field errors,
// assets.ErrInvalidCursor, assets.ErrUnavailable.
func (x *Exporter) List(ctx context.Context, by assets.Actor, q ListQuery) (Exports, error) {
	if err := admit(by); err != nil {
		return Exports{}, err
	}
	if err := q.Validate(); err != nil {
		return Exports{}, err
	}
	bound := [][]byte{[]byte(by.Workspace)}
	var before assets.ID
	if q.Cursor != "" {
		last, err := x.lib.Verify(sealedCursor, bound, q.Cursor)
		if err != nil {
			return Exports{}, assets.ErrInvalidCursor
		}
		before = assets.ID(last)
	}
	records, err := x.store.Exports(ctx, by.Workspace, before, q.Limit+1)
	if err != nil {
		return Exports{}, x.unavailable("listing", err)
	}
	page := Exports{Items: []Export{}}
	if len(records) > q.Limit {
		records = records[:q.Limit]
		page.NextCursor = assets.Optional(x.lib.Sign(sealedCursor, bound, []byte(records[q.Limit-1].ID)))
	}
	for _, r := range records {
		page.Items = append(page.Items, x.present(r))
	}
	return page, nil
}

// Get answers one export with its StaleItems.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenScope, field errors,
// assets.ErrNotFound, assets.ErrUnavailable.
func (x *Exporter) Get(ctx context.Context, by assets.Actor, id assets.ID) (Export, error) {
	r, err := x.record(ctx, by, id)
	if err != nil {
		return Export{}, err
	}
	found := x.present(r)
	found.StaleItems = []assets.Ref{}
	if r.Stale {
		if found.StaleItems, err = x.store.StaleItems(ctx, by.Workspace, r.ID); err != nil {
			return Export{}, x.unavailable("reading stale items", err)
		}
	}
	return found, nil
}

func (x *Exporter) record(ctx context.Context, by assets.Actor, id assets.ID) (Record, error) {
	if err := admit(by); err != nil {
		return Record{}, err
	}
	id, err := assets.ParseID(string(id))
	if err != nil {
		return Record{}, assets.Invalid(assets.TypeMalformed, "must be a UUID", "export_id")
	}
	r, err := x.store.Export(ctx, by.Workspace, id)
	return r, x.passed(err)
}

func (x *Exporter) passed(err error) error {
	if err == nil {
		return nil
	}
	return x.unavailable("reading an export", err)
}

// Open answers the archive of an export. ctx bounds the reading too.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenScope, field errors,
// assets.ErrNotFound, assets.ErrExpired, assets.ErrExportStale,
// assets.ErrUnavailable.
func (x *Exporter) Open(ctx context.Context, by assets.Actor, id assets.ID) (*Archive, error) {
	r, err := x.record(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if x.lib.Now() >= r.ExpiresAt {
		return nil, assets.Errorf(assets.ErrExpired, "the export has expired")
	}
	return x.fresh(ctx, r)
}

func (x *Exporter) fresh(ctx context.Context, r Record) (*Archive, error) {
	if r.Stale {
		return nil, assets.ErrExportStale
	}
	return x.archive(ctx, r), nil
}

// OpenToken answers the archive behind the token of an export's URL. The
// export is looked at again each time.
//
// Errors: assets.ErrNotFound for a forged token, assets.ErrExpired,
// assets.ErrExportStale, assets.ErrUnavailable.
func (x *Exporter) OpenToken(ctx context.Context, token string) (*Archive, error) {
	payload, err := x.lib.Verify(sealedToken, nil, token)
	if err != nil {
		return nil, assets.ErrNotFound
	}
	t, err := parseTicket(payload)
	if err != nil {
		return nil, assets.ErrNotFound
	}
	if x.lib.Now() >= t.expires {
		return nil, assets.ErrExpired
	}
	r, err := x.store.Export(ctx, t.workspace, t.export)
	if err != nil {
		return nil, x.passed(err)
	}
	return x.fresh(ctx, r)
}

func (x *Exporter) url(r Record) string {
	t := ticket{export: r.ID, expires: r.ExpiresAt, workspace: r.Workspace}
	return x.lib.PublicURL() + x.lib.PublicPath() + "/exports/" + x.lib.Sign(sealedToken, nil, t.bytes())
}

// ticket is what a token says.
type ticket struct {
	export    assets.ID
	expires   assets.Time
	workspace string
}

const ticketFixed = 16 + 8

var errTicket = errors.New("malformed ticket")

func (t ticket) bytes() []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(string(t.export), "-", ""))
	if err != nil {
		panic(err) // ids are ours
	}
	b = binary.BigEndian.AppendUint64(b, uint64(t.expires))
	return append(b, t.workspace...)
}

func parseTicket(b []byte) (ticket, error) {
	if len(b) <= ticketFixed {
		return ticket{}, errTicket
	}
	h := hex.EncodeToString(b[:16])
	return ticket{
		export:    assets.ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]),
		expires:   assets.Time(binary.BigEndian.Uint64(b[16:])),
		workspace: string(b[ticketFixed:]),
	}, nil
}
