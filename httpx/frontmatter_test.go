package httpx

import "testing"

// TestFrontMatterFIL08: data before a Markdown text are shown as data, not as a heading.
func TestFrontMatterFIL08(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ data, rest string }{
		"---\ntitle: x\n---\n\n# Title":           {"title: x\n", "\n# Title"},
		"---\r\ntitle: x\r\n...\r\n# Title":       {"title: x\r\n", "# Title"},
		"--- \n# of\n\ntags:\n- a\n---":           {"# of\n\ntags:\n- a\n", ""},
		"+++\ntitle = 'x'\n[a]\nb = 1\n+++\ntext": {"title = 'x'\n[a]\nb = 1\n", "text"},
		"+++\na = 1\n---\n+++\ntext":              {"a = 1\n---\n", "text"},
		"---\n\nA rule above, a heading\n---\n":   {"", "---\n\nA rule above, a heading\n---\n"},
		"---\ntitle: x\n":                         {"", "---\ntitle: x\n"},
		"\n---\ntitle: x\n---\n":                  {"", "\n---\ntitle: x\n---\n"},
		"---- \ntitle: x\n---\n":                  {"", "---- \ntitle: x\n---\n"},
		"+++\ntext\n+++\n":                        {"", "+++\ntext\n+++\n"},
		"":                                        {"", ""},
		"---":                                     {"", "---"},
	} {
		data, rest := cutFrontMatter([]byte(text))
		if string(data) != want.data || string(rest) != want.rest {
			t.Errorf("%q: %q and %q", text, data, rest)
		}
	}
	for _, mark := range []string{"", "\ufeff"} {
		s := render(t, "text/markdown", mark+"---\ntitle: <x>\n---\n\n# Title\n")
		if s.Data != "title: <x>\n" || s.Rich != "<h1 dir=\"auto\">Title</h1>\n" {
			t.Errorf("%+v", s)
		}
	}
}

// TestByteOrderMarkFIL04: the mark before a text is not shown and hides nothing.
func TestByteOrderMarkFIL04(t *testing.T) {
	t.Parallel()
	if s := render(t, "text/markdown", "\ufeff# Title\n"); s.Rich != "<h1 dir=\"auto\">Title</h1>\n" {
		t.Errorf("%+v", s)
	}
	if s := render(t, "text/plain", "\ufeffa"); s.Plain != "a" {
		t.Errorf("%+v", s)
	}
	if s := render(t, "text/html", "\ufeff<title>a</title><meta name=description content=' b  c '><p>d"); s.Rich != `<p dir="auto">d` || s.Title != "a" || s.Description != "b c" {
		t.Errorf("%+v", s)
	}
}
