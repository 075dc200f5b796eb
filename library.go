package assets

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/10ex/assets/internal/admission"
	"github.com/10ex/assets/internal/id"
	"github.com/10ex/assets/internal/sealed"
	"github.com/10ex/assets/internal/signed"
)

// Library holds the behaviour of this package. It is safe for concurrent use. Its
// only goroutines are those that make a rendition, read the texts of a list, renew a
// follower's lease or read the journal for streams of events; each ends with the last
// call that waits for it.
type Library struct {
	cfg        Config
	ids        *id.Source
	keyrings   *keyrings
	work       *admission.Gate
	searches   *admission.Turns
	diffs      *admission.Turns
	changing   *admission.Locks // of assets; nil in the host's transaction
	renditions *renditions
	verified   *verified
	textReads  chan struct{} // has one element for each short text that is being read
	following  *FollowerStates
	feed       *feed
	readiness  *readiness
	observer   Observer // nil if nobody observes
}

// New returns a Library made of cfg. It returns an error that names every field of
// cfg that is missing or invalid.
func New(cfg Config) (*Library, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	l := &Library{
		cfg:        cfg,
		ids:        id.NewSource(cfg.Now),
		keyrings:   &keyrings{signingKeys: cfg.SigningKeys, derived: map[string]*signed.Ring{}, seals: map[string]*sealed.Ring{}},
		work:       admission.New(cfg.Limits.WorkMemory, maxWorkers, cfg.Limits.WorkWait),
		searches:   admission.NewTurns(cfg.Limits.WorkWait),
		diffs:      admission.NewTurns(cfg.Limits.WorkWait),
		changing:   admission.NewLocks(),
		renditions: newRenditions(cfg.Logger),
		verified:   newVerified(),
		textReads:  make(chan struct{}, maxTextReads),
		following:  &FollowerStates{},
		feed:       newFeed(),
		readiness:  newReadiness(&cfg),
		observer:   measuring(cfg.Observe),
	}
	if own, ok := StoreAs[OwnFollowers](cfg.Store); ok && l.observer != nil {
		own.ObserveFollowers(l.observer)
	}
	return l, nil
}

// With returns the same Library bound to another view of its store, such as the
// host's own transaction. The changes of its calls are committed when the host
// commits.
func (l *Library) With(s Store) *Library {
	bound := *l
	bound.cfg.Store, bound.changing = s, nil
	return &bound
}

// authorize returns ErrUnauthorized for an incomplete actor and ErrForbiddenScope
// for one without the scope. It is the first check of every method, and completes
// the actor's Via.
func (l *Library) authorize(by *Actor, s Scope) error {
	if err := by.identify(); err != nil {
		return err
	}
	if !by.Can(s) {
		return ForbiddenScope(s)
	}
	return nil
}

// identify returns ErrUnauthorized for an incomplete actor, and completes its Via.
func (a *Actor) identify() error {
	if err := a.Check(); err != nil {
		return err
	}
	if a.Via == "" {
		a.Via = ViaGo
	}
	return nil
}

// present completes an asset for a caller: its preview URL, and tags that are
// never nil.
func (l *Library) present(a *Asset) *Asset {
	if a == nil {
		return nil
	}
	if a.Tags == nil {
		a.Tags = Tags{}
	}
	a.PreviewURL = l.cfg.BaseURL + l.cfg.BasePath + "/" + string(a.ID) + "/preview?version=" + strconv.Itoa(int(a.Version))
	return a
}

// BasePath returns the path where the routes are mounted.
func (l *Library) BasePath() string { return l.cfg.BasePath }

// PublicPath returns the path where the signed public routes are mounted.
func (l *Library) PublicPath() string { return l.cfg.PublicPath }

// BaseURL returns what stands before the path in links that need a credential: scheme,
// host and perhaps a path. It is empty when links are paths.
func (l *Library) BaseURL() string { return l.cfg.BaseURL }

