package review

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/10ex/assets"
)

// maxTalk and maxVersions are the numbers of reviews and versions that are shown at once.
const (
	maxTalk     = 30
	maxVersions = 10
)

// talk is one review as a contribution to a conversation.
type talk struct {
	assets.Review
	Agent bool
	Who   string
	Head  template.HTML
}

// talk returns the newest reviews of an asset, newest first. more is the address with all
// of them, if some are left out.
func (v *visit) talk(a *assets.Asset, f filter) (all []talk, more string) {
	newest := slices.Clone(a.Reviews)
	slices.Reverse(newest)
	if len(newest) > maxTalk {
		newest, more = newest[:maxTalk], string(a.ID)+"/talk"+f.with()
	}
	return v.talkOf(newest), more
}

func (v *visit) talkOf(reviews []assets.Review) (all []talk) {
	for _, r := range reviews {
		key := "talk." + string(r.Action)
		if r.CarriedFrom != 0 {
			key = "talk.carried"
		}
		head := v.lang.text(key, "name", who(r), "version", r.Version, "from", r.CarriedFrom, "time", v.lang.moment(r.At))
		if r.InvitedBy != "" {
			head += " · " + v.lang.text("talk.guest", "name", string(r.InvitedBy))
		}
		all = append(all, talk{Review: r, Agent: r.ByKind != assets.KindUser, Who: who(r), Head: head})
	}
	return all
}

// talkPage is the data of the page with the whole conversation about an asset.
type talkPage struct {
	frame
	Filter filter
	Asset  *assets.Asset
	Talk   []talk
	More   string // the address of the next page; empty: this is the last one
}

// wholeTalk shows every review of an asset, newest first, on pages.
func (v *visit) wholeTalk() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	a, _, err := v.lib.VersionOf(v.r.Context(), v.by, id, assets.SelectCurrent)
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	page, err := v.lib.Reviews(v.r.Context(), v.by, id, assets.PageQuery{Limit: pageSize, Cursor: query.Get("cursor")})
	if err != nil {
		return err
	}
	p := &talkPage{frame: v.frame(v.lang.plain("talk.title", "title", visibleText(a.Title))), Filter: filterOf(query), Asset: a, Talk: v.talkOf(page.Items)}
	if page.NextCursor != "" {
		p.More = v.rel + p.Filter.with("cursor", string(page.NextCursor))
	}
	return v.render(http.StatusOK, "wholetalk", p)
}

// versionLine is a version in the list of them.
type versionLine struct {
	assets.Version
	Shown, Out, Newest bool
	Sign               string // the kind of its mark
	Requested          bool   // changes to it were requested last
	Waiting            bool
	Link, Compare      string // addresses below the queue
}

// versionLines returns the versions of an asset, newest first. more is the address with
// all of them, if some are left out.
func (v *visit) versionLines(s subject, f filter, all bool) (lines []versionLine, more string) {
	a := s.Asset
	last := map[assets.Number]assets.Action{}
	for _, r := range s.State.Decisions {
		last[r.Version] = r.Action
	}
	for _, version := range slices.Backward(a.Versions) {
		n := version.Number
		line := versionLine{
			Version: version, Shown: n == s.Version.Number, Out: n == s.Out, Newest: n == a.CurrentVersion,
			Requested: last[n] == assets.ActionRequestChanges,
			Waiting:   n == a.CurrentVersion && s.Current && a.Status == assets.StatusPendingReview,
			Link:      string(a.ID) + f.with("version", strconv.Itoa(int(n))),
		}
		switch {
		case line.Shown:
			line.Sign = "on"
		case line.Out:
			line.Sign = "out"
		}
		if line.Newest {
			line.Link = string(a.ID) + f.with()
		}
		if !line.Shown {
			line.Compare = compareLink(s, f, n)
		}
		if len(lines) == maxVersions && !all && !line.Shown && !line.Out {
			more = string(a.ID) + f.with("version", strconv.Itoa(int(s.Version.Number)), "versions", "all")
			continue
		}
		lines = append(lines, line)
	}
	return lines, more
}

// compareLink returns the address that compares the version with version n.
func compareLink(s subject, f filter, n assets.Number) string {
	pairs := []string{"view", comparison(s), "compare", strconv.Itoa(int(n))}
	if !s.Current {
		pairs = append(pairs, "version", strconv.Itoa(int(s.Version.Number)))
	}
	return string(s.Asset.ID) + f.with(pairs...)
}

// comparison returns the view that compares a version with another one.
func comparison(s subject) string {
	names := viewNames(s.Asset.Type, s.Version.Content, true)
	i := slices.IndexFunc(names, func(name string) bool { return name == "changes" || name == "side" || name == "files" })
	if i < 0 {
		i = len(names) - 1
	}
	return names[i]
}
