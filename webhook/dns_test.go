package webhook_test

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"

	"golang.org/x/net/dns/dnsmessage"
)

// names is a DNS server in memory.
type names struct {
	atomic.Pointer[map[string][]string]
	looked atomic.Pointer[func()]
}

// set sets the addresses of a name.
func (n *names) set(name string, addresses ...string) {
	all := map[string][]string{}
	if old := n.Load(); old != nil {
		maps.Copy(all, *old)
	}
	all[name] = addresses
	n.Store(&all)
}

// onLookup is called after each answer.
func (n *names) onLookup(fn func()) { n.looked.Store(&fn) }

func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go n.serve(server)
		return client, nil
	}}
}

// serve responds to the queries of one connection of DNS over TCP: each message is behind its
// length.
func (n *names) serve(conn net.Conn) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := readFull(conn, size[:]); err != nil {
			return
		}
		query := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := readFull(conn, query); err != nil {
			return
		}
		answer := n.answer(query)
		if _, err := conn.Write(append([]byte{byte(len(answer) >> 8), byte(len(answer))}, answer...)); err != nil {
			return
		}
	}
}

func readFull(conn net.Conn, into []byte) (int, error) {
	for n := 0; n < len(into); {
		m, err := conn.Read(into[n:])
		if err != nil {
			return n, err
		}
		n += m
	}
	return len(into), nil
}

func (n *names) answer(query []byte) []byte {
	var p dnsmessage.Parser
	header, err := p.Start(query)
	if err != nil {
		return nil
	}
	question, err := p.Question()
	if err != nil {
		return nil
	}
	header.Response, header.Authoritative, header.RecursionAvailable = true, true, true
	addresses := map[string][]string{}
	if all := n.Load(); all != nil {
		addresses = *all
	}
	found, known := addresses[strings.TrimSuffix(question.Name.String(), ".")]
	if !known {
		header.RCode = dnsmessage.RCodeNameError
	}
	b := dnsmessage.NewBuilder(nil, header)
	_ = b.StartQuestions()
	_ = b.Question(question)
	_ = b.StartAnswers()
	rh := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET}
	for _, text := range found {
		a := netip.MustParseAddr(text)
		switch {
		case question.Type == dnsmessage.TypeA && a.Is4():
			_ = b.AResource(rh, dnsmessage.AResource{A: a.As4()})
		case question.Type == dnsmessage.TypeAAAA && a.Is6():
			_ = b.AAAAResource(rh, dnsmessage.AAAAResource{AAAA: a.As16()})
		}
	}
	answer, err := b.Finish()
	if err != nil {
		return nil
	}
	if fn := n.looked.Load(); fn != nil && question.Type == dnsmessage.TypeA {
		(*fn)()
	}
	return answer
}
