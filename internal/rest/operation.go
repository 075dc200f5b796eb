package rest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"reflect"
	"sync"

	"github.com/10ex/assets"
)

// Limits of JSON bodies in bytes.
const (
	DefaultBody = 256 << 10
	maxMetadata = 256 << 10
)

// Operation declares one route.
type Operation struct {
	Name   string         // snake_case, unique; used in logs and as the operationId
	Method string         // GET also serves HEAD
	Path   string         // below the mount point: "" or "/{asset_id}/versions"
	Scopes []assets.Scope // the caller needs any one of them; if empty, no credential is required

	AllScopes     bool          // the caller needs all of Scopes
	Kinds         []assets.Kind // of actors that may call; if empty, all
	AnyCredential bool          // without Scopes: a credential is required, of any scopes or none

	// Fields for the document only.
	Group       string   // tag
	Summary     string   // a few words
	Description string   // sentences
	Head        string   // operationId of HEAD if HEAD is documented as an operation of its own
	Statuses    []int    // of success, default 200; 206 and 304 follow from Content and ETag
	ETag        string   // Revision or Digest if the response has an ETag; GET then honours If-None-Match
	Content     bool     // the response is stored bytes and supports ranges
	ContentType string   // of the whole Content in the document; default any
	Stream      bool     // the response is a stream of server-sent events
	Located     bool     // 201 has a Location; implied by ETag
	Errors      []error  // sentinels in addition to those that follow from the other fields
	Inline      []string // members of a JSON body of which one holds the content that a multipart body has as a part
	Detail      bool     // the response has the members that [About.Details] has for its type
	Requests    []Example
	Response    any // an example of the body of the response, of the type that the operation returns

	MediaTypes   []string // of a JSON body; default application/json
	MaxBody      int64    // of a JSON body in bytes; default DefaultBody
	MaxUpload    int64    // of the content of a multipart body in bytes
	AnyParameter bool     // unknown query parameters are ignored instead of refused
}

// public reports whether the operation requires no credential.
func (op *Operation) public() bool { return len(op.Scopes) == 0 && !op.AnyCredential }

// Example is an example of the body of a request. A server whose assets have the ids
// in it accepts it as it is.
type Example struct {
	Name    string // snake_case, unique within the operation
	Summary string
	Body    string // JSON; of a multipart body, an object with its two parts
	Parts   bool   // the body is multipart
}

// Route is an operation with its handler, as [New] and [Document] take it.
type Route struct {
	Operation
	input  *binding
	output reflect.Type // of a JSON response, else nil
	serve  func(w http.ResponseWriter, r *http.Request, by assets.Actor) error
}

// Typed returns a route that binds the request to an In, calls do, and writes
// its Reply as JSON. The package documentation describes the input type In.
// Field errors that do returns are located in the parameter of the same name,
// else in the body, or in the query if there is no body.
//
// Typed panics if the min tag of a parameter is not a whole number.
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

// Raw returns a route whose do writes the response itself. An error that do
// returns is written as JSON if the response has not begun; otherwise the
// connection is aborted.
//
// Raw panics if the min tag of a parameter is not a whole number.
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

// Fixed returns a route whose response is a constant JSON text. The text is
// computed at the first request. Its ETag is a [Digest].
func Fixed(op Operation, text func() []byte) Route {
	op.ETag = Digest
	constant := sync.OnceValues(func() ([]byte, string) {
		body := text()
		return body, fmt.Sprintf(`"sha256:%x"`, sha256.Sum256(body))
	})
	return Raw(op, func(w http.ResponseWriter, r *http.Request, _ assets.Actor, _ *struct{}) error {
		body, tag := constant()
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
