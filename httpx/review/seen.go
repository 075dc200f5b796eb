package review

import (
	"errors"

	"github.com/10ex/assets"
)

// unseen reports whether an approval of the newest version lacks that somebody has looked at
// a content that the page could not show: of its type not every browser shows all, or the
// form has said so.
func (v *visit) unseen(id assets.ID, d assets.Decision) (bool, error) {
	form, allowed := v.r.PostForm, v.lib.CheckAction(v.by, d.Action) == nil
	if d.Action != assets.ActionApprove || form.Get("seen") != "" || !allowed {
		return false, nil
	}
	a, version, err := v.lib.VersionOf(v.r.Context(), v.by, id, assets.Selector(d.Version))
	missing := errors.Is(err, assets.ErrNotFound)
	switch {
	case err != nil && !missing:
		return false, err
	case missing, a.CurrentVersion != d.Version, version.Content.SHA256 != d.SHA256, version.ErasedAt != 0:
		return false, nil // the decision is refused
	}
	return form.Get("look") != "" || !surelyShown(version.Content.MediaType), nil
}

// errUnseen: nobody has said that they have looked at a content that the page could not show.
var errUnseen = errors.New("the content must be looked at first")

// unseen reports whether an approval lacks what visit.unseen asks for.
func (g *guestVisit) unseen(answer assets.Action) bool {
	form, shown := g.r.PostForm, surelyShown(g.state.Version.Content.MediaType) || g.state.Version.ErasedAt != 0
	return answer == assets.ActionApprove && form.Get("seen") == "" && (form.Get("look") != "" || !shown)
}
