package review

import (
	"errors"
	"strings"

	"github.com/10ex/assets"
)

// unseen reports whether an approval of the newest version lacks that somebody has looked at
// a content that the page could not show: of its type not every browser shows all, or the
// form has said so. A decision that would be refused, or is in effect, lacks nothing; it then
// holds only for the asset as it is now.
func (v *visit) unseen(id assets.ID, d *assets.Decision) (bool, error) {
	form, allowed := v.r.PostForm, v.lib.CheckAction(v.by, d.Action) == nil
	if d.Action != assets.ActionApprove || form.Get("seen") == itoa(d.Version) || !allowed {
		return false, nil
	}
	a, version, err := v.lib.VersionOf(v.r.Context(), v.by, id, assets.Selector(d.Version))
	missing := errors.Is(err, assets.ErrNotFound)
	switch {
	case err != nil && !missing:
		return false, err
	case missing, a.CurrentVersion != d.Version, !strings.EqualFold(version.Content.SHA256, d.SHA256), version.ErasedAt != 0:
		return false, nil // the decision is refused
	case form.Get("look") == "" && surelyShown(version.Content.MediaType):
		return false, nil
	}
	state, err := v.lib.ReviewState(v.r.Context(), v.by, id, assets.Selector(d.Version))
	if err != nil {
		return false, err
	}
	if p := state.Permission(assets.ActionApprove); p.Err == nil && !p.InEffect {
		return true, nil
	}
	d.IfRevision = []int64{state.Asset.Revision}
	return false, nil
}

// errUnseen: nobody has said that they have looked at a content that the page could not show.
var errUnseen = errors.New("the content must be looked at first")

// unseen reports whether an approval lacks what visit.unseen asks for.
func (g *guestVisit) unseen() bool {
	form, version := g.r.PostForm, g.state.Version
	shown := surelyShown(version.Content.MediaType) || version.ErasedAt != 0
	return form.Get("seen") != itoa(version.Number) && (form.Get("look") != "" || !shown)
}
