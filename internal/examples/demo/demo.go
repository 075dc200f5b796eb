// Package demo fills a workspace with a small campaign, so that the page for reviews has
// something to show. Everything in it is invented, and made by code.
package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/10ex/assets"
)

// ErrNotEmpty: the workspace has assets already.
var ErrNotEmpty = errors.New("the workspace has assets already; -workspace names another one")

// Clock is the clock of the Library that Fill fills, so that what is in it did not all
// happen at once. It begins five days before the time at which it was made.
type Clock struct{ now time.Time }

// NewClock returns a clock.
func NewClock(now time.Time) *Clock { return &Clock{now.Add(-5 * 24 * time.Hour)} }

// Now is for assets.Config.
func (c *Clock) Now() time.Time { return c.now }

// filling is one run of Fill. The first error ends it.
type filling struct {
	ctx       context.Context //nolint:containedctx // of all calls of one run
	lib       *assets.Library
	clock     *Clock
	end       time.Time
	workspace string
	made      int
	err       error
}

// Fill creates the campaign in a workspace that has no assets, and returns how many
// assets it created. The Library's clock must be clock. Workspace and clock must not be
// used by others meanwhile.
func Fill(ctx context.Context, lib *assets.Library, clock *Clock, workspace string) (int, error) {
	f := &filling{ctx: ctx, lib: lib, clock: clock, end: clock.now.Add(5 * 24 * time.Hour), workspace: workspace}
	page, err := lib.List(ctx, f.person("Ana"), assets.Query{Limit: 1})
	if err != nil {
		return 0, err
	}
	if len(page.Items) > 0 {
		return 0, ErrNotEmpty
	}
	for _, part := range []func(){f.facts, f.email, f.hero, f.banner, f.landingPage, f.push, f.article, f.deck, f.film, f.drafts} {
		part()
	}
	return f.made, f.err
}

func (f *filling) person(name string) assets.Actor {
	return assets.Actor{Workspace: f.workspace, Subject: name, Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
}

func (f *filling) agent(slug string) assets.Actor {
	return assets.Actor{Workspace: f.workspace, Subject: slug, Kind: assets.KindAgent, Scopes: []assets.Scope{assets.ScopeRead, assets.ScopeWrite}}
}

// later moves the clock, but never beyond the time at which it was made.
func (f *filling) later(d time.Duration) {
	if f.clock.now = f.clock.now.Add(d); f.clock.now.After(f.end) {
		f.clock.now = f.end
	}
}

// work is what an agent makes.
type work struct {
	kind     assets.Type
	title    string
	campaign string
	agent    string
	run      string
	model    string
	text     string
	bytes    []byte
	filename string
	media    string
	tags     assets.Tags
	from     []assets.Ref
	draft    bool // it is not submitted
}

func (w work) version() assets.NewVersion {
	v := assets.NewVersion{
		Text: w.text, Filename: w.filename, MediaType: w.media, Submit: !w.draft,
		Provenance: assets.Provenance{
			AgentSlug: w.agent, RunID: w.run, Model: w.model, BrandID: "lund-2027", BriefID: w.campaign + "-brief",
			DerivedFrom: w.from, SourceType: "trainedAlgorithmicMedia", Parameters: []byte(`{"temperature":0.4}`),
		},
	}
	if w.bytes != nil {
		v.Content = bytes.NewReader(w.bytes)
	}
	return v
}

// create creates an asset, after some time.
func (f *filling) create(after time.Duration, w work) *assets.Asset {
	if f.err != nil {
		return &assets.Asset{}
	}
	f.later(after)
	made, err := f.lib.Create(f.ctx, f.agent(w.agent), assets.NewAsset{
		Type: w.kind, Title: w.title, CampaignID: assets.Optional(w.campaign), Tags: w.tags, NewVersion: w.version(),
	})
	return f.done(w.title, made, err)
}

// add adds a version.
func (f *filling) add(after time.Duration, id assets.ID, w work) *assets.Asset {
	if f.err != nil {
		return &assets.Asset{}
	}
	f.later(after)
	f.made--
	added, err := f.lib.AddVersion(f.ctx, f.agent(w.agent), id, w.version())
	return f.done(w.title, added, err)
}

func (f *filling) done(title string, w assets.Written, err error) *assets.Asset {
	if err != nil {
		f.err = fmt.Errorf("%s: %w", title, err)
		return &assets.Asset{}
	}
	f.made++
	return w.Asset
}

// decide records a decision of a person about the version that a shows.
func (f *filling) decide(after time.Duration, name string, a *assets.Asset, action assets.Action, comment ...string) {
	if f.err != nil {
		return
	}
	f.later(after)
	d := assets.Decision{Action: action, Version: a.Version, SHA256: a.Content.SHA256, Comment: strings.Join(comment, " ")}
	if _, err := f.lib.Review(f.ctx, f.person(name), a.ID, d); err != nil {
		f.err = fmt.Errorf("%s: %w", a.Title, err)
	}
}
