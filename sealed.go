package assets

import (
	"sync"

	"github.com/10ex/assets/internal/signed"
)

// Seal signs a small value that leaves the process and comes back, such as
// the token of an export, with the newest signing key. Each purpose has keys
// of its own; what is bound is under the signature without being in the text.
// It is for packages that extend the Library: their purposes are constants.
func (l *Library) Sign(purpose string, bound [][]byte, payload []byte) string {
	return l.sealed.of(purpose).Sign(bound, payload)
}

// Unseal answers the payload of a text that Seal made for the same purpose and
// bound values, with any of the signing keys. Every other text is an error.
func (l *Library) Verify(purpose string, bound [][]byte, text string) ([]byte, error) {
	return l.sealed.of(purpose).Verify(bound, text)
}

// rings derives the keys of each purpose once.
type rings struct {
	signing [][]byte

	mu      sync.Mutex
	derived map[string]*signed.Ring
}

func newRings(signing [][]byte) *rings {
	return &rings{signing: signing, derived: map[string]*signed.Ring{}}
}

func (r *rings) of(purpose string) *signed.Ring {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.derived[purpose] == nil {
		r.derived[purpose] = signed.NewRing(purpose, r.signing)
	}
	return r.derived[purpose]
}
