package mcpx_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	_ "image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/fixture"
)

// create stores a content of workspace w1 and returns the id of its asset.
func (ts *testServer) create(typ assets.Type, in assets.NewVersion) assets.ID {
	ts.Helper()
	made, err := ts.lib.Create(ts.Context(), assetstest.User("w1", "maker"), assets.NewAsset{Type: typ, Title: "t", NewVersion: in})
	if err != nil {
		ts.Fatal(err)
	}
	return made.ID
}

// readText reads a text part by part.
func (ts *testServer) readText(id assets.ID) (parts []string) {
	ts.Helper()
	for offset := 0; ; {
		got := ts.call("read", "read_asset_content", fmt.Sprintf(`{"asset_id":%q,"version":1,"offset":%d}`, id, offset))
		if len(got.Blocks) != 1 || got.Result["offset"] != float64(offset) {
			ts.Fatalf("at %d: %.300s", offset, got.Body)
		}
		parts = append(parts, got.Blocks[0])
		next, ok := got.Result["next_offset"].(float64)
		if !ok {
			return parts
		}
		if offset += len(got.Blocks[0]); int(next) != offset {
			ts.Fatalf("next_offset %v, want %d", next, offset)
		}
	}
}

// A text is read in parts of at most 64 KiB that are cut between characters.
func TestReadText(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	const part = 64 << 10
	for name, text := range map[string]string{
		"short": "Spring is here.", "one part": strings.Repeat("x", part), "one byte more": strings.Repeat("x", part+1),
		"two bytes": "x" + strings.Repeat("é", part), "three bytes": strings.Repeat("語", part), "four bytes": "xx" + strings.Repeat("🎉", part),
	} {
		id := ts.create(assets.TypeCopy, assets.NewVersion{Content: strings.NewReader(text), MediaType: "text/plain"})
		parts := ts.readText(id)
		if got := strings.Join(parts, ""); got != text {
			t.Errorf("%s: %d bytes of %d", name, len(got), len(text))
		}
		for i, p := range parts {
			if len(p) > part || i < len(parts)-1 && len(p) < part-3 {
				t.Errorf("%s: part %d of %d has %d bytes", name, i, len(parts), len(p))
			}
		}
	}
	if parts := ts.readText(ts.create(assets.TypeCopy, assets.NewVersion{Content: strings.NewReader("")})); len(parts) != 1 || parts[0] != "" {
		t.Errorf("an empty text: %q", parts)
	}
}

func TestReadContentArguments(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	id := ts.create(assets.TypeCopy, assets.NewVersion{Text: "é!"})
	bundle := ts.create(assets.TypeBundle, assets.NewVersion{Content: strings.NewReader("\x00\x01")})
	for _, tt := range []struct {
		arguments, code, locs, text string
	}{
		{`{"asset_id":"` + string(id) + `"}`, "validation_error", "arguments.version", "is required"},
		{`{"asset_id":"` + string(id) + `","version":"latest"}`, "validation_error", "arguments.version", `\"current\" or \"approved\"`},
		{`{"asset_id":"` + string(id) + `","version":1,"offset":1}`, "validation_error", "arguments.offset", "next_offset"},
		{`{"asset_id":"` + string(id) + `","version":1,"offset":4}`, "validation_error", "arguments.offset", "at most 3"},
		{`{"asset_id":"` + string(id) + `","version":1,"offset":-1}`, "validation_error", "arguments.offset", "at least 0"},
		{`{"asset_id":"` + string(bundle) + `","version":1,"offset":1}`, "validation_error", "arguments.offset", "only allowed for text"},
		{`{"asset_id":"` + string(id) + `","version":2}`, "not_found", "", ""},
		{`{"asset_id":"` + string(id) + `","version":"approved"}`, "not_approved", "", ""},
		{`{"asset_id":"` + string(ts.newAsset("w2", "draft")) + `","version":1}`, "not_found", "", ""},
	} {
		got := ts.call("read", "read_asset_content", tt.arguments)
		if got.Refusal.Code != tt.code || locs(got.Refusal.Detail) != tt.locs || !strings.Contains(got.Content[0].Text, tt.text) {
			t.Errorf("%s: %s, want %s at %s", tt.arguments, got.Body, tt.code, tt.locs)
		}
	}
	if got := ts.call("read", "read_asset_content", `{"asset_id":"`+string(id)+`","version":1,"offset":3}`); len(got.Blocks) != 1 || got.Blocks[0] != "" {
		t.Errorf("at the end: %s", got.Body)
	}
	if got := ts.call("write", "read_asset_content", `{"asset_id":"`+string(id)+`","version":1}`); got.Refusal.Code != "forbidden_scope" {
		t.Errorf("without the scope: %s", got.Body)
	}
}

