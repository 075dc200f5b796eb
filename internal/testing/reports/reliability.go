package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/10ex/assets/internal/testing/reports/reliability"
)

// cover makes the report write a file as docs/reliability.md is.
func (r *report) cover(file string) (err error) {
	r.reliability, err = reliability.New()
	r.reliabilityFile = file
	return err
}

// summariseReliability writes the table of what ran, and answers whether every
// row that is to have a test has one. Of a run that failed, or left servers
// out, the table would be wrong.
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
		r.printf("FAIL: no test of %s ran: one had it before, or internal/ci/reliability/rows.txt gives no reason\n", strings.Join(missing, ", "))
		return false
	}
	now := r.reliability.Markdown()
	if now == string(before) {
		return true
	}
	if err := os.WriteFile(r.reliabilityFile, []byte(now), 0o644); err != nil { //nolint:gosec // a document
		r.printf("FAIL: %v\n", err)
		return false
	}
	r.printf("%s was written anew: commit it\n", r.reliabilityFile)
	return true
}
