// Package attested makes exports whose files have attestations, for tests of what verifies
// them.
package attested

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"io"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/export"
)

// Asset is an asset of an export.
type Asset struct {
	Title, Text string
	RolledBack  bool // its approval was carried over by a rollback
}

// Export returns the archive of an export of assets that ann has approved. The key has
// signed their attestations.
func Export(t testing.TB, key ed25519.PrivateKey, all ...Asset) (archive []byte) {
	t.Helper()
	return ExportOf(t, attest.Config{Key: key}, all...)
}

// ExportOf is Export with attestations of a configuration.
func ExportOf(t testing.TB, config attest.Config, all ...Asset) (archive []byte) {
	t.Helper()
	attester, err := attest.New(config)
	if err != nil {
		t.Fatal(err)
	}
	cfg := assetstest.Config()
	cfg.Attest = attester
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		a.approve(t, lib)
	}
	x, err := export.New(export.Config{Library: lib})
	if err != nil {
		t.Fatal(err)
	}
	made, err := x.Create(t.Context(), ann(), export.Request{})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := x.Open(t.Context(), ann(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	var b bytes.Buffer
	if _, err := opened.WriteTo(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ann() assets.Actor { return assetstest.User("w", "ann") }

// approve creates the asset and approves its first version.
func (a Asset) approve(t testing.TB, lib *assets.Library) {
	t.Helper()
	made, err := lib.Create(t.Context(), ann(), assets.NewAsset{Type: assets.TypeCopy, Title: a.Title, NewVersion: assets.NewVersion{Text: a.Text}})
	if err == nil {
		_, err = lib.Review(t.Context(), ann(), made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if err == nil && a.RolledBack {
		if _, err = lib.AddVersion(t.Context(), ann(), made.ID, assets.NewVersion{Text: "another"}); err == nil {
			_, err = lib.Rollback(t.Context(), ann(), made.ID, assets.Rollback{Version: 1})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Unpack returns the files of an archive by their names below its top folder.
func Unpack(t testing.TB, archive []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range r.File {
		_, name, _ := strings.Cut(f.Name, "/")
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[name], err = io.ReadAll(content); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
