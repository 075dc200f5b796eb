package readahead

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
)

var errDamaged = errors.New("damaged")

const blockSize = 150_000

// blocks are a Source of blocks, of which the one at bad is seen to be so when
// its last byte was read.
type blocks struct {
	all    []byte
	pos    int
	bad    int
	digest hash.Hash
}

func (b *blocks) ReadUnchecked(p []byte, later *Checks) (int, error) {
	return fill(p, later, func(p []byte) (n int, digest hash.Hash, judge func() error) {
		block := b.pos / blockSize
		n = copy(p, b.all[b.pos:min(len(b.all), (block+1)*blockSize)])
		if b.pos%blockSize == 0 {
			b.digest = sha256.New()
		}
		b.pos += n
		if block == b.bad && (b.pos%blockSize == 0 || b.pos == len(b.all)) {
			judge = func() error { return errDamaged }
		}
		return n, b.digest, judge
	})
}

// fill is a Source's ReadUnchecked that asks for the next bytes, of one digest
// each time, until there are none.
func fill(p []byte, later *Checks, next func(p []byte) (n int, digest hash.Hash, judge func() error)) (n int, err error) {
	for n < len(p) {
		m, digest, judge := next(p[n:])
		if m == 0 {
			break
		}
		good, err := later.Add(p[n:n+m], digest, judge)
		n += good
		if err != nil {
			return n, err
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (b *blocks) Read(p []byte) (int, error) { return b.ReadUnchecked(p, nil) }

// TestCopyWritesOnlyWhatIsChecked: all before the damaged block arrives, and
// never its last byte.
func TestCopyWritesOnlyWhatIsChecked(t *testing.T) {
	t.Parallel()
	all := noise(4*pieceSize + 17)
	last := (len(all) - 1) / blockSize
	for _, buffers := range []int{0, 2, 3, 20} {
		for bad := range last + 1 {
			for _, limit := range []int64{0, int64(len(all))} {
				b := newBuffers(buffers)
				var src io.Reader = &blocks{all: all, bad: bad}
				if limit > 0 {
					src = io.LimitReader(src, limit)
				}
				var got bytes.Buffer
				n, err := Copy(&got, src, b)
				if !errors.Is(err, errDamaged) || n != int64(got.Len()) {
					t.Fatalf("block %d, %d buffers: %d bytes, %v", bad, buffers, n, err)
				}
				if from, to := int64(bad*blockSize), int64(min(len(all), (bad+1)*blockSize)); n < from || n >= to {
					t.Errorf("block %d, %d buffers: ends after %d bytes, which are in %d–%d", bad, buffers, n, from, to)
				}
				if !bytes.Equal(got.Bytes(), all[:n]) {
					t.Errorf("block %d, %d buffers: other bytes", bad, buffers)
				}
				b.whole(t)
			}
		}
	}
}

func TestCopyOfASourceIsLikeThatOfIO(t *testing.T) {
	t.Parallel()
	all := noise(20*pieceSize + 17)
	for _, limit := range []int{0, 1, pieceSize, pieceSize + 1, 9 * pieceSize, len(all), len(all) + 1} {
		b := newBuffers(mostPieces)
		src := &blocks{all: all, bad: -1}
		l := io.LimitReader(src, int64(limit)).(*io.LimitedReader)
		var got bytes.Buffer
		n, err := Copy(&got, l, b)
		if want := all[:min(limit, len(all))]; err != nil || n != int64(len(want)) || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("limit %d: %d bytes, %v", limit, n, err)
		}
		if src.pos != int(n) || l.N != int64(limit)-n {
			t.Errorf("limit %d: %d bytes are read, %d are left to be", limit, src.pos, l.N)
		}
		b.whole(t)
	}
}

// checked is a Source with one kind of check.
type checked struct {
	io.Reader
	judge func() error
}

func (c checked) ReadUnchecked(p []byte, later *Checks) (int, error) {
	n, err := c.Read(p)
	if n == 0 {
		return 0, err
	}
	return later.Add(p[:n], nil, c.judge)
}

// TestCopyChecksBesideReading: the first piece is being checked while the one
// behind it is read.
func TestCopyChecksBesideReading(t *testing.T) {
	t.Parallel()
	reads := make(chan struct{}, 100)
	src := checked{
		readerFunc(func(p []byte) (int, error) { reads <- struct{}{}; return len(p), nil }),
		func() error { <-reads; <-reads; return errDamaged },
	}
	if _, err := Copy(io.Discard, src, newBuffers(mostPieces)); !errors.Is(err, errDamaged) {
		t.Errorf("Copy: %v", err)
	}
}

// objects are a Source of objects of these lengths, each with a digest. The one
// at bad is judged to be damaged.
type objects struct {
	lengths []int
	all     []byte // what is left of them
	digests []hash.Hash
	bad     int
	read    int // of the last one
}

func newObjects(digest func(i int) hash.Hash, lengths ...int) *objects {
	o := &objects{lengths: lengths, bad: -1}
	total := 0
	for i, n := range lengths {
		o.digests = append(o.digests, digest(i))
		total += n
	}
	o.all = noise(total)
	return o
}

func (o *objects) Read(p []byte) (int, error) { return o.ReadUnchecked(p, nil) }

func (o *objects) ReadUnchecked(p []byte, later *Checks) (int, error) {
	return fill(p, later, func(p []byte) (n int, digest hash.Hash, judge func() error) {
		if len(o.lengths) == 0 {
			return 0, nil, nil
		}
		n = copy(p, o.all[:o.lengths[0]-o.read])
		o.all, o.read = o.all[n:], o.read+n
		i := len(o.digests) - len(o.lengths)
		if o.read == o.lengths[0] {
			o.lengths, o.read = o.lengths[1:], 0
			if i == o.bad {
				judge = func() error { return errDamaged }
			}
		}
		return n, o.digests[i], judge
	})
}

// waysToWriteBoth are the one of this machine, two goroutines, and none.
func waysToWriteBoth() map[string]writeBoth {
	return map[string]writeBoth{"best": bestWriteBoth(1), "side by side": sideBySide, "none": nil}
}

func pieces(n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = make([]byte, pieceSize)
	}
	return all
}

// TestCopyWritesEachDigestInTurn: whatever is written beside it, each is of its
// object's bytes and no others.
func TestCopyWritesEachDigestInTurn(t *testing.T) {
	t.Parallel()
	lengths := []int{1, 5_000_000, 63, 2 << 20, 2 << 20, 700_000, 64, 64, 12, 300_001, 300_000, stride, 1, 1, 1_000_000}
	for name, both := range waysToWriteBoth() {
		for _, n := range []int{2, 3, mostPieces} {
			o := newObjects(func(int) hash.Hash { return sha256.New() }, lengths...)
			all := o.all
			var got bytes.Buffer
			if _, err := copyAhead(&got, o, pieces(n), both); err != nil || !bytes.Equal(got.Bytes(), all) {
				t.Errorf("%s, %d pieces: %d bytes, %v", name, n, got.Len(), err)
			}
			for i, length := range lengths {
				if want := sha256.Sum256(all[:length]); !bytes.Equal(o.digests[i].Sum(nil), want[:]) {
					t.Errorf("%s, %d pieces: object %d has another digest", name, n, i)
				}
				all = all[length:]
			}
		}
	}
}

// TestCopyWritesAllBeforeADamagedObject, also when that one is done first.
func TestCopyWritesAllBeforeADamagedObject(t *testing.T) {
	t.Parallel()
	for name, both := range waysToWriteBoth() {
		for bad, from := range map[int]int{0: 0, 1: 900_000, 2: 900_100, 3: 901_100} {
			o := newObjects(func(int) hash.Hash { return sha256.New() }, 900_000, 100, 1000, 1_500_000)
			o.bad = bad
			all, length := o.all, o.lengths[bad]
			var got bytes.Buffer
			n, err := copyAhead(&got, o, pieces(mostPieces), both)
			if !errors.Is(err, errDamaged) || n < int64(from) || n >= int64(from+length) || !bytes.Equal(got.Bytes(), all[:n]) {
				t.Errorf("%s, object %d: ends after %d bytes: %v", name, bad, n, err)
			}
		}
	}
}

// meeting is a digest that is written when another one is too.
type meeting struct {
	hash.Hash
	here chan struct{}
}

func (m meeting) Write(p []byte) (int, error) {
	select {
	case m.here <- struct{}{}:
	case <-m.here:
	}
	return len(p), nil
}

// TestCopyWritesTwoDigestsAtOnce: the end of one object with the beginning of the
// next.
func TestCopyWritesTwoDigestsAtOnce(t *testing.T) {
	t.Parallel()
	here := make(chan struct{})
	o := newObjects(func(int) hash.Hash { return meeting{sha256.New(), here} }, stride, stride)
	if n, err := copyAhead(io.Discard, o, pieces(2), sideBySide); n != 2*stride || err != nil {
		t.Errorf("Copy: %d bytes, %v", n, err)
	}
}

// counted is a digest that knows how much was written to it.
type counted struct {
	hash.Hash
	n *int
}

func (c counted) Write(p []byte) (int, error) {
	*c.n += len(p)
	return len(p), nil
}

// TestCopyWaitsForASecondDigest: while the writer has enough to write, the rest
// of an object is left until the next one can be written with it.
func TestCopyWaitsForASecondDigest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const pieceCount = leastAhead + 4
		writes, reads := make(chan struct{}), make(chan struct{}, pieceCount+1)
		alone, together := 0, 0
		o := newObjects(func(int) hash.Hash { return counted{sha256.New(), &alone} }, (leastAhead+2)*pieceSize, 2*pieceSize)
		done := make(chan error)
		go func() {
			dst := writerFunc(func(p []byte) (int, error) { <-writes; return len(p), nil })
			_, err := copyAhead(dst, gated{o, reads}, pieces(pieceCount), func(_ hash.Hash, p []byte, _ hash.Hash, q []byte) {
				together += len(p) + len(q)
			})
			done <- err
		}()
		want := func(what string, wantAlone, wantTogether int) {
			t.Helper()
			synctest.Wait()
			if alone != wantAlone || together != wantTogether {
				t.Errorf("%s: %d bytes are written alone, %d together, want %d, %d", what, alone, together, wantAlone, wantTogether)
			}
		}
		for range leastAhead + 2 {
			reads <- struct{}{}
		}
		want("one object is read", leastAhead*pieceSize, 0)
		writes <- struct{}{}
		want("one piece is written", (leastAhead+1)*pieceSize, 0)
		reads <- struct{}{}
		want("half of the other is read", (leastAhead+1)*pieceSize, 2*pieceSize)
		close(reads)
		want("both are read", (leastAhead+1)*pieceSize, 2*pieceSize)
		close(writes)
		want("all is written", (leastAhead+2)*pieceSize, 2*pieceSize)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// gated is a Source that waits before each Read.
type gated struct {
	Source
	reads <-chan struct{}
}

func (g gated) ReadUnchecked(p []byte, later *Checks) (int, error) {
	<-g.reads
	return g.Source.ReadUnchecked(p, later)
}

// TestCopyKeepsThePanicOfAReader: what of that piece was added is not checked.
func TestCopyKeepsThePanicOfAReader(t *testing.T) {
	t.Parallel()
	b := newBuffers(mostPieces)
	defer func() {
		if v := recover(); v != "bomb" {
			t.Errorf("Copy panics with %v", v)
		}
		b.whole(t)
	}()
	_, _ = Copy(io.Discard, &bomb{}, b)
}

// bomb is a Source that panics in the middle of its second piece.
type bomb struct{ read int }

func (s *bomb) Read(p []byte) (int, error) { return s.ReadUnchecked(p, nil) }

func (s *bomb) ReadUnchecked(p []byte, later *Checks) (int, error) {
	n, err := later.Add(p, nil, func() error { return nil })
	if s.read++; s.read == 2 {
		panic("bomb")
	}
	return n, err
}

func TestCopyOutlivesAFailingCheck(t *testing.T) {
	t.Parallel()
	b := newBuffers(mostPieces)
	none := writerFunc(func(p []byte) (int, error) {
		if len(p) > 0 {
			t.Errorf("%d bytes are written that nobody has checked", len(p))
		}
		return len(p), nil
	})
	func() {
		defer func() {
			if v := recover(); v != "bomb" {
				t.Errorf("a check panics, Copy with %v", v)
			}
		}()
		_, _ = Copy(none, checked{endless, func() error { panic("bomb") }}, b)
	}()
	b.whole(t)
	_, err := Copy(none, checked{endless, func() error { runtime.Goexit(); return nil }}, b)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the checker's goroutine ends: %v", err)
	}
	b.whole(t)
}