// PublicURL returns what stands before the path in signed links: scheme, host and
// perhaps a path. It is empty when links are paths.
func (l *Library) PublicURL() string { return l.cfg.PublicURL }

// NewID returns an id greater than all that the Library has minted before, and its
// millisecond. It is for packages that extend the Library.
func (l *Library) NewID() (ID, Time) {
	minted, ms := l.ids.New()
	return ID(minted), Time(ms)
}

// Now returns the time by the clock of Config.Now.
func (l *Library) Now() Time { return TimeOf(l.cfg.Now()) }

// Store returns Config.Store, or the store that With was called with. It is for
// packages that extend the Library.
func (l *Library) Store() Store { return l.cfg.Store }

// Logger returns the logger of the Config. It is for packages that serve the
// Library.
func (l *Library) Logger() *slog.Logger { return l.cfg.Logger }

// Limits returns the limits in force, with defaults filled in.
func (l *Library) Limits() Limits { return l.cfg.Limits }

// Sign returns a text that contains payload and a signature made with the newest
// signing key. The bound values are signed but not contained. Each purpose has keys
// of its own. It is for packages that extend the Library, such as export; their
// purposes are constants.
func (l *Library) Sign(purpose string, bound [][]byte, payload []byte) string {
	return l.keyrings.of(purpose).Sign(bound, payload)
}

// Verify returns the payload of a text that Sign made with any of the signing keys
// for the same purpose and bound values. It returns an error for every other text.
func (l *Library) Verify(purpose string, bound [][]byte, text string) ([]byte, error) {
	return l.keyrings.of(purpose).Verify(bound, text)
}

// Encrypt returns a text that contains the encrypted payload, under the newest signing
// key. The bound values are not contained; Decrypt needs the same ones. Equal payloads
// with equal bound values have equal texts. Each purpose has keys of its own. It is for
// packages that extend the Library; their purposes are constants.
func (l *Library) Encrypt(purpose string, bound [][]byte, payload []byte) string {
	return l.keyrings.sealing(purpose).Seal(bound, payload)
}

// Decrypt returns the payload of a text that Encrypt made with any of the signing keys
// for the same purpose and bound values, and whether it was the newest key. It returns
// an error for every other text.
func (l *Library) Decrypt(purpose string, bound [][]byte, text string) (payload []byte, newest bool, err error) {
	return l.keyrings.sealing(purpose).Open(bound, text)
}

// HasSigningKeys reports whether Config.SigningKeys has keys. Otherwise what is
// encrypted cannot be decrypted any more when the process has ended.
func (l *Library) HasSigningKeys() bool { return !l.cfg.randomKey }

// The purposes of what this package signs. Changing one invalidates the texts that
// are out.
const (
	purposePreview = "preview"
	purposeUpload  = "upload"
	purposeCursor  = "cursor"
	purposeLink    = "review-link"
)

// keyrings derives the keys of each purpose once.
type keyrings struct {
	signingKeys [][]byte

	mu      sync.Mutex
	derived map[string]*signed.Ring
	seals   map[string]*sealed.Ring
}

func (k *keyrings) of(purpose string) *signed.Ring {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.derived[purpose] == nil {
		k.derived[purpose] = signed.NewRing(purpose, k.signingKeys)
	}
	return k.derived[purpose]
}

// sealing returns the ring of a purpose that encrypts.
func (k *keyrings) sealing(purpose string) *sealed.Ring {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seals[purpose] == nil {
		k.seals[purpose] = sealed.NewRing(purpose, k.signingKeys)
	}
	return k.seals[purpose]
}

// Can reports whether the actor has a scope, by name or through ScopeAll.
func (a Actor) Can(s Scope) bool {
	return slices.Contains(a.Scopes, s) || slices.Contains(a.Scopes, ScopeAll)
}

