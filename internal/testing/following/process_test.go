package following_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// Environment variables that make the test binary a process which writes to a database and
// follows it.
const (
	databaseVariable = "ASSETS_TEST_FOLLOW_URL"
	kindVariable     = "ASSETS_TEST_FOLLOW_KIND"
	writersVariable  = "ASSETS_TEST_FOLLOW_WRITERS"
	reportVariable   = "ASSETS_TEST_FOLLOW_REPORT" // the file that it writes in the end
)

// writtenMark ends the name of the mark that a process sets when it has written all that it
// writes.
const writtenMark = " has written"

// process is a process that writes and follows.
type process struct {
	cmd    *exec.Cmd
	output bytes.Buffer
	report string
	seen   report
}

// report is what a process has seen.
type report struct {
	Events, Position int64
	P50, P99         time.Duration
}

func startProcess(t *testing.T, url, kind string, writers int) *process {
	t.Helper()
	p := &process{report: t.TempDir() + "/report.json"}
	p.cmd = exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestVolumeFollowersOnPostgres$", "-test.v")
	p.cmd.Env = append(os.Environ(), databaseVariable+"="+url, kindVariable+"="+kind, writersVariable+"="+strconv.Itoa(writers), reportVariable+"="+p.report)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// wait waits for the end of the process and reads what it has seen.
func (p *process) wait(t *testing.T, kind string) {
	t.Helper()
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("%s: %v\n%s", kind, err, &p.output)
	}
	text, err := os.ReadFile(p.report)
	if err == nil {
		err = json.Unmarshal(text, &p.seen)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", kind, err, &p.output)
	}
}

// followInProcess writes, follows what all processes write, and reports what it has seen.
func followInProcess(t *testing.T, url string) {
	st, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	kind := os.Getenv(kindVariable)
	follow := map[string]func(context.Context, func([]assets.Event) error) error{
		"Follow": byMark(library(t, st), "one"), "FollowTx": byTransaction(st.Store, "two"), "reading": byReading(st),
	}[kind]
	s := newSeen()
	ended := make(chan error, 1)
	go func() { ended <- s.follow(t.Context(), follow) }()
	writers, err := strconv.Atoi(os.Getenv(writersVariable))
	if err != nil {
		t.Fatal(err)
	}
	if writeAll(t, writers, st.Store) == 0 {
		t.Error("nothing was written")
	}
	if err := st.PutFollower(t.Context(), kind+writtenMark, 0); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil || !s.done {
		t.Fatalf("%v, done: %t", err, s.done)
	}
	text, err := json.Marshal(report{int64(len(s.late) + 1), s.position, s.percentile(50), s.percentile(99)})
	if err == nil {
		err = os.WriteFile(os.Getenv(reportVariable), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
