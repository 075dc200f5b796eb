package httpx_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	codec "github.com/pb33f/libopenapi-validator/content"
	problems "github.com/pb33f/libopenapi-validator/errors"

	"github.com/10ex/assets"
)

// contract is a document that answers are held against.
type contract struct {
	validator.Validator
	paths map[string]map[string]any // by path, then method
}

// contracts has one for each document: libraries that differ in paths or
// limits have others.
var contracts sync.Map // of func() *contract

func contractOf(t testing.TB, lib *assets.Library) *contract {
	t.Helper()
	key := fmt.Sprint(lib.BasePath(), lib.PublicPath(), lib.PublicURL(), lib.Limits())
	made, _ := contracts.LoadOrStore(key, sync.OnceValues(func() (*contract, error) { return newContract(documentOf(t, lib)) }))
	c, err := made.(func() (*contract, error))()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newContract(text []byte) (*contract, error) {
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(
		document,
		config.WithFormatAssertions(),
		config.WithRejectUnsupportedBodyContent(),
		config.WithBodyDecoder("multipart/form-data", codec.DecoderFunc(decodeForm)),
		config.WithBodyDecoder("*/*", codec.DecoderFunc(func(*codec.DecodeInput) (any, error) { return "", nil })),
	)
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	if ok, problems := v.ValidateDocument(); !ok {
		return nil, errors.New(explain(problems))
	}
	var parsed struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(text, &parsed); err != nil {
		return nil, err
	}
	return &contract{v, parsed.Paths}, nil
}

// decodeForm reads a multipart body as the document describes it: metadata is
// JSON, content is bytes.
func decodeForm(in *codec.DecodeInput) (any, error) {
	form, err := multipart.NewReader(in.Body, in.Parameters["boundary"]).ReadForm(1 << 30)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for name, texts := range form.Value {
		values[name] = texts[0]
	}
	for name := range form.File {
		values[name] = "a file"
	}
	var metadata any
	err = json.Unmarshal([]byte(form.Value["metadata"][0]), &metadata)
	values["metadata"] = metadata
	return values, err
}

// conform demands that an answer is one that the document names, and that a
// request which was not refused is one that it allows.
func (w *world) conform(c call, rec *httptest.ResponseRecorder) {
	w.t.Helper()
	k := contractOf(w.t, w.lib)
	r := c.request(w)
	if base := strings.TrimSuffix(w.lib.BasePath(), "/"); r.URL.Path == base+"/" {
		r.URL.Path = cmp.Or(base, "/") // the collection has two paths
	}
	methods := k.methods(r)
	if methods == nil {
		if rec.Code != http.StatusNotFound {
			w.t.Errorf("%s %s is not in the document, but answered with %d", r.Method, r.URL.Path, rec.Code)
		}
		return
	}
	if methods[strings.ToLower(r.Method)] == nil {
		r.Method = instead(r.Method, methods)
	}
	if rec.Code < http.StatusBadRequest {
		if ok, errs := k.ValidateHttpRequestSync(r); !ok {
			w.t.Errorf("%s %s was accepted, but is not valid by the document: %s", r.Method, r.URL, explain(errs))
		}
	}
	answered := c.request(w)
	answered.URL.Path, answered.Method = r.URL.Path, r.Method
	if ok, errs := k.ValidateHttpResponse(answered, response(rec)); !ok { //nolint:bodyclose // recorded
		w.t.Errorf("%s %s answered %d, which is not valid by the document: %s\n%.600s", r.Method, r.URL, rec.Code, explain(errs), rec.Body)
	}
}

// response copies what was recorded.
func response(rec *httptest.ResponseRecorder) *http.Response {
	return &http.Response{
		StatusCode: rec.Code, Header: rec.Header().Clone(), Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes())),
	}
}

// methods answers the operations of the path that a request is for.
func (k *contract) methods(r *http.Request) map[string]any {
	segments := strings.Split(r.URL.Path, "/")
	var found map[string]any
	for path, methods := range k.paths {
		if parts := strings.Split(path, "/"); matches(parts, segments) && (found == nil || !strings.Contains(path, "{")) {
			found = methods
		}
	}
	return found
}

