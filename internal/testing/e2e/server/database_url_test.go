package server_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestNoDatabasePasswordLOG01: no message contains the password of a database's
// URL, whatever is wrong with the URL or the database.
func TestNoDatabasePasswordLOG01(t *testing.T) {
	t.Parallel()
	const where = "assets:zqpassword@127.0.0.1"
	for _, url := range []string{
		"postgres://" + where + ":1/assets", "postgres://" + where + ":port/assets", "postgres://" + where + ":1/assets?sslmode=nosuch",
		"postgres://" + where + ":1/assets?connect_timeout=x", "postgres://" + where + ":1/%zz", "postgres://" + where + ":99999999/x",
		"postgresql://" + where + ":1/a b", "mysql://" + where + "/assets", "host=127.0.0.1 port=1 password=zqpassword", "postgres://assets:zq password@127.0.0.1",
	} {
		s := newDeployment(t.TempDir(), "-db", url)
		for _, command := range []struct {
			words string
			args  []string
		}{
			{"serve", []string{"-addr", "127.0.0.1:0"}},
			{"keys list", nil},
			{"keys mint", []string{"-workspace", "w", "-owner", "o", "-kind", "user", "-scopes", "*"}},
			{"keys revoke", []string{"abcdefgh"}},
			{"sweep", nil},
			{"export", []string{"-o", "never.zip"}},
		} {
			var said bytes.Buffer
			code := server().Run(t.Context(), slices.Concat(strings.Fields(command.words), s.flags, command.args), &said, &said)
			if code == 0 || said.Len() == 0 || strings.Contains(said.String(), "zqpassword") || strings.Contains(said.String(), "zq password") {
				t.Errorf("%s on %s: exit code %d, %s", command.words, url, code, &said)
			}
		}
	}
}
