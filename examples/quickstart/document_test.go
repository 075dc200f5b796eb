package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx"
)

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks returns the fenced blocks of a language, in order.
func blocks(document, language string) (all []string) {
	for {
		_, rest, found := strings.Cut(document, "```"+language+"\n")
		if !found {
			return all
		}
		var block string
		block, document, _ = strings.Cut(rest, "```")
		all = append(all, block)
	}
}

// TestDocumentIsTheProgram: the Go of the document is the program, and short.
func TestDocumentIsTheProgram(t *testing.T) {
	t.Parallel()
	var program []string
	for _, name := range []string{"main.go", "main_test.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		program = append(program, string(text))
	}
	shown := blocks(document(t), "go")
	if got, want := strings.Join(shown, "\n"), strings.Join(program, "\n"); got != want {
		t.Errorf("the document shows\n%s\nthe program is\n%s", got, want)
	}
	if lines := strings.Count(strings.Join(shown, ""), "\n"); lines >= 60 {
		t.Errorf("the document shows %d lines of Go", lines)
	}
}

// TestDocumentCommands runs the shell lines of the document against the program.
func TestDocumentCommands(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("ASSETS_TEST_TOOLS") != "" {
				t.Fatal(err)
			}
			t.Skipf("needs %s; make test installs it", tool)
		}
	}
	server := httptest.NewServer(routes(assetstest.New(t)))
	defer server.Close()
	script := strings.Join(blocks(document(t), "sh"), "")
	local := strings.ReplaceAll(script, "http://127.0.0.1:8080", server.URL)
	if script == local {
		t.Fatalf("the document has no lines for the program: %s", script)
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-euc", local).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{`"title":"Tagline"`, `"items":[{`, `"created_by":"ana"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the responses lack %s: %s", want, out)
		}
	}
}

// TestDocumentMessages: the error messages in the document are the real ones.
func TestDocumentMessages(t *testing.T) {
	t.Parallel()
	without := func(forget func(*assets.Config)) string {
		cfg := assetstest.Config()
		forget(&cfg)
		_, err := assets.New(cfg)
		return message(err)
	}
	_, noStore := apikey.New(apikey.Config{})
	shown := document(t)
	for _, want := range []string{
		without(func(c *assets.Config) { c.Store = nil }),
		without(func(c *assets.Config) { c.Blobs = nil }),
		without(func(c *assets.Config) { c.Versioner = nil }),
		without(func(c *assets.Config) { c.Approver = nil }),
		without(func(c *assets.Config) { c.SigningKeys = [][]byte{[]byte("short")} }),
		without(func(c *assets.Config) { c.Limits.Versions = -1 }),
		panicked(func() { httpx.Handler(assetstest.New(t), httpx.Options{}) }),
		message(noStore),
	} {
		if !strings.Contains(shown, "\n"+want+"\n") {
			t.Errorf("the document lacks %q", want)
		}
	}
}

func message(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

func panicked(call func()) (message string) {
	defer func() { message = fmt.Sprint(recover()) }()
	call()
	return ""
}
