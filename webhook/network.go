package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// Network is a range of addresses, at one port or, if it is 0, at all.
type Network struct {
	Prefix netip.Prefix
	Port   uint16
}

// ParseNetwork parses a network as CIDR (RFC 4632), with a port or without, such as
// 10.1.0.0/16, 127.0.0.1/32:8443 or fd00::/8.
func ParseNetwork(text string) (Network, error) {
	address, rest, _ := strings.Cut(text, "/")
	bits, port, hasPort := strings.Cut(rest, ":")
	prefix, err := netip.ParsePrefix(address + "/" + bits)
	if err != nil {
		return Network{}, fmt.Errorf("webhook: %q is not CIDR[:port], such as 10.1.0.0/16 or 127.0.0.1/32:8443", text)
	}
	n := Network{Prefix: prefix.Masked()}
	if hasPort {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 {
			return Network{}, fmt.Errorf("webhook: %q does not end with a port", text)
		}
		n.Port = uint16(number)
	}
	return n, nil
}

// String returns the network as ParseNetwork accepts it.
func (n Network) String() string {
	if n.Port == 0 {
		return n.Prefix.String()
	}
	return fmt.Sprintf("%s:%d", n.Prefix, n.Port)
}

// contains reports whether an address is in the network. An IPv4 address that is mapped
// to IPv6 is not.
func (n Network) contains(a netip.AddrPort) bool {
	return n.Prefix.Contains(a.Addr()) && (n.Port == 0 || n.Port == a.Port())
}

const (
	httpsPort = 443
	httpPort  = 80
)

// guard decides which addresses may be called.
type guard struct {
	allow  []Network
	public *ssrf.Guardian
}

func newGuard(allow []Network) guard {
	// The metadata service of Azure has a public address.
	azure := netip.MustParsePrefix("168.63.129.16/32")
	return guard{slices.Clone(allow), ssrf.New(ssrf.WithPorts(httpsPort), ssrf.WithDeniedV4Prefixes(azure))}
}

// errNotAllowed is the error for an address that may not be called.
var errNotAllowed = errors.New("the address is not allowed")

// check returns errNotAllowed for an address that may not be called.
func (g guard) check(network string, a netip.AddrPort, https bool) error {
	if slices.ContainsFunc(g.allow, func(n Network) bool { return n.contains(a) }) {
		return nil
	}
	if !https || g.public.Safe(network, a.String(), nil) != nil {
		return errNotAllowed
	}
	return nil
}

// parseURL parses the URL of a webhook. It returns what is wrong with it, or "".
func parseURL(text string) (u *url.URL, port uint16, wrong string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, 0, "must be a URL such as https://example.com/hook"
	case u.User != nil:
		return nil, 0, "must not contain a user or a password"
	case u.Fragment != "" || strings.Contains(text, "#"):
		return nil, 0, "must not have a fragment"
	case u.Port() != "" || strings.HasSuffix(u.Host, ":"):
		number, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil || number == 0 {
			return nil, 0, "must have a port from 1 to 65535, or none"
		}
		return u, uint16(number), ""
	case u.Scheme == "http":
		return u, httpPort, ""
	}
	return u, httpsPort, ""
}

// checkURL returns what is wrong with an address for which a webhook is made, or "". It
// looks up no name: what a name means is checked when it is called.
func (g guard) checkURL(text string) string {
	u, port, wrong := parseURL(text)
	if wrong != "" {
		return wrong
	}
	https := u.Scheme == "https"
	if address, err := netip.ParseAddr(u.Hostname()); err == nil {
		if g.check(networkOf(address), netip.AddrPortFrom(address, port), https) != nil {
			return "must not be a private, local or reserved address, and must have the port 443"
		}
		return ""
	}
	allowed := slices.ContainsFunc(g.allow, func(n Network) bool { return n.Port == 0 || n.Port == port })
	switch {
	case !https && !allowed:
		return "must begin with https://"
	case port != httpsPort && !allowed:
		return "must have the port 443"
	}
	return ""
}

func networkOf(a netip.Addr) string {
	if a.Is4() {
		return "tcp4"
	}
	return "tcp6"
}

// dialer returns a function that opens connections to allowed addresses only. The
// address is checked when it has been looked up, immediately before the connection is
// opened to it, so a name that means another address later gains nothing.
func (g guard) dialer(resolver *net.Resolver, https bool) func(context.Context, string, string) (net.Conn, error) {
	d := &net.Dialer{
		Timeout:  attemptTimeout,
		Resolver: resolver,
		Control: func(network, address string, _ syscall.RawConn) error {
			a, err := netip.ParseAddrPort(address)
			if err != nil {
				return errNotAllowed
			}
			return g.check(network, a, https)
		},
	}
	return d.DialContext
}
