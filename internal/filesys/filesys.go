// Package filesys is the seam between the folder of blobs and the operating
// system: each step that durability depends on is a call of its own, so that
// a test can record their order and cut the power between two of them.
package filesys

import (
	"io"
	"io/fs"
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
