package blob

import (
	"bytes"
	"context"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/blobio"
)

// Memory keeps contents in memory, for tests. It is safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	objects map[string]memoryObject
	writing map[string]struct{} // keys of the Puts in progress
	marker  []byte
}

type memoryObject struct {
	content []byte
	modTime time.Time
}

var (
	_ assets.Blobs = (*Memory)(nil)
	_ Sweepable    = (*Memory)(nil)
)

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	return &Memory{objects: map[string]memoryObject{}, writing: map[string]struct{}{}}
}

// Put implements assets.Blobs. It does not store the media type.
func (m *Memory) Put(ctx context.Context, key, _ string, r io.Reader) error {
	if err := blobio.Check(ctx, "put", key); err != nil {
		return err
	}
	if !m.claim(key) {
		return blobio.Wrap("put", key, ErrExists)
	}
	defer m.release(key)
	src, _ := blobio.NewSource(ctx, r)
	defer src.Stop()
	content, err := io.ReadAll(src)
	if cause := src.Failure(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return blobio.Wrap("put", key, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[key] = memoryObject{content: content, modTime: time.Now()}
	return nil
}

// claim reserves a key for one Put. It reports false if the key exists or another Put
// has reserved it.
func (m *Memory) claim(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, exists := m.objects[key]
	_, taken := m.writing[key]
	if exists || taken {
		return false
	}
	m.writing[key] = struct{}{}
	return true
}

// release ends the reservation of a key.
func (m *Memory) release(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.writing, key)
}

// object returns the object of a key, or ErrNotFound.
func (m *Memory) object(ctx context.Context, op, key string) (memoryObject, error) {
	if err := blobio.Check(ctx, op, key); err != nil {
		return memoryObject{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	if !ok {
		return memoryObject{}, blobio.Wrap(op, key, assets.ErrNotFound)
	}
	return o, nil
}

// Size implements assets.Blobs.
func (m *Memory) Size(ctx context.Context, key string) (int64, error) {
	o, err := m.object(ctx, "size", key)
	return int64(len(o.content)), err
}

// Open implements assets.Blobs.
func (m *Memory) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := blobio.CheckRange(offset, length); err != nil {
		return nil, blobio.Wrap("open", key, err)
	}
	o, err := m.object(ctx, "open", key)
	if err != nil {
		return nil, err
	}
	content := o.content[min(offset, int64(len(o.content))):]
	if length >= 0 {
		content = content[:min(length, int64(len(content)))]
	}
	return blobio.NewContent(ctx, key, bytes.NewReader(content), io.NopCloser(nil)), nil
}

// Delete implements assets.Blobs.
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := blobio.Check(ctx, "delete", key); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, key)
	return nil
}

// List implements [Sweepable], in the order of the keys.
func (m *Memory) List(ctx context.Context, folder string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if folder != "" {
			if err := blobio.CheckKey(folder); err != nil {
				yield(Object{}, blobio.Wrap("list", folder, err))
				return
			}
			folder += "/"
		}
		m.mu.Lock()
		objects := maps.Clone(m.objects)
		m.mu.Unlock()
		for _, key := range slices.Sorted(maps.Keys(objects)) {
			if !strings.HasPrefix(key, folder) {
				continue
			}
			if err := blobio.ContextError(ctx); err != nil {
				yield(Object{}, blobio.Wrap("list", folder, err))
				return
			}
			o := objects[key]
			if !yield(Object{Key: key, Size: int64(len(o.content)), ModTime: o.modTime}, nil) {
				return
			}
		}
	}
}

// ReadMarker implements [Sweepable].
func (m *Memory) ReadMarker(ctx context.Context) ([]byte, error) {
	if err := blobio.ContextError(ctx); err != nil {
		return nil, blobio.Wrap("read", blobio.MarkerKey, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.marker == nil {
		return nil, blobio.Wrap("read", blobio.MarkerKey, assets.ErrNotFound)
	}
	return m.marker[:min(len(m.marker), blobio.MaxMarker)], nil
}

// WriteMarker implements [Sweepable].
func (m *Memory) WriteMarker(ctx context.Context, text []byte) error {
	if err := blobio.ContextError(ctx); err != nil {
		return blobio.Wrap("write", blobio.MarkerKey, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.marker = bytes.Clone(text)
	return nil
}
