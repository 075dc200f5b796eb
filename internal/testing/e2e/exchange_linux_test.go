package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// response is a response that was read completely. Its status is 0 if the connection
// was closed without one.
type response struct {
	status int
	header http.Header
	body   string
	err    error
}

// errReset is returned if the server responded and closed while the client was
// still sending: TCP may then discard the response.
var errReset = errors.New("the connection was reset")

func (s *target) expect(got response, status int) error {
	if errors.Is(got.err, syscall.ECONNRESET) || errors.Is(got.err, io.ErrUnexpectedEOF) || errors.Is(got.err, syscall.EPIPE) {
		return errReset
	}
	if got.err != nil || got.status != status {
		return fmt.Errorf("%d %.200s (%v), want %d", got.status, got.body, got.err, status)
	}
	if status >= 400 && status != http.StatusRequestHeaderFieldsTooLarge && !strings.HasPrefix(got.body, `{"detail":`) {
		return fmt.Errorf("%d with %.200s", got.status, got.body)
	}
	return nil
}

func (s *target) dial() (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(time.Minute))
}

func (s *target) head(method, path string, header ...string) string {
	head := fmt.Sprintf("%s %s%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\n", method, base, path, s.key)
	for _, line := range header {
		head += line + "\r\n"
	}
	return head + "\r\n"
}

func (s *target) get(path string, header ...string) response {
	return s.exchange(strings.NewReader(s.head("GET", path, header...)))
}

// post sends a body in chunks until the server stops reading.
func (s *target) post(path, mediaType string, body io.Reader, header ...string) response {
	pr, pw := io.Pipe()
	go func() {
		_, err := io.WriteString(pw, s.head("POST", path, append(header, "Content-Type: "+mediaType, "Transfer-Encoding: chunked")...))
		piece := make([]byte, 16<<10)
		for err == nil {
			n, end := body.Read(piece)
			if n > 0 {
				_, err = fmt.Fprintf(pw, "%x\r\n%s\r\n", n, piece[:n])
			}
			if end != nil {
				_, _ = io.WriteString(pw, "0\r\n\r\n") // the server may have stopped reading
				err = end
			}
		}
		_ = pw.Close()
	}()
	defer pr.Close()
	return s.exchange(pr)
}

// exchange sends a request until there is a response.
func (s *target) exchange(request io.Reader) response {
	conn, err := s.dial()
	if err != nil {
		return response{err: err}
	}
	defer conn.Close()
	go func() { _, _ = io.Copy(conn, request) }() // ends with the connection
	return read(conn)
}

func read(conn io.Reader) response {
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return response{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(body), err}
}
