// Package assetstest helps to test what uses or extends assets: [New] makes a
// whole library in memory for a host's unit test, and the Test functions are
// the conformance suites that every [assets.Store], [assets.Blobs],
// [assets.Versioner] and [assets.Approver] has to pass, a third party's too.
//
// The one rule to know: what New makes is the real Library, not a double. A
// test acts through it as people and agents do, with actors such as [User] and
// [Agent], and meets every check that they would meet.
package assetstest

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// New makes a library in memory, with the default policy, that ends with the
// test.
func New(tb testing.TB) *assets.Library {
	tb.Helper()
	lib, err := assets.New(Config())
	if err != nil {
		tb.Fatal(err)
	}
	return lib
}

// Config answers what New makes its library of, to be changed first: another
// policy, limits, a clock.
func Config() assets.Config {
	return assets.Config{
		Store:       memory.New(),
		Blobs:       blob.NewMemory(),
		Versioner:   versioning.Linear{},
		Approver:    approval.Policy{},
		SigningKeys: [][]byte{[]byte("assetstest: 32 bytes or more, not secret")},
	}
}

// User is a person of a workspace who may do everything.
func User(workspace, subject string) assets.Actor {
	return assets.Actor{
		Workspace: workspace, Subject: subject, Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll},
	}
}

// Agent is an agent of a workspace with every scope; it still cannot approve.
func Agent(workspace, subject string) assets.Actor {
	a := User(workspace, subject)
	a.Kind = assets.KindAgent
	return a
}