func matches(parts, segments []string) bool {
	if len(parts) != len(segments) {
		return false
	}
	for i, p := range parts {
		if p != segments[i] && (p[:min(1, len(p))] != "{" || segments[i] == "") {
			return false
		}
	}
	return true
}

// instead answers a method that stands for one that has no operation: GET for
// HEAD, any for one that the path does not take.
func instead(method string, methods map[string]any) string {
	for _, known := range []string{"get", "post", "put", "patch", "delete"} {
		if methods[known] != nil {
			return strings.ToUpper(known)
		}
	}
	return method
}

func explain(errs []*problems.ValidationError) string {
	var b strings.Builder
	for _, e := range errs {
		fmt.Fprintf(&b, "\n%s: %s", e.Message, e.Reason)
		for _, s := range e.SchemaValidationErrors {
			fmt.Fprintf(&b, "\n  %s: %s", s.FieldPath, s.Reason)
		}
	}
	return b.String()
}

// TestTheDocumentCanRefuse: a judge that finds nothing wrong in anything
// would be of no use.
func TestTheDocumentCanRefuse(t *testing.T) {
	t.Parallel()
	w := oneCopy(t)
	k := contractOf(t, w.lib)
	get := call{method: "GET", path: "{base}/{id}", as: "reader"}
	good := w.send(get)
	for name, spoil := range map[string]func(*http.Response, string) string{
		"unknown member": func(_ *http.Response, body string) string { return `{"more":1,` + body[1:] },
		"member missing": func(_ *http.Response, body string) string {
			return strings.Replace(body, `"revision":1`, `"revisions":1`, 1)
		},
		"wrong type": func(_ *http.Response, body string) string {
			return strings.Replace(body, `"revision":1`, `"revision":"1"`, 1)
		},
		"unknown status": func(_ *http.Response, body string) string { return strings.Replace(body, `"draft"`, `"open"`, 1) },
		"null": func(_ *http.Response, body string) string {
			return strings.Replace(body, `"tags":{}`, `"tags":null`, 1)
		},
		"header missing":      func(r *http.Response, body string) string { r.Header.Del("ETag"); return body },
		"header malformed":    func(r *http.Response, body string) string { r.Header.Set("ETag", "r1"); return body },
		"status without code": func(r *http.Response, body string) string { r.StatusCode = 418; return body },
		"code of another": func(r *http.Response, _ string) string {
			r.StatusCode = 404
			return `{"detail":"x","code":"version_conflict"}`
		},
		"shape of another": func(r *http.Response, _ string) string {
			r.StatusCode = 422
			return `{"detail":"x","code":"not_found"}`
		},
	} {
		resp := response(good) //nolint:bodyclose // recorded
		body := spoil(resp, good.Body.String())
		resp.Body = io.NopCloser(strings.NewReader(body))
		if ok, _ := k.ValidateHttpResponse(get.request(w), resp); ok {
			t.Errorf("%s: not noticed", name)
		}
	}
	f := form{{name: "metadata", media: "application/json", body: `{"type":"copy","title":"t","text":"x"}`}, {name: "content", body: "y"}}
	for name, c := range map[string]call{
		"body":      {method: "POST", path: base, as: "writer", body: `{"type":"copy","title":"t","text":"x","more":1}`},
		"missing":   {method: "POST", path: base, as: "writer", body: `{"type":"copy","title":"t"}`},
		"metadata":  {method: "POST", path: base, as: "writer", form: &f},
		"parameter": {method: "GET", path: base + "?order=up", as: "writer"},
		"header":    {method: "POST", path: base, as: "writer", body: `{"type":"copy","title":"t","text":"x"}`, header: map[string]string{"Idempotency-Key": "a b"}},
		"security":  {method: "GET", path: base},
	} {
		if ok, _ := k.ValidateHttpRequestSync(c.request(w)); ok {
			t.Errorf("request, %s: not noticed", name)
		}
	}
}
