package readahead

import (
	"hash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/10ex/assets/internal/sha256x2"
)

// stride is how much is hashed before the checker looks for what else has been
// read: what comes early enough is hashed at once with what is at hand.
const stride = 64 << 10

// leastAhead is how many pieces one digest alone is written ahead of the
// writer, who is not to wait. Beyond, it is cheaper to wait for a second digest.
const leastAhead = 4

// writeBoth writes p to a and q to b at once.
type writeBoth func(a hash.Hash, p []byte, b hash.Hash, q []byte)

// bestWriteBoth answers the cheapest way there is, nil when it is cheaper to
// write them one after the other: two goroutines leave nothing of two
// processors to those who read and write.
func bestWriteBoth(processors int) writeBoth {
	if w := sha256x2.New(); w != nil {
		return w.Write
	}
	if processors >= 4 {
		return sideBySide
	}
	return nil
}

func sideBySide(a hash.Hash, p []byte, b hash.Hash, q []byte) {
	var other sync.WaitGroup
	other.Go(func() { b.Write(q) })
	a.Write(p)
	other.Wait()
}

// checker makes checks, in the order in which they come but for one: while there
// is a second digest to be written, it is written at once with the first.
type checker struct {
	both    writeBoth
	queue   chan *piece
	waiting []job
	begun   int  // pieces
	failed  bool // nothing behind what waits is good
	ended   chan struct{}

	written atomic.Int64  // pieces
	more    chan struct{} // are written
}

// job is a check of which the bytes from done on are to be written.
type job struct {
	*check
	done  int
	piece *sync.WaitGroup
	at    int // the number of the piece
}

func newChecker(both writeBoth) *checker {
	c := &checker{
		both: both, queue: make(chan *piece, mostPieces),
		ended: make(chan struct{}), more: make(chan struct{}, 1),
	}
	go c.work()
	return c
}

// begin has the checks of a piece made, which it then waits for.
func (c *checker) begin(p *piece) {
	p.checking.Add(len(p.later.list))
	c.queue <- p
}

// wrote lets the checker know that one more piece is written.
func (c *checker) wrote() {
	c.written.Add(1)
	select {
	case c.more <- struct{}{}:
	default: // it has not looked yet
	}
}

// end returns when no check is being made. Those that have not begun are not.
func (c *checker) end() {
	close(c.queue)
	<-c.ended
}

func (c *checker) work() {
	defer close(c.ended)
	defer func() { // also when a check ends this goroutine
		c.drop(0)
		for p := range c.queue {
			c.refuse(p)
		}
	}()
	for c.receive() {
		c.step()
	}
}

// receive takes in what there is, and waits while nothing is to be done. It
// answers false at the end.
func (c *checker) receive() bool {
	for {
		var p *piece
		var open bool
		if c.ready() {
			select {
			case p, open = <-c.queue:
			default:
				return true
			}
		} else {
			select {
			case p, open = <-c.queue:
			case <-c.more:
				continue
			}
		}
		if !open {
			return false
		}
		c.take(p)
	}
}

// ready tells whether to go on with what is at hand.
func (c *checker) ready() bool {
	if len(c.waiting) == 0 {
		return false
	}
	first := &c.waiting[0]
	return c.both == nil || first.digest == nil ||
		int64(first.at)-c.written.Load() < leastAhead || c.companion() > 0
}

func (c *checker) take(p *piece) {
	if c.failed {
		c.refuse(p)
		return
	}
	for i := range p.later.list {
		if check := &p.later.list[i]; check.needed() {
			c.waiting = append(c.waiting, job{check: check, piece: &p.checking, at: c.begun})
		} else {
			p.checking.Done()
		}
	}
	c.begun++
}

func (c *checker) refuse(p *piece) {
	for range p.later.list {
		p.checking.Done()
	}
}

// step writes some of the first job and, when there can be one, of another
// digest's beside it.
func (c *checker) step() {
	first := &c.waiting[0]
	if i := c.companion(); i > 0 {
		second := &c.waiting[i]
		n := min(stride, first.left(), second.left())
		c.both(first.digest, first.next(n), second.digest, second.next(n))
		c.settle(i)
	} else if first.digest != nil {
		first.digest.Write(first.next(min(stride, first.left())))
	}
	c.settle(0)
}

// companion answers which job can go beside the first, 0 when none can.
func (c *checker) companion() int {
	first := &c.waiting[0]
	if c.both == nil || first.digest == nil {
		return 0
	}
	return max(0, slices.IndexFunc(c.waiting, func(j job) bool { return j.digest != nil && j.digest != first.digest }))
}

func (j *job) left() int { return len(j.bytes) - j.done }

func (j *job) next(n int) []byte {
	p := j.bytes[j.done:][:n]
	j.done += n
	return p
}

// settle judges a job of which everything is written, and takes it off. After
// one that fails, those before it are all that is made.
func (c *checker) settle(i int) {
	j := c.waiting[i]
	if j.digest != nil && j.left() > 0 {
		return
	}
	if !j.conclude() {
		c.failed = true
		c.drop(i)
		return
	}
	j.piece.Done()
	copy(c.waiting[1:], c.waiting[:i]) // few are before it, many may be behind
	c.waiting[0] = job{}
	c.waiting = c.waiting[1:]
}

// drop gives up what waits from i on.
func (c *checker) drop(i int) {
	for _, j := range c.waiting[i:] {
		j.piece.Done()
	}
	c.waiting = c.waiting[:i]
}
