package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/fixture"
)

func readCalls() []libraryCall {
	return []libraryCall{
		{name: "Versions", prepare: newer, call: func(ctx context.Context, s *trial) error {
			page, err := s.lib.Versions(ctx, s.user("ann"), s.id, assets.PageQuery{})
			if err == nil && len(page.Items) != 2 {
				return fmt.Errorf("got %d versions", len(page.Items))
			}
			return err
		}},
		{name: "Reviews", prepare: newer, call: func(ctx context.Context, s *trial) error {
			page, err := s.lib.Reviews(ctx, s.user("ann"), s.id, assets.PageQuery{})
			if err == nil && len(page.Items) == 0 {
				return errors.New("got no reviews")
			}
			return err
		}},
		{name: "Get", prepare: newer, call: func(ctx context.Context, s *trial) error {
			a, err := s.lib.Get(ctx, s.user("ann"), s.id, assets.SelectApproved)
			if err == nil && (a.Version != 1 || len(a.Versions) != 2) {
				return fmt.Errorf("got version %d with %d versions", a.Version, len(a.Versions))
			}
			return err
		}},
		{name: "Version", prepare: newer, call: func(ctx context.Context, s *trial) error {
			_, err := s.lib.Version(ctx, s.user("ann"), s.id, assets.SelectApproved)
			return err
		}},
		{name: "Approved", prepare: newer, call: func(ctx context.Context, s *trial) error {
			_, err := s.lib.Approved(ctx, s.user("ann"), s.id)
			return err
		}},
		{name: "Allowed", prepare: newer, call: func(ctx context.Context, s *trial) error {
			_, err := s.lib.Allowed(ctx, s.user("ann"), s.id)
			return err
		}},
		{name: "Publishable", prepare: newer, call: func(ctx context.Context, s *trial) error {
			p, err := s.lib.Publishable(ctx, s.user("ann"), s.id, 2)
			if err == nil && (p.Publishable || len(p.Missing) == 0) {
				return fmt.Errorf("got %+v", p)
			}
			return err
		}},
		{name: "Diff", files: true, prepare: newer, call: func(ctx context.Context, s *trial) error {
			d, err := s.lib.Diff(ctx, s.user("ann"), s.id, assets.DiffQuery{})
			if err == nil && (d.From == nil || d.From.Version != 1 || len(d.Segments) == 0) {
				return fmt.Errorf("got %+v", d)
			}
			return err
		}},
		{name: "Counts", prepare: newer, call: func(ctx context.Context, s *trial) error {
			c, err := s.lib.Counts(ctx, s.user("ann"), assets.CountQuery{Frequent: true})
			if err == nil && (c.InForce != 1 || len(c.Types) != 1) {
				return fmt.Errorf("got %+v", c)
			}
			return err
		}},
		{name: "List", prepare: newer, call: func(ctx context.Context, s *trial) error {
			page, err := s.lib.List(ctx, s.user("ann"), assets.Query{})
			if err == nil && len(page.Items) != 1 {
				return fmt.Errorf("%d items", len(page.Items))
			}
			return err
		}},
		{name: "List with total", prepare: newer, call: func(ctx context.Context, s *trial) error {
			page, err := s.lib.List(ctx, s.user("ann"), assets.Query{IncludeTotal: true})
			if err == nil && (page.Total == nil || *page.Total != 1) {
				return fmt.Errorf("total %v", page.Total)
			}
			return err
		}},
		{name: "Tags", prepare: newer, call: func(ctx context.Context, s *trial) error {
			page, err := s.lib.Tags(ctx, s.user("ann"), assets.TagQuery{})
			if err == nil && len(page.Items) != 0 {
				return fmt.Errorf("tags %v of an asset without", page.Items)
			}
			return err
		}},
		{name: "All", prepare: newer, call: func(ctx context.Context, s *trial) error {
			found := 0
			for _, err := range s.lib.All(ctx, s.user("ann"), assets.Query{Limit: 1}) {
				if err != nil {
					return err
				}
				found++
			}
			if found != 1 {
				return fmt.Errorf("%d assets", found)
			}
			return nil
		}},
		{name: "Open", files: true, prepare: newer, call: func(ctx context.Context, s *trial) error {
			return readWhole(s.lib.Open(ctx, s.user("ann"), s.id, assets.SelectApproved))
		}},
		{name: "PreviewURL", prepare: newer, call: func(ctx context.Context, s *trial) error {
			_, err := s.lib.PreviewURL(ctx, s.user("ann"), s.id, assets.PreviewOptions{})
			return err
		}},
		{
			name: "OpenPreview",
			prepare: func(s *trial) error {
				if err := approved(s); err != nil {
					return err
				}
				link, err := s.lib.PreviewURL(context.Background(), s.user("ann"), s.id, assets.PreviewOptions{})
				s.token = fixture.Token(link.URL)
				return err
			},
			call: func(ctx context.Context, s *trial) error { return readWhole(s.lib.OpenPreview(ctx, s.token)) },
		},
	}
}

// readWhole expects the content "text", which every first version has.
func readWhole(f *assets.File, err error) (failed error) {
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, f.Close()) }() // also when a read panics
	b, err := io.ReadAll(f)
	if err == nil && string(b) != "text" {
		err = fmt.Errorf("read %q as a complete content", b)
	}
	return err
}
