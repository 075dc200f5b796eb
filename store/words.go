package store

import (
	"context"
	"crypto/rand"
	"math"
	"strings"

	"github.com/10ex/assets"
)

// Each version that a perspective shows is indexed once, by the words of its asset's title
// and tags and of its own text. An approval therefore writes no words. The words of a
// short text are indexed in the transaction that makes the version shown, and those of a
// long one after its commit: see indexing.go.

// maxIndexedAtOnce is the size in bytes of the longest text, as it is kept in
// asset_versions, that is indexed in the transaction of its version.
const maxIndexedAtOnce = 2 << 10

// wordSource is what the words of a document are made from, besides the text of the
// version. The zero value is that of no row.
type wordSource struct {
	title, tags string
	version     assets.Number
}

func (r *perspectiveRow) wordSource() wordSource { return wordSource{r.Title, r.Tags, r.Version} }

// document names what is indexed: a version of an asset.
type document struct {
	Workspace string
	ID        assets.ID
	Version   assets.Number
}

func (r *perspectiveRow) document() document { return document{r.Workspace, r.ID, r.Version} }

func (d document) key() []any { return []any{d.Workspace, d.ID, d.Version} }

// whereDocument selects the row of a document by its key.
const whereDocument = " WHERE workspace = ? AND id = ? AND version = ?"

// putDocuments makes the versions searchable that the rows of an asset show, and those not
// any more that only the rows of before showed.
func (u *unit) putDocuments(ctx context.Context, before map[string]sources, rows []*perspectiveRow, a *assets.Asset) error {
	current := map[wordSource]bool{} // that are indexed
	gone := map[assets.Number]bool{}
	for _, was := range before {
		current[was.words], gone[was.words.version] = true, true
	}
	for _, row := range rows {
		source := row.wordSource()
		delete(gone, source.version)
		if current[source] {
			continue
		}
		current[source] = true
		if err := u.putDocument(ctx, row.document(), a); err != nil {
			return err
		}
	}
	for version := range gone {
		if err := u.removeDocument(ctx, document{rows[0].Workspace, rows[0].ID, version}); err != nil {
			return err
		}
	}
	return nil
}

// putDocument makes a version of a searchable, with the title and tags of a. A long text is
// queued, and found by nothing until it is indexed.
func (u *unit) putDocument(ctx context.Context, d document, a *assets.Asset) error {
	limit := int64(maxIndexedAtOnce)
	if u.queued == nil {
		limit = math.MaxInt32 // nobody indexes it after the commit
	}
	var texts []struct{ Words *string }
	err := u.read(ctx, &texts, u.hot.textUpTo, append([]any{limit}, d.key()...)...)
	switch {
	case err != nil:
		return err
	case len(texts) == 0:
		return u.putWords(ctx, d, a.SearchWords(""))
	case texts[0].Words != nil:
		return u.putWords(ctx, d, a.SearchWords(*texts[0].Words))
	}
	return u.queue(ctx, d)
}

// queue makes a version wait to be indexed. What is indexed of it is removed, since it is
// out of date. Everybody writes the queue before the index, so that nobody has locked one
// and waits for the other.
func (u *unit) queue(ctx context.Context, d document) error {
	*u.queued = true
	if _, err := u.exec(ctx, u.hot.enqueue, append(d.key(), rand.Text())...); err != nil {
		return err
	}
	return u.removeWords(ctx, d)
}

// removeDocument makes a version not searchable, also if it waits to be indexed.
func (u *unit) removeDocument(ctx context.Context, d document) error {
	if _, err := u.exec(ctx, u.hot.dequeue, d.key()...); err != nil {
		return err
	}
	return u.removeWords(ctx, d)
}

// putWords indexes a version by words. If it is long, it does not wait to be indexed any
// more.
func (u *unit) putWords(ctx context.Context, d document, words []string) error {
	if u.queued == nil {
		if _, err := u.exec(ctx, u.hot.dequeue, d.key()...); err != nil {
			return err
		}
	}
	return u.writeWords(ctx, d, indexEntries(wordMark(d.Workspace), words))
}

// writeWords replaces the index entries of a version.
func (u *unit) writeWords(ctx context.Context, d document, entries []string) error {
	words := "{" + strings.Join(entries, ",") + "}" // an array of Postgres
	if !u.engine.postgres() {
		words = strings.Join(entries, " ")
		if _, err := u.exec(ctx, u.hot.putIndexed, d.key()...); err != nil {
			return err
		}
	}
	_, err := u.exec(ctx, u.hot.putWords, append([]any{words}, d.key()...)...)
	return err
}

// isIndexed reports whether a version has index entries.
func (u *unit) isIndexed(ctx context.Context, d document) (bool, error) {
	var n int
	err := u.read(ctx, &n, u.hot.isIndexed, d.key()...)
	return n > 0, err
}

// removeWords removes the index entries of a version, if it has any.
func (u *unit) removeWords(ctx context.Context, d document) error {
	for _, text := range u.hot.removeWords {
		if _, err := u.exec(ctx, text, d.key()...); err != nil {
			return err
		}
	}
	return nil
}

// removeIndexed removes rows of a full-text index of SQLite and of the table that numbers
// them.
func (u *unit) removeIndexed(ctx context.Context, index, table, where string, args ...any) error {
	if err := u.removeFromIndex(ctx, index, table, where, args...); err != nil {
		return err
	}
	_, err := u.exec(ctx, "DELETE FROM "+table+where, args...)
	return err
}

// removeFromIndex removes rows of a full-text index of SQLite.
func (u *unit) removeFromIndex(ctx context.Context, index, table, where string, args ...any) error {
	_, err := u.exec(ctx, deleteIndexed(index, table, where), args...)
	return err
}

// deleteIndexed returns the statement of removeFromIndex.
func deleteIndexed(index, table, where string) string {
	return "DELETE FROM " + index + " WHERE rowid IN (SELECT document FROM " + table + where + ")"
}

// removeAllDocuments makes all versions of an asset not searchable.
func (u *unit) removeAllDocuments(ctx context.Context, workspace string, id assets.ID) error {
	var shown []document
	err := u.read(ctx, &shown, "SELECT workspace, id, version FROM asset_perspectives WHERE workspace = ? AND perspective IN (?, ?) AND id = ?",
		workspace, current, approved, id)
	if err != nil {
		return err
	}
	for _, d := range shown {
		if err := u.removeDocument(ctx, d); err != nil {
			return err
		}
	}
	return nil
}
