package assets

import (
	"context"
	"errors"
	"sync"
)

// maxTextReads is the number of short texts that a Library reads at the same time.
const maxTextReads = 16

// hasText reports whether the asset has a Text in a list, and hasShortText whether that
// is not nil.
func (a *Asset) hasText() bool { return a.Type.onlyText() }

func (a *Asset) hasShortText() bool {
	return a.hasText() && a.Content.SizeBytes <= MaxShortText && a.ErasedAt == 0
}

// bytesWithText returns the size of an asset as it is stored, with its short text.
func bytesWithText(a **Asset) int64 {
	n := assetBytes(a)
	if (*a).hasShortText() {
		n += (*a).Content.SizeBytes
	}
	return n
}

// shortTexts returns the versions shown that have a short text.
func shortTexts(page []*Asset) (versions []Ref) {
	for _, a := range page {
		if a.hasShortText() {
			versions = append(versions, Ref{AssetID: a.ID, Version: a.Version})
		}
	}
	return versions
}

// readTexts sets Text of the copies and blogs on a page. versions are those of
// shortTexts. Each text is compared with its digest. Several are read at the same time.
//
// It returns the error of a text that cannot be read, or ErrUnavailable after
// Limits.WorkWait.
func (l *Library) readTexts(ctx context.Context, page []*Asset, versions []Version) error {
	limited, cancel := context.WithTimeout(ctx, l.cfg.Limits.WorkWait)
	defer cancel()
	reading, fail := context.WithCancelCause(limited)
	defer fail(nil)
	stored := make(map[ID]Version, len(versions))
	for _, v := range versions {
		stored[v.AssetID] = v
	}
	small, err := l.smallTexts(reading, versions)
	if err != nil {
		return l.textsError(ctx, reading, err)
	}
	var reads sync.WaitGroup
	panics := make(chan any, 1)
	for _, a := range page {
		if !a.hasText() {
			continue
		}
		a.Text = &ShortText{}
		if !a.hasShortText() || !l.startTextRead(reading) {
			continue
		}
		reads.Go(func() {
			defer l.endTextRead(panics, fail)
			v := stored[a.ID]
			text, err := l.readText(reading, a.Workspace, v, small[v.Key])
			switch {
			case err == nil:
				a.Text.Text = &text
			case !errors.Is(err, ErrErased): // since the page was read
				fail(err)
			}
		})
	}
	reads.Wait()
	select {
	case p := <-panics:
		panic(p) // as if it had been called here
	default:
	}
	return l.textsError(ctx, reading, context.Cause(reading))
}

// smallTexts returns those texts that the store keeps, by key, with one read.
func (l *Library) smallTexts(ctx context.Context, versions []Version) (map[string][]byte, error) {
	var keys []string
	for _, v := range versions {
		if isSmall(v.Key) {
			keys = append(keys, v.Key)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return l.readSmall(ctx, keys...)
}

// textsError returns err, unless the time of reading has passed.
func (l *Library) textsError(ctx, reading context.Context, err error) error {
	if errors.Is(context.Cause(reading), context.DeadlineExceeded) && ctx.Err() == nil {
		return Errorf(ErrUnavailable, "reading the texts took longer than %v; ask for fewer items, or for none of their texts", l.cfg.Limits.WorkWait)
	}
	return err
}

// startTextRead waits until one more text may be read. It reports false if ctx ends
// before.
func (l *Library) startTextRead(ctx context.Context) bool {
	select {
	case l.textReads <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// endTextRead ends what startTextRead has begun. After a panic, it ends the other reads
// and keeps the panic for their caller.
func (l *Library) endTextRead(panics chan<- any, fail context.CancelCauseFunc) {
	<-l.textReads
	p := recover()
	if p == nil {
		return
	}
	select {
	case panics <- p:
	default:
	}
	fail(errInternal)
}
