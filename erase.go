package assets

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxCleanUp is how long Erase spends on what it has made superfluous, after the commit.
const maxCleanUp = time.Minute

// checkContent returns ErrErased if the content of the version was erased.
func (v *Version) checkContent() error {
	if v.ErasedAt == 0 {
		return nil
	}
	return Errorf(ErrErased, "the content of version %d was erased", v.Number)
}

// checkReviewable returns ErrErased if a version whose content was erased is to be submitted
// or approved. Without a version it is the current one or the one that was submitted, as the
// policy chooses.
func checkReviewable(ctx context.Context, r Reader, a *Asset, proposed Review) error {
	v := Version{Number: proposed.Version, ErasedAt: a.ErasedAt}
	switch {
	case proposed.Action != ActionApprove && proposed.Action != ActionSubmit:
		return nil
	case v.Number != 0:
	case proposed.Action == ActionSubmit:
		v.Number = a.CurrentVersion
	default:
		v.Number = a.Submitted.Version
	}
	if v.Number == 0 || v.Number > a.CurrentVersion {
		return nil // the policy refuses it
	}
	if v.Number != a.CurrentVersion {
		var err error
		if v, err = r.Version(ctx, a.Workspace, a.ID, v.Number); err != nil {
			return missingRow(err, "a version of an asset")
		}
	}
	return v.checkContent()
}

// Erase erases the content of version n of an asset and of every version that shares it
// because of a rollback, such as for a person who asks for that. Nobody can undo it. The
// approvals of these versions are withdrawn; an erased current version that was submitted
// or approved becomes a draft. Their search words and the Parameters and Inputs of their
// provenance are removed, and exports that have them are stale. What remains is their
// numbers, digests, sizes, other metadata and reviews.
//
// All is one commit and one event, with the reason. Afterwards Erase deletes the bytes and
// their renditions, and overwrites what the database still has of them. What of this fails
// is logged; bytes are left to a sweep. Of a version that is erased already, Erase records
// nothing and only does that again. In a transaction of the host the sweep does all of it.
//
// It returns ErrUnauthorized, ErrForbiddenKind for an actor that is no user,
// ErrForbiddenScope, field errors, ErrNotFound (also for the version), or ErrUnavailable.
func (l *Library) Erase(ctx context.Context, by Actor, id ID, n Number, reason string) (_ *Asset, err error) {
	ctx, op := l.observe(ctx, "Erase", &by, id)
	defer op.end(&err)
	if err := l.authorizeErasure(&by); err != nil {
		return nil, err
	}
	if err := checkErasure(&id, n, &reason); err != nil {
		return nil, err
	}
	var out *Asset
	var key string
	err = l.updateAssets(ctx, by.Workspace, []ID{id}, func(ctx context.Context, tx Tx) (err error) {
		out, key, err = l.eraseVersion(ctx, tx, by, id, n, reason)
		return err
	})
	if err != nil {
		return nil, err
	}
	l.cleanUp(ctx, by.Workspace, id, key)
	return l.present(out), nil
}

// authorizeErasure returns ErrForbiddenKind or ErrForbiddenScope unless the actor may
// erase. The kind comes first: a credential with more scopes would not help.
func (l *Library) authorizeErasure(by *Actor) error {
	if err := by.identify(); err != nil {
		return err
	}
	if by.Kind != KindUser {
		return ForbiddenKind(by.Kind, "erase", KindUser)
	}
	return l.authorize(by, ScopeApprove)
}

func checkErasure(id *ID, n Number, reason *string) error {
	var p problems
	p.assetID(id, "asset_id")
	if n < 1 {
		p.add(TypeTooSmall, "must be at least 1", "version")
	}
	p.comment(reason, "reason")
	if *reason == "" {
		p.add(TypeMissing, "is required", "reason")
	}
	return p.err()
}

