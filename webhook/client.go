package webhook

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

// What an attempt may take.
const (
	attemptTimeout    = 10 * time.Second
	maxAnswer         = 1 << 10  // bytes of a body that are read
	maxAnswerHeader   = 16 << 10 // bytes
	maxIdleConns      = 64
	maxIdleConnsPer   = 4
	idleConnTimeout   = 30 * time.Second
	userAgent         = "10ex-assets-webhook/1"
	contentTypeOfBody = "application/json"
)

// newClient returns a client that calls allowed addresses only. It follows no redirect
// and uses no proxy, which would dial in its place.
func newClient(g guard, resolver *net.Resolver, roots *x509.CertPool) *http.Client {
	transport := func(https bool) *http.Transport {
		return &http.Transport{
			Proxy:                  nil,
			DialContext:            g.dialer(resolver, https),
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: maxAnswerHeader,
			MaxIdleConns:           maxIdleConns,
			MaxIdleConnsPerHost:    maxIdleConnsPer,
			IdleConnTimeout:        idleConnTimeout,
			DisableCompression:     true,
			TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 only
		}
	}
	return &http.Client{
		Transport:     byScheme{https: transport(true), http: transport(false)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// byScheme has a transport for each scheme, so that the dialer of each knows it.
type byScheme struct{ https, http *http.Transport }

func (t byScheme) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return t.https.RoundTrip(r)
	}
	return t.http.RoundTrip(r)
}

func (t byScheme) CloseIdleConnections() {
	t.https.CloseIdleConnections()
	t.http.CloseIdleConnections()
}
