package assets

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/10ex/assets/internal/signed"
)

// LinkRight is what a person may do who has a review link.
type LinkRight string

// The rights of a review link.
const (
	LinkComment LinkRight = "comment"
	LinkDecide  LinkRight = "decide" // comment, and once approve or request changes
)

// Limits of review links.
const (
	MaxLinkExpiry   = 30 * 24 * time.Hour
	DefaultLink     = 7 * 24 * time.Hour // how long a review link is valid by default
	MaxLinkName     = 200                // bytes
	MaxReviewLinks  = 1000               // of a workspace that have not ended
	MaxLinkComments = 100                // with one link
)

// ReviewLink lets one person without an account look at one version of an asset, and
// comment on it or decide about it. Its token is in the URL and is not kept.
type ReviewLink struct {
	ID         ID        `json:"id"`
	AssetID    ID        `json:"asset_id"`
	Version    Number    `json:"version"`
	SHA256     string    `json:"sha256"` // of the version
	Name       string    `json:"name"`   // of the person, 1–200 bytes
	Can        LinkRight `json:"can"`
	URL        string    `json:"url,omitempty"` // only from CreateReviewLink
	CreatedBy  string    `json:"created_by"`    // the subject of who invites
	CreatedAt  Time      `json:"created_at"`
	ExpiresAt  Time      `json:"expires_at"`
	RevokedAt  Time      `json:"revoked_at"`
	LastUsedAt Time      `json:"last_used_at"` // to the minute
	Decision   Optional  `json:"decision"`     // the action that was recorded with it
	DecidedAt  Time      `json:"decided_at"`

	Workspace  string   `json:"-"`
	KeyPrefix  Optional `json:"-"` // of the API key that it was made with
	KeyEndsAt  Time     `json:"-"` // when that key expires or was revoked, whichever is first; 0: never. The store reads it
	KeyRevoked bool     `json:"-"` // that key was revoked: the link has ended whatever the time is. The store reads it
	Comments   int      `json:"-"` // how many were made with it
}

// LinkWindow is one page of the review links of an asset, newest first: at most Limit
// links before Before.
type LinkWindow struct {
	Before ID // empty: the page begins with the newest link
	Limit  int
}

// NewReviewLink is the input of [Library.CreateReviewLink].
type NewReviewLink struct {
	Version   Number        // 0: the current one
	Name      string        // of the person who is invited: 1–200 bytes, no control characters
	Can       LinkRight     // default LinkComment
	ExpiresIn time.Duration // at most MaxLinkExpiry; default DefaultLink
}

// ReviewLinkPage is one page of review links.
type ReviewLinkPage struct {
	Items      []ReviewLink `json:"items"`
	NextCursor Optional     `json:"next_cursor"`
}

// GuestDecider is what an [Approver] that lets people with a review link decide has too.
type GuestDecider interface {
	// GuestsDecide reports whether people with a review link may approve and request
	// changes.
	GuestsDecide() bool
}

// Validate normalizes a new link in place and returns all of its problems as joined
// FieldErrors.
func (in *NewReviewLink) Validate() error {
	var p problems
	p.number(in.Version, "version")
	if in.Name == "" {
		p.add(TypeMissing, "is required", "name")
	} else if p.printable(in.Name, "name") {
		switch in.Name = strings.TrimSpace(in.Name); {
		case in.Name == "":
			p.add(TypeTooShort, "must not be blank", "name")
		case len(in.Name) > MaxLinkName:
			p.add(TypeTooLong, "must be at most 200 bytes", "name")
		}
	}
	if in.Can == "" {
		in.Can = LinkComment
	}
	oneOf(&p, in.Can, LinkRights(), "can")
	switch {
	case in.ExpiresIn == 0:
		in.ExpiresIn = DefaultLink
	case in.ExpiresIn < time.Second:
		p.add(TypeTooSmall, "must be at least 1 second", "expires_in")
	case in.ExpiresIn > MaxLinkExpiry:
		p.add(TypeTooLarge, "must be at most 30 days", "expires_in")
	}
	return p.err()
}

// LinkRights returns every right of a review link.
func LinkRights() []LinkRight { return []LinkRight{LinkComment, LinkDecide} }

