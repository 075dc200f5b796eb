package assetstest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/export"
)

func exportsSuite(t *testing.T, seed func(wholeStore) wholeStore) {
	onStore(assetstest.TestExports[assetstest.ExportStore])(t, seed)
}

func TestVolumeExports(t *testing.T) { accepts(t, exportsSuite) }

func TestVolumeExportsRefuses(t *testing.T) {
	refuses(
		t, exportsSuite,
		fault[wholeStore]{"entries begin one byte late", func(s wholeStore) wholeStore { return lateEntries{s} }, "entries are found by any byte of theirs"},
		fault[wholeStore]{"an entry loses its document", func(s wholeStore) wholeStore { return withoutDocuments{s} }, "every field comes back"},
		fault[wholeStore]{"exports are listed oldest first", func(s wholeStore) wholeStore { return oldestExportFirst{s} }, "exports are listed newest first, each once"},
		fault[wholeStore]{"an export is found in a workspace of another case", func(s wholeStore) wholeStore { return caselessExport{s} }, "another workspace's export is not found TEN05"},
		fault[wholeStore]{"an export is stored although its function failed", func(s wholeStore) wholeStore { return freezesAnyway{s} }, "a freeze that fails leaves nothing to be seen"},
		fault[wholeStore]{"exports expire one millisecond early", func(s wholeStore) wholeStore { return expiresEarly{s} }, "expiry removes exports that expired before the time"},
		fault[wholeStore]{"there is no candidate", func(s wholeStore) wholeStore { return noCandidates{s} }, "candidates have what their version and its approval have"},
	)
}

type lateEntries struct{ wholeStore }

func (s lateEntries) Entries(ctx context.Context, workspace string, id assets.ID, section export.Section, at int64, limit int) ([]export.Entry, error) {
	return s.wholeStore.Entries(ctx, workspace, id, section, at+1, limit)
}

type withoutDocuments struct{ wholeStore }

func (s withoutDocuments) Entries(ctx context.Context, workspace string, id assets.ID, section export.Section, at int64, limit int) ([]export.Entry, error) {
	entries, err := s.wholeStore.Entries(ctx, workspace, id, section, at, limit)
	for i := range entries {
		entries[i].Document = nil
	}
	return entries, err
}

type oldestExportFirst struct{ wholeStore }

func (s oldestExportFirst) Exports(ctx context.Context, workspace string, before assets.ID, limit int) ([]export.Record, error) {
	records, err := s.wholeStore.Exports(ctx, workspace, before, limit)
	slices.Reverse(records)
	return records, err
}

type caselessExport struct{ wholeStore }

func (s caselessExport) Export(ctx context.Context, workspace string, id assets.ID) (export.Record, error) {
	return s.wholeStore.Export(ctx, strings.ToLower(workspace), id)
}

type freezesAnyway struct{ wholeStore }

func (s freezesAnyway) Freeze(ctx context.Context, r export.Record, q export.Quota, fn func(export.Freezing) (export.Plan, error)) (failed error) {
	err := s.wholeStore.Freeze(ctx, r, q, func(f export.Freezing) (plan export.Plan, _ error) {
		plan, failed = fn(f)
		return plan, nil
	})
	if failed != nil {
		return failed
	}
	return err
}

type noCandidates struct{ wholeStore }

func (s noCandidates) Freeze(ctx context.Context, r export.Record, q export.Quota, fn func(export.Freezing) (export.Plan, error)) error {
	return s.wholeStore.Freeze(ctx, r, q, func(f export.Freezing) (export.Plan, error) { return fn(approvesNothing{f}) })
}

type approvesNothing struct{ export.Freezing }

func (approvesNothing) Approved(context.Context, assets.Filter, assets.Window) ([]export.Candidate, error) {
	return []export.Candidate{}, nil
}
