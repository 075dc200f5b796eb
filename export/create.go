package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/10ex/assets"
)

// Request selects the assets of an export: either the approved assets that a query
// selects, or those in IDs.
type Request struct {
	// Query selects as in a list in the approved perspective. Its Perspective,
	// Statuses and Sort must be empty. Page, direction, links, texts and totals are
	// ignored.
	Query assets.Query

	// IDs are up to MaxIDs distinct assets. An asset that does not exist or has
	// no approved version is a field error at its index. IDs cannot be combined
	// with filters of Query.
	IDs []assets.ID

	ExpiresIn time.Duration // default DefaultExpiry, at most Limits.Expiry
}

// Validate normalises the request in place and returns all of its problems as joined
// FieldErrors. It does not check ExpiresIn, whose limit is in the configuration of the
// [Exporter].
func (r *Request) Validate() error {
	errs := r.validateQuery()
	add := func(typ, msg string, loc ...any) { errs = append(errs, assets.Invalid(typ, msg, loc...)) }
	if len(r.Query.Statuses) > 0 {
		add(assets.TypeConflict, "an export has approved assets only", "status")
	}
	if r.Query.Perspective != "" {
		add(assets.TypeConflict, "an export is always in the approved perspective", "perspective")
	}
	if r.Query.Sort != "" {
		add(assets.TypeConflict, "an export has an order of its own", "sort")
	}
	if r.IDs != nil {
		if r.hasFilters() {
			add(assets.TypeConflict, "cannot be combined with filters", "asset_ids")
		}
		errs = append(errs, r.validateIDs())
	}
	return errors.Join(errs...)
}

// validateQuery returns the problems of the filters. Those of an element of a repeated
// filter are at its index.
func (r *Request) validateQuery() (errs []error) {
	q := r.Query
	q.Types, q.IDs, q.Tags, q.Statuses, q.Perspective, q.Sort = nil, nil, nil, nil, "", ""
	q.Limit, q.Cursor, q.PreviewWidth = 0, "", 0
	validateOne := func(name string, i int, single assets.Query) assets.Query {
		for _, f := range assets.FieldErrors(single.Validate()) {
			errs = append(errs, assets.Invalid(f.Type, f.Msg, name, i))
		}
		return single
	}
	checkCount := func(name string, n int, given bool) {
		switch {
		case given && n == 0: // an empty filter must not select everything
			errs = append(errs, assets.Invalid(assets.TypeTooShort, "must name at least one", name))
		case n > assets.MaxRepeated:
			errs = append(errs, assets.Invalid(assets.TypeTooLong, fmt.Sprintf("must be at most %d", assets.MaxRepeated), name))
		}
	}
	checkCount("type", len(r.Query.Types), r.Query.Types != nil)
	for i, t := range r.Query.Types {
		q.Types = append(q.Types, validateOne("type", i, assets.Query{Types: []assets.Type{t}}).Types...)
	}
	checkCount("asset_id", len(r.Query.IDs), r.Query.IDs != nil)
	for i, id := range r.Query.IDs {
		q.IDs = append(q.IDs, validateOne("asset_id", i, assets.Query{IDs: []assets.ID{id}}).IDs...)
	}
	checkCount("tag", len(r.Query.Tags), r.Query.Tags != nil)
	for i, t := range r.Query.Tags {
		q.Tags = append(q.Tags, validateOne("tag", i, assets.Query{Tags: []assets.Tag{t}}).Tags...)
	}
	given := r.Query
	r.Query = q
	r.Query.Types, r.Query.IDs, r.Query.Tags = nil, nil, nil
	errs = append(errs, r.Query.Validate())
	r.Query.Types, r.Query.IDs, r.Query.Tags = q.Types, q.IDs, q.Tags
	r.Query.Statuses, r.Query.Perspective, r.Query.Sort = given.Statuses, given.Perspective, given.Sort
	return errs
}

func (r *Request) validateIDs() error {
	var errs []error
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
			errs = append(errs, assets.Invalid(assets.TypeMalformed, "must be a UUID", "asset_ids", i))
		case seen[id]:
			errs = append(errs, assets.Invalid(assets.TypeDuplicate, "is given twice", "asset_ids", i))
		}
		r.IDs[i], seen[id] = id, true
	}
	return errors.Join(errs...)
}

// hasFilters reports whether the query has a filter.
func (r *Request) hasFilters() bool {
	f := r.Query.Filter()
	return len(f.Types)+len(f.IDs)+len(f.Tags) > 0 || f.Words != nil ||
		f.AgentSlug+f.RunID+f.CampaignID+f.BrandID+f.BriefID+f.CreatedBy+string(f.LastAction)+f.MediaType+string(f.Since)+string(f.Until) != ""
}

