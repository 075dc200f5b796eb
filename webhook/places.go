package webhook

import (
	"maps"
	"sync"
)

// maxAtOnce is the number of attempts that a process makes at the same time.
const maxAtOnce = 256

// places counts the attempts that a process makes, of each workspace. It is safe for
// concurrent use.
//
// A workspace takes at most a quarter of the places that are free, less the more are
// taken. Receivers of one workspace that do not respond so hold at most 64 places, and
// those of up to 80 workspaces leave some to the others. With a fixed bound, as many
// workspaces as fill it would leave none.
type places struct {
	mu    sync.Mutex
	per   map[string]int
	total int
}

func (p *places) take(workspace string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.per == nil {
		p.per = make(map[string]int)
	}
	p.per[workspace]++
	p.total++
}

func (p *places) leave(workspace string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total--
	if p.per[workspace]--; p.per[workspace] == 0 {
		delete(p.per, workspace)
	}
}

// taken returns how many places each workspace has, and how many it may have. No more are
// given at once, in all, so that the bound of the next ones is another one.
func (p *places) taken() (per map[string]int, share int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.per), (maxAtOnce - p.total + 3) / 4
}
