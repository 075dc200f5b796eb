// Package bulkdata fills a database with many assets, for tests of query plans and
// of speed.
//
// The one rule to know: the assets have no versions, reviews or content, so that
// only lists of them can be read. One asset is stored as any other, and the database
// copies its rows with other values, which takes minutes for a million. [Index] makes
// them searchable.
package bulkdata

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/10ex/assets"
)

// Workspace is the workspace of all the assets.
const Workspace = "bulk"

// The number of distinct values of each field: every n-th asset has the same value.
// The numbers have no common divisor, so that values of two fields are independent,
// except for types and tags, which have three.
// Assets have types in turn, and those of one type statuses in turn. Every asset under
// review is submitted at a time of its own, up to the number of assets, in an order that
// is not that of the ids.
const (
	types     = 6
	statuses  = 4 // among assets of one type
	agents    = 5
	campaigns = 7
	brands    = 11
	briefs    = 23
	runs      = 17
	creators  = 19
	actions   = 29 // of the newest decision
	media     = 31
	channels  = 3 // values of the tag, among assets that have it
	inForce   = 2 // every second asset has an approved version
)

// Tagged is the distance of two assets that have a tag: every 13th has one.
const Tagged = 13

// Named is the number of assets that have the same word in their titles, however
// many assets there are.
const Named = 100

// titled is the beginning of each title. A number follows.
const titled = "Spring campaign, second headline "

// ID returns the id of the n-th asset. Ids ascend.
func ID(n int) assets.ID { return assets.ID(fmt.Sprintf("0190a6f0-0000-7000-8000-%012d", n)) }

// Fill stores the assets 0 … n-1. Every second one is approved too.
func Fill(ctx context.Context, st assets.Store, db *bun.DB, n int) error {
	const first = assets.ID("first")
	err := st.Update(ctx, func(tx assets.Tx) error {
		a := &assets.Asset{
			ID: first, Workspace: Workspace, Type: assets.TypeCopy, Title: "Spring campaign, second headline", Status: assets.StatusDraft,
			Version: 1, CurrentVersion: 1, CampaignID: "c", Tags: assets.Tags{"channel": {"web"}},
			Content:    assets.Content{MediaType: "text/plain", SizeBytes: 1, SHA256: strings.Repeat("0", 64), Filename: "headline.txt"},
			Provenance: assets.Provenance{AgentSlug: "a", RunID: "r", BrandID: "b", BriefID: "b", Model: "model", Parameters: []byte(`{"temperature":0.7}`)},
			CreatedBy:  "agent", CreatedAt: 1, UpdatedAt: 1, Revision: 1,
			LastReview: assets.LastReview{Action: "action", Version: 1, By: "ann", ByKind: assets.KindUser, At: 1, Comment: "Shorter, please"},
		}
		approved := *a
		approved.Status = assets.StatusApproved
		return tx.PutAsset(ctx, a, &approved)
	})
	if err != nil {
		return err
	}
	for _, table := range []string{"asset_perspectives", "asset_tags"} {
		const chunk = 50_000 // of one transaction
		for from := 0; from < n; from += chunk {
			if err := expand(ctx, db, table, string(first), span{from, min(from+chunk, n), n}); err != nil {
				return fmt.Errorf("bulkdata: %w", err)
			}
		}
	}
	return st.Update(ctx, func(tx assets.Tx) error { return tx.DeleteAsset(ctx, Workspace, first) })
}

// span is a range of asset numbers: from inclusive, to exclusive, of all.
type span struct{ from, to, all int }

