package webhook_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

func TestParseNetwork(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]webhook.Network{
		"10.1.2.3/16":       {Prefix: netip.MustParsePrefix("10.1.0.0/16")},
		"127.0.0.1/32:8443": {Prefix: netip.MustParsePrefix("127.0.0.1/32"), Port: 8443},
		"fd00::/8":          {Prefix: netip.MustParsePrefix("fd00::/8")},
		"::1/128:80":        {Prefix: netip.MustParsePrefix("::1/128"), Port: 80},
	} {
		got, err := webhook.ParseNetwork(text)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		if again, err := webhook.ParseNetwork(got.String()); err != nil || again != want {
			t.Errorf("%s comes back as %v, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/8:", "10.0.0.0/8:0", "10.0.0.0/8:65536", "10.0.0.0/8:http", "host/8", "[::1/128]:80"} {
		if got, err := webhook.ParseNetwork(text); err == nil {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// newHooks returns hooks that allow networks and look names up in a DNS server of the
// test.
func newHooks(t *testing.T, f *fixture, dns *names, allow ...webhook.Network) *webhook.Hooks {
	t.Helper()
	h, err := webhook.New(webhook.Config{Library: f.lib, Allow: allow, Resolver: dns.resolver()})
	f.ok(err)
	return h
}

func TestURLsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	strict, open := newHooks(t, f, &names{}), newHooks(t, f, &names{}, webhook.Network{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Port: 8080})
	for url, want := range map[string][2]string{ // without and with an allowed network
		"https://example.com/hook":         {"", ""},
		"https://example.com:443/hook?a=b": {"", ""},
		"https://93.184.216.34/":           {"", ""},
		"https://[2606:2800:220:1::1]/":    {"", ""},
		"https://bücher.example/":          {"", ""},
		"":                                 {"URL", "URL"},
		"example.com":                      {"URL", "URL"},
		"https:example.com":                {"URL", "URL"},
		"https://":                         {"URL", "URL"},
		"https:///path":                    {"URL", "URL"},
		"https://:443/":                    {"URL", "URL"},
		"ftp://example.com/":               {"URL", "URL"},
		"file:///etc/passwd":               {"URL", "URL"},
		"gopher://127.0.0.1/":              {"URL", "URL"},
		"https://user@example.com/":        {"user", "user"},
		"https://user:pw@example.com/":     {"user", "user"},
		"https://@example.com/":            {"user", "user"},
		"https://example.com/#fragment":    {"fragment", "fragment"},
		"https://example.com/#":            {"fragment", "fragment"},
		"https://example.com:/":            {"port", "port"},
		"https://example.com:0/":           {"port", "port"},
		"https://example.com:65536/":       {"port", "port"},
		"https://example.com:8080/":        {"port 443", ""},
		"https://example.com:22/":          {"port 443", "port 443"},
		"http://example.com/":              {"https://", "https://"},
		"http://example.com:8080/":         {"https://", ""},
		"https://127.0.0.1/":               {"private", "private"},
		"https://10.0.0.1/":                {"private", "private"},
		"http://10.0.0.1:8080/":            {"private", ""},
		"https://[::1]/":                   {"private", "private"},
		"https://[::ffff:127.0.0.1]/":      {"private", "private"},
		"https://[::ffff:10.0.0.1]:8080/":  {"private", "private"},
		"https://169.254.169.254/latest/":  {"private", "private"},
		"https://168.63.129.16/":           {"private", "private"},
		"https://100.64.0.1/":              {"private", "private"},
		"https://[fe80::1%25eth0]/":        {"private", "private"},
		"https://[64:ff9b::7f00:1]/":       {"private", "private"},
		"https://0.0.0.0/":                 {"private", "private"},
		"https://224.0.0.1/":               {"private", "private"},
		"https://[fd00:ec2::254]/":         {"private", "private"},
	} {
		for i, h := range []*webhook.Hooks{strict, open} {
			got := h.CheckURL(url)
			if (got == "") != (want[i] == "") || !strings.Contains(got, want[i]) {
				t.Errorf("%s: %q, want %q", url, got, want[i])
			}
		}
	}
}

// TestNoConnectionToPrivateAddresses makes webhooks as if their URLs had never been
// checked, and counts the connections to this machine.
func TestNoConnectionToPrivateAddresses(t *testing.T) {
	t.Parallel()
	trap := listen(t, "127.0.0.1:0")
	port := trap.port
	dns := &names{}
	dns.set("loopback.test", "127.0.0.1")
	dns.set("mapped.test", "::ffff:127.0.0.1")
	dns.set("six.test", "::1")
	dns.set("metadata.test", "169.254.169.254")
	dns.set("private.test", "10.0.0.1")
	dns.set("shared.test", "100.64.0.1")
	dns.set("mixed.test", "10.0.0.1", "127.0.0.1")
	dns.set("unique.test", "fd00:ec2::254")
	f := newFixture(t)
	// Any port of a documentation network is allowed, so that only the address decides.
	h := newHooks(t, f, dns, webhook.Network{Prefix: netip.MustParsePrefix("192.0.2.0/24")})
	f.hooks = h
	for _, host := range []string{
		"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1", "100.64.0.1", "0.0.0.0", "localhost", "2130706433", "127.1", "0x7f.1", "017700000001",
		"10.255.255.255", "100.127.255.255", "[fe80::1]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "172.16.0.1", "192.168.0.1",
		"loopback.test", "mapped.test", "six.test", "metadata.test", "private.test", "shared.test", "mixed.test", "unique.test",
		"user@127.0.0.1", "user:password@loopback.test",
	} {
		for _, scheme := range []string{"http", "https"} {
			f.force(fmt.Sprintf("%s://%s:%d/", scheme, host, port))
		}
		f.force(fmt.Sprintf("https://%s/", host))
	}
	for _, scheme := range []string{"ftp", "gopher", "ws", "unix", "file"} {
		f.force(fmt.Sprintf("%s://127.0.0.1:%d/", scheme, port))
	}
	f.deliver()
	if n := trap.connections.Load(); n != 0 {
		t.Errorf("%d connections were opened", n)
	}
	for _, w := range f.forced {
		f.user = w.by
		d := f.deliveries(w.id)[0]
		refused := d.Problem == "the address is not allowed" || d.Problem == "the name of the host was not found" ||
			!strings.HasPrefix(w.url, "http") && d.Problem != ""
		if d.State == "delivered" || d.Status != 0 || !refused {
			t.Errorf("%s: %+v", w.url, d)
		}
	}
}

// TestNameThatRebinds: a name has a public address when it is looked up for the first
// time, and a private one afterwards.
func TestNameThatRebinds(t *testing.T) {
	t.Parallel()
	trap := listen(t, "127.0.0.1:0")
	public := listen(t, "127.0.0.2:"+fmt.Sprint(trap.port)) // stands for a public address
	dns := &names{}
	dns.set("rebinds.test", "127.0.0.2")
	f := newFixture(t)
	f.hooks = newHooks(t, f, dns, webhook.Network{Prefix: netip.MustParsePrefix("127.0.0.2/32")})
	w := f.create(webhook.NewWebhook{URL: fmt.Sprintf("http://rebinds.test:%d/", trap.port), InForceChanged: true})
	dns.onLookup(func() { dns.set("rebinds.test", "127.0.0.1") }) // after each answer
	f.approved("w")
	f.deliver()
	if public.connections.Load() != 1 {
		t.Error("the first address was not called")
	}
	for range 3 {
		f.advance(20 * time.Second)
		f.deliver()
	}
	if n := trap.connections.Load(); n != 0 {
		t.Errorf("%d connections to the private address", n)
	}
	if d := f.deliveries(w.ID)[0]; d.Problem != "the address is not allowed" || d.Attempts != 4 {
		t.Errorf("delivery %+v", d)
	}
}

// TestRedirectToAPrivateAddress: an endpoint at an allowed address cannot send the server
// elsewhere.
func TestRedirectToAPrivateAddress(t *testing.T) {
	t.Parallel()
	trap := listen(t, "127.0.0.1:0")
	f := newFixture(t)
	f.hooks = newHooks(t, f, &names{}, webhook.Network{Prefix: netip.MustParsePrefix("127.0.0.2/32")})
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.2:0")
	f.ok(err)
	for _, status := range []int{301, 302, 303, 307, 308} {
		mux := http.RedirectHandler(fmt.Sprintf("http://127.0.0.1:%d/", trap.port), status)
		endpoint := &httptest.Server{Listener: l, Config: &http.Server{Handler: mux}} //nolint:gosec // it serves the test
		endpoint.Start()
		w := f.create(webhook.NewWebhook{URL: endpoint.URL, InForceChanged: true})
		f.approved("w")
		f.deliver()
		if d := f.deliveries(w.ID)[0]; int(d.Status) != status {
			t.Errorf("delivery %+v, want the status %d", d, status)
		}
		f.ok(f.hooks.Delete(t.Context(), f.user, w.ID))
		endpoint.Close()
		l, err = lc.Listen(t.Context(), "tcp", "127.0.0.2:0")
		f.ok(err)
	}
	_ = l.Close()
	if n := trap.connections.Load(); n != 0 {
		t.Errorf("%d connections to the private address", n)
	}
}

// trap counts connections.
type trap struct {
	port        int
	connections atomic.Int64
}

func listen(t *testing.T, address string) *trap {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := &trap{port: l.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.connections.Add(1)
			_ = conn.Close()
		}
	}()
	return c
}

// force makes a webhook with a URL that Create would refuse, in a workspace of its own, and
// an event for it.
func (f *fixture) force(url string) {
	f.Helper()
	f.user.Workspace = fmt.Sprint("forced", len(f.forced))
	w := f.create(webhook.NewWebhook{URL: "https://example.com/", InForceChanged: true})
	_, err := f.store().ChangeWebhook(f.Context(), f.user.Workspace, w.ID, func(w *record.Webhook) error {
		w.URL = url
		return nil
	})
	f.ok(err)
	f.approved(f.user.Workspace)
	f.forced = append(f.forced, forced{f.user, w.ID, url})
}
