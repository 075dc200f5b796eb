package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/10ex/assets/internal/pgtest"
)

// secrets are texts that nothing may show, by what they are.
type secrets map[string]string

func (s secrets) bearer(name, key string) {
	s["bearer "+name] = key[strings.LastIndexByte(key, '_')+1:]
}

func (s secrets) notIn(t *testing.T, place, text string) {
	t.Helper()
	for name, secret := range s {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s in %s: …%s…", name, place, text[max(0, i-100):i+len(secret)])
		}
	}
}

// run runs a command, which may fail, and answers all it said.
func (s site) run(t *testing.T, command string, args ...string) (out string, err error) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "server", slices.Concat(strings.Fields(command), s.flags, args)...)
	cmd.Stdout, cmd.Stderr = &said, &said
	err = cmd.Run()
	return said.String(), err
}

// TestLOG01EveryCommand runs every command, well and badly, and looks for keys,
// tokens and signing keys in all that they print and log.
func TestLOG01EveryCommand(t *testing.T) { eachDatabase(t, everyCommand) }

func everyCommand(t *testing.T, s site) {
	p := s.firstStart(t)
	marked := secrets{}
	marked.bearer("of the first start", p.key)
	minted := strings.TrimSpace(s.invoke(t, "keys mint", "-workspace", "default", "-owner", "reader", "-name", "r", "-kind", "service", "-scopes", "assets:read"))
	marked.bearer("minted", minted)
	signing, err := os.ReadFile(filepath.Join(s.folder, "signing.key"))
	if err != nil {
		t.Fatal(err)
	}
	marked["signing key"] = strings.TrimSpace(string(signing))

	admin := p.client(p.key)
	made := admin.post(http.StatusCreated, "", `{"type":"copy","title":"Tagline","text":"x"}`)
	link := admin.get("/" + made.ID + "/preview-url").URL
	marked["token"] = link[strings.LastIndexByte(link, '/')+1:]
	nobody := client{t: t}
	nobody.call(http.StatusOK, http.MethodGet, link, "", nil)
	nobody.call(http.StatusNotFound, http.MethodGet, link+"x", "", nil)
	p.client(minted).call(http.StatusForbidden, http.MethodPost, "", "application/json", strings.NewReader(`{}`))
	if err := os.RemoveAll(filepath.Join(s.folder, "blobs", "default")); err != nil {
		t.Fatal(err)
	}
	nobody.call(http.StatusInternalServerError, http.MethodGet, link, "", nil) // logged, with what is missing
	admin.call(http.StatusInternalServerError, http.MethodGet, "/"+made.ID+"/versions/1/content", "", nil)

	prefix := strings.Split(minted, "_")[1]
	for _, command := range [][]string{
		{"keys list"},
		{"keys revoke", prefix},
		{"keys revoke", minted},
		{"keys revoke", "nosuchpr"},
		{"keys list", minted},
		{"keys mint", "-owner", minted},
		{"keys mint"},
		{"sweep", "-older", minted},
		{"sweep", "-older", "0s"},
		{"sweep", "-dry-run"},
		{"serve", minted},
		{"nosuch", minted},
		{"serve", "-public-url", "ftp://x"},
	} {
		said, err := s.run(t, command[0], command[1:]...)
		if slices.Contains(command, minted) { // whoever typed it may read it: never the other secrets
			said = strings.ReplaceAll(said, minted, "")
		}
		if command[0] == "keys mint" && err == nil {
			t.Errorf("%v passed", command)
		}
		marked.notIn(t, strings.Join(command, " "), said)
	}
	p.client(minted).call(http.StatusUnauthorized, http.MethodGet, "", "", nil)
	marked.notIn(t, "standard output", p.stop(syscall.SIGTERM))
	log := p.stderr.String()
	if !strings.Contains(log, "level=ERROR") {
		t.Error("nothing was logged: nothing is shown")
	}
	marked.notIn(t, "the log", log)
}

// TestLOG01DatabaseURL: the password in a database's URL is in no message,
// whatever is wrong with the URL or the database.
func TestLOG01DatabaseURL(t *testing.T) {
	t.Parallel()
	marked := secrets{"password": "zqpassword"}
	const where = "assets:zqpassword@127.0.0.1"
	for _, url := range []string{
		"postgres://" + where + ":1/assets", "postgres://" + where + ":port/assets", "postgres://" + where + ":1/assets?sslmode=nosuch",
		"postgres://" + where + ":1/assets?connect_timeout=x", "postgres://" + where + ":1/%zz", "postgres://" + where + ":99999999/x",
		"postgresql://" + where + ":1/a b", "mysql://" + where + "/assets", "host=127.0.0.1 port=1 password=zqpassword", "postgres://assets:zq password@127.0.0.1",
	} {
		s := newSite(t.TempDir(), "-db", url)
		for _, command := range []string{"serve -addr 127.0.0.1:0", "keys list", "keys mint -owner o -kind user -scopes *", "keys revoke abcdefgh", "sweep"} {
			verb, rest, _ := strings.Cut(command, " -")
			var args []string
			if rest != "" {
				args = strings.Fields("-" + rest)
			}
			if verb == "keys revoke abcdefgh" {
				verb, args = "keys revoke", []string{"abcdefgh"}
			}
			said, err := s.run(t, verb, args...)
			if err == nil {
				t.Errorf("%s on %s passed", command, url)
			}
			marked.notIn(t, command+" on "+url, said)
		}
	}
}

// TestLOG01DatabaseLost: nor is it in the log of a server whose database goes.
func TestLOG01DatabaseLost(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	p := newSite(t.TempDir(), "-db", server.Database(t)+"&password=zqpassword").firstStart(t)
	server.Stop(t, "immediate")
	admin := p.client(p.key)
	admin.call(http.StatusServiceUnavailable, http.MethodGet, "", "", nil)
	admin.call(http.StatusServiceUnavailable, http.MethodPost, "", "application/json", strings.NewReader(`{"type":"copy","title":"t","text":"x"}`))
	server.Restart(t)
	p.stop(syscall.SIGTERM)
	log := p.stderr.String()
	if !strings.Contains(log, "level=ERROR") {
		t.Error("nothing was logged: nothing is shown")
	}
	secrets{"password": "zqpassword"}.notIn(t, "the log", log)
}
