package assetsotel_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
)

// tool returns the path of a program, or skips the test without it.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("ASSETS_TEST_TOOLS") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("it needs " + name)
	}
	return path
}

// scraped is what Prometheus has scraped of a Library.
type scraped struct{ url string }

// query returns the number of series that an expression has.
func (s scraped) query(t *testing.T, expression string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1/query?query="+url.QueryEscape(expression), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0 // it has not started yet
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusServiceUnavailable {
		return 0
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Status string
		Error  string
		Data   struct{ Result []any }
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Status == "error" {
		t.Fatalf("%s: %s, %v", expression, text, err)
	}
	return len(answer.Data.Result)
}

// startPrometheus starts a server that scrapes an address each second and has the rules.
func startPrometheus(t *testing.T, target string) scraped {
	t.Helper()
	program, folder := tool(t, "prometheus"), t.TempDir()
	rules, err := filepath.Abs("../docs/observing-alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [%q]\n"+
		"scrape_configs: [{job_name: assets, static_configs: [{targets: [%q]}]}]\n", rules, target)
	file := filepath.Join(folder, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	cmd := exec.CommandContext(t.Context(), program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+address)
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return scraped{"http://" + address}
}

// expressions returns what the dashboard and the alert rules ask for.
func expressions(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile("../docs/observing-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			all = append(all, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m"))
		}
	}
	return all
}

// TestPrometheus: a server scrapes the metrics, knows each one that dashboard and rules
// name, and takes their expressions.
func TestPrometheus(t *testing.T) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprom.New(otelprom.WithRegisterer(registry))
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(t, exporter)
	if err := h.lib.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.send(t, "POST", "", `{"type":"copy","title":"t","text":"hello"}`, "")
	metrics := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	defer metrics.Close()
	server := startPrometheus(t, strings.TrimPrefix(metrics.URL, "http://"))
	rules, err := os.ReadFile("../docs/observing-alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	all := expressions(t)
	names := regexp.MustCompile(`\bassets_[a-z_]+(_bucket|_count|_total|_bytes|_ratio|running|waiting|open|used|streams|failures)\b`).
		FindAllString(strings.Join(all, "\n")+string(rules), -1)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		for deadline := time.Now().Add(time.Minute); server.query(t, name) == 0; {
			if time.Now().After(deadline) {
				t.Errorf("Prometheus has no %s", name)
				break
			}
			<-time.After(200 * time.Millisecond)
		}
	}
	for _, expression := range all {
		server.query(t, expression) // fails if it is malformed
	}
	if n := server.query(t, "assets_ready_ratio == 1"); n != 1 {
		t.Errorf("%d servers are ready", n)
	}
}

// TestAlertRules: promtool accepts them.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), tool(t, "promtool"), "check", "rules", "../docs/observing-alerts.yml").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "8 rules found") {
		t.Errorf("%v: %s", err, out)
	}
}
