package contract

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/exchange"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

const base = "/api/v1/assets"

// host is a Library in memory behind a ServeMux.
type host struct{ *http.ServeMux }

func newHost(t *testing.T) host {
	t.Helper()
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{},
		PublicURL: "https://assets.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(anybody{})})
	return host{mux}
}

// anybody takes each bearer token for the name of a service.
type anybody struct{}

func (anybody) Authenticate(_ context.Context, bearer string) (assets.Actor, error) {
	return assets.Actor{Workspace: "w1", Subject: bearer, Kind: assets.KindService, Scopes: []assets.Scope{assets.ScopeRead, assets.ScopeWrite}}, nil
}

// newRequest returns a request; without a bearer it has no credential.
func newRequest(t *testing.T, method, target, bearer, media, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return r
}

// send sends a request and returns the exchange.
func (h host) send(t *testing.T, r *http.Request) exchange.Exchange {
	t.Helper()
	x, err := exchange.New(r, httptest.NewRecorder())
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, x.Request(t.Context()))
	x.BasePath, x.Status, x.ResponseHeader, x.ResponseBody = base, rec.Code, rec.Header().Clone(), rec.Body.Bytes()
	return x
}

func (h host) document(t *testing.T) []byte {
	t.Helper()
	return h.send(t, newRequest(t, "GET", base+"/openapi.json", "", "", "")).ResponseBody
}
