package testproc

import (
	"bufio"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// LimitMemory moves a process into a control group of its own with a hard limit of
// memory in bytes, beyond which the kernel kills it. The page cache of the files that it
// uses counts, but is given back first. LimitMemory reports false if no group can be
// made, as without root. The group is removed when the test ends; the process must have
// ended then.
//
// A limit of the address space (RLIMIT_AS) is no substitute: Go reserves far more than
// it uses.
func LimitMemory(t testing.TB, pid int, bytes int64) bool {
	t.Helper()
	for _, parent := range memoryGroups() {
		group := filepath.Join(parent, fmt.Sprintf("assets-test-%d", pid))
		if os.Mkdir(group, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { _ = os.Remove(group) })
		if limitGroup(group, bytes) && writeGroup(group, "cgroup.procs", int64(pid)) {
			return true
		}
	}
	return false
}

// memoryGroups returns the folders below which a group with limited memory may be
// possible: those of this process in cgroup v2, where a group that has processes has no
// children with limits, and in v1.
func memoryGroups() (folders []string) {
	const unified, memory = "/sys/fs/cgroup", "/sys/fs/cgroup/memory" // v2, v1
	file, err := os.Open("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		_, rest, _ := strings.Cut(lines.Text(), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		switch controllers {
		case "":
			own := path.Join(unified, group)
			folders = append(folders, path.Dir(own), own)
		case "memory":
			folders = append(folders, path.Join(memory, group), memory)
		}
	}
	return folders
}

// limitGroup sets the limit of a group, in the file of cgroup v2 or v1.
func limitGroup(group string, bytes int64) bool {
	return writeGroup(group, "memory.max", bytes) || writeGroup(group, "memory.limit_in_bytes", bytes)
}

// writeGroup writes a file of a group, which must exist.
func writeGroup(group, name string, value int64) bool {
	file, err := os.OpenFile(filepath.Join(group, name), os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	_, err = file.WriteString(strconv.FormatInt(value, 10))
	return file.Close() == nil && err == nil
}
