package readahead

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func noise(n int) []byte {
	p := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(p) // never fails
	return p
}

// checkReturned fails the test unless all pieces are back in the pool.
func (b *Buffers) checkReturned(t *testing.T) {
	t.Helper()
	if len(b.free) != cap(b.free) {
		t.Errorf("%d of %d pieces are back", len(b.free), cap(b.free))
	}
}

func TestCopyMatchesIOCopy(t *testing.T) {
	t.Parallel()
	all := noise(5*pieceSize + 17)
	cut := errors.New("cut")
	for _, buffers := range []int{0, 1, 2, 3, maxPieces, 10} {
		for name, src := range map[string]func() io.Reader{
			"whole":          func() io.Reader { return bytes.NewReader(all) },
			"in small reads": func() io.Reader { return iotest.HalfReader(bytes.NewReader(all)) },
			"with its end":   func() io.Reader { return iotest.DataErrReader(bytes.NewReader(all)) },
			"cut":            func() io.Reader { return io.MultiReader(bytes.NewReader(all[:2*pieceSize+1]), iotest.ErrReader(cut)) },
			"nothing":        func() io.Reader { return strings.NewReader("") },
			"limited":        func() io.Reader { return io.LimitReader(bytes.NewReader(all), 3*pieceSize+1) },
			"short":          func() io.Reader { return io.LimitReader(bytes.NewReader(all), 10) },
		} {
			b := newBuffers(buffers)
			var want, got bytes.Buffer
			n, err := io.Copy(struct{ io.Writer }{&want}, src())
			m, copyErr := Copy(&got, src(), b)
			if m != n || !errors.Is(copyErr, err) || (copyErr == nil) != (err == nil) || !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("%s, %d buffers: %d bytes, %v; io.Copy: %d, %v", name, buffers, m, copyErr, n, err)
			}
			b.checkReturned(t)
		}
	}
}

// The writer waits until all pieces of the copy have been read, and then fails: Copy must
// read no more pieces.
func TestCopyReadsAhead(t *testing.T) {
	t.Parallel()
	read := make(chan struct{}, 100)
	src := readerFunc(func(p []byte) (int, error) {
		read <- struct{}{}
		return len(p), nil
	})
	full := errors.New("the disk is full")
	_, err := Copy(writerFunc(func([]byte) (int, error) {
		for range maxPieces {
			<-read
		}
		return 0, full
	}), src, newBuffers(2*maxPieces))
	if !errors.Is(err, full) {
		t.Errorf("Copy: %v", err)
	}
	if n := len(read); n != 0 {
		t.Errorf("%d pieces more were read", n)
	}
}

// Copy takes no more pieces from the pool than a reader of known length fills.
func TestCopyOfAShortReaderTakesFewPieces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ size, left int }{
		{pieceSize + 1, 8 - 2},
		{pieceSize, 8 - 1},
		{100 * pieceSize, 8 - maxPieces},
	} {
		b := newBuffers(8)
		_, err := Copy(writerFunc(func(p []byte) (int, error) {
			if len(b.free) != c.left {
				t.Errorf("%d bytes: %d pieces are left, want %d", c.size, len(b.free), c.left)
			}
			return len(p), nil
		}), io.LimitReader(endless, int64(c.size)), b)
		if err != nil {
			t.Error(err)
		}
		b.checkReturned(t)
	}
}

func TestCopyEndsWithItsWriter(t *testing.T) {
	t.Parallel()
	b := newBuffers(maxPieces)
	full := errors.New("the disk is full")
	for i, w := range []struct {
		write func([]byte) (int, error)
		want  error
	}{
		{func([]byte) (int, error) { return 7, full }, full},
		{func(p []byte) (int, error) { return len(p) - 1, nil }, io.ErrShortWrite},
	} {
		_, err := Copy(writerFunc(w.write), endless, b)
		if !errors.Is(err, w.want) {
			t.Errorf("writer %d: %v, want %v", i, err, w.want)
		}
		b.checkReturned(t)
	}
}

// A panic in the goroutine that reads would end the process.
func TestCopyPassesPanicsOn(t *testing.T) {
	t.Parallel()
	b := newBuffers(maxPieces)
	for name, do := range map[string]func(){
		"src": func() { _, _ = Copy(io.Discard, readerFunc(func([]byte) (int, error) { panic("bomb") }), b) },
		"dst": func() { _, _ = Copy(writerFunc(func([]byte) (int, error) { panic("bomb") }), endless, b) },
	} {
		func() {
			defer func() {
				if v := recover(); v != "bomb" {
					t.Errorf("%s panics, Copy with %v", name, v)
				}
			}()
			do()
		}()
		b.checkReturned(t)
	}
	_, err := Copy(io.Discard, readerFunc(func([]byte) (int, error) { runtime.Goexit(); return 0, nil }), b)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("src calls runtime.Goexit: %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

var endless = readerFunc(func(p []byte) (int, error) { return len(p), nil })
