package review

import (
	"html/template"
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

// talk returns the reviews of an asset, newest first.
func (v *visit) talk(a *assets.Asset) (all []talk) {
	for _, r := range slices.Backward(a.Reviews) {
		if len(all) == maxTalk {
			break
		}
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
	for _, r := range a.Reviews {
		if r.Action != assets.ActionComment {
			last[r.Version] = r.Action
		}
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
