package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/10ex/assets"
)

// Request says what to export: what a query selects of the approved assets,
// or those that IDs names.
type Request struct {
	// Query selects as a list with the status approved does. It names no
	// status; its page, its order and what it has of links and totals do not
	// count.
	Query assets.Query

	// IDs names up to 500 assets, none twice; one that is unknown or has no
	// approved version is a field error at its index. Not together with
	// filters of Query.
	IDs []assets.ID

	ExpiresIn time.Duration // default 24 h, at most Limits.Expiry; whole seconds
}

// Validate normalises a request in place and answers every problem of it, as
// joined FieldErrors, but that of how long exports may live, which an
// [Exporter] knows.
func (r *Request) Validate() error {
	wrong := r.validateQuery()
	add := func(typ, msg string, loc ...any) { wrong = append(wrong, assets.Invalid(typ, msg, loc...)) }
	if len(r.Query.Statuses) > 0 {
		add(assets.TypeUnknown, "what is exported is approved", "status")
	}
	if r.IDs != nil {
		if r.filters() {
			add(assets.TypeConflict, "goes without filters", "asset_ids")
		}
		wrong = append(wrong, r.validateIDs())
	}
	return errors.Join(wrong...)
}

// validateQuery answers the problems of the filters, those of a list each at
// its index.
func (r *Request) validateQuery() (wrong []error) {
	q := r.Query
	q.Types, q.IDs, q.Tags, q.Statuses = nil, nil, nil, nil
	q.Limit, q.Cursor = 0, ""
	each := func(name string, i int, lone assets.Query) assets.Query {
		for _, f := range assets.FieldErrors(lone.Validate()) {
			wrong = append(wrong, assets.Invalid(f.Type, f.Msg, name, i))
		}
		return lone
	}
	count := func(name string, n int, given bool) {
		switch {
		case given && n == 0: // it is not to widen the selection
			wrong = append(wrong, assets.Invalid(assets.TypeTooShort, "must name at least one", name))
		case n > assets.MaxRepeated:
			wrong = append(wrong, assets.Invalid(assets.TypeTooLong, fmt.Sprintf("must be at most %d", assets.MaxRepeated), name))
		}
	}
	count("type", len(r.Query.Types), r.Query.Types != nil)
	for i, t := range r.Query.Types {
		q.Types = append(q.Types, each("type", i, assets.Query{Types: []assets.Type{t}}).Types...)
	}
	count("asset_id", len(r.Query.IDs), r.Query.IDs != nil)
	for i, id := range r.Query.IDs {
		q.IDs = append(q.IDs, each("asset_id", i, assets.Query{IDs: []assets.ID{id}}).IDs...)
	}
	count("tag", len(r.Query.Tags), r.Query.Tags != nil)
	for i, t := range r.Query.Tags {
		q.Tags = append(q.Tags, each("tag", i, assets.Query{Tags: []assets.Tag{t}}).Tags...)
	}
	statuses := r.Query.Statuses
	r.Query = q
	r.Query.Types, r.Query.IDs, r.Query.Tags = nil, nil, nil
	wrong = append(wrong, r.Query.Validate())
	r.Query.Types, r.Query.IDs, r.Query.Tags, r.Query.Statuses = q.Types, q.IDs, q.Tags, statuses
	return wrong
}

func (r *Request) validateIDs() error {
	var wrong []error
	switch n := len(r.IDs); {
	case n == 0:
		return assets.Invalid(assets.TypeTooShort, "must name at least one", "asset_ids")
	case n > MaxIDs:
		return assets.Invalid(assets.TypeTooLong, fmt.Sprintf("must be at most %d", MaxIDs), "asset_ids")
	}
	r.IDs = slices.Clone(r.IDs)
	seen := map[assets.ID]bool{}
	for i, given := range r.IDs {
		id, err := assets.ParseID(string(given))
		switch {
		case err != nil:
			wrong = append(wrong, assets.Invalid(assets.TypeMalformed, "must be a UUID", "asset_ids", i))
		case seen[id]:
			wrong = append(wrong, assets.Invalid(assets.TypeDuplicate, "is given twice", "asset_ids", i))
		}
		r.IDs[i], seen[id] = id, true
	}
	return errors.Join(wrong...)
}

// filters reports whether the query selects.
func (r *Request) filters() bool {
	f := r.Query.Filter()
	return len(f.Types)+len(f.IDs)+len(f.Tags) > 0 || f.Words != nil ||
		f.AgentSlug+f.RunID+f.CampaignID+f.BrandID+f.BriefID+string(f.Since)+string(f.Until) != ""
}

