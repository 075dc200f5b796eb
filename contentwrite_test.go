package assets_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"path"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestCutUploadUPL01: a content whose reader fails leaves no trace.
func TestCutUploadUPL01(t *testing.T) {
	file := pngFile(t, 5000)
	backends.EachSize(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		for _, k := range []int{0, 1, 7, len(file) / 2, len(file) - 1, len(file)} {
			in := assets.NewAsset{Type: assets.TypeImage, Title: "Hero"}
			in.Content = io.MultiReader(bytes.NewReader(file[:k]), iotest.ErrReader(io.ErrUnexpectedEOF))
			if _, err := lib.Create(t.Context(), fixture.Bot, in); !errors.Is(err, assets.ErrBadRequest) {
				t.Errorf("cut at %d: %v", k, err)
			}
			if n := fixture.CountTraces(t, cfg, lib); n != 0 {
				t.Errorf("cut at %d: %d traces left", k, n)
			}
		}
	})
}

// TestRefusedContent: a content that is refused leaves no row and no bytes.
func TestRefusedContent(t *testing.T) {
	hero := pngFile(t, 10)
	wrongDigest := fixture.Copy("hello")
	wrongDigest.SHA256 = strings.Repeat("0", 64)
	tests := []struct {
		name string
		in   assets.NewAsset
		file []byte
		want error
	}{
		{name: "digest differs UPL04", in: wrongDigest, want: assets.ErrDigestMismatch},
		{name: "one byte over the limit UPL05", in: fixture.Copy(strings.Repeat("x", 101)), want: assets.ErrTooLarge},
		{name: "empty image UPL07", in: fixture.File(assets.TypeImage, ""), file: []byte{}, want: assets.ErrUnsupportedMediaType},
		{name: "empty image declared png UPL07", in: fixture.File(assets.TypeImage, "image/png"), file: []byte{}, want: assets.ErrUnsupportedMediaType},
		{name: "HTML as png UPL07", in: fixture.File(assets.TypeImage, "image/png"), file: []byte("<!doctype html><p>hi"), want: assets.ErrUnsupportedMediaType},
		{name: "HTML as an undeclared image UPL07", in: fixture.File(assets.TypeImage, ""), file: []byte("<!doctype html><p>hi"), want: assets.ErrUnsupportedMediaType},
		{name: "png as jpeg UPL07", in: fixture.File(assets.TypeImage, "image/jpeg"), file: hero, want: assets.ErrUnsupportedMediaType},
		{name: "type of another asset type UPL07", in: fixture.File(assets.TypeImage, "application/pdf"), file: hero, want: assets.ErrUnsupportedMediaType},
		{name: "not a media type UPL07", in: fixture.File(assets.TypeImage, "png"), file: hero, want: assets.ErrUnsupportedMediaType},
		{name: "text with NUL behind the head UPL09", in: fixture.File(assets.TypeCopy, "text/plain"), file: append(bytes.Repeat([]byte("a"), 50), 0), want: assets.ErrUnsupportedMediaType},
		{name: "text that is not UTF-8 UPL09", in: fixture.File(assets.TypeCopy, "text/plain"), file: []byte("caf\xe9"), want: assets.ErrUnsupportedMediaType},
		{name: "JSON that is not", in: fixture.File(assets.TypeCopy, "application/json"), file: []byte(`{"a":1,}`), want: assets.ErrUnsupportedMediaType},
	}
	backends.EachSize(t, func(t *testing.T, cfg assets.Config) {
		cfg.Limits.ContentByType = map[assets.Type]int64{assets.TypeCopy: 100}
		lib := backends.Library(t, cfg)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if tt.file != nil {
					tt.in.Content = bytes.NewReader(tt.file)
				}
				if _, err := lib.Create(t.Context(), fixture.Bot, tt.in); !errors.Is(err, tt.want) {
					t.Errorf("Create: %v, want %v", err, tt.want)
				}
				if n := fixture.CountTraces(t, cfg, lib); n != 0 {
					t.Errorf("%d traces left", n)
				}
			})
		}
	})
}

