package assets

import (
	"context"
	"slices"
	"strings"
)

// BulkReview records one action on up to 500 assets in one transaction. Each
// item is accepted or refused by itself, its result at the same index; a
// failing back end fails them all.
//
// Errors: as Review, for what concerns the actor and the input.
func (l *Library) BulkReview(ctx context.Context, by Actor, in BulkDecision) ([]BulkResult, error) {
	in.Items = slices.Clone(in.Items)
	input := append(FieldErrors(in.Validate()), l.demanded(by, in)...)
	// It is the items that name versions: the decision itself stands for any.
	if err := l.admitDecision(&by, Decision{Action: in.Action, Version: 1}, "", joinFields(input)); err != nil {
		return nil, err
	}
	var results []BulkResult
	err := l.update(ctx, func(ctx context.Context, tx Tx) (err error) {
		results, err = l.decideAll(ctx, tx, by, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, r := range results {
		l.present(r.Asset)
	}
	return results, nil
}

// decideAll judges and writes the items in id order, so that two bulk reviews
// never wait for each other in a circle.
func (l *Library) decideAll(ctx context.Context, tx Tx, by Actor, in BulkDecision) ([]BulkResult, error) {
	order := make([]int, len(in.Items))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return strings.Compare(string(in.Items[i].AssetID), string(in.Items[j].AssetID))
	})
	results := make([]BulkResult, len(in.Items))
	for _, i := range order {
		item := in.Items[i]
		d := Decision{Action: in.Action, Version: item.Version, SHA256: item.SHA256, Comment: in.Comment}
		a, err := l.decide(ctx, tx, by, item.AssetID, d)
		if err != nil && !refusal(err) {
			return nil, err
		}
		results[i] = BulkResult{AssetID: item.AssetID, Asset: a, Err: err}
	}
	return results, nil
}

// demanded answers where the policy demands a version that an item lacks.
func (l *Library) demanded(by Actor, in BulkDecision) (missing []*FieldError) {
	for i, item := range in.Items {
		proposed := Decision{Action: in.Action, Version: item.Version}.proposed(by)
		for _, e := range FieldErrors(l.cfg.Approver.Admit(by, proposed)) {
			missing = append(missing, e.At("items", i))
		}
	}
	return missing
}
