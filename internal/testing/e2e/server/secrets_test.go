package server_test

import (
	"encoding/json"
	"fmt"
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

// TestLOG01OneRun drives every route, tool and command of the program, well and
// badly, to every refusal there is, and then looks for keys, tokens, signing
// keys and the database's password in everything that was answered, printed,
// logged and stored.
func TestLOG01OneRun(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		a := begin(t, newSite(filepath.Join(t.TempDir(), "data")))
		a.run()
		a.loseContent()
		a.keep()
		a.judge("unavailable")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		db := pgtest.Start(t, "log_statement = 'all'", "log_connections = on", "log_error_verbosity = verbose")
		url := db.Database(t)
		a := begin(t, newSite(filepath.Join(t.TempDir(), "data"), "-db", url+"&password=zqpassword"))
		a.secrets = append(a.secrets, secret{name: "password of the database", text: "zqpassword"})
		a.run()
		a.loseContent()
		a.tables(url)
		db.Stop(t, "immediate")
		a.refused("unavailable", "admin", "GET "+routes, "")
		a.refused("unavailable", "admin", "POST "+routes, `{"type":"copy","title":"t","text":"x"}`)
		a.tryCommands()
		db.Restart(t)
		a.keep()
		a.add("the log of the database", db.Log(t))
		a.judge()
	})
}