func TestStoredMediaType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		typ      assets.Type
		declared string
		text     string
		file     string
		want     string
		filename string
	}{
		{"text of copy", assets.TypeCopy, "", "Hello", "", "text/plain", "copy.txt"},
		{"text of a blog", assets.TypeBlog, "", "# Hello", "", "text/markdown", "blog.md"},
		{"parameters are dropped", assets.TypeCopy, "Text/HTML; charset=UTF-8", "<p>", "", "text/html", "copy.html"},
		{"a file with commas", assets.TypeCopy, "", "", "a,b\nc,d\n", "text/plain", "copy.txt"},
		{"an HTML file", assets.TypeBlog, "", "", "<!doctype html><p>hi", "text/markdown", "blog.md"},
		{"a JSON file", assets.TypeCopy, "", "", `{"headline":"Hi"}`, "text/plain", "copy.txt"},
		{"an empty bundle", assets.TypeBundle, "application/zip", "", "PK\x05\x06" + strings.Repeat("\x00", 18), "application/zip", "bundle.zip"},
		{"anything as a bundle", assets.TypeBundle, "", "", "\x01\x02\x03", "application/octet-stream", "bundle.bin"},
		{"a PDF deck", assets.TypeSlide, "", "", "%PDF-1.7\n", "application/pdf", "slide.pdf"},
		{"a video", assets.TypeVideo, "", "", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4", "video.mp4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := fixture.File(tt.typ, tt.declared)
			in.Text = tt.text
			if tt.text == "" {
				in.Content = strings.NewReader(tt.file)
			}
			got, err := assetstest.New(t).Create(t.Context(), fixture.Bot, in)
			if err != nil {
				t.Fatal(err)
			}
			if c := got.Content; c.MediaType != tt.want || c.Filename != tt.filename {
				t.Errorf("stored as %s, %s; want %s, %s", c.MediaType, c.Filename, tt.want, tt.filename)
			}
		})
	}
}