// Check returns ErrUnauthorized for an actor without a workspace or subject, of an
// unknown kind, or with the subject or interface of a guest: only a review link makes a
// guest. An actor without a workspace never means all workspaces.
func (a Actor) Check() error {
	if !wellFormed(a.Workspace) || !wellFormed(a.Subject) {
		return ErrUnauthorized
	}
	if strings.HasPrefix(a.Subject, GuestPrefix) || a.Via == ViaLink {
		return ErrUnauthorized
	}
	switch a.Kind {
	case KindUser, KindAgent, KindService:
		return nil
	}
	return ErrUnauthorized
}

// maxWorkers is the number of expensive works that run at the same time.
const maxWorkers = 8

// Admit waits until expensive work, which needs much memory or much time of a
// processor, may run: decoding images, rendering text, searching, freezing, encoding
// large responses. It reserves bytes of Limits.WorkMemory and one of 8 workers, which
// the Library and all that With returns share, until release is called. Calls of
// release after the first have no effect. It is for packages that extend the Library.
//
// The bytes must be what the work allocates at most, not what its input claims about
// itself. A caller must not call Admit while it holds an admission, a transaction, a
// snapshot or a connection. Authentication and reads of single rows need no
// admission.
//
// It returns ErrOverBudget if bytes is more than Limits.WorkMemory, ErrUnavailable if
// the work has waited for Limits.WorkWait, or the cause of the end of ctx.
func (l *Library) Admit(ctx context.Context, bytes int64) (release func(), err error) {
	ctx, op := l.observe(ctx, "Admit", nil, "")
	defer op.end(&err)
	release, err = l.work.Acquire(ctx, bytes)
	return release, admissionError(err)
}

// AdmitResult is Admit for work that makes what is sent to a client: at most so many bytes
// of result, which are a part of the bytes of the work. finish ends the work. Of its
// memory kept bytes, if they are more than 256 KiB and ctx is one of [Sending], stay
// reserved until the client has been sent the result. While others wait for memory,
// Sending's cut is called as for other results, never before finish. Calls of finish
// after the first have no effect.
//
// Such results have an eighth of Limits.WorkMemory. Who waits for that holds nothing.
func (l *Library) AdmitResult(ctx context.Context, bytes, result int64) (finish func(kept int64), err error) {
	ctx, op := l.observe(ctx, "AdmitResult", nil, "")
	defer op.end(&err)
	if result <= maxSmallResult {
		release, err := l.work.Acquire(ctx, bytes)
		return func(int64) { release() }, admissionError(err)
	}
	s, _ := ctx.Value(sendingKey{}).(*sending)
	end, err := l.work.AcquireResult(ctx, bytes, result, s.wanted())
	if err != nil {
		return nil, admissionError(err)
	}
	var once sync.Once
	return func(kept int64) {
		once.Do(func() {
			if kept <= maxSmallResult {
				kept = 0
			}
			if r := end(kept); kept == 0 || !s.hold(r) {
				r.Release()
			}
		})
	}, nil
}

// Receive reserves so many bytes of Limits.WorkMemory, at most half of them, for the
// body of a request, until received is called. If other calls wait for the memory, cut
// is called once three quarters of Limits.WorkWait have passed. It must end the
// receiving and not block; it may be called after received. It is for packages that
// serve the Library.
//
// It returns ErrUnavailable if it has waited for Limits.WorkWait, or the cause of the
// end of ctx.
func (l *Library) Receive(ctx context.Context, bytes int64, cut func()) (received func(), err error) {
	ctx, op := l.observe(ctx, "Receive", nil, "")
	defer op.end(&err)
	r, err := l.work.Reserve(ctx, bytes, cut)
	if err != nil {
		return nil, admissionError(err)
	}
	r.Settle(bytes)
	return r.Release, nil
}

func admissionError(err error) error {
	switch {
	case errors.Is(err, admission.ErrTooLarge):
		return ErrOverBudget
	case errors.Is(err, admission.ErrBusy):
		return Errorf(ErrUnavailable, "the server is busy; try again")
	}
	return err
}
