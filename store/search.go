package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// searchPending is the name of the row of asset_meta that stands while rows
// made by an older library are not searchable.
const searchPending = "search_pending"

// fillBatch is how many rows are made searchable at a time.
const fillBatch = 200

// wordSource is what the words of a row are made from; the zero value is none.
type wordSource struct {
	title, tags string
	version     assets.Number
}

func (r *perspectiveRow) wordSource() wordSource { return wordSource{r.Title, r.Tags, r.Version} }

// putWords makes a row found by its words.
func (u *unit) putWords(ctx context.Context, row *perspectiveRow, a *assets.Asset) error {
	var text []string
	err := u.read(ctx, &text, "SELECT words FROM asset_versions WHERE workspace = ? AND asset_id = ? AND number = ?",
		row.Workspace, row.ID, row.Version)
	if err != nil {
		return err
	}
	words := a.SearchWords(append(text, "")[0])
	return u.document(ctx, row.Workspace, row.Perspective, row.ID, append([]string{}, words...))
}

// document writes a row's words; nil removes them.
func (u *unit) document(ctx context.Context, workspace, perspective string, id assets.ID, words []string) error {
	for _, s := range u.engine.writeDocument(workspace, perspective, string(id), words) {
		if _, err := u.exec(ctx, s.sql, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// fill makes all rows searchable.
func (u *unit) fill(ctx context.Context) error {
	var last perspectiveRow
	for {
		var rows []perspectiveRow
		err := u.scan(ctx, u.db.NewSelect().Model(&rows).
			Where("(workspace, perspective, id) > (?, ?, ?)", last.Workspace, last.Perspective, last.ID).
			Order("workspace", "perspective", "id").Limit(fillBatch))
		if err != nil {
			return err
		}
		for i := range rows {
			a, err := rows[i].asset()
			if err != nil {
				return err
			}
			if err := u.putWords(ctx, &rows[i], a); err != nil {
				return err
			}
		}
		if len(rows) < fillBatch {
			_, err := u.exec(ctx, "DELETE FROM asset_meta WHERE name = ?", searchPending)
			return err
		}
		last = rows[len(rows)-1]
	}
}

// searchable reports whether every row is.
func searchable(ctx context.Context, db bun.IDB) (bool, error) {
	var n int
	err := db.NewRaw("SELECT count(*) FROM asset_meta WHERE name = ?", searchPending).Scan(ctx, &n)
	return n == 0, err
}
