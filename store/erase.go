package store

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// EraseContent implements [assets.Tx].
func (u *unit) EraseContent(ctx context.Context, workspace string, id assets.ID, key string, at assets.Time) error {
	var numbers []assets.Number
	err := u.read(ctx, &numbers, "SELECT number FROM asset_versions WHERE workspace = ? AND asset_id = ? AND key = ? AND erased_at = 0", workspace, id, key)
	if err != nil || len(numbers) == 0 {
		return err
	}
	return u.overwriting(ctx, func() error {
		if err := u.eraseVersions(ctx, workspace, id, numbers, at); err != nil {
			return err
		}
		if err := u.eraseWords(ctx, workspace, id, numbers); err != nil {
			return err
		}
		if _, err := u.exec(ctx, "DELETE FROM asset_contents WHERE key = ?", key); err != nil {
			return err
		}
		if err := u.markUnscrubbed(ctx); err != nil {
			return err
		}
		// No version with the key can be committed meanwhile, which is what Condemn takes a
		// lock for: the caller has locked the asset.
		return u.condemn(ctx, []string{key}, at)
	})
}

// eraseVersions removes what rows have of the contents of versions, besides words.
func (u *unit) eraseVersions(ctx context.Context, workspace string, id assets.ID, numbers []assets.Number, at assets.Time) error {
	_, err := u.exec(ctx, "UPDATE asset_versions SET erased_at = ?, words = '', parameters = '', inputs = ''"+
		" WHERE workspace = ? AND asset_id = ? AND number IN (?)", at, workspace, id, bun.List(numbers))
	if err != nil {
		return err
	}
	_, err = u.exec(ctx, "UPDATE asset_perspectives SET erased_at = ?, parameters = '', inputs = ''"+
		" WHERE workspace = ? AND perspective IN (?, ?) AND id = ? AND version IN (?)", at, workspace, current, approved, id, bun.List(numbers))
	if err != nil {
		return err
	}
	for _, n := range numbers { // also of an export that is being frozen
		if err := u.recordWithdrawal(ctx, workspace, assets.Version{AssetID: id, Number: n}); err != nil {
			return err
		}
	}
	_, err = u.exec(ctx, "UPDATE asset_export_entries SET document = ''"+
		" WHERE workspace = ? AND asset_id = ? AND version IN (?)", workspace, id, bun.List(numbers))
	return err
}

// eraseWords removes the words of versions from the index, and what the index of older
// programs has of the asset. Versions that are shown stay in the index without their text.
func (u *unit) eraseWords(ctx context.Context, workspace string, id assets.ID, numbers []assets.Number) error {
	if err := u.removeOldWords(ctx, workspace, id); err != nil {
		return err
	}
	shown := map[assets.Number]bool{}
	a, err := u.Asset(ctx, workspace, id)
	switch {
	case err == nil:
		shown[a.Version], shown[a.ApprovedVersion] = true, true
	case !errors.Is(err, assets.ErrNotFound): // a version may be put before its asset
		return err
	}
	for _, n := range numbers {
		d := document{workspace, id, n}
		if err := u.removeDocument(ctx, d); err != nil {
			return err
		}
		if !shown[n] {
			continue
		}
		if err := u.writeWords(ctx, d, indexEntries(wordMark(workspace), a.SearchWords(""))); err != nil {
			return err
		}
	}
	return nil
}

// removeOldWords removes what the index of programs before asset_words has of an asset.
func (u *unit) removeOldWords(ctx context.Context, workspace string, id assets.ID) error {
	if u.engine.postgres() {
		_, err := u.exec(ctx, "DELETE FROM asset_search WHERE workspace = ? AND id = ?", workspace, id)
		return err
	}
	return u.removeIndexed(ctx, "asset_search", "asset_documents",
		" WHERE workspace = ? AND perspective IN ('current', 'approved') AND id = ?", workspace, id)
}

// overwriting runs fn while SQLite overwrites what is removed with zeros, which other
// writes need not pay for. It can be switched within a transaction:
// https://www.sqlite.org/pragma.html#pragma_secure_delete.
func (u *unit) overwriting(ctx context.Context, fn func() error) error {
	if u.engine.postgres() {
		return fn()
	}
	var before int
	if err := u.read(ctx, &before, "PRAGMA secure_delete"); err != nil {
		return err
	}
	if _, err := u.exec(ctx, "PRAGMA secure_delete = ON"); err != nil {
		return err
	}
	defer u.restoreSecureDelete(context.WithoutCancel(ctx), before)
	return fn()
}

// restoreSecureDelete sets the pragma on the connection as it was, also after an error. If
// that fails, the connection is only slower.
func (u *unit) restoreSecureDelete(ctx context.Context, before int) {
	setting := "OFF"
	switch before {
	case 1:
		setting = "ON"
	case 2:
		setting = "FAST"
	}
	_, _ = u.raw("PRAGMA secure_delete = " + setting).Exec(ctx)
}

// unscrubbed is the name of the row of asset_meta that exists while the file may have what
// was removed. Its value is a random text for each time that something was.
const unscrubbed = "unscrubbed"

func (u *unit) markUnscrubbed(ctx context.Context) error {
	if u.engine.postgres() {
		return nil // VACUUM is the operator's
	}
	_, err := u.exec(ctx, "INSERT INTO asset_meta (name, value) VALUES (?, ?)"+
		" ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value", unscrubbed, rand.Text())
	return err
}
