package assetstest

import (
	"encoding/json"
	"fmt"

	"github.com/10ex/assets"
)

// fieldCases show that rows are returned as they were stored, and as copies that
// belong to the caller.
var fieldCases = []storeCase{
	{"every field comes back", func(t *storeT) {
		want := sample("w", 1)
		t.put(want)
		t.holds(t, want)
		t.update(func(tx assets.Tx) error { return tx.PutRequest(t.Context(), "w", sampleRequest("k")) })
		got, err := t.Requested(t.Context(), "w", "ann", "POST /", "k")
		t.ok(err)
		t.same("request", got, sampleRequest("k"))
	}},
	{"empty fields come back empty", func(t *storeT) {
		want := emptyRecord("w", 1)
		t.put(want)
		t.holds(t, want)
		t.same("list", t.list("w", assets.Filter{}), []*assets.Asset{want.current})
	}},
	{"replacing changes every field", func(t *storeT) {
		t.put(emptyRecord("w", 1))
		want := sample("w", 1)
		t.put(&record{current: want.current, approved: want.approved})
		got, err := t.Asset(t.Context(), "w", want.current.ID)
		t.ok(err)
		t.same("current", got, want.current)
		t.same("approved", t.list("w", assets.Filter{Approved: true}), []*assets.Asset{want.approved})

		back := emptyRecord("w", 1)
		t.put(&record{current: back.current})
		got, err = t.Asset(t.Context(), "w", want.current.ID)
		t.ok(err)
		t.same("current", got, back.current)
		t.same("approved after nil", t.list("w", assets.Filter{Approved: true}), []*assets.Asset{})
		t.same("tagged after nil", t.list("w", assets.Filter{Approved: true, Tags: []assets.Tag{{Key: "channel"}}}), []*assets.Asset{})
		t.same("tagged after replacing", t.list("w", assets.Filter{Tags: []assets.Tag{{Key: "channel"}}}), []*assets.Asset{})
	}},
	{"parameters keep their digits UPL10", func(t *storeT) {
		var records []*record
		for i, text := range []string{
			`{}`, `{"a":9007199254740993,"b":0.10,"c":1E400,"d":-0,"e":123456789012345678901234567890}`,
			`{"b":1,"a":"?0 \\' ' 😀 \u0000"}`, `{"deep":[[[{"x":null}]]],"z":"é"}`,
		} {
			r := sample("w", i)
			r.versions[1].Provenance.Parameters = json.RawMessage(text)
			r.current.Provenance = r.versions[1].Provenance
			records = append(records, r)
		}
		t.put(records...)
		for _, r := range records {
			t.holds(t, r)
		}
	}},
	{"text is kept verbatim DBF04", verbatimText},
	{"text is found verbatim DBF04", verbatimFilters},
	{"arguments are not kept", func(t *storeT) {
		given, want := sample("w", 1), sample("w", 1)
		t.put(given)
		overwrite(given)
		t.holds(t, want)
	}},
	{"results are the caller's own copies", func(t *storeT) {
		want := sample("w", 1)
		t.put(want)
		want = sample("w", 1)
		for range 2 {
			got, err := readRecord(t.Context(), t, "w", want.current.ID)
			t.ok(err)
			t.same("record", got, want)
			overwrite(got)
			for _, a := range t.list("w", assets.Filter{}) {
				overwrite(&record{current: a})
			}
			versions, err := t.Versions(t.Context(), "w", want.current.ID)
			t.ok(err)
			overwrite(&record{versions: versions})
		}
		t.update(func(tx assets.Tx) error {
			got, err := readRecord(t.Context(), tx, "w", want.current.ID)
			if err == nil {
				overwrite(got)
			}
			return err
		})
		t.holds(t, want)
	}},
	{"many versions, tags and references", func(t *storeT) {
		r := sample("w", 1)
		r.current.Tags = assets.Tags{}
		for i := range 10 {
			for j := range 10 {
				key := fmt.Sprintf("key.%d", i)
				r.current.Tags[key] = append(r.current.Tags[key], fmt.Sprintf("value %d", j))
			}
		}
		r.versions = nil
		for n := range 100 {
			v := sampleVersion("w", r.current.ID, assets.Number(n+1))
			v.Provenance.DerivedFrom = nil
			for i := range 100 {
				v.Provenance.DerivedFrom = append(v.Provenance.DerivedFrom, assets.Ref{AssetID: idOf(i), Version: assets.Number(n + 1)})
			}
			r.versions = append(r.versions, v)
		}
		last := r.versions[99]
		r.current.Version, r.current.CurrentVersion, r.current.Submitted.Version = 100, 100, 100
		r.current.Content, r.current.Provenance = last.Content, last.Provenance
		r.approved = shownAs(r.current, r.versions[0])
		t.put(r)
		t.holds(t, r)
	}},
}

