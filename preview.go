package assets

import (
	"context"
	"time"

	"github.com/10ex/assets/internal/signed"
)

// PreviewURL returns a signed public link to a preview of one version. Anybody who
// has the link can see the preview until the link expires or the asset is archived
// or deleted.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, ErrErased, or ErrUnavailable.
func (l *Library) PreviewURL(ctx context.Context, by Actor, id ID, o PreviewOptions) (_ PreviewLink, err error) {
	ctx, op := l.observe(ctx, "PreviewURL", &by, id)
	defer op.end(&err)
	if o.ExpiresIn == 0 {
		o.ExpiresIn = min(DefaultPreview, l.cfg.Limits.PreviewExpiry)
	}
	a, v, err := l.readVersionOf(ctx, by, id, o.Version, l.checkExpiry(o.ExpiresIn, "expires_in"), checkWidth(o.Width, "width"))
	if err == nil {
		err = v.checkContent()
	}
	if err != nil {
		return PreviewLink{}, err
	}
	return l.previewLink(a, o.ExpiresIn, o.Width), nil
}

// OpenPreview opens the content that a token of PreviewURL names. The asset is read
// again each time. A link with a width opens what OpenRendition does.
//
// It returns ErrNotFound for a forged token or a deleted asset, ErrExpired,
// ErrWithdrawn for an archived asset, ErrErased, the errors of OpenRendition, or
// ErrUnavailable.
func (l *Library) OpenPreview(ctx context.Context, token string) (_ *File, err error) {
	ctx, op := l.observe(ctx, "OpenPreview", nil, "")
	defer op.end(&err)
	payload, err := l.keyrings.of(purposePreview).Verify(nil, token)
	if err != nil {
		return nil, ErrNotFound
	}
	claims, err := parsePreviewClaims(payload)
	if err != nil {
		return nil, ErrNotFound
	}
	if l.Now() >= claims.expires {
		return nil, ErrExpired
	}
	var a *Asset
	var v Version
	err = l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		a, v, err = selectVersion(ctx, r, claims.workspace, claims.asset, Selector(claims.version))
		return err
	})
	if err != nil {
		return nil, err
	}
	if a.Status == StatusArchived {
		return nil, ErrWithdrawn
	}
	if err := v.checkContent(); err != nil {
		return nil, err
	}
	return l.scaled(ctx, a, v, claims.width)
}

// previewLink signs a link to the version that a shows.
func (l *Library) previewLink(a *Asset, life time.Duration, width int) PreviewLink {
	c := previewClaims{workspace: a.Workspace, asset: a.ID, version: a.Version, width: width, expires: l.Now().Add(life)}
	url := l.cfg.PublicURL + l.cfg.PublicPath + "/preview/" + l.keyrings.of(purposePreview).Sign(nil, c.payload())
	return PreviewLink{URL: url, ExpiresAt: c.expires, Version: a.Version}
}

// previewClaims is what a preview token says.
type previewClaims struct {
	workspace string
	asset     ID
	version   Number
	width     int // of a rendition; 0: the content itself
	expires   Time
}

func (c previewClaims) payload() []byte {
	return signed.Claims(nil).UUID(string(c.asset)).Uint32(uint32(c.version)).Uint32(uint32(c.width)).
		Uint64(uint64(c.expires)).Text(c.workspace)
}

func parsePreviewClaims(payload []byte) (previewClaims, error) {
	r := signed.Read(payload)
	c := previewClaims{
		asset: ID(r.UUID()), version: Number(r.Uint32()), width: int(r.Uint32()),
		expires: Time(r.Uint64()), workspace: r.Text(),
	}
	return c, r.Err()
}
