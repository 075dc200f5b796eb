package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

func TestVolumeExportsRefusesWrongQuotas(t *testing.T) {
	refuses(
		t, exportsSuite,
		fault[wholeStore]{"the number of exports is not limited", changesQuota(func(q export.Quota) export.Quota { q.Exports = 0; return q }), "a quota of exports holds HOS08"},
		fault[wholeStore]{"metadata is not limited", changesQuota(func(q export.Quota) export.Quota { q.Metadata = 0; return q }), "a quota of metadata holds HOS08"},
		fault[wholeStore]{"expired exports count", func(s wholeStore) wholeStore { return countsExpired{s} }, "expired exports do not count, and the newest of them stay HOS08"},
		fault[wholeStore]{"one too many is made at once", changesQuota(func(q export.Quota) export.Quota { q.Exports++; return q }), "freezes at once stay within a quota HOS08"},
		fault[wholeStore]{"all documents are read", func(s wholeStore) wholeStore { return allDocuments{s} }, "documents are returned by 64 KiB HOS08"},
	)
}

func changesQuota(change func(export.Quota) export.Quota) func(wholeStore) wholeStore {
	return func(s wholeStore) wholeStore { return otherQuota{s, change} }
}

type otherQuota struct {
	wholeStore
	change func(export.Quota) export.Quota
}

func (s otherQuota) Freeze(ctx context.Context, r export.Record, q export.Quota, fn func(export.Freezing) (export.Plan, error)) error {
	return s.wholeStore.Freeze(ctx, r, s.change(q), fn)
}

type countsExpired struct{ wholeStore }

func (s countsExpired) Usage(ctx context.Context, workspace string, _ assets.Time) (export.Usage, error) {
	return s.wholeStore.Usage(ctx, workspace, 0)
}

type allDocuments struct{ wholeStore }

func (s allDocuments) Entries(ctx context.Context, workspace string, id assets.ID, section export.Section, at int64, limit int) ([]export.Entry, error) {
	list, err := s.wholeStore.Entries(ctx, workspace, id, section, at, limit)
	for err == nil && section == export.SectionMetadata && len(list) > 0 && len(list) < limit {
		var more []export.Entry
		last := list[len(list)-1]
		more, err = s.wholeStore.Entries(ctx, workspace, id, section, last.At[section]+int64(len(last.Document))+2, limit-len(list))
		if len(more) == 0 || more[0].AssetID == last.AssetID {
			break
		}
		list = append(list, more...)
	}
	return list, err
}
