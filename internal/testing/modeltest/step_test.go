package modeltest_test

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/oracle"
)

// step is one random action. It names assets and versions relative to the state
// at its turn, so that it keeps its meaning when rapid drops earlier steps.
type step struct {
	Do         string
	Actor      int
	Asset      int    // counted from the oldest in the actor's workspace, or anyAsset
	Version    string // which version it names
	Digest     string // "", right, wrong
	IfRevision string // "", right, stale
	Comment    string // of a decision or the reason of a rollback
	Title      string
	Campaign   string
	Text       string
	MediaType  string
	Filename   string
	Slug       string
	Source     string
	Submit     bool
	Link       int    // counted from the newest
	Name       string // of who is invited
	Can        string // comment, decide
	Hours      int    // for which a link is valid, or that pass
}

// anyAsset is the oldest asset of all: often deleted, or of another workspace.
const anyAsset = -1

// GoString returns what rapid prints for a step of a counterexample.
func (s step) GoString() string { return s.String() }

func (s step) String() string {
	var b strings.Builder
	if s.Do == tighten || s.Do == noGuests {
		return s.Do
	}
	fmt.Fprintf(&b, "%s: %s", players[s.Actor].name, s.Do)
	if s.Do != "create" {
		fmt.Fprintf(&b, " asset~%d", s.Asset)
	}
	for _, f := range []struct{ name, value string }{
		{"version", s.Version},
		{"digest", s.Digest},
		{"if-revision", s.IfRevision},
		{"comment", s.Comment},
		{"title", s.Title},
		{"campaign", s.Campaign},
		{"text", s.Text},
		{"media", s.MediaType},
		{"file", s.Filename},
		{"slug", s.Slug},
		{"source", s.Source},
		{"name", s.Name},
		{"can", s.Can},
	} {
		if f.value != "" {
			fmt.Fprintf(&b, " %s=%q", f.name, f.value)
		}
	}
	if s.Do == "revoke" || strings.HasPrefix(s.Do, "guest") {
		fmt.Fprintf(&b, " link~%d", s.Link)
	}
	if s.Hours != 0 {
		fmt.Fprintf(&b, " hours=%d", s.Hours)
	}
	if s.Submit {
		b.WriteString(" and submit")
	}
	return b.String()
}

// player is one credential of the tests.
type player struct {
	name, workspace, subject, kind, key string
	scopes                              []assets.Scope
}

// players are the actors: people, one of them with two keys, credentials of few
// scopes, an agent and a service with every scope, and a person of another
// workspace.
var players = []player{
	{"ann", "a", "ann", "user", "annkey01", []assets.Scope{"*"}},
	{"ann's second key", "a", "ann", "user", "annkey02", []assets.Scope{"*"}},
	{"bob", "a", "bob", "user", "", []assets.Scope{"*"}},
	{"cem", "a", "cem", "user", "", []assets.Scope{"assets:read", "assets:write", "assets:approve"}},
	{"writer", "a", "wim", "user", "", []assets.Scope{"assets:read", "assets:write"}},
	{"approver", "a", "pia", "user", "", []assets.Scope{"assets:read", "assets:approve"}},
	{"reader", "a", "rob", "user", "", []assets.Scope{"assets:read"}},
	{"agent", "a", "bot", "agent", "", []assets.Scope{"*"}},
	{"service", "a", "svc", "service", "", []assets.Scope{"*"}},
	{"neighbour", "b", "ann", "user", "", []assets.Scope{"*"}},
}

// actor returns the player as an actor in the workspace of that prefix.
func (p player) actor(prefix string) assets.Actor {
	return assets.Actor{
		Workspace: prefix + p.workspace, Subject: p.subject, Kind: assets.Kind(p.kind),
		Scopes: p.scopes, KeyPrefix: assets.Optional(p.key),
	}
}

func (p player) model(prefix string) oracle.Actor {
	a := oracle.Actor{Workspace: prefix + p.workspace, Subject: p.subject, Kind: p.kind}
	for _, s := range p.scopes {
		a.Scopes = append(a.Scopes, strings.TrimPrefix(string(s), "assets:"))
	}
	return a
}

