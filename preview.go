package assets

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"time"
)

// PreviewURL signs a public link to a preview of one version: whoever has it
// may look until it expires or the asset is archived or deleted.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, ErrUnavailable.
func (l *Library) PreviewURL(ctx context.Context, by Actor, id ID, o PreviewOptions) (PreviewLink, error) {
	if err := l.admit(&by, ScopeRead); err != nil {
		return PreviewLink{}, err
	}
	if o.ExpiresIn == 0 {
		o.ExpiresIn = min(DefaultPreview, l.cfg.Limits.PreviewExpiry)
	}
	if err := errors.Join(l.checkExpiry(o.ExpiresIn, "expires_in"), checkWidth(o.Width)); err != nil {
		return PreviewLink{}, err
	}
	a, _, err := l.look(ctx, by, id, o.Version)
	if err != nil {
		return PreviewLink{}, err
	}
	return l.sign(a, o.ExpiresIn, o.Width), nil
}

// OpenPreview answers the content behind a token of PreviewURL. The asset is
// looked at again each time. A link with a width shows what OpenRendition does.
//
// Errors: ErrNotFound for a forged token or a deleted asset, ErrExpired,
// ErrWithdrawn for an archived asset, those of OpenRendition, ErrUnavailable.
func (l *Library) OpenPreview(ctx context.Context, token string) (*File, error) {
	payload, err := l.tokens.Verify(nil, token)
	if err != nil {
		return nil, ErrNotFound
	}
	t, err := parseTicket(payload)
	if err != nil {
		return nil, ErrNotFound
	}
	if l.Now() >= t.expires {
		return nil, ErrExpired
	}
	var a *Asset
	var v Version
	err = l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		a, v, err = l.selected(ctx, r, t.workspace, t.asset, Selector(t.version))
		return err
	})
	if err != nil {
		return nil, err
	}
	if a.Status == StatusArchived {
		return nil, ErrWithdrawn
	}
	return l.scaled(ctx, a, v, t.width)
}

// sign makes the link to the version that a shows.
func (l *Library) sign(a *Asset, life time.Duration, width int) PreviewLink {
	t := ticket{workspace: a.Workspace, asset: a.ID, version: a.Version, width: width, expires: l.Now().Add(life)}
	url := l.cfg.PublicURL + l.cfg.PublicPath + "/preview/" + l.tokens.Sign(nil, t.bytes())
	return PreviewLink{URL: url, ExpiresAt: t.expires, Version: a.Version}
}

// ticket is what a preview token says.
type ticket struct {
	workspace string
	asset     ID
	version   Number
	width     int // of a rendition; 0 is the content itself
	expires   Time
}

const ticketFixed = 16 + 4 + 4 + 8

var errTicket = errors.New("malformed ticket")

func (t ticket) bytes() []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(string(t.asset), "-", ""))
	if err != nil {
		panic(err) // ids are checked before
	}
	b = binary.BigEndian.AppendUint32(b, uint32(t.version))
	b = binary.BigEndian.AppendUint32(b, uint32(t.width))
	b = binary.BigEndian.AppendUint64(b, uint64(t.expires))
	return append(b, t.workspace...)
}

func parseTicket(b []byte) (ticket, error) {
	if len(b) <= ticketFixed {
		return ticket{}, errTicket
	}
	return ticket{
		asset:     idOfBytes(b[:16]),
		version:   Number(binary.BigEndian.Uint32(b[16:])),
		width:     int(binary.BigEndian.Uint32(b[20:])),
		expires:   Time(binary.BigEndian.Uint64(b[24:])),
		workspace: string(b[ticketFixed:]),
	}, nil
}
