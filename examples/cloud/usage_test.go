package main

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args    string
		signing string
		code    int
		want    string
	}{
		{"-bucket s3://b", signingKey("a"), servercmd.ExitUsage, "-db: is required"},
		{"-addr 127.0.0.1:0 -db postgres:///none", signingKey("a"), servercmd.ExitUsage, "-bucket: is required"},
		{"-addr 127.0.0.1:0 -db postgres:///none -bucket s3://b", "", servercmd.ExitFailed, "ASSETS_SIGNING_KEYS: no signing key"},
		{"-addr 127.0.0.1:0 -db postgres:///none -bucket s3://b", signingKey("a") + ",c2VjcmV0!", servercmd.ExitFailed, "ASSETS_SIGNING_KEYS: signing key 2 is not base64"},
		{"keys list", "", servercmd.ExitUsage, "-db: is required"},
		{"migrate", "", servercmd.ExitUsage, "-db: is required"},
		{"migrate -db postgres:///none -bucket s3://b", "", servercmd.ExitUsage, "-bucket"},
		{"keys list -db postgres:///none -bucket s3://b", "", servercmd.ExitUsage, "-bucket"},
		{"sweep -db postgres:///none", "", servercmd.ExitUsage, "-bucket: is required"},
		{"sweep -db postgres://127.0.0.1:1/none?user=me&password=c2VjcmV0 -bucket s3://b", "", servercmd.ExitFailed, "-db: "},
	} {
		t.Setenv(signingKeysVariable, c.signing)
		var stderr strings.Builder
		code := cloud().Run(t.Context(), strings.Fields(c.args), t.Output(), &stderr)
		if code != c.code || !strings.Contains(stderr.String(), c.want) || strings.Contains(stderr.String(), "c2VjcmV0") {
			t.Errorf("cloud %s: exit code %d, %s", c.args, code, &stderr)
		}
	}
}

// An erasure withdraws approvals, so it needs the keys that sign statements, if there are any.
func TestEraseNeedsTheAttestKeys(t *testing.T) {
	t.Setenv(attestKeyVariable, "no PEM")
	var stderr strings.Builder
	args := "erase -workspace w -asset a -version 1 -reason r -yes -db postgres:///none -bucket s3://b"
	code := cloud().Run(t.Context(), strings.Fields(args), t.Output(), &stderr)
	if code != servercmd.ExitFailed || !strings.Contains(stderr.String(), attestKeyVariable) {
		t.Errorf("exit code %d, %s", code, &stderr)
	}
}
