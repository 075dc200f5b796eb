package httpx

import (
	"strings"
	"testing"
)

// TestHiddenTextFIL08: text that is hidden where it is published is shown and marked.
func TestHiddenTextFIL08(t *testing.T) {
	t.Parallel()
	for markup, want := range map[string]bool{
		`<p hidden>x</p>`:                                                         true,
		`<p style="display:none">x</p>`:                                           true,
		`<p style="DISPLAY : None !important">x</p>`:                              true,
		`<p style="color:red;visibility:hidden">x</p>`:                            true,
		`<p style="opacity:0.0">x</p>`:                                            true,
		`<p style="opacity:0.5">x</p>`:                                            false,
		`<span style="font-size:0px">x</span>`:                                    true,
		`<span style="font:0/0 a">x</span>`:                                       true,
		`<span style="font:bold 12px/1.5 Arial">x</span>`:                         false,
		`<div style="height:0;overflow:hidden">x</div>`:                           true,
		`<div style="position:absolute;left:-9999px">x</div>`:                     true,
		`<div style="margin-left:-8px">x</div>`:                                   false,
		`<div style="text-indent:-1000em">x</div>`:                                true,
		`<div style="clip:rect(0,0,0,0)">x</div>`:                                 true,
		`<div style="transform:scale(0)">x</div>`:                                 true,
		`<p style="color:#fff">x</p>`:                                             true,
		`<p style="color:rgb(250, 250, 250)">x</p>`:                               true,
		`<p style="color:white;background:#000">x</p>`:                            false,
		`<p style="color:#123456;background:#123457">x</p>`:                       true,
		`<p style="color:transparent">x</p>`:                                      true,
		`<font color=white>x</font>`:                                              true,
		`<div style="background:#036"><p style="color:#fff">x</p></div>`:          false,
		`<div style="background:url(a)"><p style="color:#fff">x</p></div>`:        false,
		`<div class=dark><p style="color:#fff">x</p></div>`:                       false,
		`<div style="background:#000"><p style="color:black">x</p></div>`:         true,
		`<table bgcolor="#ffffff"><tr><td><font color="#FFFFFE">x</font></table>`: true,
		`<dialog>x</dialog>`:                                                      true,
		`<dialog open>x</dialog>`:                                                 false,
		`<p style="color:#333">x</p>`:                                             false,
		`<p style="width:100%">x</p>`:                                             false,
	} {
		s := render(t, "text/html", markup)
		marked := strings.Contains(string(s.Rich), "<left-out>[hidden:]</left-out>")
		told := strings.Contains(strings.Join(s.Notes, " "), "marked as hidden")
		if !strings.Contains(string(s.Rich), "x") || marked != want || told != want {
			t.Errorf("%s: %s, %q", markup, s.Rich, s.Notes)
		}
	}
}
