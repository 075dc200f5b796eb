package ahead

import (
	"sync"
	"sync/atomic"
)

// howMany answers how many things to check side by side: as many as leave the
// other half of the processors to those who read and write. A copy holds so few
// pieces that a third would seldom find another thing in them.
func howMany(processors int) int { return max(1, min(2, processors/2)) }

// checkers make checks, those of one thing in turn. One goroutine has them made.
type checkers struct {
	all     []checker
	current *checker
	of      any // what current was given last
	work    sync.WaitGroup
	ended   atomic.Bool
}

type checker struct {
	queue   chan job
	waiting atomic.Int64 // bytes
}

// job is a check for which its piece waits.
type job struct {
	*check
	piece *sync.WaitGroup
}

func newCheckers(n int) *checkers {
	s := &checkers{all: make([]checker, n)}
	for i := range s.all {
		c := &s.all[i]
		c.queue = make(chan job, mostPieces)
		s.work.Go(func() { c.work(&s.ended) })
	}
	return s
}

// begin has the checks of a piece made, which it then waits for.
func (s *checkers) begin(p *piece) {
	for i := range p.later.list {
		check := &p.later.list[i]
		if check.do == nil {
			continue
		}
		if s.current == nil || s.of != check.of {
			s.current, s.of = s.idlest(), check.of
		}
		p.checking.Add(1)
		s.current.waiting.Add(int64(check.n))
		s.current.queue <- job{check, &p.checking}
	}
}

func (s *checkers) idlest() *checker {
	least := &s.all[0]
	for i := range s.all {
		if c := &s.all[i]; c.waiting.Load() < least.waiting.Load() {
			least = c
		}
	}
	return least
}

// end returns when no check is being made. Those that have not begun are not.
func (s *checkers) end() {
	s.ended.Store(true)
	for i := range s.all {
		close(s.all[i].queue)
	}
	s.work.Wait()
}

// work makes checks until one fails: nothing behind it is good either.
func (c *checker) work(ended *atomic.Bool) {
	defer func() { // also when a check ends this goroutine
		for j := range c.queue {
			j.piece.Done()
		}
	}()
	for j := range c.queue {
		if ok := c.one(j, ended); !ok {
			return
		}
	}
}

func (c *checker) one(j job, ended *atomic.Bool) (ok bool) {
	defer j.piece.Done()
	defer c.waiting.Add(-int64(j.n))
	return !ended.Load() && j.make()
}
