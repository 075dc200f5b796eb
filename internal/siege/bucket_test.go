package siege_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// serveBucket serves a folder of content over HTTP, at a socket, as a bucket in
// a process of its own: so it can be killed, and come back.
func serveBucket(folder, socket string) error {
	content, err := blob.OpenDir(folder)
	if err != nil {
		return err
	}
	_ = os.Remove(socket) // of the bucket before
	listener, err := new(net.ListenConfig).Listen(context.Background(), "unix", socket)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: bucketHandler(content)} //nolint:gosec // its one client is ours
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if _, err := fmt.Fprintln(os.Stdout, socket); err != nil {
		return err
	}
	return server.Serve(listener)
}

func bucketHandler(content *blob.Dir) http.Handler {
	mux := http.NewServeMux()
	handle := func(method string, do func(w http.ResponseWriter, r *http.Request, key string) error) {
		mux.HandleFunc(method+" /{key...}", func(w http.ResponseWriter, r *http.Request) {
			switch err := do(w, r, r.PathValue("key")); {
			case errors.Is(err, assets.ErrNotFound):
				http.Error(w, err.Error(), http.StatusNotFound)
			case err != nil:
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	handle("PUT", func(_ http.ResponseWriter, r *http.Request, key string) error {
		return content.Put(r.Context(), key, "", r.Body)
	})
	handle("DELETE", func(_ http.ResponseWriter, r *http.Request, key string) error {
		return content.Delete(r.Context(), key)
	})
	handle("HEAD", func(w http.ResponseWriter, r *http.Request, key string) error {
		n, err := content.Size(r.Context(), key)
		w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
		return err
	})
	handle("GET", func(w http.ResponseWriter, r *http.Request, key string) error {
		var offset, length int64
		if _, err := fmt.Sscan(r.FormValue("offset"), &offset); err != nil {
			return err
		}
		if _, err := fmt.Sscan(r.FormValue("length"), &length); err != nil {
			return err
		}
		in, err := content.Open(r.Context(), key, offset, length)
		if err != nil {
			return err
		}
		defer in.Close()
		if _, err := io.Copy(w, in); err != nil {
			panic(http.ErrAbortHandler) // a broken answer, not a short one
		}
		return nil
	})
	return mux
}

// remote is the Blobs of such a bucket.
type remote struct{ client *http.Client }

func dialBucket(socket string) remote {
	return remote{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}}
}

func (b remote) do(ctx context.Context, method, key, query string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://bucket/"+key+query, body)
	if err != nil {
		return nil, err
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", assets.ErrUnavailable, err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return resp, nil
	case http.StatusNotFound:
		err = assets.ErrNotFound
	default:
		err = fmt.Errorf("%w: the bucket answers %s", assets.ErrUnavailable, resp.Status)
	}
	return nil, errors.Join(err, resp.Body.Close())
}

func (b remote) Put(ctx context.Context, key, _ string, r io.Reader) error {
	resp, err := b.do(ctx, http.MethodPut, key, "", r)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (b remote) Size(ctx context.Context, key string) (int64, error) {
	resp, err := b.do(ctx, http.MethodHead, key, "", nil)
	if err != nil {
		return 0, err
	}
	return resp.ContentLength, resp.Body.Close()
}

func (b remote) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	query := url.Values{"offset": {strconv.FormatInt(offset, 10)}, "length": {strconv.FormatInt(length, 10)}}
	resp, err := b.do(ctx, http.MethodGet, key, "?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func (b remote) Delete(ctx context.Context, key string) error {
	resp, err := b.do(ctx, http.MethodDelete, key, "", nil)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
