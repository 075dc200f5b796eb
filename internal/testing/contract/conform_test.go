package contract

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	codec "github.com/pb33f/libopenapi-validator/content"
	problems "github.com/pb33f/libopenapi-validator/errors"

	"github.com/10ex/assets/internal/testing/exchange"
)

// minExchanges is the least number of exchanges that restTests make. Fewer
// mean that they are no longer recorded.
const minExchanges = 10_000

// restTests are the packages whose tests send requests with package resttest.
var restTests = []string{
	"github.com/10ex/assets/httpx",
	"github.com/10ex/assets/internal/testing/restisolation",
	"github.com/10ex/assets/internal/testing/restparity",
}

// TestVolumeExchangesConform runs restTests, without what has many bytes or rows, and checks
// every exchange that they make against the OpenAPI document.
func TestVolumeExchangesConform(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	test := exec.CommandContext(t.Context(), "go", append([]string{"test", "-vet=off", "-count=1", "-skip", "^TestVolume"}, restTests...)...)
	test.Dir = "../../.." // the root module
	test.Env = append(os.Environ(), exchange.Variable+"="+folder)
	if out, err := test.CombinedOutput(); err != nil {
		t.Fatalf("go test: %v\n%s", err, out)
	}
	n, documents := 0, map[string]*document{}
	for x, err := range exchange.Read(folder) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		d := documents[string(x.Document)]
		if d == nil {
			if d, err = newDocument(x.Document); err != nil {
				t.Fatalf("%s: %v", x.Test, err)
			}
			documents[string(x.Document)] = d
		}
		for _, problem := range d.problems(t.Context(), x) {
			t.Errorf("%s: %s", x.Test, problem)
		}
	}
	t.Logf("%d exchanges, %d documents", n, len(documents))
	if n < minExchanges {
		t.Errorf("%d exchanges, want at least %d", n, minExchanges)
	}
}

// document is an OpenAPI document with its validator.
type document struct {
	validator.Validator `json:"-"`

	Paths      map[string]map[string]operation // by path, then method
	Components struct{ Responses map[string]response }
}

type operation struct {
	RequestBody struct{ Content map[string]any }
	Responses   map[string]response // by status
}

type response struct {
	Ref     string `json:"$ref"`
	Content map[string]struct{ Examples map[string]any }
}

// codes returns the codes of the errors of a response: the names of its examples.
func (d *document) codes(r response) map[string]any {
	if r.Ref != "" {
		r = d.Components.Responses[path.Base(r.Ref)]
	}
	return r.Content["application/json"].Examples
}

func newDocument(text []byte) (*document, error) {
	closed, err := withoutFurtherMembers(text)
	if err != nil {
		return nil, err
	}
	parsed, err := libopenapi.NewDocument(closed)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(
		parsed,
		config.WithFormatAssertions(),
		config.WithRejectUnsupportedBodyContent(),
		config.WithBodyDecoder("multipart/form-data", codec.DecoderFunc(decodeForm)),
		config.WithBodyDecoder("*/*", codec.DecoderFunc(func(*codec.DecodeInput) (any, error) { return "", nil })),
		config.WithBodyDecoder("application/octet-stream", codec.DecoderFunc(func(*codec.DecodeInput) (any, error) { return "", nil })),
	)
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		return nil, errors.New(explain(errs))
	}
	d := &document{Validator: v}
	return d, json.Unmarshal(text, d)
}

// withoutFurtherMembers returns the document with objects closed that have members.
// Clients must accept further members of later versions; this version sends none.
func withoutFurtherMembers(text []byte) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	components, _ := doc["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	for _, s := range schemas {
		if s, ok := s.(map[string]any); ok && s["properties"] != nil {
			s["additionalProperties"] = false
		}
	}
	return json.Marshal(doc)
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

// problems returns how an exchange differs from the document: the response must
// be one that the document has and, unless it is an error, the request must be
// one that the document allows.
func (d *document) problems(ctx context.Context, x exchange.Exchange) (found []string) {
	r := x.Request(ctx)
	if base := strings.TrimSuffix(x.BasePath, "/"); r.URL.Path == base+"/" {
		r.URL.Path = cmp.Or(base, "/") // the collection has two paths
	}
	methods := d.methods(r)
	if methods == nil {
		if x.Status != http.StatusNotFound {
			found = append(found, fmt.Sprintf("%s %s is not in the document, and the status is %d", r.Method, r.URL.Path, x.Status))
		}
		return found
	}
	if _, ok := methods[strings.ToLower(r.Method)]; !ok {
		r.Method = substitute(r.Method, methods)
	}
	op := methods[strings.ToLower(r.Method)]
	if _, ok := op.RequestBody.Content["application/octet-stream"]; ok && r.Header.Get("Content-Type") != "" {
		r.Header.Set("Content-Type", "application/octet-stream") // any other one is accepted too
	}
	if x.Status < http.StatusBadRequest {
		if ok, errs := d.ValidateHttpRequestSync(r); !ok {
			found = append(found, fmt.Sprintf("%s %s was accepted, but is not valid by the document: %s", r.Method, r.URL, explain(errs)))
		}
	}
	unread := x.Request(ctx)
	unread.URL.Path, unread.Method = r.URL.Path, r.Method
	if ok, errs := d.ValidateHttpResponse(unread, x.Response()); !ok { //nolint:bodyclose // recorded
		found = append(found, fmt.Sprintf("%s %s: the response %d is not valid by the document: %s\n%.600s", r.Method, r.URL, x.Status, explain(errs), x.ResponseBody))
	}
	if x.Status >= http.StatusBadRequest && x.Method != http.MethodHead {
		if code := codeOf(x.ResponseBody); d.codes(op.Responses[strconv.Itoa(x.Status)])[code] == nil {
			found = append(found, fmt.Sprintf("%s %s: the response %d is not documented with the code %s", r.Method, r.URL, x.Status, code))
		}
	}
	return found
}

