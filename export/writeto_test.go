package export_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func TestWriteToResumes(t *testing.T) {
	t.Parallel()
	p := planFiles(t, sampleFiles...)
	want := whole(t, p.archive(t))
	var out bytes.Buffer
	cut := errors.New("the disk is full")
	var last int64
	n, err := p.archive(t).WriteTo(t.Context(), &limited{&out, 50_000, cut}, func(done, total int64) {
		if done <= last || total != int64(len(want)) {
			t.Errorf("progress %d of %d behind %d", done, total, last)
		}
		last = done
	})
	if !errors.Is(err, cut) || n != int64(out.Len()) {
		t.Fatalf("wrote %d: %v", n, err)
	}
	a := p.archive(t)
	if _, err := a.Seek(n, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := a.WriteTo(t.Context(), &out, nil); err != nil || !bytes.Equal(out.Bytes(), want) {
		t.Errorf("resumed: %v, %d bytes of %d", err, out.Len(), len(want))
	}
}

// limited fails after n bytes.
type limited struct {
	w   io.Writer
	n   int
	err error
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) <= l.n {
		l.n -= len(p)
		return l.w.Write(p)
	}
	n, _ := l.w.Write(p[:l.n])
	l.n = 0
	return n, l.err
}
