package review

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// maxLinks is the number of links of a text that are listed.
const maxLinks = 100

// address matches an absolute address in a text, whatever its markup. What ends a
// sentence behind it is not a part of it.
var address = regexp.MustCompile("(?i)\\b(?:https?://|mailto:)[^\\s<>\"'`\\\\^{|}()\\[\\]]+")

// addLinks lists the addresses in a text, with their hosts: where its readers are led is
// not seen in a text that is laid out.
func (t *text) addLinks(whole string) {
	for _, found := range address.FindAllString(whole, -1) {
		found = strings.TrimRight(found, ".,;:!?*_~")
		host := hostOf(found)
		if host == "" {
			continue
		}
		t.LinkCount++
		if !slices.Contains(t.Hosts, host) && len(t.Hosts) < maxLinks {
			t.Hosts = append(t.Hosts, host)
		}
		if slices.Contains(t.Links, found) {
			continue
		}
		if len(t.Links) == maxLinks {
			t.MoreLinks = true
			continue
		}
		t.Links = append(t.Links, found)
	}
}

// hostOf returns the host to which an address leads, or "".
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if u.Opaque != "" { // mailto
		_, host, _ := strings.Cut(u.Opaque, "@")
		host, _, _ = strings.Cut(host, "?")
		return strings.ToLower(host)
	}
	return strings.ToLower(u.Hostname())
}
