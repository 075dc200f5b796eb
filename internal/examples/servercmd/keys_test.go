package servercmd_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	m := newStorage()
	bearer := strings.TrimSuffix(m.mustRun(t, "keys", "mint", "-workspace", "w", "-owner", "ana", "-name", "laptop", "-kind", "user", "-scopes", "assets:read, assets:write"), "\n")
	actor, err := m.keys(t).Authenticate(t.Context(), bearer)
	if err != nil || actor.Workspace != "w" || actor.Subject != "ana" || len(actor.Scopes) != 2 {
		t.Errorf("the key is of %+v, %v", actor, err)
	}
	prefix := strings.Split(bearer, "_")[1]
	table := m.mustRun(t, "keys", "list")
	for _, want := range []string{"PREFIX", prefix, "laptop", "assets:read,assets:write", "never"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
	if out := m.mustRun(t, "keys", "revoke", prefix); out != "revoked "+prefix+"\n" {
		t.Errorf("revoke prints %q", out)
	}
	if _, err := m.keys(t).Authenticate(t.Context(), bearer); err == nil {
		t.Error("a revoked key is accepted")
	}
	if code, _, stderr := m.run(t, "keys", "revoke", "nosuchpr"); code != servercmd.ExitFailed || !strings.Contains(stderr, "there is no such key") {
		t.Errorf("an unknown key: exit code %d, %s", code, stderr)
	}
}

func TestKeysMintNamesFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-workspace w -owner o -kind user":                         "-scopes: is required",
		"-workspace w -owner o -kind user -scopes * -expires -1h":  "-expires: must not be negative",
		"-owner o -kind user -scopes *":                            "-workspace: ",
		"-workspace w -owner o -kind robot -scopes *":              "-kind: ",
		"-workspace w -owner o -kind user -scopes assets:everyone": "-scopes: ",
	} {
		code, stdout, stderr := newStorage().run(t, append([]string{"keys", "mint"}, strings.Fields(args)...)...)
		if code != servercmd.ExitUsage || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %q, %q", args, code, stdout, stderr)
		}
	}
}
