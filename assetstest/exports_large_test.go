package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/export"
)

func TestVolumeLargeExportsRefuses(t *testing.T) {
	suite := onStore(assetstest.TestLargeExports[assetstest.ExportStore])
	refuses(
		t, suite,
		fault[wholeStore]{"ten times the entries are read", func(s wholeStore) wholeStore { return readsTenfold{s} }, "a range of 10,000 entries reads few rows"},
	)
}

type readsTenfold struct{ wholeStore }

func (s readsTenfold) Entries(ctx context.Context, workspace string, id assets.ID, section export.Section, at int64, limit int) ([]export.Entry, error) {
	return s.wholeStore.Entries(ctx, workspace, id, section, at, 10*limit)
}