// Decisions occur more often than edits: they are what the model is about.
var actions = []string{
	"version", "approve", "submit", "request_changes", "rollback", "archive", "reopen", "create",
	"version", "approve", "submit", "request_changes", "rollback", "archive", "reopen", "approve",
	"version", "approve", "rollback", "reopen", "bulk approve", "edit", "delete", tighten,
	"comment", "comment", "erase",
	"invite", "invite", "invite", "guest approve", "guest approve", "guest approve", "guest request_changes", "guest comment",
	"revoke", "time passes", noGuests,
}

// noGuests makes the host's policy let guests comment only; it is not a call.
const noGuests = "guests may not decide"

// tighten makes the host's policy stricter; it is not a call.
const tighten = "the policy is tightened"

var titles = []string{
	"title", "other", "refuse submit", "refuse approve", "refuse request_changes", "fail approve",
	"panic approve", "panic submit", "refuse archive", "fail reopen",
}

// actors are indexes of players; those with most scopes occur most.
var actors = []int{0, 2, 3, 0, 2, 3, 0, 2, 3, 1, 4, 5, 6, 7, 8, 9}

// genStep draws a step. It shrinks to the first value of each list.
func genStep(t *rapid.T) step {
	draw := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(t, name) }
	s := step{
		Do:    rapid.SampledFrom(actions).Draw(t, "do"),
		Actor: rapid.SampledFrom(actors).Draw(t, "actor"),
		Asset: rapid.SampledFrom([]int{0, 0, 0, 0, 1, 0, 0, 1, anyAsset}).Draw(t, "asset"),
	}
	if genLink(t, &s) {
		return s
	}
	if s.Do != "create" && s.Do != "comment" && s.Do != "erase" {
		s.IfRevision = draw("if revision", "", "", "", "", "", "", "", "", "", "right", "right", "stale")
	}
	switch s.Do {
	case "create", "version":
		s.Text = draw("text", "red", "blue", "red")
		s.MediaType = draw("media", "text/plain", "text/plain", "text/markdown")
		s.Filename = draw("file", "f", "f", "f", "g")
		s.Slug = draw("slug", "", "", "writer")
		s.Source = draw("source", "", "trainedAlgorithmicMedia")
		s.Submit = rapid.Bool().Draw(t, "submit")
		if s.Do == "create" {
			s.Title = draw("title", titles...)
		}
	case "edit":
		s.Title = draw("title", titles...)
		s.Campaign = draw("campaign", "", "spring")
	case "rollback":
		s.Version = draw("version", "first", "previous", "approved", "first", "previous", "approved", "current", "next", "negative")
		s.Comment = draw("comment", "", "why")
	case "comment":
		s.Version = draw("version", "current", "current", "previous", "approved", "first", "next", "", "negative")
		s.Comment = draw("comment", "why", "why", "why", " ")
	case "erase":
		s.Version = draw("version", "previous", "current", "approved", "first", "next", "negative")
		s.Comment = draw("reason", "why", "why", "why", " ")
	case "delete", tighten:
	default:
		s.Version = draw("version", "", "", "", "current", "current", "current", "current", "previous", "approved", "first", "next")
		if s.Version != "" {
			s.Digest = draw("digest", "", "right", "right", "right", "wrong")
		}
		s.Comment = draw("comment", "why", "why", "why", "why", "why", "")
		if rapid.IntRange(0, 39).Draw(t, "malformed") == 39 {
			s.Version, s.Digest, s.Comment = draw("version", "", "negative"), "right", " "
		}
	}
	return s
}

// genPolicy draws a policy. It shrinks to the plain one.
func genPolicy(t *rapid.T) oracle.Policy {
	return oracle.Policy{
		Quorum:         rapid.SampledFrom([]int{0, 2, 1, 2, 1, 3}).Draw(t, "quorum"),
		ForbidSelf:     rapid.Bool().Draw(t, "forbid self-approval"),
		RequireSubmit:  rapid.IntRange(0, 2).Draw(t, "require submit") == 2,
		RequireVersion: rapid.IntRange(0, 3).Draw(t, "require version") == 3,
		Disclosure:     rapid.IntRange(0, 3).Draw(t, "require disclosure") == 3,
		Kinds:          rapid.SampledFrom([][]string{nil, {"service"}, {"agent", "service"}}).Draw(t, "kinds"),
		Rule:           rapid.Bool().Draw(t, "host's rule"),
		Guests:         rapid.IntRange(0, 3).Draw(t, "guests decide") < 3,
	}
}
