package assets

import (
	"context"
	"io"
	"iter"
)

func (l *Library) Create(ctx context.Context, by Actor, in NewAsset) (Written, error) { panic("") }
func (l *Library) AddVersion(ctx context.Context, by Actor, id ID, in NewVersion) (Written, error) {
	panic("")
}
func (l *Library) Rollback(ctx context.Context, by Actor, id ID, in Rollback) (*Asset, error) {
	panic("")
}
func (l *Library) Review(ctx context.Context, by Actor, id ID, d Decision) (*Asset, error) {
	panic("")
}
func (l *Library) BulkReview(ctx context.Context, by Actor, items []BulkItem, d Decision) ([]BulkResult, error) {
	panic("")
}
func (l *Library) Edit(ctx context.Context, by Actor, id ID, e Edit) (*Asset, error) { panic("") }
func (l *Library) Delete(ctx context.Context, by Actor, id ID, ifRevision []int64) error {
	panic("")
}
func (l *Library) Get(ctx context.Context, by Actor, id ID, sel Selector) (*Asset, error) {
	panic("")
}
func (l *Library) Version(ctx context.Context, by Actor, id ID, sel Selector) (Version, error) {
	panic("")
}
func (l *Library) Approved(ctx context.Context, by Actor, ids ...ID) ([]*Asset, error) { panic("") }
func (l *Library) Allowed(ctx context.Context, by Actor, id ID) ([]Permission, error)  { panic("") }
func (l *Library) List(ctx context.Context, by Actor, q Query) (Page, error)           { panic("") }
func (l *Library) All(ctx context.Context, by Actor, q Query) iter.Seq2[*Asset, error] { panic("") }

// Open reads a version's content.
func (l *Library) Open(ctx context.Context, by Actor, id ID, sel Selector) (*File, error) {
	panic("")
}
func (l *Library) PreviewURL(ctx context.Context, by Actor, id ID, o PreviewOptions) (PreviewLink, error) {
	panic("")
}
func (l *Library) OpenPreview(ctx context.Context, token string) (*File, error) { panic("") }

// File is an open content: an io.ReadSeekCloser over stored bytes, opened
// lazily at the first Read. A read of the whole is checked against the digest:
// the last bytes are withheld and ErrCorrupt is answered when it differs.
type File struct {
	Asset   *Asset // showing Version
	Version Version
}

func (f *File) Read(p []byte) (int, error)                   { panic("") }
func (f *File) Seek(offset int64, whence int) (int64, error) { panic("") }
func (f *File) Close() error                                 { panic("") }

var _ io.ReadSeekCloser = (*File)(nil)
