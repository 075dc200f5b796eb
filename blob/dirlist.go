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
)

const listPage = 512 // entries of a folder held at once

// List implements [Sweepable], in no order.
func (d *Dir) List(ctx context.Context, folder string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if folder != "" {
			if err := checkKey(folder); err != nil {
				yield(Object{}, wrap("list", folder, err))
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
		yield(Object{}, wrap("list", folder, err))
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
			if err := ended(ctx); err != nil {
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
	if !mode.IsRegular() || isMarker(name) {
		return true
	}
	info, err := d.fs.Stat(name)
	if notThere(err) {
		return true
	}
	if err != nil {
		yield(Object{}, wrap("list", name, fileError(err)))
		return false
	}
	return yield(Object{Key: name, Size: info.Size(), ModTime: info.ModTime()}, nil)
}

// ReadMarker implements [Sweepable].
func (d *Dir) ReadMarker(ctx context.Context) ([]byte, error) {
	if err := ended(ctx); err != nil {
		return nil, wrap("read", markerKey, err)
	}
	f, err := d.openFile(markerKey)
	if err != nil {
		return nil, wrap("read", markerKey, fileError(err))
	}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, maxMarker))
	if err != nil {
		err = wrap("read", markerKey, fileError(err))
	}
	_ = f.Close()
	return text, err
}

// WriteMarker implements [Sweepable]: a new file is synced and then takes the
// marker's name.
func (d *Dir) WriteMarker(ctx context.Context, text []byte) error {
	if err := ended(ctx); err != nil {
		return wrap("write", markerKey, err)
	}
	name := markerKey + "." + rand.Text()
	if err := d.writeFile(name, text); err != nil {
		return wrap("write", markerKey, unavailable(err))
	}
	err := d.fs.Rename(name, markerKey)
	if err == nil {
		err = d.fs.SyncDir(".")
	}
	if err != nil {
		_ = d.fs.Remove(name)
		return wrap("write", markerKey, unavailable(err))
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

var (
	_ Sweepable = (*Dir)(nil)
	_ Sweepable = (*Bucket)(nil)
)
