package wire_test

import (
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

func TestPermissionsOf(t *testing.T) {
	t.Parallel()
	got, err := wire.Marshal(wire.PermissionsOf([]assets.Permission{
		{Action: assets.ActionSubmit},
		{Action: assets.ActionApprove, Err: assets.Errorf(assets.ErrRefused, "not on Mondays")},
		{Action: assets.ActionArchive, Err: errors.Join(assets.Invalid(assets.TypeTooShort, "say more", "comment"), assets.Invalid(assets.TypeMissing, "is required", "version"))},
	}))
	const want = `{"actions":[{"action":"submit","allowed":true},` +
		`{"action":"approve","allowed":false,"code":"refused_by_policy","detail":"not on Mondays"},` +
		`{"action":"archive","allowed":false,"code":"validation_error","detail":"comment: say more; version: is required"}]}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if none, err := wire.Marshal(wire.PermissionsOf(nil)); err != nil || string(none) != `{"actions":[]}` {
		t.Errorf("%s, %v", none, err)
	}
}