// eraseVersion erases the content of a version, and returns its key too.
func (l *Library) eraseVersion(ctx context.Context, tx Tx, by Actor, id ID, n Number, reason string) (*Asset, string, error) {
	c, err := l.lock(ctx, tx, by, id, nil)
	if err != nil {
		return nil, "", err
	}
	v, err := tx.Version(ctx, by.Workspace, id, n)
	if err != nil {
		return nil, "", err
	}
	if v.ErasedAt != 0 {
		return c.asset, v.Key, nil
	}
	err = notRefusal(c.erase(ctx, &v, reason))
	return c.asset, v.Key, err
}

// erase writes the erasure of a version's content.
func (c *change) erase(ctx context.Context, v *Version, reason string) error {
	a := c.asset
	all, err := c.tx.Versions(ctx, a.Workspace, a.ID)
	if err != nil {
		return err
	}
	same := slices.DeleteFunc(all, func(other Version) bool { return other.Key != v.Key })
	// First, since a database that rewrites a row may leave what it had before.
	if err := c.tx.EraseContent(ctx, a.Workspace, a.ID, v.Key, c.at); err != nil {
		return err
	}
	numbers := make([]Number, len(same))
	for i := range same {
		numbers[i], same[i].ErasedAt = same[i].Number, c.at
		if err := c.withdrawVersion(ctx, same[i]); err != nil {
			return err
		}
	}
	if slices.Contains(numbers, a.CurrentVersion) {
		a.ErasedAt, a.Provenance.Parameters, a.Provenance.Inputs = c.at, nil, nil
		if a.Status != StatusArchived {
			a.Status, a.Submitted = StatusDraft, Submission{}
		}
	}
	data, err := json.Marshal(struct {
		Versions []Number `json:"versions"`
		Reason   string   `json:"reason"`
	}{numbers, reason})
	if err != nil {
		return err
	}
	c.erased = v
	e := Event{Type: EventErased, Details: data}
	e.Data.Comment = reason
	return c.commit(ctx, e)
}

// cleanUp deletes the bytes of an erased content and what the database still has of it.
func (l *Library) cleanUp(ctx context.Context, workspace string, id ID, key string) {
	if l.changing == nil {
		return // the host has not committed yet
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxCleanUp)
	defer cancel()
	log := l.cfg.Logger.With("workspace", workspace, "asset", id)
	if err := l.deleteObjects(ctx, key); err != nil {
		log.WarnContext(ctx, "assets: erased content is left to a sweep", "key", key, "error", err)
	}
	if p, ok := StoreAs[Purger](l.cfg.Store); ok {
		if err := p.Scrub(ctx); err != nil {
			log.WarnContext(ctx, "assets: files of the database may still have erased text", "error", err)
		}
	}
}

// deleteObjects deletes what Blobs has under the key of a content and under those of its
// renditions.
func (l *Library) deleteObjects(ctx context.Context, key string) error {
	var failed []error
	for _, object := range objectKeys(key, true) {
		failed = append(failed, l.deleteObject(ctx, object))
	}
	return errors.Join(failed...)
}

// objectKeys returns the keys under which Blobs may have a content, and its renditions.
func objectKeys(key string, renditions bool) (keys []string) {
	if !isSmall(key) {
		keys = append(keys, key)
	}
	if renditions {
		for _, width := range widths {
			keys = append(keys, renditionKey(key, width))
		}
	}
	return keys
}

func (l *Library) deleteObject(ctx context.Context, key string) error {
	ctx, idle := l.withIdleTimeout(ctx)
	defer idle.stop()
	return l.cfg.Blobs.Delete(ctx, key)
}

// renditionMark separates the key of a content from the width of a rendition.
const renditionMark = "~w"

func renditionKey(key string, width int) string { return key + renditionMark + strconv.Itoa(width) }

// contentKey returns the key of the content that an object is, or is a rendition of.
func contentKey(key string) string {
	content, _, _ := strings.Cut(key, "~")
	return content
}
