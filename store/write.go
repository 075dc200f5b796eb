package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// exec runs a statement and returns the number of rows it changed.
func (u *unit) exec(ctx context.Context, query string, args ...any) (int64, error) {
	return u.affected(ctx, func(ctx context.Context) (sql.Result, error) {
		return u.raw(query, args...).Exec(ctx)
	})
}

// add runs a hot INSERT of one row, given by a pointer.
func (u *unit) add(ctx context.Context, i insertion, row any) error {
	_, err := u.exec(ctx, i.text, i.arguments(row)...)
	return err
}

// insert runs an INSERT and returns the number of rows it changed.
func (u *unit) insert(ctx context.Context, q *bun.InsertQuery) (int64, error) {
	return u.affected(ctx, func(ctx context.Context) (sql.Result, error) { return q.Conn(u.conn).Exec(ctx) })
}

// affected runs a statement and returns the number of rows it changed.
func (u *unit) affected(ctx context.Context, run func(context.Context) (sql.Result, error)) (int64, error) {
	var n int64
	err := u.statement(ctx, func(ctx context.Context) error {
		result, err := run(ctx)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

// put is insert for callers that do not need the number of rows.
func (u *unit) put(ctx context.Context, q *bun.InsertQuery) error {
	_, err := u.insert(ctx, q)
	return err
}

// PutAsset implements [assets.Tx].
func (u *unit) PutAsset(ctx context.Context, now, inForce *assets.Asset) error {
	row, err := newPerspectiveRow(current, now)
	if err != nil {
		return err
	}
	rows, shown := []*perspectiveRow{row}, []*assets.Asset{now, inForce}
	if inForce != nil {
		if row, err = newPerspectiveRow(approved, inForce); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	before, err := u.storedSources(ctx, now.Workspace, now.ID)
	if err != nil {
		return err
	}
	if _, was := before[approved]; was && inForce == nil {
		if err := u.removePerspective(ctx, now.Workspace, now.ID); err != nil {
			return err
		}
	}
	for i, row := range rows {
		if err := u.add(ctx, u.hot.putAsset, row); err != nil {
			return err
		}
		if before[row.Perspective].tags != row.tagSource() { // most changes do not affect them
			if err := u.putTags(ctx, row, shown[i].Tags); err != nil {
				return err
			}
		}
	}
	return u.putDocuments(ctx, before, rows, now)
}

// sources are the values that the side tables of a row are written from.
type sources struct {
	tags  tagSource
	words wordSource
}

// tagSource is what the rows of asset_tags are written from. The zero value has no
// tags.
type tagSource struct {
	tags    string
	counted bool
}

func (r *perspectiveRow) tagSource() tagSource {
	if r.Tags == "" {
		return tagSource{}
	}
	return tagSource{r.Tags, r.Perspective == current && r.Status != assets.StatusArchived}
}

// storedSources returns the sources of the stored rows by perspective.
func (u *unit) storedSources(ctx context.Context, workspace string, id assets.ID) (map[string]sources, error) {
	var stored []perspectiveRow
	err := u.read(ctx, &stored, u.hot.sources, workspace, current, approved, id)
	before := make(map[string]sources, len(stored))
	for i := range stored {
		before[stored[i].Perspective] = sources{stored[i].tagSource(), stored[i].wordSource()}
	}
	return before, err
}

// removePerspective removes the approved row.
func (u *unit) removePerspective(ctx context.Context, workspace string, id assets.ID) error {
	for _, table := range []bun.Ident{"asset_perspectives", "asset_tags"} {
		_, err := u.exec(ctx, "DELETE FROM ? WHERE workspace = ? AND perspective = ? AND id = ?", table, workspace, approved, id)
		if err != nil {
			return err
		}
	}
	return nil
}

type tagRow struct {
	bun.BaseModel `bun:"table:asset_tags"`

	Workspace   string    `bun:"workspace"`
	Perspective string    `bun:"perspective"`
	Key         string    `bun:"key"`
	Value       string    `bun:"value"`
	ID          assets.ID `bun:"id"`
	Counted     int       `bun:"counted"`
}

// putTags replaces the tags of one row in asset_tags. Besides its values, each key
// has a row with the empty value, which a filter for any value matches.
func (u *unit) putTags(ctx context.Context, row *perspectiveRow, tags assets.Tags) error {
	if _, err := u.exec(ctx, u.hot.deleteTags, row.Workspace, row.ID, row.Perspective); err != nil {
		return err
	}
	counted := boolToInt(row.tagSource().counted)
	for key, values := range tags {
		tag := tagRow{Workspace: row.Workspace, Perspective: row.Perspective, Key: key, ID: row.ID}
		for _, tag.Value = range slices.Concat([]string{""}, values) {
			if err := u.add(ctx, u.hot.addTag, &tag); err != nil {
				return err
			}
			tag.Counted = counted
		}
	}
	return nil
}

// checkKey returns ErrUnavailable if a sweep has condemned the key. It shares the
// lock that Condemn takes.
func (u *unit) checkKey(ctx context.Context, key string) error {
	if err := u.lock(ctx, true, lockContent); err != nil {
		return err
	}
	var condemned int
	if err := u.read(ctx, &condemned, u.hot.condemned, key); err != nil {
		return err
	}
	if condemned > 0 {
		return assets.Errorf(assets.ErrUnavailable, "the upload took too long; try again")
	}
	return nil
}

// PutVersion implements [assets.Tx].
func (u *unit) PutVersion(ctx context.Context, workspace string, v assets.Version) error {
	if v.ErasedAt == 0 { // the key of an erased version is condemned
		if err := u.checkKey(ctx, v.Key); err != nil {
			return err
		}
	}
	row, err := newVersionRow(workspace, v)
	if err != nil {
		return err
	}
	if err := u.add(ctx, u.hot.putVersion, row); err != nil || v.Approval != assets.ApprovalWithdrawn {
		return err
	}
	return u.recordWithdrawal(ctx, workspace, v)
}

// AddReview implements [assets.Tx].
func (u *unit) AddReview(ctx context.Context, workspace string, r assets.Review) error {
	return u.add(ctx, u.hot.addReview, newReviewRow(workspace, r))
}

// AddEvent implements [assets.Tx].
func (u *unit) AddEvent(ctx context.Context, e assets.Event) error {
	row, err := newEventRow(e)
	if err != nil {
		return err
	}
	return u.add(ctx, u.hot.addEvent, row)
}

// DeleteAsset implements [assets.Tx].
func (u *unit) DeleteAsset(ctx context.Context, workspace string, id assets.ID) error {
	if err := u.removeAllDocuments(ctx, workspace, id); err != nil {
		return err
	}
	if err := u.removeContents(ctx, workspace, id); err != nil {
		return err
	}
	for _, query := range []string{
		"DELETE FROM asset_perspectives WHERE workspace = ? AND perspective IN ('current', 'approved') AND id = ?",
		"DELETE FROM asset_tags WHERE workspace = ? AND id = ?",
		"DELETE FROM asset_versions WHERE workspace = ? AND asset_id = ?",
		"DELETE FROM asset_reviews WHERE workspace = ? AND asset_id = ?",
		"DELETE FROM asset_withdrawals WHERE workspace = ? AND asset_id = ?",
		"DELETE FROM asset_links WHERE workspace = ? AND asset_id = ?",
		"DELETE FROM asset_attestations WHERE workspace = ? AND asset_id = ?",
	} {
		if _, err := u.exec(ctx, query, workspace, id); err != nil {
			return err
		}
	}
	return nil
}

// PutRequest implements [assets.Tx].
func (u *unit) PutRequest(ctx context.Context, workspace string, r assets.Request) error {
	return u.add(ctx, u.hot.putRequest, newRequestRow(workspace, r))
}
