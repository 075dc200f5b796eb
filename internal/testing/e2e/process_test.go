package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/internal/testing/testproc"
	"github.com/10ex/assets/store/memory"
)

// storage is where a server keeps everything between restarts.
type storage struct {
	database, content string
	relaxed           bool
	idleTimeout       time.Duration
	maxMemory         int64         // of servers started later, in bytes, where control groups can limit it; 0: no limit
	ahead             time.Duration // by which the clocks of servers started later are ahead
	inBucket          bool          // small contents too
	memory            *seed         // of servers started later, whose rows end with them; nil: there is a database
}

// seed is what a server that keeps its rows in memory begins with.
type seed struct {
	Keys  []seedKey
	Fills []fill
}

// seedKey is an API key with what its JSON leaves out.
type seedKey struct {
	apikey.Key

	Secret [32]byte
}

// backends returns the pairs of database and content store, by name.
func backends() map[string]func(t *testing.T) storage {
	return map[string]func(t *testing.T) storage{
		"sqlite": func(t *testing.T) storage {
			t.Helper()
			dir := t.TempDir()
			return storage{database: filepath.Join(dir, "assets.db"), content: filepath.Join(dir, "content"), idleTimeout: time.Minute}
		},
		"postgres": func(t *testing.T) storage { // skips without a server
			t.Helper()
			return storage{database: sqltest.Postgres(t), content: filepath.Join(t.TempDir(), "content"), relaxed: true, idleTimeout: time.Minute}
		},
	}
}

// attacked returns the pairs on which attacks are run that concern the process rather than
// its database: with SQLite, and all with ASSETS_TEST_ALL=1. Rows in memory are none of
// them, because the rows that many of these attacks need are as large as the memory that
// the process may have.
func attacked() map[string]func(t *testing.T) storage {
	all := backends()
	if os.Getenv("ASSETS_TEST_ALL") != "1" {
		delete(all, "postgres")
	}
	return all
}

// withMemory adds rows in memory to pairs, with ASSETS_TEST_ALL=1.
func withMemory(all map[string]func(t *testing.T) storage) map[string]func(t *testing.T) storage {
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		all["memory"] = inMemory
	}
	return all
}

// inMemory returns a storage that keeps rows in the memory of its server.
func inMemory(t *testing.T) storage {
	t.Helper()
	return storage{database: "memory", content: filepath.Join(t.TempDir(), "content"), idleTimeout: time.Minute, memory: &seed{}}
}

// rounds returns how often such an attack is run.
func rounds() int {
	if os.Getenv("ASSETS_TEST_ALL") != "1" {
		return 1
	}
	return 3
}

// open opens the storage, which a server may have open too, for the time of a function.
func (p storage) open(t *testing.T, look func(db database, content *blob.Dir)) {
	t.Helper()
	db, err := open(t.Context(), p.database, p.relaxed)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	content, err := blob.OpenDir(p.content)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	look(db, content)
}

// mint creates a key of a person with all scopes in a workspace.
func (p storage) mint(t *testing.T, workspace string) (bearer string) {
	t.Helper()
	return p.mintFor(t, workspace, assets.KindUser, assets.ScopeAll)
}

func (p storage) mintFor(t *testing.T, workspace string, kind assets.Kind, scope assets.Scope) (bearer string) {
	t.Helper()
	key := apikey.NewKey{Workspace: workspace, Owner: "ann", Kind: kind, Scopes: []assets.Scope{scope}}
	mint := func(db apikey.Store) apikey.Key {
		keys, err := apikey.New(apikey.Config{Store: db})
		if err != nil {
			t.Fatal(err)
		}
		var made apikey.Key
		bearer, made, err = keys.Mint(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	if p.memory != nil {
		made := mint(memory.New())
		p.memory.Keys = append(p.memory.Keys, seedKey{made, made.SecretSHA256})
		return bearer
	}
	p.open(t, func(db database, _ *blob.Dir) { mint(db) })
	return bearer
}

// fill writes rows.
func (p storage) fill(t *testing.T, all ...fill) {
	t.Helper()
	if p.memory != nil {
		p.memory.Fills = append(p.memory.Fills, all...)
		return
	}
	p.open(t, func(db database, content *blob.Dir) {
		for _, f := range all {
			if err := f.write(t.Context(), db, content); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// process is a running server.
type process struct {
	cmd      *exec.Cmd
	url      string
	lifeline io.Closer
	log      bytes.Buffer
	ended    bool
}

// start starts a server in a storage and waits until it listens.
func start(t *testing.T, p storage) *process {
	t.Helper()
	s := &process{cmd: exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])}
	s.cmd.Env = append(os.Environ(), envDatabase+"="+p.database, envContent+"="+p.content, envIdleTimeout+"="+p.idleTimeout.String(), envAhead+"="+p.ahead.String())
	if p.relaxed {
		s.cmd.Env = append(s.cmd.Env, envRelaxed+"=1")
	}
	if p.inBucket {
		s.cmd.Env = append(s.cmd.Env, envSmallContents+"=0")
	}
	if p.memory != nil {
		text, err := json.Marshal(p.memory)
		if err != nil {
			t.Fatal(err)
		}
		s.cmd.Env = append(s.cmd.Env, envSeed+"="+string(text))
	}
	s.cmd.Stderr = &s.log
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.lifeline = stdin
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if p.maxMemory > 0 && !testproc.LimitMemory(t, s.cmd.Process.Pid, p.maxMemory) {
		t.Log("the memory of the server is measured and not limited: no control group can be made")
	}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("log of the server:\n%.8000s", &s.log)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		s.kill()
		t.Fatalf("the server does not start: %v\n%s", err, &s.log)
	}
	s.url = strings.TrimSpace(line)
	return s
}

// kill ends the server with SIGKILL and waits until it is gone.
func (s *process) kill() {
	if s.ended {
		return
	}
	s.ended = true
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // killed
	_ = s.lifeline.Close()
}

// waitUnused waits until PostgreSQL has finished what a killed server had sent: a
// COMMIT may still take effect. For SQLite it does nothing.
func (p storage) waitUnused(t *testing.T) {
	t.Helper()
	if strings.HasPrefix(p.database, "postgres:") {
		pgtest.WaitUnused(t, p.database)
	}
}

func (s *process) String() string { return fmt.Sprintf("server %d at %s", s.cmd.Process.Pid, s.url) }
