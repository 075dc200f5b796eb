package assets

import (
	"time"

	"github.com/10ex/assets/internal/id"
	"github.com/10ex/assets/internal/signed"
)

const (
	maxReviewsShown = 1000
	requestLife     = 7 * 24 * time.Hour
)

// Library is the product. It is safe for concurrent use and holds no
// goroutine but one for each rendition being made, which ends with the last
// call that waits for it.
type Library struct {
	cfg        Config
	ids        *id.Source
	tokens     *signed.Ring // preview links
	puts       *signed.Ring // upload links
	pages      *signed.Ring // cursors
	sealed     *rings       // what other packages seal
	renditions *renditions
}

// New checks a Config and makes a Library of it.
func New(cfg Config) (*Library, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	return &Library{
		cfg:        cfg,
		ids:        id.NewSource(cfg.Now),
		tokens:     signed.NewRing("preview", cfg.SigningKeys),
		puts:       signed.NewRing("upload", cfg.SigningKeys),
		pages:      signed.NewRing("cursor", cfg.SigningKeys),
		sealed:     newRings(cfg.SigningKeys),
		renditions: newRenditions(cfg.Limits.RenditionMemory, cfg.Logger),
	}, nil
}

// With answers the same Library bound to another view of its store, such as
// the host's own transaction: its calls commit when the host commits.
func (l *Library) With(s Store) *Library {
	bound := *l
	bound.cfg.Store = s
	return &bound
}
