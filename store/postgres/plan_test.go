package postgres_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store/postgres"
)

const (
	planned   = 30_000 // assets in the tests of plans
	pageLimit = 51
	branches  = 4 // each may read the row of the cursor again
)

// TestVolumeListPlans checks that a list scans one index in id order and stops, on
// tables that were analysed or not. A filter without an index costs only the rows
// that it removes. The plans are logged.
func TestVolumeListPlans(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	if err := bulkdata.Fill(t.Context(), st, st.DB(), planned); err != nil {
		t.Fatal(err)
	}
	t.Run("never analysed", func(t *testing.T) { listPlans(t, st.DB()) })
	if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	t.Run("analysed", func(t *testing.T) { listPlans(t, st.DB()) })
}

// expected is the maximum cost of a list.
type expected struct {
	bulkdata.Filter
	index string  // that is scanned; empty: one of those of the pair
	pages float64 // maximum of rows that are read, in pages
}

func expectations() []expected {
	two := []assets.Status{assets.StatusDraft, assets.StatusPendingReview}
	list := func(name string, f assets.Filter, index string, pages float64) expected {
		return expected{bulkdata.Filter{Name: name, Filter: f}, "asset_perspectives_" + index, pages}
	}
	all := []expected{
		list("none", assets.Filter{}, "id", 1),
		list("ids", assets.Filter{IDs: []assets.ID{bulkdata.ID(4), bulkdata.ID(10)}}, "id", 1),
		list("since, until", assets.Filter{Since: bulkdata.ID(100), Until: bulkdata.ID(planned - 100)}, "id", 1),
		list("no such run", assets.Filter{RunID: "none"}, "run", 1),
		list("no such tag", assets.Filter{Tags: []assets.Tag{{Key: "channel", Value: "none"}}}, "id", 1),
		list("statuses", assets.Filter{Statuses: two}, "status", 2),
		list("types", assets.Filter{Types: []assets.Type{assets.TypeCopy, assets.TypeBlog}}, "type", 2),
		list("statuses+types", assets.Filter{Statuses: two, Types: []assets.Type{assets.TypeCopy, assets.TypeBlog}}, "status_type", 4),
		list("campaign+statuses", assets.Filter{Statuses: two, CampaignID: "c1"}, "status_campaign", 2),
	}
	all[4].index, all[4].pages = "asset_tags_value", 2
	for _, f := range append(bulkdata.Filters(), bulkdata.Submissions()) {
		e := expected{f, "asset_perspectives_" + f.Name, 1}
		if f.Tags != nil {
			e.index, e.pages = "asset_tags_value", 2 // and the row that is looked up
		}
		all = append(all, e)
	}
	for _, f := range bulkdata.Pairs() {
		e := expected{f, "", 2 * float64(f.Every)} // one of the two is scanned and each row looked up
		switch f.Name {
		case "status+type":
			e.index, e.pages = "asset_perspectives_status_type", 1
		case "campaign+status":
			e.index, e.pages = "asset_perspectives_status_campaign", 1
		case "campaign+type":
			e.index, e.pages = "asset_perspectives_type_campaign", 1
		}
		all = append(all, e)
	}
	return all
}

func listPlans(t *testing.T, db *bun.DB) {
	t.Helper()
	for _, c := range expectations() {
		for _, c.Approved = range []bool{false, true} {
			if c.Approved && c.Statuses != nil {
				continue // of the current perspective only
			}
			for i, w := range []assets.Window{
				c.Window(planned/2, pageLimit, false),
				c.Window(40, pageLimit, false), // less than a page is left
				c.Window(planned-40, pageLimit, true),
				c.Window(planned/2, pageLimit, true),
				c.Window(0, pageLimit, false),
				c.Window(0, pageLimit, true),
			} {
				if i > 2 && c.index == "" {
					break // a few pages of each pair suffice
				}
				e := explain(t, db, func(st assets.Store) error {
					_, err := st.Assets(t.Context(), bulkdata.Workspace, c.Filter.Filter, w)
					return err
				})
				if i == 0 {
					t.Logf("%s, approved %v: %v rows read, %v pages\n%s", c.Name, c.Approved, e.read(), e.pages(), e)
				}
				c.check(t, e, w)
			}
		}
	}
}

