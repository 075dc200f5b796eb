package apikey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

// TestLOG01NoBearerAnywhere: nothing that the package says holds a bearer or
// its secret, whatever goes well or wrong.
func TestLOG01NoBearerAnywhere(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	s := new(mapStore)
	r, err := apikey.New(apikey.Config{
		Store: s, Now: newClock().now,
		Logger: slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	say := func(values ...any) {
		for _, v := range values {
			asJSON, _ := json.Marshal(v)
			fmt.Fprintf(&said, "%v %+v %#v %s\n", v, v, v, asJSON)
		}
	}
	try := func(bearer string) {
		actor, err := r.Authenticate(t.Context(), bearer)
		say(actor, err)
	}

	bearer, k := mint(t, r, newKey())
	say(k, r)
	s.onChange = func(context.Context) error { return errors.New("read-only") }
	try(bearer)
	if !strings.Contains(logged.String(), "last use not recorded") || !strings.Contains(logged.String(), k.Prefix) {
		t.Errorf("the failed write was not logged: %s", &logged)
	}
	try(bearer[:len(bearer)-1])
	wrong := forge(k.Prefix, [32]byte{7})
	try(wrong)
	s.onChange = nil
	keys, err := r.ListAll(t.Context())
	say(keys, err, r.RevokeAny(t.Context(), bearer), r.RevokeAny(t.Context(), k.Prefix))
	try(bearer)
	s.onKeys = func() error { return assets.ErrUnavailable }
	try(bearer)
	s.onAdd = s.onKeys
	_, k, err = r.Mint(t.Context(), newKey())
	say(k, err, r)

	for _, secret := range []string{bearer, bearer[13:], bearer[13:56], wrong[13:]} {
		for where, text := range map[string]string{"log": logged.String(), "values": said.String()} {
			if strings.Contains(text, secret) {
				t.Errorf("%s has the secret", where)
			}
		}
	}
}
