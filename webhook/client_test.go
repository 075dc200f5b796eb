package webhook_test

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/10ex/assets/webhook"
)

// TestProxyOfTheEnvironmentIsNotUsed cannot run beside tests that read the environment.
func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	proxy := newReceiver(t, nil)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("NO_PROXY", "")
	f := newFixture(t)
	w := f.create(webhook.NewWebhook{URL: "http://127.0.0.1:1/", InForceChanged: true})
	f.approved("w")
	f.deliver()
	if n := len(proxy.got()); n != 0 || f.deliveries(w.ID)[0].Status != 0 {
		t.Errorf("%d requests to the proxy", n)
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	requests := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	for name, pool := range map[string]*x509.CertPool{"known": roots, "unknown": x509.NewCertPool()} {
		f := newFixture(t)
		var err error
		f.hooks, err = webhook.New(webhook.Config{
			Library: f.lib, RootCAs: pool, Allow: []webhook.Network{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}},
		})
		f.ok(err)
		w := f.create(webhook.NewWebhook{URL: server.URL, InForceChanged: true})
		f.approved("w")
		f.deliver()
		d := f.deliveries(w.ID)[0]
		if known := name == "known"; known != (d.Status == 200) || !known && d.Problem != "the certificate of the host is not valid" {
			t.Errorf("a certificate that is %s: %+v", name, d)
		}
	}
	if requests != 1 {
		t.Errorf("%d requests", requests)
	}
}