func TestParametersKeepDigitsUPL10(t *testing.T) {
	t.Parallel()
	in := fixture.Copy("Hello")
	in.Provenance.Parameters = []byte(`{ "seed": 9007199254740993, "cfg": 0.10 }`)
	lib := assetstest.New(t)
	made, err := lib.Create(t.Context(), fixture.Bot, in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(got.Provenance.Parameters); s != `{"cfg":0.10,"seed":9007199254740993}` {
		t.Errorf("parameters %s", s)
	}
}

// oneKey stores everything under one key.
type oneKey struct{ assets.Blobs }

const theKey = "acme/202603/only"

func (b oneKey) Put(ctx context.Context, _, mediaType string, r io.Reader) error {
	return b.Blobs.Put(ctx, theKey, mediaType, r)
}

func (b oneKey) Size(ctx context.Context, _ string) (int64, error) { return b.Blobs.Size(ctx, theKey) }

func (b oneKey) Delete(ctx context.Context, _ string) error { return b.Blobs.Delete(ctx, theKey) }

func (b oneKey) Open(ctx context.Context, _ string, offset, length int64) (io.ReadCloser, error) {
	return b.Blobs.Open(ctx, theKey, offset, length)
}

// TestSecondPutOfKeyBLB05: the second create fails and leaves the first one's
// content as it is.
func TestSecondPutOfKeyBLB05(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Blobs = oneKey{cfg.Blobs}
	lib := backends.Library(t, cfg)
	first, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("first"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("second")); assets.Code(err) != "unavailable" {
		t.Errorf("the second create: %v", err)
	}
	f, err := lib.Open(t.Context(), fixture.Ann, first.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || string(got) != "first" {
		t.Errorf("the first is %q, %v", got, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func pngFile(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 4))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReplay: a call with the idempotency key of an earlier one returns its result,
// and is refused when it differs in anything.
func TestReplay(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		at := fixture.NewClock()
		cfg.Now = at.Now
		lib := backends.Library(t, cfg)
		call := func(change func(*assets.NewAsset)) (assets.Written, error) {
			in := fixture.Copy("")
			in.Content, in.IdempotencyKey = strings.NewReader("hello"), "key"
			change(&in)
			return lib.Create(t.Context(), fixture.Bot, in)
		}
		same := func(*assets.NewAsset) {}
		if _, err := call(func(in *assets.NewAsset) { in.SHA256 = fixture.SHA256("x") }); !errors.Is(err, assets.ErrDigestMismatch) {
			t.Fatal(err)
		}
		first, err := call(same)
		if err != nil || first.Replayed {
			t.Fatalf("after a first try that failed IDM04: %+v, %v", first, err)
		}
		if _, err := lib.AddVersion(t.Context(), fixture.Bot, first.ID, assets.NewVersion{Text: "second"}); err != nil {
			t.Fatal(err)
		}
		again, err := call(same)
		if err != nil || !again.Replayed || again.ID != first.ID || again.Version != 1 || again.CurrentVersion != 2 || again.Content != first.Content {
			t.Errorf("again: %+v, %v", again, err)
		}
		for name, change := range map[string]func(*assets.NewAsset){
			"another last byte":  func(in *assets.NewAsset) { in.Content = strings.NewReader("hellO") },
			"a longer content":   func(in *assets.NewAsset) { in.Content = strings.NewReader("hello!") },
			"a refused content":  func(in *assets.NewAsset) { in.Content = strings.NewReader("hell\x00") },
			"another title":      func(in *assets.NewAsset) { in.Title = "Summer sale" },
			"another file name":  func(in *assets.NewAsset) { in.Filename = "a.txt" },
			"another provenance": func(in *assets.NewAsset) { in.Provenance.RunID = "run-2" },
			"submitted":          func(in *assets.NewAsset) { in.Submit = true },
		} {
			if got, err := call(change); !errors.Is(err, assets.ErrIdempotencyMismatch) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		in := fixture.Copy("hello")
		in.IdempotencyKey = "key"
		for name, by := range map[string]assets.Actor{"subject": fixture.Ann, "workspace": assetstest.Agent("other", fixture.Bot.Subject)} {
			if other, err := lib.Create(t.Context(), by, in); err != nil || other.Replayed {
				t.Errorf("the key of another %s: %+v, %v", name, other, err)
			}
		}
		if added, err := lib.AddVersion(t.Context(), fixture.Bot, first.ID, assets.NewVersion{Text: "third", IdempotencyKey: "key"}); err != nil || added.Version != 3 {
			t.Errorf("the key of another operation: %+v, %v", added, err)
		}
		at.Advance(7 * 24 * time.Hour)
		if later, err := call(same); err != nil || later.Replayed || later.ID == first.ID {
			t.Errorf("after seven days: %+v, %v", later, err)
		}
	})
}

// TestReplayOfWhatIsGone: the first call is repeated although what it named at the host is
// gone, or the host is down.
func TestReplayOfWhatIsGone(t *testing.T) {
	t.Parallel()
	exists, failure := true, error(nil)
	cfg := assetstest.Config()
	cfg.Exists = func(context.Context, string, assets.HostThing, string) (bool, error) { return exists, failure }
	lib := backends.Library(t, cfg)
	in := fixture.Copy("hello")
	in.CampaignID, in.IdempotencyKey = "c", "key"
	version := assets.NewVersion{Text: "second", IdempotencyKey: "key", Provenance: assets.Provenance{BrandID: "b"}}
	first, err := lib.Create(t.Context(), fixture.Bot, in)
	if err == nil {
		_, err = lib.AddVersion(t.Context(), fixture.Bot, first.ID, version)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, failure = range []error{nil, errors.New("dial db.internal")} {
		exists = false
		again, err := lib.Create(t.Context(), fixture.Bot, in)
		if err != nil || !again.Replayed || again.ID != first.ID {
			t.Errorf("a new asset: %+v, %v", again, err)
		}
		if again, err = lib.AddVersion(t.Context(), fixture.Bot, first.ID, version); err != nil || !again.Replayed || again.Version != 2 {
			t.Errorf("a new version: %+v, %v", again, err)
		}
	}
}

// TestReplayOfDeletedAsset: the key of a deleted asset makes no new one.
func TestReplayOfDeletedAsset(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	in := fixture.Copy("hello")
	in.IdempotencyKey = "key"
	made, err := lib.Create(t.Context(), fixture.Bot, in)
	if err == nil {
		err = lib.Delete(t.Context(), fixture.Ann, made.ID, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if again, err := lib.Create(t.Context(), fixture.Bot, in); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestReferences: what a version names must exist, in its workspace and at the host.
func TestReferences(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Exists = func(_ context.Context, workspace string, thing assets.HostThing, id string) (bool, error) {
		if id == "down" {
			return false, errors.New("dial db.internal")
		}
		return id == workspace+"-"+string(thing), nil
	}
	lib := backends.Library(t, cfg)
	source, err := lib.Create(t.Context(), fixture.Ann, fixture.Copy("source"))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := lib.Create(t.Context(), assetstest.User("other", "ann"), fixture.Copy("source"))
	if err != nil {
		t.Fatal(err)
	}
	derived := func(id assets.ID, n assets.Number) assets.NewAsset {
		in := fixture.Copy("derived")
		in.Provenance.DerivedFrom = []assets.Ref{{AssetID: source.ID, Version: 1}, {AssetID: id, Version: n}}
		return in
	}
	things := func(campaign, brand, brief string) assets.NewAsset {
		in := fixture.Copy("hello")
		in.CampaignID, in.Provenance.BrandID, in.Provenance.BriefID = assets.Optional(campaign), brand, brief
		return in
	}
	for name, tt := range map[string]struct {
		in    assets.NewAsset
		code  string
		paths string
	}{
		"version":         {derived(source.ID, 1), "", ""},
		"unknown version": {derived(source.ID, 2), "validation_error", "provenance.derived_from.1"},
		"unknown asset":   {derived(fixture.AbsentID, 1), "validation_error", "provenance.derived_from.1"},
		"foreign TEN04":   {derived(foreign.ID, 1), "validation_error", "provenance.derived_from.1"},
		"host's":          {things("acme-campaign", "acme-brand", "acme-brief"), "", ""},
		"unknown":         {things("x", "acme-brand", "y"), "validation_error", "campaign_id provenance.brief_id"},
		"host down":       {things("down", "", ""), "unavailable", ""},
	} {
		_, err := lib.Create(t.Context(), fixture.Ann, tt.in)
		if code, paths := assets.Code(err), strings.Join(fixture.FieldPaths(err), " "); code != tt.code || paths != tt.paths {
			t.Errorf("%s: %q at %q (%v), want %q at %q", name, code, paths, err, tt.code, tt.paths)
		}
		if strings.Contains(assets.Detail(err), "dial") {
			t.Errorf("%s: the detail names the back end: %s", name, assets.Detail(err))
		}
	}
}

// TestOrderOfChecks: fields are checked before the revision of the asset, that before its
// status, and whether the upload was used last, also under the lock.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.SmallContents = 0
	cfg.Exists = func(_ context.Context, _ string, _ assets.HostThing, id string) (bool, error) {
		if id == "down" {
			return false, errors.New("dial db.internal")
		}
		return id != "gone", nil
	}
	hooked := &openHook{Blobs: cfg.Blobs}
	cfg.Blobs = hooked
	lib := backends.Library(t, cfg)
	create := func(in assets.NewAsset) assets.ID {
		t.Helper()
		made, err := lib.Create(t.Context(), fixture.Ann, in)
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	filled := func() assets.ID {
		t.Helper()
		ticket, err := lib.NewUpload(t.Context(), fixture.Ann, assets.NewUpload{})
		if err == nil {
			_, err = lib.PutUpload(t.Context(), path.Base(ticket.URL), assets.UploadContent{Content: strings.NewReader("new"), Size: -1})
		}
		if err != nil {
			t.Fatal(err)
		}
		return ticket.UploadID
	}
	used := filled()
	draft, archived := create(fixture.Copy("old")), create(fixture.Copy("old"))
	create(assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{UploadID: used}})
	fixture.Review(t, lib, archived, assets.ActionArchive)
	unknown := assets.Provenance{DerivedFrom: []assets.Ref{{AssetID: fixture.AbsentID, Version: 1}}}
	unknownBrand, down := assets.Provenance{BrandID: "gone"}, assets.Provenance{BrandID: "down"}
	stale, current := []int64{99}, []int64{1, 2}
	for name, tt := range map[string]struct {
		id   assets.ID
		in   assets.NewVersion
		code string
	}{
		"used, stale":           {draft, assets.NewVersion{UploadID: used, IfRevision: stale}, "precondition_failed"},
		"used, archived":        {archived, assets.NewVersion{UploadID: used, IfRevision: current}, "invalid_transition"},
		"used":                  {draft, assets.NewVersion{UploadID: used, IfRevision: current}, "upload_used"},
		"used, unknown source":  {draft, assets.NewVersion{UploadID: used, Provenance: unknown}, "validation_error"},
		"stale, unknown source": {draft, assets.NewVersion{Text: "x", Provenance: unknown, IfRevision: stale}, "validation_error"},
		"stale, unknown brand":  {draft, assets.NewVersion{Text: "x", Provenance: unknownBrand, IfRevision: stale}, "validation_error"},
		"archived, unknown":     {archived, assets.NewVersion{Text: "x", Provenance: unknownBrand}, "validation_error"},
		"absent, unknown":       {fixture.AbsentID, assets.NewVersion{Text: "x", Provenance: unknownBrand}, "validation_error"},
		"absent, unknown ref":   {fixture.AbsentID, assets.NewVersion{Text: "x", Provenance: unknown}, "validation_error"},
		"absent, stale":         {fixture.AbsentID, assets.NewVersion{Text: "x", IfRevision: stale}, "not_found"},
		"stale, host is down":   {draft, assets.NewVersion{Text: "x", Provenance: down, IfRevision: stale}, "unavailable"},
		"stale, archived":       {archived, assets.NewVersion{Text: "x", IfRevision: stale}, "precondition_failed"},
	} {
		if _, err := lib.AddVersion(t.Context(), fixture.Ann, tt.id, tt.in); assets.Code(err) != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
	all := assets.NewAsset{Type: assets.TypeCopy, Title: "t", CampaignID: "gone", NewVersion: assets.NewVersion{UploadID: fixture.AbsentID, Provenance: unknown}}
	all.Provenance.BriefID = "gone"
	_, err := lib.Create(t.Context(), fixture.Ann, all)
	if paths := strings.Join(fixture.FieldPaths(err), " "); paths != "campaign_id provenance.brief_id provenance.derived_from.0 upload_id" {
		t.Errorf("problems at %q: %v", paths, err)
	}
	for name, tt := range map[string]struct {
		ifRevision []int64
		code       string
	}{
		"used by a newer version":            {[]int64{1}, "precondition_failed"},
		"used by a newer version, unguarded": {nil, "upload_used"},
	} {
		id, upload := create(fixture.Copy("old")), filled()
		hooked.once = func() {
			if _, err := lib.AddVersion(t.Context(), fixture.Ann, id, assets.NewVersion{UploadID: upload}); err != nil {
				t.Error(err)
			}
		}
		if _, err := lib.AddVersion(t.Context(), fixture.Ann, id, assets.NewVersion{UploadID: upload, IfRevision: tt.ifRevision}); assets.Code(err) != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
}

// openHook calls once when an object is opened, once.
type openHook struct {
	assets.Blobs
	once func()
}

func (b *openHook) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if once := b.once; once != nil {
		b.once = nil
		once()
	}
	return b.Blobs.Open(ctx, key, offset, length)
}