// expand copies the rows of the asset with the id first once for each number.
func expand(ctx context.Context, db *bun.DB, table, first string, some span) error {
	columns, err := columnsOf(ctx, db, table)
	if err != nil {
		return err
	}
	postgres := db.Dialect().Name() == dialect.PG
	values := slices.Clone(columns)
	for i, column := range columns {
		if value, ok := vary(table, postgres, some.all)[column]; ok {
			values[i] = value
		} else {
			values[i] = "f." + column
		}
	}
	series := "SELECT ? UNION ALL SELECT n + 1 FROM s WHERE n + 1 < ?"
	if postgres {
		series = "SELECT generate_series(?::bigint, ?::bigint - 1)"
	}
	where := fmt.Sprintf("(f.perspective = 'current' OR s.n %% %d = 0)", inForce)
	if table == "asset_tags" {
		where += fmt.Sprintf(" AND s.n %% %d = 0", Tagged)
	}
	_, err = db.NewRaw("INSERT INTO ? ("+strings.Join(columns, ", ")+")"+
		" WITH RECURSIVE s (n) AS ("+series+"), f AS MATERIALIZED (SELECT * FROM ? WHERE workspace = ? AND id = ?)"+
		" SELECT "+strings.Join(values, ", ")+" FROM s CROSS JOIN f WHERE "+where,
		bun.Ident(table), some.from, some.to, bun.Ident(table), Workspace, first).Exec(ctx)
	return err
}

func columnsOf(ctx context.Context, db *bun.DB, table string) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT * FROM ? LIMIT 0", bun.Ident(table))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	return columns, rows.Err()
}

// vary returns the columns of a table in which the copies differ, as SQL over the
// number s.n, of all, and the copied row f.
func vary(table string, postgres bool, all int) map[string]string {
	digits := func(number string) string { return "printf('%012d', " + number + ")" }
	if postgres {
		digits = func(number string) string { return "lpad((" + number + ")::text, 12, '0')" }
	}
	id := "'0190a6f0-0000-7000-8000-' || " + digits("s.n")
	if table == "asset_tags" {
		channel := fmt.Sprintf("'v' || (s.n / %d %% %d)", Tagged, channels)
		return map[string]string{"id": id, "value": "CASE f.value WHEN '' THEN '' ELSE " + channel + " END"}
	}
	return map[string]string{
		"id":           id,
		"title":        "'" + titled + "n' || " + digits(fmt.Sprintf("s.n %% %d", max(1, all/Named))),
		"type":         choice(fmt.Sprintf("s.n %% %d", types), allTypes),
		"status":       "CASE f.perspective WHEN 'current' THEN " + choice(fmt.Sprintf("s.n / %d %% %d", types, statuses), allStatuses) + " ELSE f.status END",
		"campaign_id":  fmt.Sprintf("'c' || (s.n %% %d)", campaigns),
		"agent_slug":   fmt.Sprintf("'a' || (s.n %% %d)", agents),
		"brand_id":     fmt.Sprintf("'b' || (s.n %% %d)", brands),
		"brief_id":     fmt.Sprintf("'b' || (s.n %% %d)", briefs),
		"run_id":       fmt.Sprintf("'r' || (s.n %% %d)", runs),
		"created_by":   fmt.Sprintf("'u' || (s.n %% %d)", creators),
		"last_action":  fmt.Sprintf("'d' || (s.n %% %d)", actions),
		"media_type":   fmt.Sprintf("'m' || (s.n %% %d)", media),
		"submitted":    "CASE WHEN " + underReview + " THEN 1 ELSE 0 END",
		"submitted_at": fmt.Sprintf("CASE WHEN %s THEN 1 + s.n * 7919 %% %d END", underReview, max(1, all)),
	}
}

// underReview is SQL that reports whether a row has the status pending_review.
var underReview = fmt.Sprintf("f.perspective = 'current' AND s.n / %d %% %d = 1", types, statuses)

var (
	allTypes    = []assets.Type{assets.TypeCopy, assets.TypeImage, assets.TypeSlide, assets.TypeVideo, assets.TypeBlog, assets.TypeBundle}
	allStatuses = []assets.Status{assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved, assets.StatusArchived}
)

// choice returns SQL that selects one of the values by a number.
func choice[V ~string](number string, values []V) string {
	cases := make([]string, len(values))
	for i, v := range values {
		cases[i] = fmt.Sprintf(" WHEN %d THEN '%s'", i, v)
	}
	return "CASE " + number + strings.Join(cases, "") + " END"
}
