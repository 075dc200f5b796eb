// Package exchange writes the HTTP exchanges of a package's tests to files, so
// that the tests of another module can hold them against the OpenAPI document.
package exchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
)

// Variable is the environment variable that names the folder to write to.
// Without it nothing is written.
const Variable = "ASSETS_TEST_EXCHANGES"

// Exchange is one request and its response. The fields keep bytes that are not
// valid UTF-8, which hostile requests have.
type Exchange struct {
	Test     string // name of the test that sent the request
	BasePath string // of the Library
	Document []byte // OpenAPI, of the Library

	Method, Target, Host string
	RequestHeader        http.Header
	RequestBody          []byte

	Status         int
	ResponseHeader http.Header
	ResponseBody   []byte
}

// file is an Exchange as it is on the disk: exchanges share documents.
type file struct {
	Exchange
	DocumentName string
}

// New returns the exchange of a request that [httptest.NewRequest] made and that
// nobody has read, and a recorded response. It reads the request's body.
func New(r *http.Request, rec *httptest.ResponseRecorder) (Exchange, error) {
	body, err := io.ReadAll(r.Body)
	return Exchange{
		Method: r.Method, Target: r.RequestURI, Host: r.Host, RequestHeader: r.Header.Clone(), RequestBody: body,
		Status: rec.Code, ResponseHeader: rec.Header().Clone(), ResponseBody: bytes.Clone(rec.Body.Bytes()),
	}, err
}

// Request returns the request, as it was sent.
func (x Exchange) Request(ctx context.Context) *http.Request {
	r := httptest.NewRequestWithContext(ctx, x.Method, x.Target, bytes.NewReader(x.RequestBody))
	r.Host, r.Header = x.Host, x.RequestHeader.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	return r
}

// Response returns the response.
func (x Exchange) Response() *http.Response {
	header := x.ResponseHeader.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: x.Status, Header: header, Body: io.NopCloser(bytes.NewReader(x.ResponseBody))}
}

// Write writes an exchange to a new file in a folder. Tests and processes may
// write to the same folder at once.
func Write(folder string, x Exchange) error {
	name, err := writeDocument(folder, x.Document)
	if err != nil {
		return err
	}
	x.Document = nil
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(file{x, name}); err != nil {
		return err
	}
	_, err = create(folder, "exchange-*.gob", text.Bytes())
	return err
}

// writeDocument writes a document, unless it is there, and returns its name.
func writeDocument(folder string, document []byte) (name string, err error) {
	digest := sha256.Sum256(document)
	name = hex.EncodeToString(digest[:]) + ".json"
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return name, err
	}
	temporary, err := create(folder, "document-*", document)
	if err != nil {
		return "", err
	}
	return name, os.Rename(temporary, path) // several may: the text is the same
}

// create writes a file under a new name and returns its path.
func create(folder, pattern string, text []byte) (path string, err error) {
	f, err := os.CreateTemp(folder, pattern)
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	return f.Name(), errors.Join(err, f.Close())
}

// Read returns the exchanges in a folder, in no particular order. It ends at the
// first error.
func Read(folder string) iter.Seq2[Exchange, error] {
	return func(yield func(Exchange, error) bool) {
		names, err := filepath.Glob(filepath.Join(folder, "exchange-*.gob"))
		if err != nil {
			yield(Exchange{}, err)
			return
		}
		documents := map[string][]byte{}
		for _, name := range names {
			x, err := read(name, documents)
			if !yield(x, err) || err != nil {
				return
			}
		}
	}
}

func read(name string, documents map[string][]byte) (Exchange, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Exchange{}, err
	}
	var x file
	if err := gob.NewDecoder(bytes.NewReader(text)).Decode(&x); err != nil {
		return Exchange{}, fmt.Errorf("%s: %w", name, err)
	}
	if documents[x.DocumentName] == nil {
		document, err := os.ReadFile(filepath.Join(filepath.Dir(name), filepath.Base(x.DocumentName)))
		if err != nil {
			return Exchange{}, err
		}
		documents[x.DocumentName] = document
	}
	x.Document = documents[x.DocumentName]
	return x.Exchange, nil
}
