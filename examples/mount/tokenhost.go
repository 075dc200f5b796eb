package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// tokenHost has tokens, a router, middleware and campaigns of its own. It serves
// signed previews separately, as if on a host name without sessions.
type tokenHost struct {
	lib       *assets.Library
	log       *slog.Logger
	secret    []byte              // signs the tokens
	campaigns map[string][]string // by tenant
}

func newTokenHost(log *slog.Logger) (*tokenHost, error) {
	h := &tokenHost{
		log:       log,
		secret:    []byte(rand.Text()),
		campaigns: map[string][]string{"acme": {"spring"}, "globex": {"autumn"}},
	}
	signing := make([]byte, 32) // a real host keeps it
	rand.Read(signing)
	lib, err := assets.New(assets.Config{
		Store:       memory.New(),
		Blobs:       blob.NewMemory(),
		Versioner:   versioning.Linear{},
		Approver:    approval.Policy{},
		SigningKeys: [][]byte{signing},
		// Without PublicURL, links are paths. There is one PublicURL for both
		// paths, and here they have two host names.
		BasePath:   "/content/assets",
		PublicPath: "/shared",
		ReviewURL:  func(id assets.ID) string { return "https://desk.example/review/" + string(id) },
		Exists:     h.exists,
		Logger:     log,
	})
	h.lib = lib
	return h, err
}

// app returns the handler for people and agents: the host's own routes and, at a
// prefix of its choice, those of the Library.
func (h *tokenHost) app() http.Handler {
	r := chi.NewRouter()
	r.Use(h.trace)
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	r.Mount(h.lib.BasePath(), httpx.Handler(h.lib, httpx.Options{Authenticate: httpx.Bearer(h)}))
	return r
}

// share returns the handler for signed links. It serves nothing else.
func (h *tokenHost) share() http.Handler { return httpx.Public(h.lib, httpx.Options{}) }

type requestID struct{} // the key of a context value

// trace gives every request an id, in its context and in the response.
func (h *tokenHost) trace(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestID{}, id)))
	})
}

// exists reports whether a tenant has a campaign. This host has no brands and briefs,
// so any id is accepted for them. The context is that of the request.
func (h *tokenHost) exists(ctx context.Context, tenant string, thing assets.HostThing, id string) (bool, error) {
	if thing != assets.HostCampaign {
		return true, nil
	}
	known := slices.Contains(h.campaigns[tenant], id)
	h.log.InfoContext(ctx, "campaign looked up", "request", ctx.Value(requestID{}), "campaign", id, "known", known)
	return known, nil
}

const issuer = "token-host"

// claims has the claims of the host's tokens.
type claims struct {
	jwt.RegisteredClaims        // Subject is a person or an agent
	Tenant               string `json:"tenant"`
	Role                 string `json:"role"`
}

// Authenticate returns the actor of a token. It maps the host's tenants and roles to
// workspaces, kinds and scopes. Its errors wrap [assets.ErrUnauthorized].
func (h *tokenHost) Authenticate(_ context.Context, bearer string) (assets.Actor, error) {
	var c claims
	_, err := jwt.ParseWithClaims(bearer, &c, func(*jwt.Token) (any, error) { return h.secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Name}), jwt.WithIssuer(issuer), jwt.WithExpirationRequired())
	if err != nil {
		return assets.Actor{}, fmt.Errorf("%w: %w", assets.ErrUnauthorized, err) // the response does not say why
	}
	actor := assets.Actor{Workspace: c.Tenant, Subject: c.Subject, Kind: assets.KindUser}
	switch c.Role {
	case "editor":
		actor.Scopes = []assets.Scope{assets.ScopeAll}
	case "publisher":
		actor.Scopes = []assets.Scope{assets.ScopeRead}
	case "agent": // it cannot approve, although it has every scope
		actor.Kind, actor.Scopes = assets.KindAgent, []assets.Scope{assets.ScopeAll}
	default:
		return assets.Actor{}, assets.ErrUnauthorized
	}
	return actor, nil
}

// issue returns a token. A real host does so at login.
func (h *tokenHost) issue(tenant, subject, role string) string {
	return h.sign(claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Subject: subject, ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour)),
		},
		Tenant: tenant, Role: role,
	})
}

func (h *tokenHost) sign(c claims) string {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(h.secret)
	if err != nil {
		panic(err) // strings and a time can be encoded
	}
	return token
}