// CreateReviewLink makes a link with which one person without an account can look at one
// version, comment on it and, if the link and the policy say so, decide about it. The
// link ends when it expires or is revoked, when the API key that it was made with ends,
// and when the asset is archived or deleted.
//
// It returns ErrUnauthorized, ErrForbiddenKind, ErrForbiddenScope, field errors,
// ErrNotConfigured, ErrNotFound, ErrInvalidTransition for an archived asset, ErrRefused
// if guests may not decide, ErrLimitReached, or ErrUnavailable.
func (l *Library) CreateReviewLink(ctx context.Context, by Actor, id ID, in NewReviewLink) (_ ReviewLink, err error) {
	ctx, op := l.observe(ctx, "CreateReviewLink", &by, id)
	defer op.end(&err)
	if err := authorizeLinks(&by); err != nil {
		return ReviewLink{}, err
	}
	if err := errors.Join(checkID(&id), in.Validate()); err != nil {
		return ReviewLink{}, err
	}
	if l.cfg.ReviewLinkURL == nil {
		return ReviewLink{}, errNoLinks
	}
	var link ReviewLink
	err = l.update(ctx, func(ctx context.Context, tx Tx) (err error) {
		if link, err = l.newLink(ctx, tx, by, id, in); err != nil {
			return err
		}
		return tx.PutLink(ctx, link)
	})
	if err != nil {
		return ReviewLink{}, err
	}
	link.URL = l.cfg.ReviewLinkURL(l.linkToken(&link))
	return link, nil
}

// errNoLinks is returned if Config has no ReviewLinkURL.
var errNoLinks = Errorf(ErrNotConfigured, "this server has no page for guests")

// newLink returns a link that may be written.
func (l *Library) newLink(ctx context.Context, tx Tx, by Actor, id ID, in NewReviewLink) (ReviewLink, error) {
	a, err := tx.Asset(ctx, by.Workspace, id)
	if err != nil {
		return ReviewLink{}, err
	}
	if in.Version == 0 {
		in.Version = a.CurrentVersion
	}
	v, err := tx.Version(ctx, by.Workspace, id, in.Version)
	switch {
	case err != nil:
		return ReviewLink{}, err
	case a.Status == StatusArchived:
		return ReviewLink{}, Errorf(ErrInvalidTransition, "the asset is archived")
	case in.Can == LinkDecide && !l.GuestsDecide():
		return ReviewLink{}, ErrGuestsDecide
	}
	linkID, at := l.NewID()
	n, err := tx.CountLinks(ctx, by.Workspace, at)
	if err != nil {
		return ReviewLink{}, err
	}
	if n >= MaxReviewLinks {
		return ReviewLink{}, Errorf(ErrLimitReached, "the workspace has %d review links: revoke some", n)
	}
	return ReviewLink{
		ID: linkID, AssetID: id, Version: v.Number, SHA256: v.Content.SHA256, Name: in.Name, Can: in.Can,
		CreatedBy: by.Subject, CreatedAt: at, ExpiresAt: at.Add(in.ExpiresIn), Workspace: by.Workspace, KeyPrefix: by.KeyPrefix,
	}, nil
}

// authorizeLinks returns ErrForbiddenKind or ErrForbiddenScope unless the actor may
// manage review links.
func authorizeLinks(by *Actor) error {
	if err := by.identify(); err != nil {
		return err
	}
	if by.Kind != KindUser {
		return ForbiddenKind(by.Kind, "manage review links", KindUser)
	}
	if !by.Can(ScopeApprove) {
		return ForbiddenScope(ScopeApprove)
	}
	return nil
}

// ReviewLinks returns one page of the review links of an asset, newest first, without
// their URLs. Links that have ended are among them until a sweep removes them.
//
// It returns ErrUnauthorized, ErrForbiddenKind, ErrForbiddenScope, field errors,
// ErrInvalidCursor, ErrNotConfigured, ErrNotFound, or ErrUnavailable.
func (l *Library) ReviewLinks(ctx context.Context, by Actor, id ID, q PageQuery) (_ ReviewLinkPage, err error) {
	ctx, op := l.observe(ctx, "ReviewLinks", &by, id)
	defer op.end(&err)
	if err := authorizeLinks(&by); err != nil {
		return ReviewLinkPage{}, err
	}
	after, sign, err := l.cursorOf(&by, &id, &q, "links")
	if err != nil {
		return ReviewLinkPage{}, err
	}
	if l.cfg.ReviewLinkURL == nil {
		return ReviewLinkPage{}, errNoLinks
	}
	page := ReviewLinkPage{}
	err = l.cfg.Store.View(ctx, func(r Snapshot) error {
		if _, err := r.Asset(ctx, by.Workspace, id); err != nil {
			return err
		}
		page.Items, err = r.LinksBefore(ctx, by.Workspace, id, LinkWindow{Before: ID(after), Limit: q.Limit + 1})
		return err
	})
	if err != nil {
		return ReviewLinkPage{}, err
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		page.NextCursor = sign(string(page.Items[q.Limit-1].ID))
	}
	return page, nil
}

