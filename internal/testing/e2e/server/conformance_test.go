package server_test

import (
	"maps"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// conformance returns every scenario for servers of the official conformance suite,
// with the reason why it does not apply, or "".
func conformance() map[string]string {
	const (
		applies       = ""
		otherTools    = "calls tools of the suite's own example server by their names (test_simple_text, …)"
		otherThings   = "reads resources of the suite's own example server (test://static-text, …)"
		streams       = "wants server-sent events; this server answers in JSON"
		asks          = "wants a tool that asks the client back; no tool of ours does"
		logs          = "wants messages of a log; the log is the host's"
		completes     = "wants completion of arguments, which is not offered"
		subscriptions = "wants subscriptions, which a server without sessions has not"
		prompts       = "wants prompts, which are not offered"
	)
	return map[string]string{
		"server-initialize": applies, "ping": applies, "tools-list": applies, "resources-list": applies, "dns-rebinding-protection": applies,
		"tools-call-simple-text": otherTools, "tools-call-image": otherTools, "tools-call-audio": otherTools, "tools-call-embedded-resource": otherTools,
		"tools-call-mixed-content": otherTools, "tools-call-error": otherTools, "json-schema-2020-12": otherTools,
		"resources-read-text": otherThings, "resources-read-binary": otherThings, "resources-templates-read": otherThings,
		"tools-call-with-progress": streams, "server-sse-polling": streams, "server-sse-multiple-streams": streams,
		"tools-call-sampling": asks, "tools-call-elicitation": asks, "elicitation-sep1034-defaults": asks, "elicitation-sep1330-enums": asks,
		"logging-set-level": logs, "tools-call-with-logging": logs,
		"completion-complete": completes,
		"resources-subscribe": subscriptions, "resources-unsubscribe": subscriptions,
		"prompts-list": prompts, "prompts-get-simple": prompts, "prompts-get-with-args": prompts, "prompts-get-embedded-resource": prompts, "prompts-get-with-image": prompts,
	}
}

var listedScenario = regexp.MustCompile(`(?m)^  - (\S+)`)

// TestToolsConform runs the scenarios that apply. The suite sends no credential, so
// a proxy adds one.
func TestToolsConform(t *testing.T) {
	t.Parallel()
	k := tools(t)
	p := firstStart(t, t.TempDir())
	target, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		host := r.In.Host
		r.SetURL(target)
		r.Out.Host = host // as the suite has sent it
		r.Out.Header.Set("Authorization", "Bearer "+p.key)
	}})
	t.Cleanup(srv.Close)
	list, err := k.run(t, nil, k.node22, k.bin("conformance"), "list", "--server")
	if err != nil {
		t.Fatalf("%v\n%s", err, list)
	}
	var listed []string
	for _, m := range listedScenario.FindAllStringSubmatch(list, -1) {
		listed = append(listed, m[1])
	}
	slices.Sort(listed)
	if known := slices.Sorted(maps.Keys(conformance())); !slices.Equal(listed, known) {
		t.Errorf("the suite has %v, known are %v", listed, known)
	}
	for scenario, reason := range conformance() {
		if reason != "" {
			t.Logf("%s does not apply: it %s", scenario, reason)
			continue
		}
		out, err := k.run(t, nil, k.node22, k.bin("conformance"), "server", "--url", srv.URL+"/mcp", "--scenario", scenario, "--verbose")
		passed := strings.Count(out, `"status": "SUCCESS"`)
		if err != nil || passed == 0 || strings.Contains(out, `"status": "FAILURE"`) {
			t.Errorf("%s: %v, %d checks passed\n%s", scenario, err, passed, out)
		}
		t.Logf("%s: %d checks passed", scenario, passed)
	}
}
