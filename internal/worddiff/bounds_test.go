package worddiff_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/worddiff"
)

// random returns a text of n bytes: words of one letter out of so many, with a space
// after each.
func random(seed uint64, n, letters int) string {
	r := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a test
	text := make([]byte, n)
	for i := range text {
		text[i] = ' '
		if i%2 == 0 {
			text[i] = byte('A' + r.IntN(letters))
		}
	}
	return string(text)
}

// hostile are pairs of texts that are expensive to compare.
func hostile(n int) map[string][2]string {
	distinct := func(seed int) string {
		var b strings.Builder
		const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		for i := seed; b.Len() < n; i++ {
			for k := i; ; k /= len(digits) {
				b.WriteByte(digits[k%len(digits)])
				if k < len(digits) {
					break
				}
			}
			b.WriteByte(",;.:"[i%4])
		}
		return b.String()[:n]
	}
	punctuation := func(seed uint64, kinds int) string {
		r := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a test
		text := make([]byte, n)
		for i := range text {
			text[i] = "!#$%&()*+,-./:;<=>?@[]^`{|}~"[r.IntN(kinds)]
		}
		return string(text)
	}
	han := func(seed uint64) string {
		r := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a test
		var b strings.Builder
		for b.Len() < n-3 {
			b.WriteRune(rune(0x4e00 + r.IntN(20_000)))
		}
		return b.String()
	}
	period := func(p int) string { return strings.Repeat(strings.Repeat("!", p)+"?", n/(p+1)) }
	return map[string][2]string{
		"two letters":       {random(1, n, 2), random(2, n, 2)},
		"all letters":       {random(1, n, 26), random(2, n, 26)},
		"all bytes":         {punctuation(1, 28), punctuation(2, 28)},
		"two bytes":         {punctuation(1, 2), punctuation(2, 2)},
		"distinct words":    {distinct(0), distinct(0)},
		"shifted":           {distinct(0), distinct(n / 8)},
		"Han":               {han(1), han(2)},
		"periods":           {period(7), period(8)},
		"one word":          {strings.Repeat("a", n), strings.Repeat("a", n-1)},
		"reversed":          {strings.Repeat("!", n/2) + strings.Repeat("?", n/2), strings.Repeat("?", n/2) + strings.Repeat("!", n/2)},
		"nothing in common": {strings.Repeat("!", n), strings.Repeat("?", n)},
		"only new":          {"", punctuation(1, 28)},
	}
}

// looks is a context that counts how often it is looked at.
type looks struct {
	context.Context
	n int
}

func (c *looks) Err() error {
	c.n++
	return c.Context.Err()
}

// TestVolumeHostileTexts compares the most expensive texts: what is allocated stays
// within Memory, and the steps are bounded, of which 65,536 are between two looks at the
// context.
func TestVolumeHostileTexts(t *testing.T) {
	compare := func(name string, texts [2]string) {
		var before, after runtime.MemStats
		ctx := &looks{Context: t.Context()}
		runtime.ReadMemStats(&before)
		start := time.Now()
		all, err := worddiff.Compare(ctx, texts[0], texts[1])
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		check(t, texts[0], texts[1], all)
		size := len(texts[0]) + len(texts[1])
		bytes, limit := int64(after.TotalAlloc-before.TotalAlloc), worddiff.Memory(size) //nolint:gosec // it does not overflow
		t.Logf("%-17s %7d bytes: %v, %d looks, %d segments, %.1f of %.1f MiB", name, size, took, ctx.n, len(all), float64(bytes)/(1<<20), float64(limit)/(1<<20))
		if bytes > limit {
			t.Errorf("%s of %d bytes: allocated %d bytes, at most %d expected", name, size, bytes, limit)
		}
		if ctx.n > 1024+32 {
			t.Errorf("%s of %d bytes: %d looks at the context", name, size, ctx.n)
		}
	}
	for _, n := range []int{1 << 10, 64 << 10} {
		for name, texts := range hostile(n) {
			compare(name, texts)
		}
	}
	largest := hostile(1 << 20)
	for _, name := range []string{"all bytes", "shifted"} {
		compare(name, largest[name])
	}
}