// codeOf returns the code of the body of an error, that of the list form too.
func codeOf(body []byte) string {
	var e struct {
		Detail any
		Code   string
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return err.Error()
	}
	if _, list := e.Detail.([]any); list {
		return "validation_error"
	}
	return e.Code
}

// methods returns the operations of the path of a request, or nil.
func (d *document) methods(r *http.Request) map[string]operation {
	segments := strings.Split(r.URL.Path, "/")
	var found map[string]operation
	for path, methods := range d.Paths {
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

// substitute returns the method whose operation describes the responses to a
// method without an operation: GET for HEAD, any for one that the path refuses.
func substitute(method string, methods map[string]operation) string {
	for _, known := range []string{"get", "post", "put", "patch", "delete"} {
		if _, ok := methods[known]; ok {
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

// TestTheDocumentCanRefuse spoils valid exchanges: the validator must notice.
func TestTheDocumentCanRefuse(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	d, err := newDocument(h.document(t))
	if err != nil {
		t.Fatal(err)
	}
	made := h.send(t, newRequest(t, "POST", base, "writer", "application/json", `{"type":"copy","title":"Launch","text":"hello"}`))
	var asset struct{ ID string }
	if err := json.Unmarshal(made.ResponseBody, &asset); err != nil {
		t.Fatalf("%v in %s", err, made.ResponseBody)
	}
	good := h.send(t, newRequest(t, "GET", base+"/"+asset.ID, "reader", "", ""))
	form, media := h.form(t, `{"type":"bundle","title":"t"}`, "y")
	uploaded := h.send(t, newRequest(t, "POST", base, "writer", media, form))
	for _, x := range []exchange.Exchange{made, uploaded, good} {
		if found := d.problems(t.Context(), x); len(found) > 0 || x.Status >= 300 {
			t.Fatalf("%s %s: %d %s: %v", x.Method, x.Target, x.Status, x.ResponseBody, found)
		}
	}
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
		"unknown code": func(r *http.Response, _ string) string {
			r.StatusCode = 404
			return `{"detail":"x","code":"lost"}`
		},
		"shape of another": func(r *http.Response, _ string) string {
			r.StatusCode = 422
			return `{"detail":"x","code":"not_found"}`
		},
	} {
		resp := good.Response() //nolint:bodyclose // recorded
		body := spoil(resp, string(good.ResponseBody))
		resp.Body = io.NopCloser(strings.NewReader(body))
		if ok, _ := d.ValidateHttpResponse(good.Request(t.Context()), resp); ok {
			t.Errorf("%s: not noticed", name)
		}
	}
	other := good
	other.Status, other.ResponseBody = http.StatusNotFound, []byte(`{"detail":"x","code":"version_conflict"}`)
	if len(d.problems(t.Context(), other)) == 0 {
		t.Error("code of another status: not noticed")
	}
	form, media = h.form(t, `{"type":"copy","title":"t","text":"x"}`, "y")
	badKey := newRequest(t, "POST", base, "writer", "application/json", `{"type":"copy","title":"t","text":"x"}`)
	badKey.Header.Set("Idempotency-Key", "a b")
	for name, r := range map[string]*http.Request{
		"body":      newRequest(t, "POST", base, "writer", "application/json", `{"type":"copy","title":"t","text":"x","more":1}`),
		"missing":   newRequest(t, "POST", base, "writer", "application/json", `{"type":"copy","text":"x"}`),
		"metadata":  newRequest(t, "POST", base, "writer", media, form),
		"parameter": newRequest(t, "GET", base+"?order=up", "writer", "", ""),
		"header":    badKey,
		"security":  newRequest(t, "GET", base, "", "", ""),
	} {
		if ok, _ := d.ValidateHttpRequestSync(r); ok {
			t.Errorf("request, %s: not noticed", name)
		}
	}
}

// form returns a multipart body of metadata and content.
func (host) form(t *testing.T, metadata, content string) (body, media string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	err := w.WriteField("metadata", metadata)
	part, created := w.CreateFormFile("content", "content.bin")
	if err := errors.Join(err, created); err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(part, content)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}