// emptyRecord returns a draft whose optional fields are empty.
func emptyRecord(workspace string, n int) *record {
	id := idOf(n)
	v := assets.Version{
		AssetID: id, Number: 1, CreatedBy: "ann", CreatedAt: baseTime, Key: "empty",
		Content: assets.Content{MediaType: "text/plain", SHA256: "00", Filename: "f"},
	}
	return &record{
		current: &assets.Asset{
			ID: id, Workspace: workspace, Type: assets.TypeBundle, Title: "t", Status: assets.StatusDraft, Version: 1, CurrentVersion: 1,
			Content: v.Content, CreatedBy: "ann", CreatedAt: baseTime, UpdatedAt: baseTime, Revision: 1,
		},
		versions: []assets.Version{v},
	}
}

// verbatimText stores each text in every field that holds text.
func verbatimText(t *storeT) {
	var records []*record
	var requests []assets.Request
	for i, s := range verbatim() {
		r := sample("w", i)
		v := &r.versions[1]
		v.Content.Filename, v.CreatedBy, v.Words = s, s, s
		v.Provenance.RunID, v.Provenance.TraceID, v.Provenance.BrandID, v.Provenance.BriefID, v.Provenance.Model = s, s, s, s, s
		v.Provenance.Inputs = []assets.Input{{Kind: s, ID: s}}
		r.current.Content, r.current.Provenance = v.Content, v.Provenance
		r.current.Title, r.current.CampaignID, r.current.CreatedBy = s, assets.Optional(s), s
		r.current.Tags = assets.Tags{"key": {s}}
		r.approved = shownAs(r.current, r.versions[0])
		r.reviews[0].Comment, r.reviews[0].By, r.reviews[0].KeyPrefix = s, s, assets.Optional(s)
		records = append(records, r)

		q := sampleRequest(s)
		q.Subject, q.Operation, q.Fingerprint = s, s, s
		requests = append(requests, q)
	}
	t.put(records...)
	t.update(func(tx assets.Tx) error {
		for _, q := range requests {
			if err := tx.PutRequest(t.Context(), "w", q); err != nil {
				return err
			}
		}
		return nil
	})
	for _, r := range records {
		t.holds(t, r)
	}
	for _, q := range requests {
		got, err := t.Requested(t.Context(), "w", q.Subject, q.Operation, q.Key)
		t.ok(err)
		t.same("request", got, q)
	}
}

// verbatimFilters gives each text to one asset and filters by it. Exactly that
// asset must be found, whatever pattern or expression the text resembles.
func verbatimFilters(t *storeT) {
	texts := verbatim()
	var records []*record
	for i, s := range texts {
		r := sample("w", i)
		v := &r.versions[1]
		v.Provenance.AgentSlug, v.Provenance.RunID, v.Provenance.BrandID, v.Provenance.BriefID = s, s, s, s
		r.current.Provenance = v.Provenance
		r.current.CampaignID, r.current.Tags = assets.Optional(s), assets.Tags{"key": {s}}
		r.approved = shownAs(r.current, r.versions[0])
		records = append(records, r)
	}
	t.put(records...)
	for i, s := range texts {
		for field, f := range map[string]assets.Filter{
			"agent":    {AgentSlug: s},
			"run":      {RunID: s},
			"campaign": {CampaignID: s},
			"brand":    {BrandID: s},
			"brief":    {BriefID: s},
			"tag":      {Tags: []assets.Tag{{Key: "key", Value: s}}},
		} {
			if got := t.list("w", f); len(got) != 1 || got[0].ID != records[i].current.ID {
				t.Errorf("%s %q found %d assets, want its own", field, s, len(got))
			}
		}
	}
}

// overwrite changes everything that a caller can reach in a record.
func overwrite(r *record) {
	for _, a := range []*assets.Asset{r.current, r.approved} {
		if a == nil {
			continue
		}
		for _, values := range a.Tags {
			values[0] = "scribbled"
		}
		if a.Tags != nil {
			a.Tags["scribbled"] = []string{"x"}
		}
		overwriteProvenance(a.Provenance)
		*a = assets.Asset{ID: a.ID, Workspace: a.Workspace, Title: "scribbled"}
	}
	for i := range r.versions {
		overwriteProvenance(r.versions[i].Provenance)
		r.versions[i] = assets.Version{Key: "scribbled"}
	}
	for i := range r.reviews {
		r.reviews[i] = assets.Review{Comment: "scribbled"}
	}
}

func overwriteProvenance(p assets.Provenance) {
	for i := range p.Parameters {
		p.Parameters[i] = 'x'
	}
	for i := range p.DerivedFrom {
		p.DerivedFrom[i] = assets.Ref{}
	}
	for i := range p.Inputs {
		p.Inputs[i] = assets.Input{}
	}
}

