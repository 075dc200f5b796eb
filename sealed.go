package assets

import "github.com/10ex/assets/internal/seal"

// Seal signs a small value that leaves the process and comes back, such as
// the token of an export, with the newest signing key. Each purpose has keys
// of its own; what is bound is under the signature without being in the text.
// It is for packages that extend the Library.
func (l *Library) Seal(purpose string, bound [][]byte, payload []byte) string {
	return seal.NewRing(purpose, l.cfg.SigningKeys).Seal(bound, payload)
}

// Unseal answers the payload of a text that Seal made for the same purpose and
// bound values, with any of the signing keys. Every other text is an error.
func (l *Library) Unseal(purpose string, bound [][]byte, text string) ([]byte, error) {
	return seal.NewRing(purpose, l.cfg.SigningKeys).Open(bound, text)
}
