package review

import (
	"context"

	"github.com/10ex/assets"
)

// position is where an asset is in a list, as the template "place" shows it.
type position struct {
	Number int  // 0: not known
	Of     int  // 0: they could not be counted
	Many   bool // there are more than a page counts
}

// place returns where an asset is among those of a filter. It is not known if the asset
// has another status, if counting takes too long, and in a search, which reads everything
// that has the words.
func (v *visit) place(f filter, a *assets.Asset) (position, error) {
	q, err := f.query()
	if err != nil || f.get("q") != "" || !f.hasStatus(a.Status) {
		return position{}, err
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), maxCounting)
	defer cancel()
	p, err := v.lib.Place(ctx, v.by, q, a)
	if isUncounted(v.r.Context(), err) {
		return position{}, nil
	}
	return position{Number: p.Number, Of: p.Of, Many: p.Of == 0}, err
}

// isUncounted reports whether counting took too long, for which nothing else has to fail.
func isUncounted(ctx context.Context, err error) bool {
	return err != nil && assets.Code(err) == assets.Code(assets.ErrUnavailable) && ctx.Err() == nil
}