// recordCases cover versions, reviews, idempotency records and deletion.
var recordCases = []storeCase{
	{"putting a version again replaces its approval only", func(t *storeT) {
		want := sample("w", 1)
		t.put(want)
		for _, approval := range []assets.Approval{assets.ApprovalWithdrawn, assets.ApprovalGiven, assets.ApprovalNone} {
			t.update(func(tx assets.Tx) error {
				v := assets.Version{AssetID: want.current.ID, Number: 1, Approval: approval, Key: want.versions[0].Key}
				return tx.PutVersion(t.Context(), "w", v)
			})
			want.versions[0].Approval = approval
			t.holds(t, want)
		}
	}},
	{"versions ascend, as summaries", func(t *storeT) {
		r := sample("w", 1)
		t.put(&record{current: r.current, approved: r.approved})
		t.update(func(tx assets.Tx) error {
			for _, n := range []assets.Number{2, 11, 1, 10} {
				if err := tx.PutVersion(t.Context(), "w", sampleVersion("w", r.current.ID, n)); err != nil {
					return err
				}
			}
			return nil
		})
		got, err := t.Versions(t.Context(), "w", r.current.ID)
		t.ok(err)
		var want []assets.Version
		for _, n := range []assets.Number{1, 2, 10, 11} {
			v := sampleVersion("w", r.current.ID, n)
			v.Words = ""
			v.Provenance.Parameters, v.Provenance.DerivedFrom, v.Provenance.Inputs = nil, nil, nil
			want = append(want, v)
		}
		t.same("versions", got, want)
	}},
	{"reviews: the newest, oldest first, by revision", reviewOrder},
	{"idempotency records are replaced", func(t *storeT) {
		first, second := sampleRequest("k"), sampleRequest("k")
		second.Fingerprint, second.AssetID, second.Version, second.Unchanged, second.At = "other", idOf(2), 1, false, baseTime+99
		for _, want := range []assets.Request{first, second, first} {
			t.update(func(tx assets.Tx) error { return tx.PutRequest(t.Context(), "w", want) })
			got, err := t.Requested(t.Context(), "w", "ann", "POST /", "k")
			t.ok(err)
			t.same("request", got, want)
		}
	}},
	{"idempotency records survive the asset IDM04", func(t *storeT) {
		t.put(sample("w", 1))
		t.update(func(tx assets.Tx) error { return tx.PutRequest(t.Context(), "w", sampleRequest("k")) })
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", idOf(1)) })
		got, err := t.Requested(t.Context(), "w", "ann", "POST /", "k")
		t.ok(err)
		t.same("request", got, sampleRequest("k"))
	}},
	{"deleting leaves nothing of the asset and all of the others", func(t *storeT) {
		t.put(sample("w", 1), sample("w", 2), sample("w", 3))
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", idOf(2)) })
		hasNoTrace(t, t, "w", idOf(2))
		t.holds(t, sample("w", 1))
		t.holds(t, sample("w", 3))
	}},
	{"a deleted id starts anew", func(t *storeT) {
		t.put(sample("w", 1))
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", idOf(1)) })
		again := emptyRecord("w", 1)
		t.put(again)
		t.holds(t, again)
		t.same("tagged", t.list("w", assets.Filter{Tags: []assets.Tag{{Key: "channel"}}}), []*assets.Asset{})
	}},
}

// reviewOrder adds reviews of two versions out of order, with comments behind them, and
// reads the decisions with several limits, before and after the commit.
func reviewOrder(t *storeT) {
	r := sample("w", 1)
	r.reviews = nil
	byVersion := make(map[assets.Number][]assets.Review) // 0: of every version
	for revision := range int64(12) {
		v := r.versions[revision%3%2]
		review := sampleReview("w", v, revision+1, assets.ActionRequestChanges)
		review.At = baseTime - assets.Time(revision) // a clock that steps back changes no order
		r.reviews = append(r.reviews, sampleReview("w", v, revision+100, assets.ActionComment))
		byVersion[0] = append(byVersion[0], review)
		byVersion[v.Number] = append(byVersion[v.Number], review)
	}
	for _, i := range []int{3, 0, 11, 5, 4, 1, 2, 10, 9, 6, 8, 7} {
		r.reviews = append(r.reviews, byVersion[0][i])
	}
	check := func(reader assets.Reader) {
		for n, all := range byVersion {
			for _, limit := range []int{0, 1, 3, len(all), 1000} {
				want := all
				if limit > 0 {
					want = all[max(0, len(all)-limit):]
				}
				got, err := reader.Reviews(t.Context(), "w", r.current.ID, n, limit)
				t.ok(err)
				t.same(fmt.Sprintf("reviews of version %d, limit %d", n, limit), got, want)
			}
		}
	}
	t.update(func(tx assets.Tx) error {
		err := r.write(t.Context(), tx)
		if err == nil {
			check(tx)
		}
		return err
	})
	check(t)
	history, err := t.ReviewsBefore(t.Context(), "w", r.current.ID, assets.ReviewWindow{Limit: 100})
	t.ok(err)
	t.same("decisions and comments", len(history), len(r.reviews))
}
