package assets

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// Edit changes what is not versioned: title, campaign and tags. An edit that changes
// nothing records nothing. While a version is approved, an edit needs the scope and
// kind of actor that approving needs, because it changes what is published.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrPreconditionFailed, ErrInvalidTransition for an archived asset,
// ErrKindCannotApprove, or ErrUnavailable.
func (l *Library) Edit(ctx context.Context, by Actor, id ID, e Edit) (_ *Asset, err error) {
	ctx, op := l.observe(ctx, "Edit", &by, id)
	defer op.end(&err)
	if err := l.authorize(&by, ScopeWrite); err != nil {
		return nil, err
	}
	if err := errors.Join(checkID(&id), e.Validate()); err != nil {
		return nil, err
	}
	if e.CampaignID != nil {
		if err := l.checkHostThings(ctx, by.Workspace, *e.CampaignID, Provenance{}); err != nil {
			return nil, err
		}
	}
	var out *Asset
	err = l.updateAssets(ctx, by.Workspace, []ID{id}, func(ctx context.Context, tx Tx) (err error) {
		out, err = l.applyEdit(ctx, tx, by, id, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.present(out), nil
}

// editable is the part of an asset that an edit can change, as the journal records
// it.
type editable struct {
	Title      string   `json:"title"`
	CampaignID Optional `json:"campaign_id"`
	Tags       Tags     `json:"tags"`
}

// changed returns the names of the members in which o differs.
func (d editable) changed(o editable) []string {
	var names []string
	if d.Title != o.Title {
		names = append(names, "title")
	}
	if d.CampaignID != o.CampaignID {
		names = append(names, "campaign_id")
	}
	if !maps.EqualFunc(d.Tags, o.Tags, slices.Equal) {
		names = append(names, "tags")
	}
	return names
}

func (l *Library) applyEdit(ctx context.Context, tx Tx, by Actor, id ID, e Edit) (*Asset, error) {
	c, err := l.lock(ctx, tx, by, id, e.IfRevision)
	if err != nil {
		return nil, err
	}
	a := c.asset
	if a.Status == StatusArchived {
		return nil, Errorf(ErrInvalidTransition, "the asset is archived; reopen it first")
	}
	before := editable{a.Title, a.CampaignID, a.Tags}
	after, err := e.merge(before)
	if err != nil || len(before.changed(after)) == 0 {
		return a, err
	}
	if err := l.mayEditApproved(by, a); err != nil {
		return nil, err
	}
	a.Title, a.CampaignID, a.Tags = after.Title, after.CampaignID, after.Tags
	data, err := json.Marshal(map[string]editable{"before": before, "after": after})
	if err != nil {
		return nil, err
	}
	event := Event{Type: EventEdited, Details: data}
	event.Data.Changed = before.changed(after)
	if before.CampaignID != after.CampaignID {
		event.Data.CampaignBefore = before.CampaignID
	}
	return a, c.commit(ctx, event)
}

// merge applies the edit to d (RFC 7396; tags per key).
func (e Edit) merge(d editable) (editable, error) {
	if e.Title != nil {
		d.Title = *e.Title
	}
	if e.CampaignID != nil {
		d.CampaignID = *e.CampaignID
	}
	tags := Tags{}
	if !e.ClearTags {
		maps.Copy(tags, d.Tags)
	}
	for key, values := range e.Tags {
		if len(values) == 0 {
			delete(tags, key)
		} else {
			tags[key] = values
		}
	}
	d.Tags = tags
	var p problems
	p.tagCount(tags)
	return d, p.err()
}

// mayEditApproved checks that the actor may approve if a version of a is approved.
func (l *Library) mayEditApproved(by Actor, a *Asset) error {
	if a.ApprovedVersion == 0 {
		return nil
	}
	proposed := Review{Action: ActionApprove, Version: a.ApprovedVersion, By: by.Subject, ByKind: by.Kind, Via: by.Via}
	admitted := l.cfg.Approver.Admit(by, proposed)
	if !by.Can(ScopeApprove) {
		who := "; the operator can issue a credential with it"
		if errors.Is(admitted, ErrKindCannotApprove) {
			who = ", and a person has to do it"
		}
		admitted = Errorf(ErrForbiddenScope, "version %d is approved: editing the asset needs the scope %s%s", a.ApprovedVersion, ScopeApprove, who)
	}
	return l.withReviewURL(by, admitted, a.ID)
}

// Delete removes a draft of which no version was ever approved, with its versions
// and reviews. A later sweep removes the bytes. ifRevision is as in [Decision].
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrPreconditionFailed, ErrNotDraft, or ErrUnavailable.
func (l *Library) Delete(ctx context.Context, by Actor, id ID, ifRevision []int64) (err error) {
	ctx, op := l.observe(ctx, "Delete", &by, id)
	defer op.end(&err)
	if err := l.authorize(&by, ScopeWrite); err != nil {
		return err
	}
	if err := checkID(&id); err != nil {
		return err
	}
	return l.updateAssets(ctx, by.Workspace, []ID{id}, func(ctx context.Context, tx Tx) error {
		c, err := l.lock(ctx, tx, by, id, ifRevision)
		if err != nil {
			return err
		}
		a := c.asset
		if a.Status != StatusDraft || a.EverApproved {
			return ErrNotDraft
		}
		if err := tx.DeleteAsset(ctx, by.Workspace, id); err != nil {
			return err
		}
		a.Revision++
		return tx.AddEvent(ctx, c.event(ctx, Event{Type: EventDeleted}))
	})
}
