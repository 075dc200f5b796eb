// Package filesys is the seam between blob.Dir and the operating system. Each step that
// durability depends on is a call of its own, so that a test can record the order of the
// calls and simulate a power cut between two of them.
package filesys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// FS is a folder and everything below it. Names are slash-separated and relative to the
// folder; "." is the folder itself. A name cannot refer to a file outside of the folder.
// Errors match fs.ErrExist and fs.ErrNotExist. An FS is safe for concurrent use.
type FS interface {
	// Mkdir creates one folder with mode 0700. Its name is durable when its
	// parent has been synced.
	Mkdir(name string) error
	// Create creates a file with mode 0600 for writing. It fails if the name
	// exists. The name is durable when its folder has been synced.
	Create(name string) (File, error)
	// Open opens a file or folder for reading.
	Open(name string) (File, error)
	// SyncDir makes the names in a folder durable.
	SyncDir(name string) error
	// Rename renames from to to and atomically replaces to if it exists.
	Rename(from, to string) error
	// Remove removes a file.
	Remove(name string) error
	// Stat returns information about a file or folder.
	Stat(name string) (fs.FileInfo, error)
	// Close closes the folder. Open files stay open.
	Close() error
}

// File is an open file or folder.
type File interface {
	io.Writer
	io.ReaderAt
	// Sync makes the bytes of the file durable, but not its name.
	Sync() error
	Stat() (fs.FileInfo, error)
	// ReadDir returns the next entries of a folder, at most n, in an unspecified
	// order. It returns io.EOF after the last entry.
	ReadDir(n int) ([]fs.DirEntry, error)
	Close() error
}

const (
	fileMode   = 0o600
	folderMode = 0o700
)

// Folder is an FS in the file system of the operating system. It uses [os.Root], so
// neither a name nor a symbolic link can refer to a file outside of it.
type Folder struct{ root *os.Root }

// OpenFolder opens the folder at path. It creates missing folders with mode 0700 and
// syncs their names.
func OpenFolder(path string) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := mkdirAll(path); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Folder{root}, nil
}

// mkdirAll creates the folder at path and those above it that do not exist, and syncs
// their names.
func mkdirAll(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is not a folder", path)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(path)
	if err := mkdirAll(parent); err != nil {
		return err
	}
	if err := os.Mkdir(path, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.Open(parent)
	if err != nil {
		return err
	}
	return syncAndClose(f)
}

// syncAndClose syncs and closes a folder. Windows cannot sync folders, and NTFS does not
// need it, because its journal contains names.
func syncAndClose(folder *os.File) error {
	if runtime.GOOS == "windows" {
		return folder.Close()
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Mkdir implements FS.
func (f *Folder) Mkdir(name string) error { return f.root.Mkdir(name, folderMode) }

// Create implements FS.
func (f *Folder) Create(name string) (File, error) {
	return asFile(f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode))
}

// Open implements FS.
func (f *Folder) Open(name string) (File, error) { return asFile(f.root.Open(name)) }

// asFile returns a nil File, not a File that contains a nil *os.File, for an error.
func asFile(file *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return file, nil
}

// SyncDir implements FS.
func (f *Folder) SyncDir(name string) error {
	folder, err := f.root.Open(name)
	if err != nil {
		return err
	}
	return syncAndClose(folder)
}

// Rename implements FS.
func (f *Folder) Rename(from, to string) error { return f.root.Rename(from, to) }

// Remove implements FS.
func (f *Folder) Remove(name string) error { return f.root.Remove(name) }

// Stat implements FS.
func (f *Folder) Stat(name string) (fs.FileInfo, error) { return f.root.Stat(name) }

// Close implements FS.
func (f *Folder) Close() error { return f.root.Close() }
