package server_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/10ex/assets/internal/testing/pgtest"
)

const (
	routes = "/api/v1/assets"
	public = "/api/v1/public/assets"
	one    = routes + "/{asset_id}"
)

// TestNoSecretsInOneRunLOG01 uses every route, tool and command of the program,
// correctly and wrongly, and provokes every error. Then it searches all that was
// sent, printed, logged and stored for API keys, tokens, signing keys and the
// database's password.
func TestNoSecretsInOneRunLOG01(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		a := newAudit(t, newDeployment(filepath.Join(t.TempDir(), "data")))
		a.run()
		a.fill()
		a.loseContent()
		a.keepLogAndFiles()
		a.check("unavailable")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		db := pgtest.Start(t, "log_statement = 'all'", "log_connections = on", "log_error_verbosity = verbose")
		database := db.Database(t)
		a := newAudit(t, newDeployment(filepath.Join(t.TempDir(), "data"), "-db", database+"&password=zqpassword"))
		a.secrets = append(a.secrets, secret{name: "password of the database", text: "zqpassword"})
		a.run()
		a.loseContent()
		a.tables(database)
		db.Stop(t, "immediate")
		a.refused("unavailable", "admin", "GET "+routes, "")
		a.refused("unavailable", "admin", "POST "+routes, `{"type":"copy","title":"t","text":"x"}`)
		a.tryCommands()
		db.Restart(t)
		a.keepLogAndFiles()
		a.add("the log of the database", db.Log(t))
		a.check("too_many_versions")
	})
}

