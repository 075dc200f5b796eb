package review

import (
	"strconv"
	"strings"

	"github.com/10ex/assets"
)

// canComment reports whether the person may comment.
func (v *visit) canComment() bool {
	return v.by.Can(assets.ScopeWrite) || v.by.Can(assets.ScopeApprove)
}

// addComment records a comment on the version that was on the screen, and leads back to
// the conversation.
func (v *visit) addComment() error {
	id, err := v.posted()
	if err != nil {
		return err
	}
	form := v.r.PostForm
	n, err := strconv.Atoi(form.Get("version"))
	if err != nil {
		return errForm
	}
	text := strings.ReplaceAll(form.Get("comment"), "\r\n", "\n")
	if _, err := v.lib.Comment(v.r.Context(), v.by, id, assets.NewComment{Version: assets.Number(n), Text: text}); err != nil {
		return err
	}
	return v.redirect(assetAt(id, form) + "#talk")
}

// maxBetween is the number of comments that may come between a page and its form.
const maxBetween = 1000

// revisions returns the revisions at which a form that was made at one may still change
// the asset: that one and, if nothing but comments came since, the present one. It reads
// the reviews since, and no more than maxBetween; with more comments the form is refused.
func (v *visit) revisions(id assets.ID, shown int64) ([]int64, error) {
	a, err := v.lib.Get(v.r.Context(), v.by, id, assets.SelectCurrent)
	if err != nil {
		return nil, err
	}
	given := []int64{shown}
	if a.Revision <= shown || a.Revision-shown > maxBetween {
		return given, nil
	}
	next, q := a.Revision, assets.PageQuery{Limit: assets.MaxListLimit} // newest first
	for {
		page, err := v.lib.Reviews(v.r.Context(), v.by, id, q)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Items {
			switch {
			case r.Revision > a.Revision: // since Get: the revision is checked again
				continue
			case r.Revision != next, r.Action != assets.ActionComment:
				return given, nil
			}
			if next--; next == shown {
				return append(given, a.Revision), nil
			}
		}
		if q.Cursor = string(page.NextCursor); q.Cursor == "" {
			return given, nil
		}
	}
}
