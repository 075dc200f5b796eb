package server_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// audit is a run of the program that uses every route, tool and command, and keeps
// all output.
type audit struct {
	*testing.T
	transcript
	deployment deployment
	p          *process
	keys       map[string]string // bearers by name

	operations, commands, tools, codes map[string]bool // that were used
}

// newAudit starts a strict server. Its first key is the admin's.
func newAudit(t *testing.T, s deployment) *audit {
	t.Helper()
	s.program = "strict"
	a := &audit{T: t, deployment: s, p: s.firstStart(t), operations: map[string]bool{}, commands: map[string]bool{"serve": true}, tools: map[string]bool{}, codes: map[string]bool{}}
	a.keys = map[string]string{"admin": a.p.key, "": ""}
	a.bearer("the first start", a.p.key, "")
	_, code, _ := strings.Cut(a.p.signIn, "code=")
	a.secrets = append(a.secrets, secret{name: "code of the sign-in link", text: code})
	for name, k := range map[string][]string{
		"agent":   {"-workspace", "default", "-kind", "agent", "-scopes", "*"},
		"reader":  {"-workspace", "default", "-kind", "service", "-scopes", "assets:read"},
		"revoked": {"-workspace", "default", "-kind", "user", "-scopes", "*"},
		"other":   {"-workspace", "other", "-kind", "user", "-scopes", "*"},
	} {
		minted, err := a.command("keys mint", append(k, "-owner", name, "-name", name)...)
		if err != nil {
			t.Fatalf("%v: %s", err, minted)
		}
		a.keys[name] = strings.TrimSpace(minted)
		a.bearer(name, a.keys[name], "command keys mint")
	}
	if _, err := a.command("keys revoke", strings.Split(a.keys["revoked"], "_")[1]); err != nil {
		t.Fatal(err)
	}
	signing, err := os.ReadFile(filepath.Join(s.folder, "signing.key"))
	if err != nil {
		t.Fatal(err)
	}
	a.secrets = append(a.secrets, secret{name: "signing key", text: strings.TrimSpace(string(signing))})
	attesting, err := os.ReadFile(filepath.Join(s.folder, "attest.key"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(attesting)
	a.secrets = append(a.secrets, secret{name: "key of attestations", text: base64.StdEncoding.EncodeToString(block.Bytes)})
	return a
}

// command runs a command on the deployment and returns its standard output.
func (a *audit) command(words string, args ...string) (string, error) {
	a.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(a.Context(), "server", slices.Concat(strings.Fields(words), a.deployment.flags, args)...)
	cmd.Env = append(os.Environ(), "ASSETS_API_KEY="+a.keys["revoked"]) // which mcp refuses
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	said := stdout.String() + stderr.String()
	for _, typed := range args { // a command may repeat its arguments
		if slices.Contains(slices.Collect(maps.Values(a.keys)), typed) {
			said = strings.ReplaceAll(said, typed, "")
		}
	}
	a.commands[words] = true
	a.add("command "+words, said)
	return stdout.String(), err
}

// do sends a request with a key and returns status and body. The arguments after
// the body are pairs: a parameter of the path in braces and its value, or a header.
func (a *audit) do(key, operation, body string, more ...string) (int, []byte) {
	a.Helper()
	method, path, _ := strings.Cut(operation, " ")
	header := http.Header{"Accept": {"application/json, text/event-stream"}} // both, says MCP
	switch {
	case method == http.MethodPut: // of an upload
		header.Set("Content-Type", "text/plain")
	case body != "":
		header.Set("Content-Type", "application/json")
	}
	if key != "" {
		header.Set("Authorization", "Bearer "+a.keys[key])
	}
	for i := 0; i+1 < len(more); i += 2 {
		if strings.HasPrefix(more[i], "{") {
			path = strings.ReplaceAll(path, more[i], more[i+1])
		} else {
			header.Set(more[i], more[i+1])
		}
	}
	req, err := http.NewRequestWithContext(a.Context(), method, a.p.url+path, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		a.Logf("%s: %v", operation, err) // the part of the body that came is kept too
	}
	var whole strings.Builder
	if err := resp.Header.Write(&whole); err != nil {
		a.Fatal(err)
	}
	place, query, _ := strings.Cut(operation, "?")
	a.operations[place] = true
	if strings.Contains(query, "preview_expires_in=") {
		place += "?preview_expires_in"
	}
	a.add(fmt.Sprintf("%s %d", place, resp.StatusCode), whole.String()+string(answer))
	return resp.StatusCode, answer
}

// ok sends a request, which must succeed.
func (a *audit) ok(key, operation, body string, more ...string) (out asset) {
	a.Helper()
	status, answer := a.do(key, operation, body, more...)
	if status >= 300 {
		a.Fatalf("%s: %d %s", operation, status, answer)
	}
	_ = json.Unmarshal(answer, &out) // a page or an empty body has no fields
	return out
}

// refused sends a request, which must be refused with a code.
func (a *audit) refused(code, key, operation, body string, more ...string) {
	a.Helper()
	status, answer := a.do(key, operation, body, more...)
	got := asset{Code: "validation_error"}
	if status != http.StatusUnprocessableEntity || !bytes.HasPrefix(answer, []byte(`{"detail":[`)) {
		if err := json.Unmarshal(answer, &got); err != nil {
			a.Errorf("%s: %v in %d %s", operation, err, status, answer)
		}
	}
	if a.codes[got.Code] = true; got.Code != code {
		a.Errorf("%s %.100s as %s: %d %s, want %s", operation, body, key, status, answer, code)
	}
}

// tool calls a tool; exchange sends a message and returns the response.
func (a *audit) tool(exchange func(message string) string, name, arguments string) {
	a.Helper()
	place := "tool " + name
	if strings.Contains(arguments, "preview_expires_in") {
		place += " with preview_expires_in"
	}
	answer := exchange(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, name, arguments))
	if !strings.Contains(answer, `"result"`) {
		a.Errorf("%s(%s): %s", name, arguments, answer)
	}
	a.tools[name] = true
	a.add(place, answer)
}

// overStdio runs the command mcp until end is called.
func (a *audit) overStdio(key string) (exchange func(string) string, end func()) {
	a.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(a.Context(), "server", append([]string{"mcp", "-public-url", a.p.url}, a.deployment.flags...)...)
	cmd.Env, cmd.Stderr = append(os.Environ(), "ASSETS_API_KEY="+a.keys[key]), &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		a.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		a.Fatal(err)
	}
	a.commands["mcp"] = true
	lines := bufio.NewReader(stdout)
	exchange = func(message string) string {
		if _, err := io.WriteString(stdin, message+"\n"); err != nil {
			a.Fatal(err)
		}
		line, err := lines.ReadString('\n')
		if err != nil {
			a.Fatalf("%v after %s\n%s", err, message, &stderr)
		}
		return line
	}
	return exchange, func() {
		_ = stdin.Close() // which ends the command
		rest, err := io.ReadAll(lines)
		if err == nil {
			err = cmd.Wait()
		}
		if err != nil {
			a.Error(err)
		}
		a.add("command mcp", string(rest)+stderr.String())
	}
}

// keepLogAndFiles adds the log and all files: names and bytes.
func (a *audit) keepLogAndFiles() {
	a.Helper()
	files := func() {
		err := filepath.WalkDir(filepath.Dir(a.deployment.folder), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Name() == "signing.key" || d.Name() == "attest.key" {
				return err
			}
			text, err := os.ReadFile(path)
			a.add("the file "+path, path+string(text))
			return err
		})
		if err != nil {
			a.Error(err)
		}
	}
	files() // with the write-ahead log
	a.add("standard output", a.p.stop(syscall.SIGTERM))
	a.add("the log", a.p.stderr.String())
	if !strings.Contains(a.p.stderr.String(), "level=ERROR") {
		a.Error("no error was logged: the audit shows nothing")
	}
	files()
}
