package store

import (
	"slices"
	"sync"

	"github.com/10ex/assets"
)

// fills are the calls of Fill that are under way. They are safe for concurrent use.
type fills struct {
	mu  sync.Mutex
	all []*assets.Fill
}

// begin adds one that completes so many rows.
func (f *fills) begin(name string, of int) *assets.Fill {
	f.mu.Lock()
	defer f.mu.Unlock()
	progress := &assets.Fill{Name: name, Of: of}
	f.all = append(f.all, progress)
	return progress
}

// add counts n rows that are complete.
func (f *fills) add(progress *assets.Fill, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	progress.Done += n
}

// end removes one that has ended or failed.
func (f *fills) end(progress *assets.Fill) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = slices.DeleteFunc(f.all, func(other *assets.Fill) bool { return other == progress })
}

// stats returns copies.
func (f *fills) stats() []assets.Fill {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []assets.Fill
	for _, progress := range f.all {
		all = append(all, *progress)
	}
	return all
}