// Each version stays readable, as an asset and as content.
func TestReadOldVersions(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	id := ts.newAsset("w1", "approved") // version 2 is a newer draft
	for version, want := range map[string]struct {
		number       float64
		status, text string
	}{
		`1`: {1, "approved", "first in w1"}, `2`: {2, "draft", "second in w1"},
		`"current"`: {2, "draft", "second in w1"}, `"approved"`: {1, "approved", "first in w1"},
	} {
		arguments := fmt.Sprintf(`{"asset_id":%q,"version":%s}`, id, version)
		asset, content := ts.call("read", "get_asset", arguments), ts.call("read", "read_asset_content", arguments)
		if asset.Result["version"] != want.number || asset.Result["status"] != want.status || asset.Blocks[0] != want.text {
			t.Errorf("get_asset, version %s: %s", version, asset.Body)
		}
		if content.Result["version"] != want.number || content.Blocks[0] != want.text {
			t.Errorf("read_asset_content, version %s: %s", version, content.Body)
		}
	}
}

// Models see an image of a size that they can take. They read an SVG as text.
func TestVolumeReadImage(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	for name, tt := range map[string]struct {
		data  []byte
		width int
	}{
		"wide":  {fixture.Noise(800, 20), 640},
		"small": {fixture.Noise(30, 20), 30},
		"bytes": {translucent(t, 641, 900), 320}, // scaled to 640 it has more than 2 MiB
	} {
		id := ts.create(assets.TypeImage, assets.NewVersion{Content: bytes.NewReader(tt.data)})
		got := ts.call("read", "read_asset_content", fmt.Sprintf(`{"asset_id":%q,"version":1}`, id))
		if len(got.Content) != 2 || got.Content[1].Type != "image" || !strings.HasPrefix(got.Content[1].MIMEType, "image/") || got.Result["next_offset"] != nil {
			t.Errorf("%s: %.500s", name, got.Body)
			continue
		}
		data, err := base64.StdEncoding.DecodeString(got.Content[1].Data)
		config, _, undecodable := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || undecodable != nil || config.Width != tt.width || len(data) > 2<<20 {
			t.Errorf("%s: %d bytes, %d pixels wide, %v, %v", name, len(data), config.Width, err, undecodable)
		}
	}
	const svg = `<svg xmlns="http://www.w3.org/2000/svg"/>`
	id := ts.create(assets.TypeImage, assets.NewVersion{Content: strings.NewReader(svg), MediaType: "image/svg+xml"})
	if got := ts.call("read", "read_asset_content", fmt.Sprintf(`{"asset_id":%q,"version":1}`, id)); len(got.Blocks) != 1 || got.Blocks[0] != svg {
		t.Errorf("%s", got.Body)
	}
}

