// Package rest is a thin layer of typed operations over net/http. An
// [Operation] declares its method, path, scopes and body once; parameters and
// members are declared by the fields of its input type. Routing, 405 with
// Allow, binding, strict decoding, the error shapes and the OpenAPI [Document]
// all come from these declarations.
//
// The rule to know: checks run in the order path and method, origin,
// credential, scope, syntax and fields (all problems at once), and only then
// the operation itself.
package rest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"sync"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

// Limits of JSON bodies in bytes.
const (
	DefaultBody = 256 << 10
	maxMetadata = 256 << 10
)

// Operation declares one route.
type Operation struct {
	Name   string         // snake_case, unique; it stands in logs
	Method string         // GET also serves HEAD
	Path   string         // below the mount point: "" or "/{asset_id}/versions"
	Scopes []assets.Scope // the caller has any of them; none: no credential is asked for

	// What only the document says.
	Group       string   // tag
	Summary     string   // a few words
	Description string   // sentences
	Head        string   // name of HEAD, where it is an operation of its own
	Statuses    []int    // of success; default 200; 206 and 304 follow from Content and ETag
	ETag        string   // Revision or Digest: the answer has one; GET honours If-None-Match
	Content     bool     // the answer is stored bytes of any media type, also in ranges
	Located     bool     // 201 has a Location, as it has where there is an ETag
	Errors      []error  // sentinels beside those that follow from the rest
	Inline      []string // members of a JSON body, one of which stands for the content of a multipart one

	MediaTypes   []string // of a JSON body; default application/json
	MaxBody      int64    // of a JSON body in bytes; default 256 KiB
	MaxUpload    int64    // of the content of a multipart body in bytes
	AnyParameter bool     // unknown query parameters are ignored, not refused
}

// Reply is what a typed operation answers.
type Reply[Out any] struct {
	Status   int // default 200; 204 has no body
	Revision int64
	Header   http.Header
	Body     Out
}

// Route is an operation with its handler, ready for [New].
type Route struct {
	Operation
	input  *binding
	output reflect.Type // of a JSON answer, else nil
	serve  func(w http.ResponseWriter, r *http.Request, by assets.Actor) error
}

// Typed makes a route that answers JSON. In is a struct: fields tagged path,
// query or header are parameters, a field named Body is the JSON body, a field
// of type *[Upload] says that the body may be multipart, one of type *[Content]
// that it is of any media type. A method Complete of
// *In puts its parts together; a method Validate() error of *In or its body
// judges them when something is wrong with their form already. Where a Reply has a
// Revision, its ETag is "r<revision>" and If-None-Match is honoured on GET.
// Field errors of do are located in the body or query by themselves.
func Typed[In, Out any](op Operation, do func(ctx context.Context, by assets.Actor, in *In) (Reply[Out], error)) Route {
	b := bindingOf(reflect.TypeFor[In]())
	return Route{op, b, reflect.TypeFor[Out](), func(w http.ResponseWriter, r *http.Request, by assets.Actor) error {
		in := new(In)
		if err := b.bind(&op, r, reflect.ValueOf(in).Elem()); err != nil {
			return err
		}
		reply, err := do(r.Context(), by, in)
		if err != nil {
			return b.locate(err)
		}
		return reply.write(w, r)
	}}
}

// Raw makes a route that writes its answer itself. An error is answered as
// JSON when nothing was written yet, else the connection is broken.
func Raw[In any](op Operation, do func(w http.ResponseWriter, r *http.Request, by assets.Actor, in *In) error) Route {
	b := bindingOf(reflect.TypeFor[In]())
	return Route{op, b, nil, func(w http.ResponseWriter, r *http.Request, by assets.Actor) error {
		in := new(In)
		if err := b.bind(&op, r, reflect.ValueOf(in).Elem()); err != nil {
			return err
		}
		return b.locate(do(w, r, by, in))
	}}
}

// Fixed makes a route that answers a JSON text, which is made when it is first
// asked for. Its ETag is the [Digest].
func Fixed(op Operation, text func() []byte) Route {
	op.ETag = Digest
	made := sync.OnceValues(func() ([]byte, string) {
		body := text()
		return body, fmt.Sprintf(`"sha256:%x"`, sha256.Sum256(body))
	})
	return Raw(op, func(w http.ResponseWriter, r *http.Request, _ assets.Actor, _ *struct{}) error {
		body, tag := made()
		w.Header().Set("ETag", tag)
		w.Header().Set("Cache-Control", "no-cache")
		if noneMatch(r.Header, tag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		writeJSON(w, http.StatusOK, body)
		return nil
	})
}

func (p *Reply[Out]) write(w http.ResponseWriter, r *http.Request) error {
	body, err := wire.Marshal(p.Body)
	if err != nil {
		return err
	}
	h := w.Header()
	maps.Copy(h, p.Header)
	h.Set("Cache-Control", "private, no-cache")
	if p.Revision > 0 {
		tag := fmt.Sprintf(`"r%d"`, p.Revision)
		h.Set("ETag", tag)
		if safe(r.Method) && noneMatch(r.Header, tag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	status := p.Status
	if status == 0 {
		status = http.StatusOK
	}
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return nil
	}
	writeJSON(w, status, body)
	return nil
}
