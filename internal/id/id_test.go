package id_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets/internal/id"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestNewAscendsWithinAMillisecond(t *testing.T) {
	t.Parallel()
	c := &clock{time.UnixMilli(1_700_000_000_000)}
	s := id.NewSource(c.now)
	last := ""
	for range 200_000 {
		v, _ := s.New()
		if v <= last {
			t.Fatalf("%s after %s", v, last)
		}
		if p, err := id.Parse(v); err != nil || p != v || v[14] != '7' || !strings.Contains("89ab", v[19:20]) {
			t.Fatalf("%s is not a canonical UUIDv7", v)
		}
		last = v
	}
}

func TestRandom(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 1000 {
		v := id.Random()
		if p, err := id.Parse(v); err != nil || p != v || v[14] != '4' || !strings.Contains("89ab", v[19:20]) || seen[v] {
			t.Fatalf("%s is not a canonical random UUID of its own", v)
		}
		seen[v] = true
	}
}

func TestClockStepsCLK01(t *testing.T) {
	t.Parallel()
	start := time.UnixMilli(1_700_000_000_000)
	c := &clock{start}
	s := id.NewSource(c.now)
	first, ms := s.New()
	if ms != start.UnixMilli() || id.Time(first) != ms {
		t.Fatalf("ms %d, in the id %d", ms, id.Time(first))
	}
	c.at = start.Add(-60 * time.Second)
	if v, ms := s.New(); v <= first || ms != start.UnixMilli() {
		t.Errorf("a small step back went back: %s (%d)", v, ms)
	}
	c.at = start.Add(-61 * time.Second)
	if _, ms := s.New(); ms != c.at.UnixMilli() {
		t.Errorf("a large step back was not followed: %d", ms)
	}
	c.at = start.AddDate(1, 0, 0)
	s.New()
	c.at = start
	if _, ms := s.New(); ms != start.UnixMilli() {
		t.Errorf("ids stay a year ahead: %d", ms)
	}
}

func TestConcurrentIDsAreDistinct(t *testing.T) {
	t.Parallel()
	s := id.NewSource(time.Now)
	out := make([][]string, 8)
	var wg sync.WaitGroup
	for i := range out {
		wg.Go(func() {
			for range 1000 {
				v, _ := s.New()
				out[i] = append(out[i], v)
			}
			if !slices.IsSorted(out[i]) {
				t.Error("a goroutine saw its ids descend")
			}
		})
	}
	wg.Wait()
	all := slices.Concat(out...)
	slices.Sort(all)
	if len(slices.Compact(all)) != 8000 {
		t.Error("an id was minted twice")
	}
}

func TestFirstIsALowerBound(t *testing.T) {
	t.Parallel()
	c := &clock{time.UnixMilli(1_700_000_000_123)}
	s := id.NewSource(c.now)
	v, ms := s.New()
	if lo, hi := id.First(ms), id.First(ms+1); lo > v || v >= hi {
		t.Errorf("%s not in [%s, %s)", v, lo, hi)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("0190a6f0-0000-7000-8000-000000000000")
	f.Add("0190A6F0-0000-7000-8000-00000000000g")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := id.Parse(s)
		if err == nil && !strings.EqualFold(v, s) {
			t.Errorf("Parse(%q) = %q", s, v)
		}
	})
}