// RevokeReviewLink ends a review link at once. A link that has ended stays as it is.
//
// It returns ErrUnauthorized, ErrForbiddenKind, ErrForbiddenScope, field errors,
// ErrNotConfigured, ErrNotFound, or ErrUnavailable.
func (l *Library) RevokeReviewLink(ctx context.Context, by Actor, link ID) (err error) {
	ctx, op := l.observe(ctx, "RevokeReviewLink", &by, "")
	defer op.end(&err)
	if err := authorizeLinks(&by); err != nil {
		return err
	}
	var p problems
	p.assetID(&link, "link_id")
	if err := p.err(); err != nil {
		return err
	}
	if l.cfg.ReviewLinkURL == nil {
		return errNoLinks
	}
	return l.update(ctx, func(ctx context.Context, tx Tx) error {
		stored, err := tx.Link(ctx, by.Workspace, link)
		if err != nil || stored.RevokedAt != 0 {
			return err
		}
		stored.RevokedAt = max(l.Now(), stored.CreatedAt)
		return tx.PutLink(ctx, stored)
	})
}

// Ended returns ErrWithdrawn if the link, or the API key that it was made with, was
// revoked, or that key has expired at a time, and ErrExpired if the link has expired at
// that time, without regard to its asset. A revocation ends the link whatever the time
// is: the clock of the process that revoked may be ahead.
func (k *ReviewLink) Ended(at Time) error {
	switch {
	case k.RevokedAt != 0, k.KeyRevoked, k.KeyEndsAt != 0 && at >= k.KeyEndsAt:
		return ErrWithdrawn
	case at >= k.ExpiresAt:
		return ErrExpired
	}
	return nil
}

// linkToken returns the token of a link: its id, its expiry and workspace, and a digest
// of what it is bound to.
func (l *Library) linkToken(k *ReviewLink) string {
	claims := signed.Claims(nil).UUID(string(k.ID)).Uint64(uint64(k.ExpiresAt)).Bytes(k.binding()).Text(k.Workspace)
	return l.keyrings.of(purposeLink).Sign(nil, claims)
}

// binding returns a digest of what a link is bound to for its whole life.
func (k *ReviewLink) binding() []byte {
	hash := sha256.New()
	for _, part := range []string{string(k.AssetID), k.SHA256, k.Name, string(k.Can), k.CreatedBy} {
		_ = binary.Write(hash, binary.BigEndian, int64(len(part))) // a hash does not fail
		hash.Write([]byte(part))
	}
	_ = binary.Write(hash, binary.BigEndian, int64(k.Version))
	return hash.Sum(nil)
}

// readLink reads the link that a token names. It returns ErrNotFound for a token that
// was not signed for the link as it is.
func (l *Library) readLink(ctx context.Context, r Links, token string) (ReviewLink, error) {
	payload, err := l.keyrings.of(purposeLink).Verify(nil, token)
	if err != nil {
		return ReviewLink{}, ErrNotFound
	}
	claims := signed.Read(payload)
	id, expires, binding, workspace := ID(claims.UUID()), Time(claims.Uint64()), claims.Bytes(sha256.Size), claims.Text()
	if claims.Err() != nil {
		return ReviewLink{}, ErrNotFound
	}
	link, err := r.Link(ctx, workspace, id)
	switch {
	case errors.Is(err, ErrNotFound) && l.Now() >= expires:
		return ReviewLink{}, ErrExpired // a sweep has removed it
	case err != nil:
		return ReviewLink{}, err
	case link.ExpiresAt != expires || !slices.Equal(link.binding(), binding):
		return ReviewLink{}, ErrNotFound
	}
	return link, nil
}
