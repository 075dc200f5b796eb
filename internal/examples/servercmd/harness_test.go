package servercmd_test

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// inMemory is storage that its commands share.
type inMemory struct {
	servercmd.Data
	failure error             // of Open
	opened  []servercmd.Use   // in order
	closed  int               // number of calls of Close
	flagged map[string]string // flags of the storage, by name
}

func newStorage() *inMemory {
	m := &inMemory{flagged: map[string]string{}}
	m.Data = servercmd.Data{
		Store: memory.New(), Blobs: blob.NewMemory(), SigningKeys: [][]byte{bytes.Repeat([]byte{7}, 32)},
		Close: func() error { m.closed++; return nil },
	}
	return m
}

func (m *inMemory) Open(_ context.Context, use servercmd.Use, _ *slog.Logger) (*servercmd.Data, error) {
	m.opened = append(m.opened, use)
	if m.failure != nil {
		return nil, m.failure
	}
	data := m.Data
	if !use.Attests() {
		data.Attester = nil
	}
	return &data, nil
}

// server returns a server on the storage.
func (m *inMemory) server() servercmd.Server {
	return servercmd.Server{Name: "test", Storage: func(flags *flag.FlagSet, _ servercmd.Use) servercmd.Storage {
		flags.Func("place", "of the data", func(text string) error { m.flagged["place"] = text; return nil })
		return m
	}}
}

// run runs a command and returns its exit code and output.
func (m *inMemory) run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	code = m.server().Run(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

// mustRun runs a command that succeeds and returns its standard output.
func (m *inMemory) mustRun(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := m.run(t, args...)
	if code != 0 {
		t.Fatalf("%q: exit code %d: %s", args, code, stderr)
	}
	return stdout
}

func (m *inMemory) keys(t *testing.T) *apikey.Ring {
	t.Helper()
	keys, err := apikey.New(apikey.Config{Store: m.Store})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// approved makes an approved asset of a text in a workspace, attested if the storage has an
// Attester.
func (m *inMemory) approved(t *testing.T, workspace, text string) assets.ID {
	t.Helper()
	cfg := assets.Config{Store: m.Store, Blobs: m.Blobs, Versioner: versioning.Linear{}, Approver: approval.Policy{}}
	if m.Attester != nil {
		cfg.Attest = m.Attester
	}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	by := assets.Actor{Workspace: workspace, Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
	made, err := lib.Create(t.Context(), by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Tagline", CampaignID: "spring", NewVersion: assets.NewVersion{Text: text},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Review(t.Context(), by, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
		t.Fatal(err)
	}
	return made.ID
}