// perRow returns the maximum of pages that a row may cost: its own, and those of the
// index entries that lead to it.
func (c expected) perRow() float64 {
	if c.Tags != nil || c.IDs != nil {
		return 8
	}
	return 2
}

func (c expected) check(t *testing.T, e *explained, w assets.Window) {
	t.Helper()
	switch {
	case c.index != "" && !e.scans(c.index), e.maxRows("Seq Scan") >= 0, e.maxRows("Bitmap") >= 0:
		t.Errorf("%s: the plan does not scan %s alone:\n%s", c.Name, c.index, e.text)
	case e.read() > c.pages*pageLimit+branches:
		t.Errorf("%s, %+v: %v rows were read for a page of %d:\n%s", c.Name, w, e.read(), pageLimit, e.text)
	case e.pages() > c.perRow()*e.read()+60:
		t.Errorf("%s, %+v: %v pages were read for %v rows:\n%s", c.Name, w, e.pages(), e.read(), e.text)
	case e.sorted() > branches*pageLimit:
		t.Errorf("%s: %v rows were sorted:\n%s", c.Name, e.sorted(), e.text)
	}
}

// TestVolumeLookUpPlans checks that one asset and a page of tags are read by an index on
// tables that were never analysed.
func TestVolumeLookUpPlans(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	const n = 20_000
	if err := bulkdata.Fill(t.Context(), st, st.DB(), n); err != nil {
		t.Fatal(err)
	}
	id := bulkdata.ID(n / 2)
	for name, c := range map[string]struct {
		read  func(st assets.Store) error
		index string
		rows  float64
		args  []any
	}{
		"asset": {func(st assets.Store) error {
			_, err := st.Asset(t.Context(), bulkdata.Workspace, id)
			return err
		}, "asset_perspectives_id", 1, []any{bulkdata.Workspace, "current", id}},
		"tags": {func(st assets.Store) error {
			_, err := st.TagCounts(t.Context(), bulkdata.Workspace, assets.TagWindow{Limit: 1, After: assets.Tag{Key: "channel", Value: "v1"}})
			return err
		}, "asset_tags_counted", n/bulkdata.Tagged + 1, nil},
		"tags of a key": {func(st assets.Store) error {
			_, err := st.TagCounts(t.Context(), bulkdata.Workspace, assets.TagWindow{Limit: 5, Key: "channel"})
			return err
		}, "asset_tags_counted", n/bulkdata.Tagged + 1, nil},
	} {
		e := explain(t, st.DB(), c.read, c.args...)
		if !e.scans(c.index) || e.read() > c.rows || e.sorted() > 0 {
			t.Errorf("%s: %v rows were read, %v sorted:\n%s", name, e.read(), e.sorted(), e.text)
		}
	}
}

// TestVolumeReviewPlansHOS07 checks that the newest reviews of a version are read by an
// index and nothing else is, though another version has 18,000 newer ones, on tables
// that were never analysed, before the newer reviews came, or after.
func TestVolumeReviewPlansHOS07(t *testing.T) {
	t.Parallel()
	const n = 18_000
	analyse := func(t *testing.T, st *postgres.Store) {
		t.Helper()
		if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(err)
		}
	}
	for _, older := range []int{3, n} {
		t.Run(fmt.Sprintf("%d older", older), func(t *testing.T) {
			t.Parallel()
			st, known := openFresh(t), openFresh(t)
			for _, st := range []*postgres.Store{st, known} {
				sqltest.FillReviews(t, st, 1, 0, older)
			}
			analyse(t, known)
			for _, st := range []*postgres.Store{st, known} {
				sqltest.FillReviews(t, st, 2, older, n)
			}
			t.Run("never analysed", func(t *testing.T) { reviewPlans(t, st.DB()) })
			t.Run("analysed before", func(t *testing.T) { reviewPlans(t, known.DB()) })
			analyse(t, st)
			t.Run("analysed", func(t *testing.T) { reviewPlans(t, st.DB()) })
		})
	}
}

