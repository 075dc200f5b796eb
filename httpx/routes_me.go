package httpx

import (
	"context"
	"net/http"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// caller is an actor as its own credential may see it.
type caller struct {
	Workspace string          `json:"workspace_id"`
	Subject   string          `json:"subject"`
	Kind      assets.Kind     `json:"kind"`
	Scopes    []assets.Scope  `json:"scopes"`
	KeyPrefix assets.Optional `json:"key_prefix"`
}

// callerOf returns the caller of an actor. Scopes that mean nothing to these routes,
// which a host may have, are left out.
func callerOf(by assets.Actor) caller {
	known := []assets.Scope{assets.ScopeRead, assets.ScopeWrite, assets.ScopeApprove, assets.ScopeAll}
	return caller{
		Workspace: by.Workspace, Subject: by.Subject, Kind: by.Kind, KeyPrefix: by.KeyPrefix,
		Scopes: slices.DeleteFunc(known, func(s assets.Scope) bool { return !slices.Contains(by.Scopes, s) }),
	}
}

func (a *api) me() rest.Route {
	op := rest.Operation{Name: "get_me", Method: http.MethodGet, Path: "/me", AnyCredential: true}
	op.Group, op.Summary = groupMeta, "Get the caller"
	op.Description = "Returns whom the credential acts for and what it may do. Any valid credential may ask, also one without a scope."
	op.Response = callerOf(assets.Actor{
		Workspace: "bloom", Subject: "ann", Kind: assets.KindUser, KeyPrefix: "e5f6a7b8",
		Scopes: []assets.Scope{assets.ScopeRead, assets.ScopeApprove},
	})
	return rest.Typed(op,
		func(_ context.Context, by assets.Actor, _ *struct{}) (rest.Reply[caller], error) {
			return rest.Reply[caller]{Body: callerOf(by)}, nil
		})
}
