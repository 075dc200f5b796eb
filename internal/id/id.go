// Package id generates UUIDv7 identifiers (RFC 9562 §5.7) that strictly ascend
// within a process, and random ones.
package id

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"sync"
	"time"
)

// maxRegression is the largest step back of the clock that ids ignore: they
// continue from the highest millisecond seen. After a larger step they follow the
// clock.
const maxRegression = 60 * time.Second

// Source generates ids. It is safe for concurrent use.
type Source struct {
	now func() time.Time

	mu      sync.Mutex
	ms      int64
	counter uint32 // 26 bits, RFC 9562 §6.2 method 1
}

// NewSource returns a source that reads the time from now.
func NewSource(now func() time.Time) *Source { return &Source{now: now} }

const (
	counterBits = 26
	counterMax  = 1<<counterBits - 1
)

// New returns a new id and the Unix time in milliseconds that it contains.
func (s *Source) New() (string, int64) {
	var r [10]byte
	rand.Read(r[:])
	ms, counter := s.next(binary.BigEndian.Uint32(r[:4]))

	var u [16]byte
	binary.BigEndian.PutUint64(u[0:8], uint64(ms)<<16|0x7000|uint64(counter>>14))
	u[8] = 0x80 | byte(counter>>8)&0x3f
	u[9] = byte(counter)
	copy(u[10:], r[4:])
	return format(u), ms
}

func (s *Source) next(seed uint32) (int64, uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now().UnixMilli()
	switch {
	case now > s.ms, s.ms-now > maxRegression.Milliseconds():
		s.ms, s.counter = now, seed&(counterMax>>1) // without the top bit, so that the counter does not overflow soon
	case s.counter == counterMax:
		s.ms, s.counter = s.ms+1, 0
	default:
		s.counter++
	}
	return s.ms, s.counter
}

// Random returns a random UUID (version 4), which tells nothing about its time.
func Random() string {
	var u [16]byte
	rand.Read(u[:])
	u[6] = 0x40 | u[6]&0x0f
	u[8] = 0x80 | u[8]&0x3f
	return format(u)
}

// First returns the lowest id of a millisecond, for use as a bound.
func First(ms int64) string {
	var u [16]byte
	binary.BigEndian.PutUint64(u[0:8], uint64(max(ms, 0))<<16|0x7000)
	u[8] = 0x80
	return format(u)
}

// Time returns the millisecond in an id that Parse has returned.
func Time(id string) int64 {
	b, err := hex.DecodeString(id[:8] + id[9:13])
	if err != nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(append([]byte{0, 0}, b...)))
}

// Parse returns s with lower-case digits. It returns an error unless s is a UUID of
// any version in the canonical form.
func Parse(s string) (string, error) {
	if len(s) != 36 {
		return "", errMalformed
	}
	b := []byte(s)
	for i, c := range b {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return "", errMalformed
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			b[i] = c + 'a' - 'A'
		default:
			return "", errMalformed
		}
	}
	return string(b), nil
}

var errMalformed = errors.New("not a UUID")

func format(u [16]byte) string {
	var b [36]byte
	hex.Encode(b[0:8], u[0:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:36], u[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}
