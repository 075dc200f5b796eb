// Package filesys is the seam between the folder of blobs and the operating
// system: each step that durability depends on is a call of its own, so that
// a test can record their order and cut the power between two of them.
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

// FS is one folder and what is beneath it. Names are slash-separated and
// relative to it; "." is the folder itself. No name reaches outside. Errors
// match fs.ErrExist and fs.ErrNotExist. It is safe for concurrent use.
type FS interface {
	// Mkdir makes one folder, 0700; its name is durable once its parent is
	// synced.
	Mkdir(name string) error
	// Create makes a new file for writing, 0600, and fails when the name is
	// taken; the name is durable once its folder is synced.
	Create(name string) (File, error)
	// Open opens a file or folder for reading.
	Open(name string) (File, error)
	// SyncDir makes the names in a folder durable.
	SyncDir(name string) error
	// Rename replaces to by from, atomically.
	Rename(from, to string) error
	// Remove removes a file.
	Remove(name string) error
	// Stat describes a file or folder.
	Stat(name string) (fs.FileInfo, error)
	// Close lets the folder go.
	Close() error
}

// File is an open file or folder.
type File interface {
	io.Writer
	io.ReaderAt
	// Sync makes the bytes durable, but not the name.
	Sync() error
	Stat() (fs.FileInfo, error)
	// ReadDir answers the next at most n entries of a folder, in no order,
	// and io.EOF behind the last.
	ReadDir(n int) ([]fs.DirEntry, error)
	Close() error
}

const (
	fileMode   = 0o600
	folderMode = 0o700
)

// Folder is an FS of the operating system. It is an [os.Root], so neither a
// name nor a symbolic link leads out of it.
type Folder struct{ root *os.Root }

// OpenFolder opens the folder at path. Folders that are missing are made, 0700,
// and their names synced.
func OpenFolder(path string) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := makeDurable(path); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Folder{root}, nil
}

func makeDurable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is not a folder", path)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(path)
	if err := makeDurable(parent); err != nil {
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

// syncAndClose syncs a folder. Windows has no such call, and needs none: NTFS
// keeps names in its journal.
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
	return opened(f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode))
}

// Open implements FS.
func (f *Folder) Open(name string) (File, error) { return opened(f.root.Open(name)) }

// opened keeps a nil *os.File from becoming a File that is not nil.
func opened(file *os.File, err error) (File, error) {
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
