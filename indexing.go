package assets

import (
	"context"
	"time"
)

// How searches index what other calls have left.
const (
	// maxSearchLag is how long a text may wait before a search indexes it. The call that
	// has committed a text usually needs some milliseconds, also in another process.
	maxSearchLag = 500 * time.Millisecond
	// maxIndexWait limits how long a search takes for it, such as while another process
	// holds the write lock of SQLite.
	maxIndexWait = time.Second
)

// IndexForSearch makes the texts searchable that have waited for half a second, if f
// searches by words. The call that has committed them has failed to do so, was killed, or
// still does; their process may be another one. If it fails, which it logs, the search
// misses them, and the next one tries again. It must not be called in a transaction. It is
// for packages that extend the Library.
func (l *Library) IndexForSearch(ctx context.Context, f Filter) {
	ctx, op := l.observe(ctx, "IndexForSearch", nil, "")
	defer op.end(new(error))
	l.indexForSearch(ctx, f)
}

// indexForSearch is IndexForSearch within a method.
func (l *Library) indexForSearch(ctx context.Context, f Filter) {
	if len(f.Words) == 0 {
		return
	}
	w, ok := StoreAs[WordIndexer](l.cfg.Store) // not in the host's transaction
	if !ok {
		return
	}
	limited, cancel := context.WithTimeout(ctx, maxIndexWait)
	defer cancel()
	behind, err := w.WordsBehind(limited)
	if err == nil && behind > maxSearchLag {
		err = w.IndexWords(limited)
	}
	if err != nil && ctx.Err() == nil {
		l.cfg.Logger.WarnContext(ctx, "assets: a search may miss long texts that wait to be indexed", "behind", behind, "error", err.Error())
	}
}
