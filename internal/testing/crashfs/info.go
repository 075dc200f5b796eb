package crashfs

import (
	"io/fs"
	"time"
)

// info is an fs.FileInfo.
type info struct {
	name    string
	size    int64
	folder  bool
	modTime time.Time
}

func (n *node) info(name string) info {
	return info{name, int64(len(n.data)), n.folder, n.modTime}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) IsDir() bool        { return i.folder }
func (i info) ModTime() time.Time { return i.modTime }
func (i info) Sys() any           { return nil }

func (i info) Mode() fs.FileMode {
	if i.folder {
		return fs.ModeDir | 0o700
	}
	return 0o600
}
