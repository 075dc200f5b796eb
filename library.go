package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
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

// present completes an asset for a caller: links, and maps that are never
// nil.
func (l *Library) present(a *Asset) *Asset {
	if a == nil {
		return nil
	}
	if a.Tags == nil {
		a.Tags = Tags{}
	}
	a.PreviewURL = fmt.Sprintf("%s%s/%s/preview?version=%d", l.cfg.BaseURL, l.cfg.BasePath, a.ID, a.Version)
	return a
}

// BasePath answers where the routes are mounted.
func (l *Library) BasePath() string { return l.cfg.BasePath }

// PublicPath answers where the signed public routes are mounted.
func (l *Library) PublicPath() string { return l.cfg.PublicPath }

// BaseURL answers what links that need a credential begin with; empty when
// they are paths.
func (l *Library) BaseURL() string { return l.cfg.BaseURL }

// PublicURL answers what signed links begin with; empty when they are paths.
func (l *Library) PublicURL() string { return l.cfg.PublicURL }

// NewID mints an id above all that the Library has minted before, and answers
// its millisecond. It is for packages that extend the Library.
func (l *Library) NewID() (ID, Time) {
	minted, ms := l.ids.New()
	return ID(minted), Time(ms)
}

// Now answers the time by the clock of Config.Now.
func (l *Library) Now() Time { return TimeOf(l.cfg.Now()) }

// Store answers where the rows are, for packages that extend the Library.
func (l *Library) Store() Store { return l.cfg.Store }

// Logger answers the logger of the Config, for the doors in front.
func (l *Library) Logger() *slog.Logger { return l.cfg.Logger }

// Limits answers the limits in force.
func (l *Library) Limits() Limits { return l.cfg.Limits }

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

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
