package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/10ex/assets/internal/testing/pgtest"
)

// database opens the rows of the deployment, as a program beside the server does. The
// packages of the server have registered the drivers.
func (s deployment) database(t *testing.T) *sql.DB {
	t.Helper()
	driver, name := "sqlite", filepath.Join(s.folder, "assets.db")+"?_pragma=busy_timeout(10000)" // the server writes too
	if i := slices.Index(s.flags, "-db"); i >= 0 {
		driver, name = "pgx", s.flags[i+1]
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

func schemaVersion(t *testing.T, db *sql.DB) (version int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT max(version) FROM asset_schema").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// refused requires that a command fails with exit code 1 and a text on standard error.
func (s deployment) refused(t *testing.T, bearer, want, command string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, s.program, slices.Concat(strings.Fields(command), s.flags, args)...)
	cmd.Env = append(os.Environ(), "ASSETS_API_KEY="+bearer)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 || !strings.Contains(stderr.String(), want) {
		t.Errorf("%s: %v, want exit code 1 and %q:\n%s%s", command, err, want, &stdout, &stderr)
	}
}

// refuseAll requires that every command that changes no schema is refused.
func (s deployment) refuseAll(t *testing.T, bearer, want string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "out.zip")
	s.refused(t, bearer, want, "keys list")
	s.refused(t, bearer, want, "keys mint", "-workspace", "w", "-owner", "o", "-name", "n", "-kind", "user", "-scopes", "*")
	s.refused(t, bearer, want, "keys revoke", strings.Split(bearer, "_")[1])
	s.refused(t, bearer, want, "sweep", "-dry-run")
	s.refused(t, bearer, want, "sweep", "-force")
	s.refused(t, bearer, want, "export", "-o", file)
	s.refused(t, bearer, want, "mcp")
}

// TestNewerSchemaBesideARunningServerHOS12: a newer program migrates the database
// while a server runs. Its writes are 503 and write nothing, its reads go on, its
// further commands and a second start are refused, and it works again when the
// schema is its own.
func TestNewerSchemaBesideARunningServerHOS12(t *testing.T) { eachDatabase(t, newerSchema) }

func newerSchema(t *testing.T, s deployment) {
	p := s.firstStart(t)
	o := &outage{client: p.client(p.key), mcp: p.url + "/mcp", name: "a newer schema"}
	o.until(http.StatusCreated)
	ticket := o.post(http.StatusCreated, "/uploads", `{}`)
	db := s.database(t)
	execute(t, db, "INSERT INTO asset_schema (version, applied_at) SELECT max(version) + 1, 0 FROM asset_schema")
	const counts = "SELECT (SELECT count(*) FROM asset_versions) + (SELECT count(*) FROM asset_events) + (SELECT count(*) FROM asset_uploads)"
	var before, after int
	if err := db.QueryRowContext(t.Context(), counts).Scan(&before); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		o.refuses(ticket.URL)
	}
	o.reads(http.StatusOK)
	if err := db.QueryRowContext(t.Context(), counts).Scan(&after); err != nil || after != before {
		t.Errorf("%d rows, before %d, %v", after, before, err)
	}
	s.refuseAll(t, p.key, "wrong schema version")
	s.refused(t, p.key, "wrong schema version", "migrate")
	s.refused(t, p.key, "wrong schema version", "serve", "-addr", "127.0.0.1:0")
	execute(t, db, "DELETE FROM asset_schema WHERE version = (SELECT max(version) FROM asset_schema)")
	o.call(http.StatusCreated, http.MethodPut, ticket.URL, "text/plain", strings.NewReader("late"))
	o.until(http.StatusCreated)
	o.reads(http.StatusOK)
	p.stop(syscall.SIGTERM)
	if n := strings.Count(p.stderr.String(), "replace the program by the newest version"); n != 1 {
		t.Errorf("the log says %d times what to do, want once:\n%s", n, &p.stderr)
	}
}

// TestOlderSchemaHOS12: of the commands only migrate and serve change an older schema;
// the others name the command that does.
func TestOlderSchemaHOS12(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s deployment) {
		bearer := s.restoreFirst(t)
		db := s.database(t)
		s.refuseAll(t, bearer, "the command migrate")
		if v := schemaVersion(t, db); v != 1 {
			t.Fatalf("a command brought the schema to %d", v)
		}
		for range 2 {
			if out := s.invoke(t, "migrate"); out != "the schema is up to date\n" {
				t.Errorf("migrate prints %q", out)
			}
		}
		if v := schemaVersion(t, db); v < 5 {
			t.Errorf("migrate brought the schema to %d", v)
		}
		if table := s.invoke(t, "keys list"); !strings.Contains(table, strings.Split(bearer, "_")[1]) {
			t.Errorf("keys list:\n%s", table)
		}
		p := s.start(t)
		if page := p.client(bearer).get(""); len(page.Items) == 0 {
			t.Error("the assets are gone")
		}
		p.stop(syscall.SIGTERM)
	})
}

// TestMigrateNeedsAStoreHOS12: a mistyped folder is not taken for a new store.
func TestMigrateNeedsAStoreHOS12(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "mistyped")
	newDeployment(folder).refused(t, "", "there is no store", "migrate")
	if _, err := os.Stat(folder); err == nil {
		t.Error("the folder was created")
	}
}

// restoreFirst gives the deployment the data of the first schema and returns its API
// key.
func (s deployment) restoreFirst(t *testing.T) string {
	t.Helper()
	first := filepath.Join("..", "..", "upgrade", "testdata", "first")
	engine := "sqlite"
	if len(s.flags) > 2 {
		engine = "postgres"
	}
	var recorded struct {
		SigningKey []byte
		Bearer     string
	}
	text, err := os.ReadFile(filepath.Join(first, engine+".json"))
	if err == nil {
		err = json.Unmarshal(text, &recorded)
	}
	if err == nil {
		err = os.CopyFS(filepath.Join(s.folder, "blobs"), os.DirFS(filepath.Join(first, "content")))
	}
	if err == nil {
		key := base64.StdEncoding.EncodeToString(recorded.SigningKey)
		err = os.WriteFile(filepath.Join(s.folder, "signing.key"), []byte(key+"\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if engine == "postgres" {
		dump, err := os.ReadFile(filepath.Join(first, "assets.sql"))
		if err != nil {
			t.Fatal(err)
		}
		pgtest.Script(t, s.flags[3], string(dump))
		return recorded.Bearer
	}
	file, err := os.ReadFile(filepath.Join(first, "assets.db"))
	if err == nil {
		err = os.WriteFile(filepath.Join(s.folder, "assets.db"), file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return recorded.Bearer
}
