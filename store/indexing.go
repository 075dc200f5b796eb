package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// A long text waits in asset_unindexed to be indexed. The call of Update that has committed
// it indexes it before it returns, together with others that wait: one call of a process
// at a time indexes all of them, in short transactions, so that no other writer waits for a
// long text. What a process leaves when it fails or is killed is indexed by the next one
// that indexes or searches, and by assets.Library.Run.

const (
	maxTextsRead = 16              // from the queue at once; a text has up to 256 KB
	maxIndexed   = 128 << 10       // bytes of index entries after which a transaction is committed
	maxIndexTime = 5 * time.Second // that a call of Update spends on it
)

// Update implements [assets.Store]. It returns when what it has committed is searchable.
func (s *Store) Update(ctx context.Context, fn func(assets.Tx) error) error {
	queued := false
	err := s.update(ctx, func(tx assets.Tx) error {
		queued = false
		if u, ok := tx.(*unit); ok {
			u.queued = &queued
		}
		return fn(tx)
	})
	if err == nil && queued {
		s.indexCommitted(ctx)
	}
	return err
}

// indexCommitted indexes after a commit, also if the caller has left. If it fails, the texts
// are left to the next call.
func (s *Store) indexCommitted(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxIndexTime)
	defer cancel()
	if err := s.IndexWords(ctx); err != nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "long texts are committed, and searches do not find all of them yet", slog.String("error", err.Error()))
	}
}

// IndexWords implements [assets.WordIndexer].
func (s *Store) IndexWords(ctx context.Context) error {
	if s.holds(ctx) { // it would wait for the host's transaction
		return unavailable(errUnbound)
	}
	select {
	case s.indexSlot <- struct{}{}:
		defer func() { <-s.indexSlot }()
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	for {
		texts, err := s.unindexed(ctx)
		if err != nil || len(texts) == 0 {
			return err
		}
		for len(texts) > 0 {
			n, err := s.indexTexts(ctx, texts)
			if err != nil {
				return err
			}
			texts = texts[n:]
		}
	}
}

// unindexedText is a text that waits, with the index entries that it is to have.
type unindexedText struct {
	document
	stamp   string
	entries []string
	bytes   int // of entries
}

// unindexed returns the texts that have waited longest. It makes their index entries outside
// of any transaction, which takes some milliseconds for each.
func (s *Store) unindexed(ctx context.Context) ([]unindexedText, error) {
	var rows []struct {
		document
		Stamp, Title, Tags, Words string
	}
	err := s.read(ctx, &rows, s.hot.unindexed, current, maxTextsRead)
	if err != nil {
		return nil, err
	}
	texts := make([]unindexedText, len(rows))
	for i, row := range rows {
		a := assets.Asset{Title: row.Title}
		if err := decodeList(row.Tags, &a.Tags); err != nil {
			return nil, fmt.Errorf("the tags of asset %s: %w", row.ID, err)
		}
		texts[i] = unindexedText{document: row.document, stamp: row.Stamp}
		texts[i].entries = indexEntries(wordMark(row.Workspace), a.SearchWords(row.Words))
		for _, entry := range texts[i].entries {
			texts[i].bytes += len(entry)
		}
	}
	return texts, nil
}

// indexTexts indexes the first of the texts in one transaction, and returns how many. It
// passes over those that have been queued again, or are gone, since they were read.
func (s *Store) indexTexts(ctx context.Context, texts []unindexedText) (n int, err error) {
	err = s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		n = 0
		for bytes := 0; n < len(texts) && bytes < maxIndexed; n++ {
			text := &texts[n]
			waits, err := u.exec(ctx, u.hot.dequeueIf, append(text.key(), text.stamp)...)
			if err != nil {
				return err
			}
			if waits == 0 {
				continue
			}
			if err := u.writeWords(ctx, text.document, text.entries); err != nil {
				return err
			}
			bytes += text.bytes
		}
		return nil
	})
	return n, err
}

// WordsBehind implements [assets.WordIndexer].
func (s *Store) WordsBehind(ctx context.Context) (behind time.Duration, err error) {
	var ms int64
	err = s.read(ctx, &ms, s.hot.behind)
	return time.Duration(max(0, ms)) * time.Millisecond, err
}
