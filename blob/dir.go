package blob

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math"
	"path"
	"sync"
	"syscall"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/blobio"
	"github.com/10ex/assets/internal/filesys"
)

// Dir keeps contents in a folder, one file per key. When Put returns, the file, its
// name and the names of all folders above it have been synced, so that they survive a
// power cut. Files have mode 0600, folders 0700. A Dir is safe for concurrent use.
//
// A file is written under its final name: until Put returns, Open may return a part
// of the content. A process that is killed during Put leaves an incomplete file,
// which a sweep deletes.
type Dir struct {
	fs filesys.FS

	mu     sync.Mutex
	synced map[string]struct{} // folders whose names this Dir has synced
}

var _ assets.Blobs = (*Dir)(nil)

// OpenDir opens the folder at path. If it does not exist, OpenDir creates it and syncs
// its name. Several Dirs, also of several processes, may use one folder; nothing else
// may write to it.
func OpenDir(path string) (*Dir, error) {
	folder, err := filesys.OpenFolder(path)
	if err != nil {
		return nil, blobio.Wrap("open folder", path, err)
	}
	return newDir(folder), nil
}

func newDir(files filesys.FS) *Dir {
	return &Dir{fs: files, synced: make(map[string]struct{})}
}

// Close closes the folder. Open contents stay readable.
func (d *Dir) Close() error { return d.fs.Close() }

// Put implements assets.Blobs. It does not store the media type.
func (d *Dir) Put(ctx context.Context, key, _ string, r io.Reader) error {
	if err := blobio.Check(ctx, "put", key); err != nil {
		return err
	}
	f, err := d.create(key)
	if err != nil {
		return blobio.Wrap("put", key, createError(err))
	}
	stored := false
	defer func() {
		if !stored { // also if r panics
			_ = f.Close()
			_ = d.fs.Remove(key)
		}
	}()
	if err := d.write(ctx, f, r); err != nil {
		return blobio.Wrap("put", key, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return blobio.Wrap("put", key, blobio.Unavailable(err))
	}
	if err := d.fs.SyncDir(path.Dir(key)); err != nil {
		return blobio.Wrap("put", key, blobio.Unavailable(err))
	}
	stored = true
	return nil
}

func (d *Dir) write(ctx context.Context, f filesys.File, r io.Reader) error {
	src, _ := blobio.NewSource(ctx, r)
	defer src.Stop()
	_, err := io.Copy(f, src)
	if cause := src.Failure(ctx); cause != nil {
		return cause
	}
	if err != nil {
		return blobio.Unavailable(err)
	}
	return nil
}

// create creates the file of a key. Its folder exists and is durable afterwards.
func (d *Dir) create(key string) (filesys.File, error) {
	folder := path.Dir(key)
	if err := d.makeFolder(folder); err != nil {
		return nil, err
	}
	f, err := d.fs.Create(key)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	// Another process has removed the folder.
	d.forgetSynced(folder)
	if err := d.makeFolder(folder); err != nil {
		return nil, err
	}
	return d.fs.Create(key)
}

// makeFolder creates a folder and those above it, and syncs their names. It also
// syncs the name of a folder that exists, unless this Dir has synced it before: the
// process that created it may have ended before it synced the name.
func (d *Dir) makeFolder(folder string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var missing []string
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := d.synced[folder]; ok {
			break
		}
		missing = append([]string{folder}, missing...)
	}
	for _, folder := range missing {
		if err := d.fs.Mkdir(folder); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := d.fs.SyncDir(path.Dir(folder)); err != nil {
			return err
		}
		d.synced[folder] = struct{}{}
	}
	return nil
}

// forgetSynced has makeFolder create and sync a folder and those above it again.
func (d *Dir) forgetSynced(folder string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ; folder != "."; folder = path.Dir(folder) {
		delete(d.synced, folder)
	}
}

// Size implements assets.Blobs.
func (d *Dir) Size(ctx context.Context, key string) (int64, error) {
	if err := blobio.Check(ctx, "size", key); err != nil {
		return 0, err
	}
	info, err := d.fs.Stat(key)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return 0, blobio.Wrap("size", key, fileError(err))
	}
	return info.Size(), nil
}

// Open implements assets.Blobs.
func (d *Dir) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := blobio.CheckRange(offset, length); err != nil {
		return nil, blobio.Wrap("open", key, err)
	}
	if err := blobio.Check(ctx, "open", key); err != nil {
		return nil, err
	}
	f, err := d.openFile(key)
	if err != nil {
		return nil, blobio.Wrap("open", key, fileError(err))
	}
	if length < 0 {
		length = math.MaxInt64
	}
	return blobio.NewContent(ctx, key, io.NewSectionReader(f, offset, length), f), nil
}

