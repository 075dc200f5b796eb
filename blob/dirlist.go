package blob

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"

	"github.com/10ex/assets/internal/blobio"
)

const listPage = 512 // entries of a folder held at once

// List implements [Sweepable], in no order.
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

// walk yields the files beneath a folder and answers whether to go on. What
// vanishes meanwhile is not an error.
func (d *Dir) walk(ctx context.Context, folder string, yield func(Object, error) bool) bool {
	fail := func(err error) bool {
		yield(Object{}, blobio.Wrap("list", folder, err))
		return false
	}
	f, err := d.fs.Open(folder)
	if notThere(err) {
		return true
	}
	if err != nil {
		return fail(fileError(err))
	}
	defer func() { _ = f.Close() }()
	for {
		entries, err := f.ReadDir(listPage)
		for _, entry := range entries {
			if err := blobio.Ended(ctx); err != nil {
				return fail(err)
			}
			if !d.visit(ctx, path.Join(folder, entry.Name()), entry.Type(), yield) {
				return false
			}
		}
		if err == io.EOF || notThere(err) {
			return true
		}
		if err != nil {
			return fail(fileError(err))
		}
	}
}

func (d *Dir) visit(ctx context.Context, name string, mode fs.FileMode, yield func(Object, error) bool) bool {
	if mode.IsDir() {
		return d.walk(ctx, name, yield)
	}
	if !mode.IsRegular() || blobio.IsMarker(name) {
		return true
	}
	info, err := d.fs.Stat(name)
	if notThere(err) {
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
	if err := blobio.Ended(ctx); err != nil {
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

// WriteMarker implements [Sweepable]: a new file is synced and then takes the
// marker's name.
func (d *Dir) WriteMarker(ctx context.Context, text []byte) error {
	if err := blobio.Ended(ctx); err != nil {
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
