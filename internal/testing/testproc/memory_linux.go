package testproc

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// Peak returns the largest resident memory of a process so far, in bytes (VmHWM of
// proc(5)).
func Peak(t testing.TB, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatal("the process has no VmHWM")
	}
	kib, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// ResetPeak sets the peak of a process to its present memory (clear_refs of proc(5))
// and returns it in bytes.
func ResetPeak(t testing.TB, pid int) int64 {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
	return Peak(t, pid)
}