// run is all but what takes the back ends away.
func (a *audit) run() {
	a.Helper()
	id := a.life()
	a.refusals(id)
	overHTTP := func(message string) string {
		a.do("admin", "POST /mcp", message)
		last := a.exhibits[len(a.exhibits)-1]
		a.exhibits = a.exhibits[:len(a.exhibits)-1] // it is the tool's
		return last.text
	}
	a.agentsWork(overHTTP)
	overStdio, end := a.overStdio("admin")
	overStdio(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"audit","version":"1"}}}`)
	a.agentsWork(overStdio)
	end()
	a.tryCommands()
}

// life takes an asset through every route.
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
	ticket := a.ok("agent", "POST "+routes+"/uploads", `{}`)
	a.ok("", "PUT "+public+"/uploads/{token}", "uploaded", "{token}", tokenOf(ticket.URL))
	a.ok("agent", "POST "+one+"/versions", `{"upload_id":"`+ticket.UploadID+`","media_type":"text/plain"}`, own...)
	a.ok("agent", "POST "+one+"/rollback", `{"version":1}`, own...)
	a.ok("admin", "PATCH "+one, `{"title":"Slogan"}`, own...)
	gone := a.ok("agent", "POST "+routes, `{"type":"copy","title":"Gone","text":"x"}`).ID
	a.ok("agent", "DELETE "+one, "", "{asset_id}", gone)
	return id
}

func tokenOf(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// agentsWork calls every tool, on assets of its own.
func (a *audit) agentsWork(exchange func(string) string) {
	a.Helper()
	ids := strings.NewReplacer(
		"{asset}", a.ok("agent", "POST "+routes, `{"type":"copy","title":"Tagline","text":"Kept."}`).ID,
		"{draft}", a.ok("agent", "POST "+routes, `{"type":"copy","title":"Draft","text":"Gone."}`).ID,
	)
	for _, c := range inspections {
		a.tool(exchange, c.tool, ids.Replace(c.arguments))
	}
	a.tool(exchange, "list_assets", `{"preview_expires_in":600}`)
	a.tool(exchange, "get_asset", ids.Replace(`{"asset_id":"{draft}"}`))                       // not found
	a.tool(exchange, "get_asset", fmt.Sprintf(`{"asset_id":%q}`, a.keys["admin"]))             // no id
	a.tool(exchange, "list_assets", fmt.Sprintf(`{"cursor":%q,"limit":"x"}`, a.keys["admin"])) // no cursor
	a.add("tools/list", exchange(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
	a.add("resources/read", exchange(ids.Replace(`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"asset://{asset}"}}`)))
}

// tryCommands runs every command, well and badly.
func (a *audit) tryCommands() {
	a.Helper()
	key, prefix := a.keys["reader"], strings.Split(a.keys["other"], "_")[1]
	for _, c := range [][]string{
		{"keys list"},
		{"keys list", key},
		{"keys revoke", prefix},
		{"keys revoke", key},
		{"keys revoke", "nosuchpr"},
		{"keys mint", "-owner", key},
		{"keys mint"},
		{"sweep"},
		{"sweep", "-dry-run"},
		{"sweep", "-older", key},
		{"export", "-campaign", "spring", "-o", filepath.Join(filepath.Dir(a.site.folder), "spring.zip")},
		{"mcp"},
		{"mcp", "-public-url", key},
		{"serve", key},
		{"serve", "-addr", strings.TrimPrefix(a.p.url, "http://")}, // in use
		{"serve", "-public-url", "ftp://x"},
		{"nosuch", key},
		{"help"},
	} {
		_, _ = a.command(c[0], c[1:]...) // whether it went well is another test's
	}
}

// loseContent removes the bytes beneath the rows.
func (a *audit) loseContent() {
	a.Helper()
	lost := []string{"{asset_id}", a.ok("agent", "POST "+routes, `{"type":"copy","title":"Lost","text":"x"}`).ID}
	preview := a.ok("agent", "GET "+one+"/preview-url", "", lost...).URL
	if err := os.RemoveAll(filepath.Join(a.site.folder, "blobs", "default")); err != nil {
		a.Fatal(err)
	}
	a.refused("internal_error", "agent", "GET "+one+"/versions/1/content", "", lost...)
	a.refused("internal_error", "", "GET "+public+"/preview/{token}", "", "{token}", tokenOf(preview))
}

// tables adds every row of every table.
func (a *audit) tables(url string) {
	a.Helper()
	conn, err := pgx.Connect(a.Context(), url)
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

// judge demands that everything was tried, but for some refusals, and that
// nothing leaked.
func (a *audit) judge(without ...string) {
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
	a.read(a.said("GET "+routes+"/openapi.json 200"), &document)
	for path, methods := range document.Paths {
		for method := range methods {
			tried(a, a.operations, strings.ToUpper(method)+" "+path)
		}
	}
	for _, code := range document.Components.Schemas.Error.Properties.Code.Enum {
		if !slices.Contains(without, code) {
			tried(a, a.codes, code)
		}
	}
	var list struct {
		Result struct{ Tools []struct{ Name string } }
	}
	a.read(a.said("tools/list"), &list)
	for _, tool := range list.Result.Tools {
		tried(a, a.tools, tool.Name)
	}
	for line := range strings.Lines(a.said("command help")) {
		if words, ok := strings.CutPrefix(line, "  server "); ok {
			words, _, _ = strings.Cut(words, " [")
			tried(a, a.commands, words)
		}
	}
	if len(document.Paths) < 15 || len(list.Result.Tools) < 16 || len(a.commands) < 7 {
		a.Errorf("%d paths, %d tools, %d commands", len(document.Paths), len(list.Result.Tools), len(a.commands))
	}
}

func tried(a *audit, all map[string]bool, name string) {
	a.Helper()
	if !all[name] {
		a.Errorf("%s was not tried", name)
	}
}

// said answers what was said in a place.
func (a *audit) said(place string) string {
	a.Helper()
	i := slices.IndexFunc(a.exhibits, func(x exhibit) bool { return x.place == place })
	if i < 0 {
		a.Fatalf("nothing was said in %s", place)
	}
	return a.exhibits[i].text
}

// read decodes the JSON that follows a header.
func (a *audit) read(text string, into any) {
	a.Helper()
	i := strings.IndexByte(text, '{')
	if err := json.Unmarshal([]byte(text[max(0, i):]), into); err != nil {
		a.Fatalf("%v in %s", err, text)
	}
}
