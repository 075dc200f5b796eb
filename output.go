package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
)

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

func checkID(id *ID) error {
	var p problems
	p.assetID(id, "asset_id")
	return p.err()
}

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