// run does all that needs the back ends.
func (a *audit) run() {
	a.Helper()
	id := a.life()
	a.refusals(id)
	overHTTP := func(message string) string {
		a.do("admin", "POST /mcp", message)
		last := a.texts[len(a.texts)-1]
		a.texts = a.texts[:len(a.texts)-1] // tool adds it
		return last.text
	}
	a.agentsWork(overHTTP)
	overStdio, end := a.overStdio("admin")
	overStdio(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"audit","version":"1"}}}`)
	a.agentsWork(overStdio)
	end()
	a.tryCommands()
	a.fillExports()
}

// life uses every route.
func (a *audit) life() (id string) {
	a.Helper()
	a.ok("", "GET "+routes+"/openapi.json", "")
	id = a.ok("agent", "POST "+routes, `{"type":"copy","title":"Tagline","text":"Spring is here.","campaign_id":"spring","tags":{"k":["v"]}}`).ID
	own := []string{"{asset_id}", id, "{version}", "1"}
	a.ok("agent", "POST "+routes, "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n"+`{"type":"bundle","title":"File"}`+
		"\r\n--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"f\"\r\n\r\nbytes\r\n--b--\r\n", "Content-Type", "multipart/form-data; boundary=b")
	a.ok("agent", "POST "+one+"/approval", `{"action":"submit"}`, own...)
	a.ok("admin", "POST "+routes+"/bulk/approval", `{"action":"approve","items":[{"asset_id":"`+id+`","version":1}]}`)
	for _, read := range []string{
		"GET " + routes, "GET " + routes + "?preview_expires_in=600&include_total=true", "GET " + routes + "/tags", "GET " + one,
		"GET " + one + "/versions/{version}", "GET " + one + "/versions/{version}/content", "HEAD " + one + "/versions/{version}/content", "GET " + one + "/preview",
		"GET " + one + "/versions", "GET " + one + "/reviews",
		"GET " + one + "/versions/{version}/attestation", "GET " + one + "/allowed", "GET " + one + "/publishable", "GET " + one + "/diff", "GET " + routes + "/me", "GET " + routes + "/counts", "GET " + routes + "/usage",
		"GET " + routes + "/events",
	} {
		a.ok("reader", read, "", own...)
	}
	preview := a.ok("reader", "GET "+one+"/preview-url?expires_in=600", "", own...).URL
	export := a.ok("reader", "POST "+routes+"/exports", `{"asset_ids":["`+id+`"]}`)
	a.ok("reader", "GET "+routes+"/exports", "")
	a.ok("reader", "GET "+routes+"/exports/{export_id}", "", "{export_id}", export.ID)
	for _, method := range []string{"GET ", "HEAD "} {
		a.ok("", method+public+"/preview/{token}", "", "{token}", tokenOf(preview))
		a.ok("", method+public+"/exports/{token}", "", "{token}", tokenOf(export.URL))
	}
	a.ok("", "GET "+public+"/keys.json", "")
	ticket := a.ok("agent", "POST "+routes+"/uploads", `{}`)
	a.ok("", "PUT "+public+"/uploads/{token}", "uploaded", "{token}", tokenOf(ticket.URL))
	a.ok("agent", "POST "+one+"/versions", `{"upload_id":"`+ticket.UploadID+`","media_type":"text/plain"}`, own...)
	a.ok("agent", "POST "+one+"/comments", `{"version":1,"text":"Who agreed?"}`, own...)
	link := a.ok("admin", "POST "+one+"/review-links", `{"name":"Eve"}`, own...)
	a.secrets = append(a.secrets, secret{"review link", tokenOf(link.URL), "POST " + one + "/review-links 201"})
	a.openLink(link.URL)
	a.ok("admin", "GET "+one+"/review-links", "", own...)
	a.ok("admin", "DELETE "+routes+"/review-links/{link_id}", "", "{link_id}", link.ID)
	a.ok("agent", "POST "+one+"/rollback", `{"version":1}`, own...)
	a.ok("admin", "PATCH "+one, `{"title":"Slogan"}`, own...)
	gone := a.ok("agent", "POST "+routes, `{"type":"copy","title":"Gone","text":"x"}`).ID
	a.ok("agent", "DELETE "+one, "", "{asset_id}", gone)
	a.openLink(link.URL) // revoked
	a.hooks()
	return id
}

// openLink opens a review link and sends its form, without what it must have. The pages
// have their own address, with the token, but no other text may have it.
func (a *audit) openLink(link string) {
	a.Helper()
	u, err := url.Parse(link)
	if err != nil {
		a.Fatal(err)
	}
	token := tokenOf(link)
	page := strings.TrimSuffix(u.Path, token) + "{token}"
	for _, c := range []struct{ operation, body string }{{"GET " + page, ""}, {"GET " + page + "/content", ""}, {"GET " + page + "/none", ""}, {"POST " + page, "answer=comment&comment=Fine."}} {
		if status, _ := a.do("", c.operation, c.body, "{token}", token, "Content-Type", "application/x-www-form-urlencoded"); status >= 500 {
			a.Errorf("%s: %d", c.operation, status)
		}
		last := &a.texts[len(a.texts)-1]
		last.text = strings.ReplaceAll(last.text, token, "")
	}
}

// hooks uses the routes of webhooks. The name of the endpoint is never found (RFC 2606).
func (a *audit) hooks() {
	a.Helper()
	const all, hook = routes + "/webhooks", routes + "/webhooks/{webhook_id}"
	made := a.ok("admin", "POST "+all, `{"url":"https://webhook.invalid/hook"}`)
	a.secrets = append(a.secrets, secret{"secret of a webhook", strings.TrimPrefix(made.Secret, "whsec_"), "POST " + all + " 201"})
	own := []string{"{webhook_id}", made.ID}
	rotated := a.ok("admin", "POST "+hook+"/secret", "", own...)
	a.secrets = append(a.secrets, secret{"new secret of a webhook", strings.TrimPrefix(rotated.Secret, "whsec_"), "POST " + hook + "/secret 200"})
	test := a.ok("admin", "POST "+hook+"/test", "", own...)
	a.ok("admin", "POST "+hook+"/deliveries/{delivery_id}/retry", "", slices.Concat(own, []string{"{delivery_id}", test.ID})...)
	a.ok("admin", "POST "+hook+"/replay", `{"after":"now"}`, own...)
	for _, read := range []string{"GET " + all, "GET " + hook, "GET " + hook + "/deliveries"} {
		a.ok("reader", read, "", own...)
	}
	a.ok("admin", "PATCH "+hook, `{"paused":true}`, own...)
	a.ok("admin", "DELETE "+hook, "", "{webhook_id}", a.ok("admin", "POST "+all, `{"url":"https://webhook.invalid/gone"}`).ID)
}

func tokenOf(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// agentsWork calls every tool on new assets.
func (a *audit) agentsWork(exchange func(string) string) {
	a.Helper()
	ids := strings.NewReplacer(
		"{asset}", a.ok("agent", "POST "+routes, `{"type":"copy","title":"Tagline","text":"Kept."}`).ID,
		"{draft}", a.ok("agent", "POST "+routes, `{"type":"copy","title":"Draft","text":"Gone."}`).ID,
	)
	for _, c := range toolCalls {
		a.tool(exchange, c.tool, ids.Replace(c.arguments))
	}
	a.tool(exchange, "list_assets", `{"preview_expires_in":600}`)
	a.tool(exchange, "get_asset", ids.Replace(`{"asset_id":"{draft}"}`))                       // not found
	a.tool(exchange, "get_asset", fmt.Sprintf(`{"asset_id":%q}`, a.keys["admin"]))             // no id
	a.tool(exchange, "list_assets", fmt.Sprintf(`{"cursor":%q,"limit":"x"}`, a.keys["admin"])) // no cursor
	a.add("tools/list", exchange(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
	a.add("resources/read", exchange(ids.Replace(`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"asset://{asset}"}}`)))
}

// tryCommands runs every command, correctly and wrongly.
func (a *audit) tryCommands() {
	a.Helper()
	key, prefix := a.keys["reader"], strings.Split(a.keys["other"], "_")[1]
	archive := filepath.Join(filepath.Dir(a.deployment.folder), "spring.zip")
	for _, c := range [][]string{
		{"keys list"},
		{"keys list", key},
		{"migrate"},
		{"migrate", key},
		{"keys revoke", prefix},
		{"keys revoke", key},
		{"keys revoke", "nosuchpr"},
		{"keys mint", "-owner", key},
		{"keys mint"},
		{"sweep"},
		{"sweep", "-dry-run"},
		{"sweep", "-older", key},
		{"export", "-campaign", "spring", "-o", archive},
		{"erase"},
		{"erase", "-workspace", "gone", "-asset", "x", "-version", "1", "-reason", "none", "-yes"},
		{"erase", key},
		{"purge", "-workspace", "gone", "-yes"},
		{"purge", key},
		{"verify", "-key", filepath.Join(a.deployment.folder, "attest.key"), archive},
		{"verify", "-key", archive, key},
		{"mcp"},
		{"mcp", "-public-url", key},
		{"serve", key},
		{"serve", "-addr", strings.TrimPrefix(a.p.url, "http://")}, // in use
		{"serve", "-public-url", "ftp://x"},
		{"demo"},
		{"demo", key},
		{"nosuch", key},
		{"help"},
	} {
		_, _ = a.command(c[0], c[1:]...) // other tests check the result
	}
}

// loseContent removes the content of existing rows.
func (a *audit) loseContent() {
	a.Helper()
	lost := []string{"{asset_id}", a.ok("agent", "POST "+routes, `{"type":"copy","title":"Lost","text":"`+strings.Repeat("x", 20_000)+`"}`).ID} // in the bucket
	preview := a.ok("agent", "GET "+one+"/preview-url", "", lost...).URL
	if err := os.RemoveAll(filepath.Join(a.deployment.folder, "blobs", "default")); err != nil {
		a.Fatal(err)
	}
	a.refused("internal_error", "agent", "GET "+one+"/versions/1/content", "", lost...)
	a.refused("internal_error", "", "GET "+public+"/preview/{token}", "", "{token}", tokenOf(preview))
}

// tables adds all rows of all tables.
func (a *audit) tables(database string) {
	a.Helper()
	conn, err := pgx.Connect(a.Context(), database)
	if err != nil {
		a.Fatal(err)
	}
	defer func() { _ = conn.Close(a.Context()) }()
	column := func(query string) []string {
		rows, err := conn.Query(a.Context(), query)
		if err != nil {
			a.Fatal(err)
		}
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			a.Fatal(err)
		}
		return texts
	}
	names := column("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'")
	for _, name := range names {
		a.add("table "+name, strings.Join(column("SELECT t::text FROM "+name+" t"), "\n"))
	}
	if len(names) < 8 {
		a.Errorf("tables %v", names)
	}
}

// check requires that everything was used, except for some error codes, and that
// nothing leaked.
func (a *audit) check(without ...string) {
	a.Helper()
	for _, leak := range a.leaks() {
		a.Errorf("%.600s", leak)
	}
	var document struct {
		Paths      map[string]map[string]any
		Components struct {
			Schemas struct {
				Error struct {
					Properties struct{ Code struct{ Enum []string } }
				}
			}
		}
	}
	a.read(a.textOf("GET "+routes+"/openapi.json 200"), &document)
	for path, methods := range document.Paths {
		for method := range methods {
			requireTried(a, a.operations, strings.ToUpper(method)+" "+path)
		}
	}
	for _, code := range document.Components.Schemas.Error.Properties.Code.Enum {
		if !slices.Contains(without, code) && code != "events_pruned" && code != "not_configured" { // no command prunes events, and the server has webhooks
			requireTried(a, a.codes, code)
		}
	}
	var list struct {
		Result struct{ Tools []struct{ Name string } }
	}
	a.read(a.textOf("tools/list"), &list)
	for _, tool := range list.Result.Tools {
		requireTried(a, a.tools, tool.Name)
	}
	for line := range strings.Lines(a.textOf("command help")) {
		if words, ok := strings.CutPrefix(line, "  server "); ok {
			words, _, _ = strings.Cut(words, " [")
			requireTried(a, a.commands, words)
		}
	}
	if len(document.Paths) < 15 || len(list.Result.Tools) < 16 || len(a.commands) < 7 {
		a.Errorf("%d paths, %d tools, %d commands", len(document.Paths), len(list.Result.Tools), len(a.commands))
	}
}

func requireTried(a *audit, all map[string]bool, name string) {
	a.Helper()
	if !all[name] {
		a.Errorf("%s was not used", name)
	}
}

// textOf returns the first text of a place.
func (a *audit) textOf(place string) string {
	a.Helper()
	i := slices.IndexFunc(a.texts, func(x said) bool { return x.place == place })
	if i < 0 {
		a.Fatalf("there is no text of %s", place)
	}
	return a.texts[i].text
}

// read decodes the JSON after a header.
func (a *audit) read(text string, into any) {
	a.Helper()
	i := strings.IndexByte(text, '{')
	if err := json.Unmarshal([]byte(text[max(0, i):]), into); err != nil {
		a.Fatalf("%v in %s", err, text)
	}
}