// filters returns the filters that together select the assets, in the order of ids.
func (r *Request) filters() []assets.Filter {
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

const (
	// pageSize is the number of assets that are read at once. An asset may have 64 KiB
	// of provenance and about as much in tags and comment.
	pageSize = 50
	// freezeMemory is what a page and its entries take, read, encoded and written, at
	// most.
	freezeMemory = 64 << 20
	// maxFreeze is how long a freeze may take. So long it holds a snapshot.
	maxFreeze = time.Minute
)

// Create creates an export of the assets that are approved at this moment. When it
// returns, the export is complete and durable.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenScope, field errors, including those
// for a selection that is empty or exceeds a limit, assets.ErrLimitReached if the
// workspace has too many exports or too much metadata in them, and
// assets.ErrUnavailable, also if freezing takes longer than a minute.
func (x *Exporter) Create(ctx context.Context, by assets.Actor, r Request) (Export, error) {
	if err := authorize(by); err != nil {
		return Export{}, err
	}
	if err := errors.Join(r.Validate(), x.checkExpiry(&r.ExpiresIn)); err != nil {
		return Export{}, err
	}
	if err := x.checkQuota(ctx, by.Workspace); err != nil {
		return Export{}, err
	}
	made, err := x.freeze(ctx, by, &r)
	if err != nil {
		return Export{}, err
	}
	return x.Get(ctx, by, made)
}

// checkQuota returns ErrLimitReached if the workspace cannot have one more export,
// however small. Freeze checks it again.
func (x *Exporter) checkQuota(ctx context.Context, workspace string) error {
	used, err := x.store.Usage(ctx, workspace, x.lib.Now())
	if err != nil {
		return wrapStoreError("reading the exports of a workspace", err)
	}
	return x.limits.Workspace.Check(used, 1)
}

// freeze freezes the assets of a valid request, when it is admitted, and returns the id
// of the export.
func (x *Exporter) freeze(ctx context.Context, by assets.Actor, r *Request) (assets.ID, error) {
	release, err := x.lib.Admit(ctx, min(freezeMemory, x.lib.Limits().WorkMemory))
	if err != nil {
		return "", err
	}
	defer release()
	minted, at := x.lib.NewID()
	f := &freeze{x: x, request: r, record: Record{
		ID: minted, Workspace: by.Workspace, CreatedBy: by.Subject,
		CreatedAt: at, ExpiresAt: at.Add(r.ExpiresIn),
	}}
	limited, cancel := context.WithTimeout(ctx, maxFreeze)
	defer cancel()
	x.lib.IndexForSearch(limited, r.Query.Filter())
	err = x.store.Freeze(limited, f.record, x.limits.Workspace, func(s Freezing) (Plan, error) { return f.run(limited, s) })
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return "", assets.Errorf(assets.ErrUnavailable, "freezing takes longer than %v: narrow the filters", maxFreeze)
	}
	return minted, wrapStoreError("freezing", err)
}

// checkExpiry sets the default of a lifetime and checks its limits.
func (x *Exporter) checkExpiry(d *time.Duration) error {
	maxExpiry := x.limits.Expiry
	if *d == 0 {
		*d = min(DefaultExpiry, maxExpiry)
	}
	if *d < time.Second || *d > maxExpiry {
		return assets.Invalid(assets.TypeTooLarge, fmt.Sprintf("must be from 1 to %d seconds", maxExpiry/time.Second), "expires_in")
	}
	return nil
}

// freeze is one call of Create.
type freeze struct {
	x       *Exporter
	request *Request
	record  Record
	planner *Planner
	found   map[assets.ID]bool // the assets that were added
}

func (f *freeze) run(ctx context.Context, s Freezing) (Plan, error) {
	f.planner = NewPlanner(f.record.ID, f.record.CreatedBy, f.record.CreatedAt)
	f.found = map[assets.ID]bool{}
	for _, filter := range f.request.filters() {
		if err := f.add(ctx, s, filter); err != nil {
			return Plan{}, err
		}
	}
	if err := f.checkIDs(); err != nil {
		return Plan{}, err
	}
	plan := f.planner.Plan()
	if plan.Items == 0 {
		return Plan{}, assets.Invalid(assets.TypeTooShort, "no approved asset matches")
	}
	return plan, nil
}

// add adds the assets that a filter selects, page by page.
func (f *freeze) add(ctx context.Context, s Freezing, filter assets.Filter) error {
	w := assets.Window{Ascending: true, Limit: pageSize}
	for {
		page, err := s.Approved(ctx, filter, w)
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
		if err := f.checkLimits(); err != nil {
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

// checkLimits returns an error if the selection exceeds a limit.
func (f *freeze) checkLimits() error {
	limits, plan, metadata := f.x.limits, f.planner.plan, f.planner.metadata.size
	if plan.Items > int64(limits.Items) {
		return assets.Invalid(assets.TypeTooLarge, fmt.Sprintf("selects more than %d assets: narrow the filters or create several exports", limits.Items))
	}
	if metadata > limits.Metadata {
		return assets.Invalid(assets.TypeTooLarge, fmt.Sprintf("selects assets whose metadata.json has more than %d bytes: narrow the filters or create several exports", limits.Metadata))
	}
	if plan.Content > limits.Bytes {
		return assets.Invalid(assets.TypeTooLarge, fmt.Sprintf("selects more than %d bytes: narrow the filters or create several exports", limits.Bytes))
	}
	return nil
}

// checkIDs returns an error for each id of the request that was not found.
func (f *freeze) checkIDs() error {
	var errs []error
	for i, id := range f.request.IDs {
		if !f.found[id] {
			errs = append(errs, assets.Invalid(assets.TypeReference, "must be the id of an approved asset", "asset_ids", i))
		}
	}
	return errors.Join(errs...)
}
