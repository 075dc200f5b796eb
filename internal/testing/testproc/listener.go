package testproc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const startTimeout = 30 * time.Second

// Listener is an HTTP server, a program, that tests start.
type Listener struct {
	Name    string                    // in messages and in the name of its folder
	Command string                    // of a shell; $HOST and $PORT, together $ADDR, are where to listen, $DIR is its folder
	Path    string                    // of the request that shows that it serves
	Up      func(*http.Response) bool // reports whether the response to it is one of this server
}

// Start starts the server at a free address of this machine and waits until it serves.
func (l Listener) Start(env ...string) (addr string, k *Keeper, err error) {
	for range 5 { // another process may take the free port first
		if addr, err = freeAddress(); err != nil {
			return "", nil, err
		}
		if k, err = l.StartAt(addr, env...); err == nil {
			return addr, k, nil
		}
	}
	return "", nil, err
}

// StartAt is like Start, at a given address.
func (l Listener) StartAt(addr string, env ...string) (*Keeper, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "assets-"+l.Name+"-")
	if err != nil {
		return nil, err
	}
	k, err := Keep(l.Command+` >"$DIR/log" 2>&1 & pid=$!
echo ready; read -r _
kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null
rm -rf "$DIR"`, dir, nil, append(env, "ADDR="+addr, "HOST="+host, "PORT="+port)...)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := l.wait(addr); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		k.End()
		return nil, fmt.Errorf("testproc: %s does not start: %w: %s", l.Name, err, log)
	}
	return k, nil
}

// wait waits until the server responds.
func (l Listener) wait(addr string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+l.Path, http.NoBody)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if l.Up(resp) {
				return nil
			}
			return errors.New("another server is at its address")
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func freeAddress() (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
