package worddiff

import "context"

const (
	maxReach = 4096 // differences that a search looks ahead at most, from each end
	minReach = 32

	stepsBetweenChecks = 1 << 16 // between two looks at the context
)

// comparison compares the words of two texts.
type comparison struct {
	ctx      context.Context //nolint:containedctx // it ends with the call of Compare
	deleted  []bool          // the result: of the words of the old text
	inserted []bool          // of the words of the young text

	a, b     []int32 // the words that both texts have, by number
	atA, atB []int32 // their places in the texts

	steps int // that are left
	check int // the steps at which the context is looked at next
	reach int
	ahead furthest // memory for searches
	back  furthest
}

func newComparison(ctx context.Context, from, to *text) *comparison {
	c := &comparison{
		ctx: ctx, steps: maxSteps, check: maxSteps,
		deleted: make([]bool, from.len()), inserted: make([]bool, to.len()),
	}
	c.number(from, to)
	words := len(c.a) + len(c.b)
	c.reach = min(max(maxSteps/2/max(1, words), minReach), maxReach, words+1)
	c.ahead, c.back = newFurthest(c.reach), newFurthest(c.reach)
	return c
}

// number fills a and b, without what the texts have in common at both ends. It marks
// the words that only one text has.
func (c *comparison) number(from, to *text) {
	begin, endA, endB := 0, from.len(), to.len()
	for begin < min(endA, endB) && from.word(begin) == to.word(begin) {
		begin++
	}
	for begin < min(endA, endB) && from.word(endA-1) == to.word(endB-1) {
		endA--
		endB--
	}
	numbers := map[string]int32{}
	c.a = make([]int32, 0, endA-begin)
	for i := begin; i < endA; i++ {
		n, known := numbers[from.word(i)]
		if !known {
			n = int32(len(numbers)) //nolint:gosec // fewer than the bytes of a text
			numbers[from.word(i)] = n
		}
		c.a = append(c.a, n)
	}
	shared := make([]bool, len(numbers))
	c.b, c.atB = make([]int32, 0, endB-begin), make([]int32, 0, endB-begin)
	for i := begin; i < endB; i++ {
		n, known := numbers[to.word(i)]
		if !known {
			c.inserted[i] = true
			continue
		}
		shared[n] = true
		c.b, c.atB = append(c.b, n), append(c.atB, int32(i)) //nolint:gosec // as above
	}
	all := c.a
	c.a, c.atA = all[:0], make([]int32, 0, len(all))
	for i, n := range all {
		if !shared[n] {
			c.deleted[begin+i] = true
			continue
		}
		c.a, c.atA = append(c.a, n), append(c.atA, int32(begin+i)) //nolint:gosec // as above
	}
}

func (c *comparison) run() error { return c.compare(area{0, len(c.a), 0, len(c.b)}) }

// area is a range of a and a range of b.
type area struct{ a0, a1, b0, b1 int }

func (r area) size() int { return r.a1 - r.a0 + r.b1 - r.b0 }

// compare marks the words of an area that are deleted or inserted. It treats the
// larger part of a split itself, so that calls are not nested deeply.
func (c *comparison) compare(r area) error {
	for {
		r = c.trim(r)
		if r.a0 == r.a1 || r.b0 == r.b1 || c.steps <= 0 {
			c.replace(r)
			return nil
		}
		x, y, err := c.split(r)
		if err != nil {
			return err
		}
		smaller, larger := area{r.a0, x, r.b0, y}, area{x, r.a1, y, r.b1}
		if smaller.size() > larger.size() {
			smaller, larger = larger, smaller
		}
		if err := c.compare(smaller); err != nil {
			return err
		}
		r = larger
	}
}

// trim leaves out what both ranges of an area begin and end with.
func (c *comparison) trim(r area) area {
	for r.a0 < r.a1 && r.b0 < r.b1 && c.a[r.a0] == c.b[r.b0] {
		r.a0++
		r.b0++
	}
	for r.a0 < r.a1 && r.b0 < r.b1 && c.a[r.a1-1] == c.b[r.b1-1] {
		r.a1--
		r.b1--
	}
	return r
}

// replace marks all words of an area.
func (c *comparison) replace(r area) {
	for _, i := range c.atA[r.a0:r.a1] {
		c.deleted[i] = true
	}
	for _, i := range c.atB[r.b0:r.b1] {
		c.inserted[i] = true
	}
}
