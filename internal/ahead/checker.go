package ahead

import (
	"hash"
	"slices"
	"sync"

	"github.com/10ex/assets/internal/sha256x2"
)

// stride is how much is hashed before the checker looks for what else has been
// read: what comes early enough is hashed at once with what is at hand.
const stride = 64 << 10

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
	failed  bool // nothing behind what waits is good
	ended   chan struct{}
}

// job is a check of which the bytes from done on are to be written.
type job struct {
	*check
	done  int
	piece *sync.WaitGroup
}

func newChecker(both writeBoth) *checker {
	c := &checker{both: both, queue: make(chan *piece, mostPieces), ended: make(chan struct{})}
	go c.work()
	return c
}

// begin has the checks of a piece made, which it then waits for.
func (c *checker) begin(p *piece) {
	p.checking.Add(len(p.later.list))
	c.queue <- p
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

// receive takes in what there is, and waits only when nothing is at hand. It
// answers false at the end.
func (c *checker) receive() bool {
	for {
		if len(c.waiting) == 0 {
			p, more := <-c.queue
			if !more {
				return false
			}
			c.take(p)
			continue
		}
		select {
		case p, more := <-c.queue:
			if !more {
				return false
			}
			c.take(p)
		default:
			return true
		}
	}
}

func (c *checker) take(p *piece) {
	if c.failed {
		c.refuse(p)
		return
	}
	for i := range p.later.list {
		if check := &p.later.list[i]; check.needed() {
			c.waiting = append(c.waiting, job{check: check, piece: &p.checking})
		} else {
			p.checking.Done()
		}
	}
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