// translucent returns a PNG image that compresses badly and stays one when it is scaled.
func translucent(t *testing.T, width, height int) []byte {
	t.Helper()
	im := image.NewNRGBA(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range im.Pix {
		im.Pix[i] = byte(r.Uint32())
	}
	var out bytes.Buffer
	if err := png.Encode(&out, im); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Any other content, and an image over the limits, is a link, with how to download it.
func TestReadAnythingElse(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	huge := fixture.RawPNG{Width: 20_000, Height: 20_000, Depth: 1, Stream: []byte{}}.Bytes()
	latin1 := "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><!-- \xe9 --></svg>"
	for media, id := range map[string]assets.ID{
		"application/octet-stream": ts.create(assets.TypeBundle, assets.NewVersion{Content: strings.NewReader("\x00\x01")}),
		"image/png":                ts.create(assets.TypeImage, assets.NewVersion{Content: bytes.NewReader(huge)}),
		"image/svg+xml":            ts.create(assets.TypeImage, assets.NewVersion{Content: strings.NewReader(latin1), MediaType: "image/svg+xml"}),
	} {
		got := ts.call("read", "read_asset_content", fmt.Sprintf(`{"asset_id":%q,"version":"current"}`, id))
		if len(got.Content) != 3 {
			t.Errorf("%s: %s", media, got.Body)
			continue
		}
		uri := fmt.Sprintf("asset://%s/versions/1/content", id)
		if note, link := got.Content[1], got.Content[2]; link.Type != "resource_link" || link.URI != uri || link.MIMEType != media ||
			!strings.Contains(note.Text, fmt.Sprintf("GET %s%s/%s/versions/1/content", ts.srv.URL, base, id)) {
			t.Errorf("%s: %s", media, got.Body)
		}
		ts.mustRead("read", uri)
	}
}

// TestContentsReserveMemoryHOS05: an image and a resource wait for the memory that sending
// them takes.
func TestContentsReserveMemoryHOS05(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t, func(c *assets.Config) { c.Limits.WorkMemory, c.Limits.WorkWait = 16<<20, time.Second })
	blob := ts.create(assets.TypeBundle, assets.NewVersion{Content: bytes.NewReader(make([]byte, 1<<20))})
	picture := ts.create(assets.TypeImage, assets.NewVersion{Content: bytes.NewReader(fixture.Noise(200, 200))})
	call := fmt.Sprintf(`{"asset_id":%q,"version":1}`, picture)
	uri := fmt.Sprintf("asset://%s/versions/1/content", blob)

	ctx, sent := assets.Sending(t.Context(), 8, nil)
	f, err := ts.lib.Open(ctx, assetstest.User("w1", "maker"), blob, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Bytes(1 << 20); err != nil {
		t.Fatal(err)
	}
	if got := ts.call("read", "read_asset_content", call); got.Refusal.Code != "unavailable" {
		t.Errorf("an image: %.300s", got.Body)
	}
	if body := ts.readError("read", uri); !strings.Contains(body, `"unavailable"`) {
		t.Errorf("a resource: %.300s", body)
	}
	sent()
	if got := ts.call("read", "read_asset_content", call); len(got.Content) != 2 {
		t.Errorf("an image, afterwards: %.300s", got.Body)
	}
	ts.mustRead("read", uri)
}

// brokenBlobs returns other bytes than were stored.
type brokenBlobs struct{ assets.Blobs }

func (b brokenBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	body, err := b.Blobs.Open(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	content, err := io.ReadAll(body)
	if offset+int64(len(content)) > 100_000 { // the last byte of a long text
		content[len(content)-1] ^= 1
	}
	return io.NopCloser(bytes.NewReader(content)), err
}

// TestReadDamagedContentBLB03: no part of a content that is damaged anywhere is shown.
func TestReadDamagedContentBLB03(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t, func(c *assets.Config) { c.Blobs = brokenBlobs{c.Blobs} })
	id := ts.create(assets.TypeCopy, assets.NewVersion{Text: strings.Repeat("x", 100_001)})
	for _, offset := range []int{0, 65536, 100_001} {
		got := ts.call("read", "read_asset_content", fmt.Sprintf(`{"asset_id":%q,"version":1,"offset":%d}`, id, offset))
		if got.Refusal.Code != "internal_error" || strings.Contains(got.Body, "xxx") {
			t.Errorf("at %d: %.300s", offset, got.Body)
		}
	}
	if body := ts.readError("read", "asset://"+string(id)+"/versions/1/content"); !strings.Contains(body, "internal_error") || strings.Contains(body, "xxx") {
		t.Errorf("%.300s", body)
	}
}
