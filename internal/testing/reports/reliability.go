package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/10ex/assets/internal/testing/reports/reliability"
)

// cover makes the report write the table of reliability to a file, which is in the
// folder docs of the project.
func (r *report) cover(file string) (err error) {
	r.reliability, err = reliability.New()
	r.reliabilityFile = file
	return err
}

// summariseReliability writes the table and reports whether every row that needs
// a test has one. It writes nothing after a run that failed or that left servers
// out, because the table would be incomplete.
func (r *report) summariseReliability() bool {
	if r.reliability == nil || r.failed > 0 || r.withoutServers {
		return true
	}
	before, err := os.ReadFile(r.reliabilityFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.printf("FAIL: %v\n", err)
		return false
	}
	if missing := r.reliability.Missing(string(before)); len(missing) > 0 {
		r.printf("FAIL: no test of %s ran: one had it before, or internal/testing/reports/reliability/rows.txt gives no reason\n", strings.Join(missing, ", "))
		return false
	}
	now, err := r.reliability.Markdown(os.DirFS(filepath.Join(filepath.Dir(r.reliabilityFile), "..")))
	if err != nil {
		r.printf("FAIL: %v\n", err)
		return false
	}
	if now == string(before) {
		return true
	}
	if err := os.WriteFile(r.reliabilityFile, []byte(now), 0o644); err != nil { //nolint:gosec // a document
		r.printf("FAIL: %v\n", err)
		return false
	}
	r.printf("%s has changed: commit it\n", r.reliabilityFile)
	return true
}
