package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// drip writes a byte ten times a second until the other side closes.
func drip(conn net.Conn) {
	for tick := time.NewTicker(100 * time.Millisecond); ; <-tick.C {
		if _, err := conn.Write([]byte("x")); err != nil {
			tick.Stop()
			return
		}
	}
}

// slowUpload sends 10 bytes of content a second. It expects 400.
func slowUpload(s *target) error {
	conn, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	body := "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{\"type\":\"bundle\",\"title\":\"slow\"}\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"s\"\r\n\r\n"
	if _, err := io.WriteString(conn, s.head("POST", "", "Content-Type: multipart/form-data; boundary=b", "Content-Length: 900000")+body); err != nil {
		return err
	}
	go drip(conn)
	return s.expect(read(conn), http.StatusBadRequest)
}

// slowTicket sends 10 bytes a second to the URL of an upload ticket. It expects 400.
func slowTicket(s *target) error {
	ticket := s.post("/uploads", "application/json", strings.NewReader(`{"size_bytes":900000}`))
	if err := s.expect(ticket, http.StatusCreated); err != nil {
		return err
	}
	var to struct{ URL string }
	if err := json.Unmarshal([]byte(ticket.body), &to); err != nil {
		return err
	}
	conn, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nContent-Length: 900000\r\n\r\nx", to.URL); err != nil {
		return err
	}
	go drip(conn)
	return s.expect(read(conn), http.StatusBadRequest)
}

// slowHeader never completes its header. It expects the connection to be closed.
func slowHeader(s *target) error {
	conn, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nX-Slow: ", base); err != nil {
		return err
	}
	go drip(conn)
	return cut(io.Copy(io.Discard, conn))
}

// cut returns an error unless the server closed the connection before the deadline.
func cut(_ int64, err error) error {
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return errors.New("the connection was held for a minute")
	}
	return nil
}

// stopsReading requests 32 MiB and reads none of it. The server must close the
// connection while the client keeps it open.
func stopsReading(s *target) error {
	conn, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, s.head("GET", "/"+s.big+"/versions/1/content")); err != nil {
		return err
	}
	for deadline := time.Now().Add(30 * time.Second); ; <-time.After(100 * time.Millisecond) {
		if _, err := conn.Write([]byte("x")); err != nil {
			return nil // closed by the server
		}
		if time.Now().After(deadline) {
			return errors.New("the server still serves a client that does not read")
		}
	}
}

// slowDownload reads 10 bytes a second. The server must break off the transfer.
func slowDownload(s *target) error {
	conn, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, s.head("GET", "/"+s.big+"/versions/1/content")); err != nil {
		return err
	}
	for deadline, ten := time.Now().Add(30*time.Second), make([]byte, 10); ; <-time.After(time.Second) {
		if _, err := io.ReadFull(conn, ten); err != nil {
			return nil // what was buffered is lost with the connection's reset
		}
		if _, err := conn.Write([]byte("x")); err != nil {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("the server still serves a client that reads 10 bytes a second")
		}
	}
}

// halfClosed closes its sending side in the middle of an upload. It expects 400.
func halfClosed(s *target) error {
	conn, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, s.head("POST", "", "Content-Type: application/json", "Content-Length: 1000")+`{"type":"copy","title":"half`); err != nil {
		return err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return fmt.Errorf("a %T", conn)
	}
	if err := tcp.CloseWrite(); err != nil {
		return err
	}
	return s.expect(read(conn), http.StatusBadRequest)
}

// resources counts what a server process holds, without the files of SQLite's
// connections.
type resources struct{ files, goroutines int }

func (s *target) resources(t *testing.T) resources {
	t.Helper()
	descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, d := range descriptors {
		if target, err := os.Readlink(d); err == nil && !strings.HasPrefix(target, s.storage.database) {
			files++
		}
	}
	resp, err := http.Get(s.url + "/goroutines") //nolint:noctx // of a test's own process
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return resources{files, n}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