func (d *Dir) openFile(name string) (filesys.File, error) {
	f, err := d.fs.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Delete implements assets.Blobs. It does not sync the deletion: a file that reappears
// after a power cut is deleted by the next sweep.
func (d *Dir) Delete(ctx context.Context, key string) error {
	if err := blobio.Check(ctx, "delete", key); err != nil {
		return err
	}
	info, err := d.fs.Stat(key)
	if err == nil && info.Mode().IsRegular() { // never a folder
		err = d.fs.Remove(key)
	}
	if err == nil || isNotExist(err) {
		return nil
	}
	return blobio.Wrap("delete", key, blobio.Unavailable(err))
}

// fileError returns the error of this package for an error of reading or deleting.
func fileError(err error) error {
	if isNotExist(err) {
		return assets.ErrNotFound
	}
	return blobio.Unavailable(err)
}

func isNotExist(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// createError returns the error of this package for an error of creating a file.
func createError(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	return blobio.Unavailable(err)
}

const listPage = 512 // entries of a folder that are read at once

// List implements [Sweepable]. The order is unspecified.
func (d *Dir) List(ctx context.Context, folder string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if folder != "" {
			if err := blobio.CheckKey(folder); err != nil {
				yield(Object{}, blobio.Wrap("list", folder, err))
				return
			}
		}
		d.walk(ctx, cmp.Or(folder, "."), yield)
	}
}

// walk yields the files below a folder and reports whether to continue. A file or
// folder that is removed meanwhile is not an error.
func (d *Dir) walk(ctx context.Context, folder string, yield func(Object, error) bool) bool {
	fail := func(err error) bool {
		yield(Object{}, blobio.Wrap("list", folder, err))
		return false
	}
	f, err := d.fs.Open(folder)
	if isNotExist(err) {
		return true
	}
	if err != nil {
		return fail(fileError(err))
	}
	defer func() { _ = f.Close() }()
	for {
		entries, err := f.ReadDir(listPage)
		for _, entry := range entries {
			if err := blobio.ContextError(ctx); err != nil {
				return fail(err)
			}
			if !d.visit(ctx, path.Join(folder, entry.Name()), entry.Type(), yield) {
				return false
			}
		}
		if err == io.EOF || isNotExist(err) {
			return true
		}
		if err != nil {
			return fail(fileError(err))
		}
	}
}

// visit yields one entry of a folder, or the files below it, and reports whether to
// continue.
func (d *Dir) visit(ctx context.Context, name string, mode fs.FileMode, yield func(Object, error) bool) bool {
	if mode.IsDir() {
		return d.walk(ctx, name, yield)
	}
	if !mode.IsRegular() || blobio.IsMarker(name) {
		return true
	}
	info, err := d.fs.Stat(name)
	if isNotExist(err) {
		return true
	}
	if err != nil {
		yield(Object{}, blobio.Wrap("list", name, fileError(err)))
		return false
	}
	return yield(Object{Key: name, Size: info.Size(), ModTime: info.ModTime()}, nil)
}

// ReadMarker implements [Sweepable].
func (d *Dir) ReadMarker(ctx context.Context) ([]byte, error) {
	if err := blobio.ContextError(ctx); err != nil {
		return nil, blobio.Wrap("read", blobio.MarkerKey, err)
	}
	f, err := d.openFile(blobio.MarkerKey)
	if err != nil {
		return nil, blobio.Wrap("read", blobio.MarkerKey, fileError(err))
	}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, blobio.MaxMarker))
	if err != nil {
		err = blobio.Wrap("read", blobio.MarkerKey, fileError(err))
	}
	_ = f.Close()
	return text, err
}

// WriteMarker implements [Sweepable]. It writes and syncs a new file and renames it to
// the marker's name.
func (d *Dir) WriteMarker(ctx context.Context, text []byte) error {
	if err := blobio.ContextError(ctx); err != nil {
		return blobio.Wrap("write", blobio.MarkerKey, err)
	}
	name := blobio.MarkerKey + "." + rand.Text()
	if err := d.writeFile(name, text); err != nil {
		return blobio.Wrap("write", blobio.MarkerKey, blobio.Unavailable(err))
	}
	err := d.fs.Rename(name, blobio.MarkerKey)
	if err == nil {
		err = d.fs.SyncDir(".")
	}
	if err != nil {
		_ = d.fs.Remove(name)
		return blobio.Wrap("write", blobio.MarkerKey, blobio.Unavailable(err))
	}
	return nil
}

func (d *Dir) writeFile(name string, text []byte) error {
	f, err := d.fs.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = d.fs.Remove(name)
	}
	return err
}

var _ Sweepable = (*Dir)(nil)
