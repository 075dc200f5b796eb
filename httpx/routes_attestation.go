package httpx

import (
	"context"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/internal/rest"
)

func (a *api) attestation() rest.Route {
	op := readOperation("get_asset_attestation", "/{asset_id}/versions/{version}/attestation")
	op.Group, op.Summary = groupVersions, "Get the signed statement about a version"
	op.Description = "Returns the newest statement about the version: that it was approved, or that its approval was withdrawn. It is an in-toto Statement v1 in a DSSE envelope. Keep the `payload` as it is: its bytes are signed. The keys that verify it are in `keys.json` below the public routes."
	op.Errors = []error{assets.ErrNotApproved, assets.ErrNotAttested, assets.ErrNotConfigured}
	op.Response = exampleEnvelope()
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *versionPath) (rest.Reply[assets.Envelope], error) {
			found, err := a.lib.Attestation(ctx, by, in.ID, in.Version)
			return rest.Reply[assets.Envelope]{Body: found.Envelope()}, err
		})
}

func (a *api) attestationKeys() rest.Route {
	op := rest.Operation{Name: "list_attestation_keys", Method: http.MethodGet, Path: "/keys.json", AnyParameter: true}
	op.Group, op.Summary = groupVersions, "List the keys that verify attestations"
	op.Description = "A JWK set of Ed25519 public keys, the current one first, then those of before. It needs no credential."
	op.Errors = []error{assets.ErrNotConfigured}
	op.Response = attest.KeySetOf([]assets.PublicKey{attest.NewPublicKey(make([]byte, 32))})
	return rest.Typed(op,
		func(context.Context, assets.Actor, *struct{}) (rest.Reply[attest.KeySet], error) {
			keys := a.lib.AttestationKeys()
			if keys == nil {
				return rest.Reply[attest.KeySet]{}, assets.Errorf(assets.ErrNotConfigured, "the host signs no attestations")
			}
			return rest.Reply[attest.KeySet]{Body: attest.KeySetOf(keys)}, nil
		})
}
