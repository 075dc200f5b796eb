package worddiff

import (
	"context"
	"math"
)

// search looks for a place at which the comparison of a and b can be split in two. It
// follows Myers, "An O(ND) difference algorithm and its variations" (1986), §4.2: paths
// from the beginning and from the end meet in the middle of a shortest result.
//
// A place is x words of a and y words of b; its diagonal is x-y. A step along a
// diagonal is a word that both have, and costs nothing.
type search struct {
	a, b  []int32
	steps int // that were taken

	ahead, back       furthest
	low, high         int // diagonals of the paths from the beginning
	backLow, backHigh int // diagonals of the paths from the end
	end               int // the diagonal of the end
}

// furthest has, for each diagonal, the x that the paths of a search reach on it.
// Diagonals are numbered from the one on which the paths begin.
type furthest []int32

func newFurthest(reach int) furthest { return make(furthest, 2*reach+3) }

func (f furthest) at(diagonal int) *int32 { return &f[diagonal+len(f)/2] }

// split returns a place on a shortest path, or if that has more than twice as many
// differences as reach, the best place that was found.
func (c *comparison) split(r area) (x, y int, err error) {
	s := &search{a: c.a[r.a0:r.a1], b: c.b[r.b0:r.b1], ahead: c.ahead, back: c.back}
	n, m := len(s.a), len(s.b)
	s.end = n - m
	s.backLow, s.backHigh = s.end, s.end
	*s.ahead.at(0), *s.back.at(0) = 0, int32(n) //nolint:gosec // fewer than the bytes of a text
	for cost := 1; ; cost++ {
		before := s.steps
		found := s.goAhead(&x, &y) || s.goBack(&x, &y)
		c.steps -= s.steps - before
		if found {
			return r.a0 + x, r.b0 + y, nil
		}
		if err := c.checkContext(); err != nil {
			return 0, 0, err
		}
		if cost >= c.reach || c.steps <= 0 {
			x, y = s.best()
			return r.a0 + x, r.b0 + y, nil
		}
	}
}

func (c *comparison) checkContext() error {
	if c.steps >= c.check {
		return nil
	}
	c.check = c.steps - stepsBetweenChecks
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	return nil
}

// goAhead lets each path from the beginning take one more difference. It reports
// whether one meets a path from the end, and where.
func (s *search) goAhead(x, y *int) bool {
	n, m := len(s.a), len(s.b)
	if s.low > -m {
		s.low--
		*s.ahead.at(s.low - 1) = -1
	} else {
		s.low++
	}
	if s.high < n {
		s.high++
		*s.ahead.at(s.high + 1) = -1
	} else {
		s.high--
	}
	odd := s.end%2 != 0
	for k := s.high; k >= s.low; k -= 2 {
		v := s.ahead[k+len(s.ahead)/2-1:][:3] // of the diagonals k-1, k and k+1
		i := int(v[2])
		if v[0] >= v[2] {
			i = int(v[0]) + 1
		}
		first, j := i, i-k
		for i < n && j < m && s.a[i] == s.b[j] {
			i++
			j++
		}
		s.steps += 1 + i - first
		v[1] = int32(i) //nolint:gosec // as above
		if odd && s.backLow <= k && k <= s.backHigh && int(*s.back.at(k - s.end)) <= i {
			*x, *y = i, j
			return true
		}
	}
	return false
}

// goBack is goAhead for the paths from the end.
func (s *search) goBack(x, y *int) bool {
	n, m := len(s.a), len(s.b)
	if s.backLow > -m {
		s.backLow--
		*s.back.at(s.backLow - 1 - s.end) = math.MaxInt32
	} else {
		s.backLow++
	}
	if s.backHigh < n {
		s.backHigh++
		*s.back.at(s.backHigh + 1 - s.end) = math.MaxInt32
	} else {
		s.backHigh--
	}
	even := s.end%2 == 0
	for k := s.backHigh; k >= s.backLow; k -= 2 {
		v := s.back[k-s.end+len(s.back)/2-1:][:3]
		i := int(v[0])
		if v[0] >= v[2] {
			i = int(v[2]) - 1
		}
		first, j := i, i-k
		for i > 0 && j > 0 && s.a[i-1] == s.b[j-1] {
			i--
			j--
		}
		s.steps += 1 + first - i
		v[1] = int32(i) //nolint:gosec // as above
		if even && s.low <= k && k <= s.high && i <= int(*s.ahead.at(k)) {
			*x, *y = i, j
			return true
		}
	}
	return false
}

// best returns the place that is furthest from where its path began.
func (s *search) best() (x, y int) {
	n, m := len(s.a), len(s.b)
	most := -1 // words from the beginning, or from the end
	for k := s.high; k >= s.low; k -= 2 {
		i := min(int(*s.ahead.at(k)), n, m+k)
		if i+i-k > most {
			x, y, most = i, i-k, i+i-k
		}
	}
	for k := s.backHigh; k >= s.backLow; k -= 2 {
		i := max(int(*s.back.at(k - s.end)), 0, k)
		if left := n - i + m - (i - k); left > most {
			x, y, most = i, i-k, left
		}
	}
	return x, y
}
