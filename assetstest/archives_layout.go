package assetstest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// exportedNames exports one asset for each title and returns the names of their
// members.
func (t *archiveT) exportedNames(titles []string) []string {
	t.Helper()
	ids := make([]assets.ID, len(titles))
	for i, title := range titles {
		ids[i] = t.approved(title, fmt.Append(nil, "content ", i))
	}
	archive, _ := t.download(t.freeze(export.Request{}))
	members := t.unzip(archive)
	paths := t.paths(members)
	names := make([]string, len(titles))
	for i, id := range ids {
		names[i] = paths[id]
		if got := string(members[names[i]]); got != fmt.Sprint("content ", i) {
			t.Errorf("title %q is named %q, and has the content %q", titles[i], names[i], got)
		}
	}
	return names
}

func safeNames(t *archiveT) {
	titles := []string{
		"../../x", `..\..\x`, "/etc/passwd", `C:\x`, "CON", "con.txt", "lpt1", "ends with a dot.", "...", ".hidden", "a\u202egnp.exe", "\u2066\u200b",
		strings.Repeat("\U0001F600", 75), strings.Repeat("ä", 300), "-rf *", "%00", "100%", "a\u2028b", "Größe 漢字 \U0001F600", "NUL.tar.gz",
	}
	for i, name := range t.exportedNames(titles) {
		base, inside := strings.CutPrefix(name, "data/")
		stem, _, _ := strings.Cut(strings.ToUpper(base), ".")
		switch {
		case !inside, path.Base(base) != base, path.Clean(name) != name, len(name) > 180, !utf8.ValidString(name),
			strings.ContainsAny(base, `/\:*?"<>|%`), base[0] == '.', strings.HasSuffix(base, "."), strings.HasSuffix(base, " "),
			slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}, strings.TrimSpace(stem)):
			t.Errorf("title %q is named %q", titles[i], name)
		}
		for _, c := range name {
			if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == utf8.RuneError {
				t.Errorf("title %q is named %q with %U", titles[i], name, c)
			}
		}
	}
}

func uniqueNames(t *archiveT) {
	long := strings.Repeat("x", 290)
	titles := []string{
		"Hero", "Hero", "hero", "HERO", "Hero (2)", "é", "e\u0301", "É", "Straße", "STRASSE", "\u13a0", "\uab70",
		long, long + "y", strings.ToUpper(long), "a/b", "a:b", "CON", "con",
	}
	seen := map[string]string{}
	for i, name := range t.exportedNames(titles) {
		for _, key := range []string{
			norm.NFC.String(cases.Fold().String(name)), strings.ToLower(norm.NFD.String(name)), strings.ToUpper(norm.NFC.String(name)),
		} {
			if other, taken := seen[key]; taken && other != titles[i]+fmt.Sprint(i) {
				t.Errorf("title %q is named %q, which a disk may take for that of %q", titles[i], name, other)
			}
			seen[key] = titles[i] + fmt.Sprint(i)
		}
	}
}

// attestedArchive reads an archive of which some entries have attestations, whole and
// from within.
func attestedArchive(t *archiveT) {
	const n, attested = 5, 2
	for i := range n {
		id := t.approved(fmt.Sprint("Title ", i), fmt.Append(nil, "content ", i))
		if i%2 == 0 {
			continue
		}
		a := sampleAttestation(t.by.Workspace, i, 1, 2)
		a.AssetID, a.KeyID, a.Signature = id, "key", []byte("signature")
		t.ok(t.store.Update(t.Context(), func(tx assets.Tx) error { return tx.AddAttestations(t.Context(), []assets.Attestation{a}) }))
	}
	made := t.freeze(export.Request{})
	want, _ := t.download(made)
	members := t.unzip(want)
	listed := map[string]string{}
	for _, manifest := range []string{"manifest-sha256.txt", "tagmanifest-sha256.txt"} {
		for line := range strings.Lines(string(members[manifest])) {
			sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
			listed[name] = sum
		}
	}
	for name, text := range members {
		if sum := sha256.Sum256(text); name != "tagmanifest-sha256.txt" && listed[name] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s has another digest than %q in a manifest", name, listed[name])
		}
	}
	if len(members) != n+attested+5 || len(listed) != len(members)-1 {
		t.Errorf("%d files, of which %d are in a manifest", len(members), len(listed))
	}
	for from := 0; from < len(want); from += 61 {
		archive := t.open(made)
		_, err := archive.Seek(int64(from), io.SeekStart)
		t.ok(err)
		part := make([]byte, min(200, len(want)-from))
		if _, err := io.ReadFull(archive, part); err != nil || !bytes.Equal(part, want[from:from+len(part)]) {
			t.Errorf("from byte %d other bytes are read, %v", from, err)
		}
		t.ok(archive.Close())
	}
}

// largeArchives reads archives whose large contents are not stored: the layout
// follows from the rows alone.
func largeArchives(t *archiveT) {
	small := []byte("behind what is large")
	for i, size := range []int64{math.MaxUint32 - 1, math.MaxUint32, math.MaxUint32 + 1, 5 << 30} {
		workspace := fmt.Sprint("w", i)
		t.by = User(workspace, "ann")
		sizes := []int64{size - 1<<10, int64(len(small)), size, int64(len(small))}
		t.ok(t.store.Update(t.Context(), func(tx assets.Tx) error {
			for n, size := range sizes {
				if err := approvedOfSize(workspace, n, size, small).write(t.Context(), tx); err != nil {
					return err
				}
			}
			return nil
		}))
		for n := 1; n < len(sizes); n += 2 {
			mustPut(t.T, t.blobs, approvedOfSize(workspace, n, 0, small).versions[0].Key, small)
		}
		made := t.freeze(export.Request{})
		r, err := zip.NewReader(archiveAt{t, made}, made.SizeBytes)
		t.ok(err)
		for n, want := range sizes {
			f := r.File[n]
			if f.Name != fmt.Sprintf("export-%s/data/%d.md", made.ID, n) || int64(f.UncompressedSize64) != want || int64(f.CompressedSize64) != want {
				t.Errorf("at %d: member %d is %+v", size, n, f.FileHeader)
			}
			if n%2 == 0 {
				continue
			}
			content, err := f.Open()
			t.ok(err)
			if got, err := io.ReadAll(content); err != nil || !bytes.Equal(got, small) {
				t.Errorf("at %d: member %d reads %q, %v", size, n, got, err)
			}
		}
	}
}

// approvedOfSize returns an approved asset whose row says that it has size
// bytes, with the digests of content.
func approvedOfSize(workspace string, n int, size int64, content []byte) *record {
	r := sample(workspace, n)
	r.current.Title = fmt.Sprint(n)
	v := &r.versions[0]
	sum := sha256.Sum256(content)
	v.Content.SizeBytes, v.Content.SHA256, v.CRC32 = size, hex.EncodeToString(sum[:]), crc32.ChecksumIEEE(content)
	v.Key = fmt.Sprintf("%s/202506/%026d", workspace, n)
	r.approved = shownAs(r.current, *v)
	return r
}

// archiveAt is an archive as an io.ReaderAt, which archive/zip needs.
type archiveAt struct {
	t    *archiveT
	made export.Export
}

// ReadAt implements io.ReaderAt.
func (a archiveAt) ReadAt(p []byte, at int64) (int, error) {
	archive := a.t.open(a.made)
	defer archive.Close()
	if _, err := archive.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	return io.ReadFull(archive, p)
}
