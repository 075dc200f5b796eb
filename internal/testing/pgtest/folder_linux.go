package pgtest

import (
	"os"
	"syscall"
)

// quickFolder returns the folder for a cluster that need not survive: one in
// memory if there is plenty, since a database is hundreds of files, whose making
// takes far longer on a disk. Otherwise, also when TMPDIR is set or
// ASSETS_TEST_ALL asks for large tests, it returns "", the default.
func quickFolder() string {
	const (
		memory = "/dev/shm"
		plenty = 8 << 30
	)
	if os.Getenv("TMPDIR") != "" || os.Getenv("ASSETS_TEST_ALL") != "" {
		return ""
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < plenty { //nolint:gosec // a size is not negative
		return ""
	}
	return memory
}
