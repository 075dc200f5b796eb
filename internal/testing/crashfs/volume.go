package crashfs

import (
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"syscall"
	"time"

	"github.com/10ex/assets/internal/filesys"
)

// volume is the disk as it was opened between two power cuts.
type volume struct {
	disk *Disk
	boot int
}

var _ filesys.FS = (*volume)(nil)

// change runs an operation that changes the disk.
func (v *volume) change(op, name string, do func() error) error {
	v.disk.mu.Lock()
	defer v.disk.mu.Unlock()
	if err := v.disk.step(v.boot, op, name); err != nil {
		return err
	}
	return do()
}

// inspect runs an operation that does not change the disk.
func (v *volume) inspect(do func() error) error {
	v.disk.mu.Lock()
	defer v.disk.mu.Unlock()
	if v.boot != v.disk.boot {
		return ErrPowerCut
	}
	return do()
}

// add enters a new node under a name that must be free.
func (v *volume) add(op, name string, n *node) error {
	parent, err := v.disk.find(op, path.Dir(name))
	if err != nil {
		return err
	}
	if !parent.folder {
		return &fs.PathError{Op: op, Path: name, Err: syscall.ENOTDIR}
	}
	if parent.entries[path.Base(name)] != nil {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrExist}
	}
	parent.entries[path.Base(name)] = n
	return nil
}

func (v *volume) Mkdir(name string) error {
	return v.change("mkdir", name, func() error { return v.add("mkdir", name, newFolder()) })
}

func (v *volume) Create(name string) (filesys.File, error) {
	n := &node{modTime: time.Now()}
	if err := v.change("create", name, func() error { return v.add("create", name, n) }); err != nil {
		return nil, err
	}
	return &file{volume: v, name: name, node: n}, nil
}

func (v *volume) Open(name string) (filesys.File, error) {
	var n *node
	err := v.inspect(func() (err error) {
		n, err = v.disk.find("open", name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &file{volume: v, name: name, node: n}, nil
}

func (v *volume) SyncDir(name string) error {
	return v.change("syncdir", name, func() error {
		n, err := v.disk.find("syncdir", name)
		if err == nil {
			n.synced = maps.Clone(n.entries)
		}
		return err
	})
}

func (v *volume) Rename(from, to string) error {
	return v.change("rename", from, func() error {
		n, err := v.disk.find("rename", from)
		if err != nil {
			return err
		}
		target, err := v.disk.find("rename", path.Dir(to))
		if err != nil {
			return err
		}
		target.entries[path.Base(to)] = n
		return v.unlink(from)
	})
}

func (v *volume) Remove(name string) error {
	return v.change("remove", name, func() error {
		if _, err := v.disk.find("remove", name); err != nil {
			return err
		}
		return v.unlink(name)
	})
}

func (v *volume) unlink(name string) error {
	parent, err := v.disk.find("remove", path.Dir(name))
	if err == nil {
		delete(parent.entries, path.Base(name))
	}
	return err
}

func (v *volume) Stat(name string) (fs.FileInfo, error) {
	f, err := v.Open(name)
	if err != nil {
		return nil, err
	}
	return f.Stat()
}

func (v *volume) Close() error { return nil }

// file is an open file or folder.
type file struct {
	*volume
	name   string
	node   *node
	unread []string // entries of a folder; nil before the first ReadDir
}

func (f *file) Write(p []byte) (int, error) {
	err := f.change("write", f.name, func() error {
		f.node.data = append(f.node.data, p...)
		f.node.modTime = time.Now()
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f *file) Sync() error {
	return f.change("sync", f.name, func() error {
		f.node.durable = slices.Clone(f.node.data)
		return nil
	})
}

func (f *file) ReadAt(p []byte, offset int64) (n int, err error) {
	err = f.inspect(func() error {
		n = copy(p, f.node.data[min(offset, int64(len(f.node.data))):])
		if n < len(p) {
			return io.EOF
		}
		return nil
	})
	return n, err
}

func (f *file) Stat() (fs.FileInfo, error) {
	var i info
	err := f.inspect(func() error {
		i = f.node.info(path.Base(f.name))
		return nil
	})
	return i, err
}

func (f *file) ReadDir(n int) (entries []fs.DirEntry, err error) {
	err = f.inspect(func() error {
		if f.unread == nil {
			f.unread = slices.AppendSeq([]string{}, maps.Keys(f.node.entries))
		}
		for _, name := range f.unread[:min(n, len(f.unread))] {
			if entry := f.node.entries[name]; entry != nil {
				entries = append(entries, fs.FileInfoToDirEntry(entry.info(name)))
			}
		}
		f.unread = f.unread[min(n, len(f.unread)):]
		if len(entries) == 0 {
			return io.EOF
		}
		return nil
	})
	return entries, err
}

func (f *file) Close() error { return f.inspect(func() error { return nil }) }
