// Package assetstest helps to test code that uses or extends assets. [New]
// returns a library in memory for a host's unit tests. The Test functions are
// the conformance suites that every [assets.Store], [assets.Blobs],
// [assets.Versioner] and [assets.Approver] must pass, those of third parties
// too.
//
// The one rule to know: New returns the real Library, not a double. A test
// calls it with actors such as [User] and [Agent], and every check applies to
// them as it does in production.
package assetstest

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// New returns a library in memory with the default policy, made of [Config].
// The test fails if Config is refused.
func New(tb testing.TB) *assets.Library {
	tb.Helper()
	lib, err := assets.New(Config())
	if err != nil {
		tb.Fatal(err)
	}
	return lib
}

// Config returns the configuration that New uses. A test that needs another
// policy, other limits or a clock changes it and calls [assets.New]. Its Logger
// discards what it gets.
func Config() assets.Config {
	return assets.Config{
		Store:       memory.New(),
		Blobs:       blob.NewMemory(),
		Versioner:   versioning.Linear{},
		Approver:    approval.Policy{},
		SigningKeys: [][]byte{[]byte("assetstest: 32 bytes or more, not secret")},
		Logger:      slog.New(slog.DiscardHandler),
	}
}

// Approved creates an asset in a workspace as an agent and approves it as people do: by
// as many of them as the policy asks for. It returns the asset as publishers see it. The
// test fails if the asset is not in force afterwards.
func Approved(tb testing.TB, lib *assets.Library, workspace string, in assets.NewAsset) *assets.Asset {
	tb.Helper()
	in.Submit = true
	written, err := lib.Create(tb.Context(), Agent(workspace, "agent"), in)
	made := written.Asset
	for person := 1; err == nil && made.Status != assets.StatusApproved && person <= maxQuorum; person++ {
		d := assets.Decision{Action: assets.ActionApprove, Version: made.Version, SHA256: made.Content.SHA256}
		made, err = lib.Review(tb.Context(), User(workspace, fmt.Sprintf("person-%d", person)), made.ID, d)
	}
	if err == nil {
		made, err = lib.Get(tb.Context(), User(workspace, "person-1"), made.ID, assets.SelectApproved)
	}
	if err != nil {
		tb.Fatalf("assetstest: no approved asset: %v", err)
	}
	return made
}

// maxQuorum is how many people approve what Approved makes.
const maxQuorum = 10

// User returns a person of a workspace with every scope.
func User(workspace, subject string) assets.Actor {
	return assets.Actor{
		Workspace: workspace, Subject: subject, Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll},
	}
}

// Agent returns an agent of a workspace with every scope. Under the default
// policy it still cannot approve.
func Agent(workspace, subject string) assets.Actor {
	a := User(workspace, subject)
	a.Kind = assets.KindAgent
	return a
}