func reviewPlans(t *testing.T, db *bun.DB) {
	t.Helper()
	for version := range assets.Number(4) { // 0: of every version; there is no version 3
		for _, limit := range []int{1, 3, 102} {
			args := []any{"w", sqltest.NewAsset(0).ID, version, version, limit}
			if version == 0 {
				args = []any{"w", sqltest.NewAsset(0).ID, limit}
			}
			e := explain(t, db, func(st assets.Store) error {
				_, err := st.Reviews(t.Context(), "w", sqltest.NewAsset(0).ID, version, limit)
				return err
			}, args...)
			if e.read() > float64(limit) || e.sorted() > float64(limit) || e.maxRows("Seq Scan") >= 0 {
				t.Errorf("version %d, limit %d: %v rows were read, %v sorted:\n%s", version, limit, e.read(), e.sorted(), e.text)
			}
		}
	}
}

// TestVolumeHistoryPlansHOS05 checks that a page of versions or reviews reads no more rows than
// it has, on tables that were analysed or never.
func TestVolumeHistoryPlansHOS05(t *testing.T) {
	t.Parallel()
	const n = 2000
	st := openFresh(t)
	id := sqltest.NewAsset(0).ID
	sqltest.FillReviews(t, st, 1, 0, n)
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for i := range n {
			if err := tx.PutVersion(t.Context(), "w", assets.Version{AssetID: id, Number: assets.Number(i + 1)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		for _, limit := range []int{1, 51, 201} {
			at := assets.ReviewPosition{Revision: n / 2, ID: sqltest.NewAsset(n / 2).ID}
			for name, c := range map[string]struct {
				read func(assets.Store) error
				args []any
			}{
				"versions": {func(st assets.Store) error {
					_, err := st.VersionsBefore(t.Context(), "w", id, assets.VersionWindow{Limit: limit, Summary: true})
					return err
				}, []any{"w", id, math.MaxInt64, limit}},
				"versions before": {func(st assets.Store) error {
					_, err := st.VersionsBefore(t.Context(), "w", id, assets.VersionWindow{Before: n / 2, Limit: limit})
					return err
				}, []any{"w", id, n / 2, limit}},
				"reviews": {func(st assets.Store) error {
					_, err := st.ReviewsBefore(t.Context(), "w", id, assets.ReviewWindow{Limit: limit})
					return err
				}, []any{"w", id, math.MaxInt64, "", limit}},
				"reviews before": {func(st assets.Store) error {
					_, err := st.ReviewsBefore(t.Context(), "w", id, assets.ReviewWindow{Before: at, Limit: limit})
					return err
				}, []any{"w", id, at.Revision, at.ID, limit}},
				"decisions": {func(st assets.Store) error {
					_, err := st.ReviewsBefore(t.Context(), "w", id, assets.ReviewWindow{Limit: limit, Decisions: true})
					return err
				}, []any{"w", id, math.MaxInt64, "", limit}},
			} {
				e := explain(t, st.DB(), c.read, c.args...)
				if e.read() > float64(limit)+1 || e.sorted() > 0 || e.maxRows("Seq Scan") >= 0 {
					t.Errorf("%s, %s, limit %d: %v rows were read, %v sorted:\n%s", when, name, limit, e.read(), e.sorted(), e.text)
				}
			}
		}
	}
	check("never analysed")
	if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	check("analysed")
}

// TestVolumeExportPlan checks that the entries of a range of bytes of an archive are read
// as a range of an index.
func TestVolumeExportPlan(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	const n, limit = 10_000, 4
	entries, err := bulkdata.Freeze(t.Context(), st, n)
	if err != nil {
		t.Fatal(err)
	}
	e := explain(t, st.DB(), func(st assets.Store) error {
		_, err := st.(export.Store).Export(t.Context(), bulkdata.Workspace, bulkdata.ID(n))
		return err
	})
	if e.read() > 1 { // no entry is stale
		t.Errorf("the export: %v rows were read:\n%s", e.read(), e.text)
	}
	for section := range export.SectionTagManifest + 1 {
		for _, i := range []int{0, n / 2, n - 1} {
			e = explain(t, st.DB(), func(st assets.Store) error {
				_, err := st.(export.Store).Entries(t.Context(), bulkdata.Workspace, bulkdata.ID(n), section, entries[i].At[section]+1, limit)
				return err
			})
			if maxRead := min(limit, n-i) + 1; e.read() > float64(maxRead) || e.sorted() > 0 || e.maxRows("Seq Scan") >= 0 {
				t.Errorf("section %d, entry %d: %v rows were read, want %d:\n%s", section, i, e.read(), maxRead, e.text)
			}
		}
	}
}