// selections are the filters that together select what is asked for, in id
// order.
func (r *Request) selections() []assets.Filter {
	f := r.Query.Filter()
	f.Approved = true
	if r.IDs == nil {
		return []assets.Filter{f}
	}
	var all []assets.Filter
	for ids := range slices.Chunk(slices.Sorted(slices.Values(r.IDs)), pageSize) {
		f.IDs = ids
		all = append(all, f)
	}
	return all
}

const pageSize = assets.MaxListLimit

// Create freezes what is approved at this moment. What it answers is whole
// and durable.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenScope, field errors, also
// for a selection that is empty or over a limit, and assets.ErrUnavailable.
func (x *Exporter) Create(ctx context.Context, by assets.Actor, r Request) (Export, error) {
	if err := admit(by); err != nil {
		return Export{}, err
	}
	if err := errors.Join(r.Validate(), x.checkExpiry(&r.ExpiresIn)); err != nil {
		return Export{}, err
	}
	minted, at := x.lib.NewID()
	f := &freeze{x: x, request: &r, record: Record{
		ID: minted, Workspace: by.Workspace, CreatedBy: by.Subject,
		CreatedAt: at, ExpiresAt: at.Add(r.ExpiresIn),
	}}
	err := x.store.Freeze(ctx, f.record, func(s Freezing) (Plan, error) { return f.run(ctx, s) })
	if err != nil {
		return Export{}, x.unavailable("freezing", err)
	}
	return x.Get(ctx, by, f.record.ID)
}

func (x *Exporter) checkExpiry(d *time.Duration) error {
	longest := x.limits.Expiry
	if *d == 0 {
		*d = min(DefaultExpiry, longest)
	}
	if *d < time.Second || *d > longest {
		return assets.Invalid(assets.TypeTooLarge, fmt.Sprintf("must be from 1 to %d seconds", longest/time.Second), "expires_in")
	}
	return nil
}

// freeze is one export in the making.
type freeze struct {
	x       *Exporter
	request *Request
	record  Record
	planner *Planner
	found   map[assets.ID]bool // of request.IDs
}

func (f *freeze) run(ctx context.Context, s Freezing) (Plan, error) {
	f.planner = NewPlanner(f.record.ID, f.record.CreatedBy, f.record.CreatedAt)
	f.found = map[assets.ID]bool{}
	for _, selection := range f.request.selections() {
		if err := f.add(ctx, s, selection); err != nil {
			return Plan{}, err
		}
	}
	if err := f.missing(); err != nil {
		return Plan{}, err
	}
	plan := f.planner.Plan()
	if plan.Items == 0 {
		return Plan{}, assets.Invalid(assets.TypeTooShort, "nothing approved matches")
	}
	return plan, nil
}

// add walks one selection page by page.
func (f *freeze) add(ctx context.Context, s Freezing, selection assets.Filter) error {
	w := assets.Window{Ascending: true, Limit: pageSize}
	for {
		page, err := s.Approved(ctx, selection, w)
		if err != nil {
			return err
		}
		entries := make([]Entry, len(page))
		for i, c := range page {
			if entries[i], err = f.planner.Add(c); err != nil {
				return err
			}
			f.found[c.Asset.ID] = true
		}
		if err := f.limited(); err != nil {
			return err
		}
		if err := s.Add(ctx, entries); err != nil {
			return err
		}
		if len(page) < w.Limit {
			return nil
		}
		w.After = page[len(page)-1].Asset.ID
	}
}

// limited answers an error when the selection is over a limit.
func (f *freeze) limited() error {
	limits, plan := f.x.limits, f.planner.plan
	if plan.Items > int64(limits.Items) {
		return assets.Invalid(assets.TypeTooLarge, fmt.Sprintf("selects more than %d assets: narrow the filters, or make several exports", limits.Items))
	}
	if plan.Content > limits.Bytes {
		return assets.Invalid(assets.TypeTooLarge, fmt.Sprintf("selects more than %d bytes: narrow the filters, or make several exports", limits.Bytes))
	}
	return nil
}

// missing answers an error for each id that was named and not found.
func (f *freeze) missing() error {
	var wrong []error
	for i, id := range f.request.IDs {
		if !f.found[id] {
			wrong = append(wrong, assets.Invalid(assets.TypeReference, "no such asset is approved", "asset_ids", i))
		}
	}
	return errors.Join(wrong...)
}
