package rest

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

// The values of Operation.ETag.
const (
	Revision = "Revision" // "r<revision>" of an asset
	Digest   = "Digest"   // "sha256:<hex>" of the response body
)

const responsesPath = "#/components/responses/"

// The components of the two bodies of errors.
const (
	errorName           = "Error"
	validationErrorName = "ValidationError"
	unprocessableName   = "Unprocessable" // either of them
	errorCodeName       = "ErrorCode"
)

// addSuccesses adds the successful responses of an operation to into.
func (w *documentWriter) addSuccesses(r *Route, into map[string]*response) {
	statuses := slices.Clone(r.Statuses)
	if len(statuses) == 0 {
		statuses = []int{http.StatusOK}
	}
	if r.Content {
		statuses = append(statuses, http.StatusPartialContent)
	}
	if r.Method == http.MethodGet && (r.ETag != "" || r.Content) {
		statuses = append(statuses, http.StatusNotModified)
	}
	for _, status := range statuses {
		a := &response{Description: successDescription(status, r), Headers: w.successHeaders(status, r)}
		if status != http.StatusNoContent && status != http.StatusNotModified {
			a.Content = w.successContent(status, r)
		}
		into[strconv.Itoa(status)] = a
	}
}

// successDescription returns the description of a successful response.
func successDescription(status int, r *Route) string {
	switch status {
	case http.StatusOK:
		if slices.Contains(r.Statuses, http.StatusCreated) {
			return "Nothing was added: the new version would be equal to the current one."
		}
		return "Success."
	case http.StatusCreated:
		return "Created."
	case http.StatusNoContent:
		return "Success. The response has no body."
	case http.StatusPartialContent:
		return "The requested ranges."
	}
	return "Not modified: an entity tag in If-None-Match matches."
}

func (w *documentWriter) successContent(status int, r *Route) map[string]*mediaType {
	switch {
	case r.Content && status == http.StatusOK && r.ContentType != "":
		return map[string]*mediaType{r.ContentType: {Schema: binary()}}
	case r.Content:
		// A narrower type would be wrong of a bundle, and of several ranges, which are
		// multipart/byteranges. Clients of ogen refuse what the document does not name.
		return map[string]*mediaType{anyMedia: {Schema: binary()}}
	case r.Stream:
		return map[string]*mediaType{"text/event-stream": {Schema: &jsonschema.Schema{Type: "string"}}}
	case r.output == nil:
		anything := &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{}}
		return map[string]*mediaType{mediaJSON: {Schema: anything}}
	}
	m := &mediaType{Schema: w.output(r.output), Example: r.exampleResponse()}
	if r.Detail {
		m.Schema = w.detail(r.output)
	}
	return map[string]*mediaType{mediaJSON: m}
}

func (w *documentWriter) successHeaders(status int, r *Route) map[string]*header {
	all := map[string]*header{}
	if r.ETag != "" {
		all["Etag"] = w.header(r.ETag)
	}
	if status == http.StatusCreated && (r.ETag != "" || r.Located) {
		all["Location"] = w.header("Location")
	}
	if slices.ContainsFunc(r.input.params, func(q param) bool { return q.name == "Idempotency-Key" }) {
		all["Idempotency-Replayed"] = w.header("Idempotency-Replayed")
	}
	if !r.Content {
		return all
	}
	all["Etag"] = w.header("Content-ETag")
	for _, name := range []string{"Content-Disposition", "Repr-Digest", "Accept-Ranges"} {
		all[name] = w.header(name)
	}
	switch status {
	case http.StatusOK:
		all["Content-Digest"] = w.header("Content-Digest")
	case http.StatusPartialContent:
		all["Content-Range"] = w.header("Content-Range")
	}
	return all
}

// header returns a reference to the component of a header.
func (w *documentWriter) header(name string) *header {
	if w.headers[name] == nil {
		h := knownHeaders()[name]
		h.Schema.Type = "string"
		w.headers[name] = &h
	}
	return &header{Ref: "#/components/headers/" + name}
}

func knownHeaders() map[string]header {
	text := func(description, pattern string, required bool) header {
		return header{Description: description, Required: required, Schema: &jsonschema.Schema{Pattern: pattern}}
	}
	const tag = `^"sha256:[0-9a-f]{64}"$`
	const digest = `^sha-256=:[A-Za-z0-9+/]{43}=:$`
	return map[string]header{
		Revision:               text("The entity tag of the asset's revision.", `^"r[1-9][0-9]*"$`, true),
		Digest:                 text("The entity tag of the response.", tag, true),
		"Content-ETag":         text("The entity tag of the stored bytes. Absent if the response is a page that was rendered from them.", tag, false),
		"Location":             text("The URL of the new resource.", "", true),
		"Idempotency-Replayed": text("Present if an earlier request with the same Idempotency-Key has succeeded: the response is repeated.", "^true$", false),
		"Content-Disposition":  text("Whether to display the content or to save it as a file, and the file name (RFC 6266).", "^(inline|attachment);", false),
		"Content-Digest":       text("SHA-256 of the body (RFC 9530).", digest, false),
		"Repr-Digest":          text("SHA-256 of the whole content, also if only a part of it is sent (RFC 9530).", digest, false),
		"Accept-Ranges":        text("Byte ranges are supported.", "^bytes$", false),
		"Content-Range":        text("The position of the range and the size of the content in bytes. Absent for several ranges.", `^bytes (\d+-\d+|\*)/\d+$`, false),
		"Allow":                text("The allowed methods of the path.", "", true),
		"WWW-Authenticate":     text("The authentication scheme.", "^Bearer$", true),
	}
}

// errInvalid represents all field errors. Their response has no code.
var errInvalid error = assets.Invalid(assets.TypeMissing, "is required", "body", "title")

// errors returns the errors that an operation may return: those that follow from
// its declaration and those that it lists.
func (r *Route) errors() []error {
	all := []error{assets.ErrBadRequest, errInvalid, wire.ErrMethodNotAllowed, errPanicked, assets.ErrUnavailable}
	if len(r.Scopes) > 0 {
		all = append(all, assets.ErrForbiddenScope)
	}
	if len(r.Kinds) > 0 {
		all = append(all, assets.ErrForbiddenKind)
	}
	if !r.public() {
		all = append(all, assets.ErrUnauthorized)
		if !isSafe(r.Method) {
			all = append(all, wire.ErrForbiddenOrigin)
		}
	}
	for _, q := range r.input.params {
		switch {
		case q.source == "path":
			all = append(all, assets.ErrNotFound)
		case q.typ == reflect.TypeFor[Revisions]():
			all = append(all, assets.ErrPreconditionFailed)
		}
	}
	if r.input.body != nil || r.input.content != nil {
		all = append(all, assets.ErrTooLarge, assets.ErrUnsupportedMediaType)
	}
	if r.Content {
		all = append(all, assets.ErrPreconditionFailed, wire.ErrRangeNotSatisfiable)
	}
	return append(all, r.Errors...)
}

// addErrors adds the error responses of an operation to into.
func (w *documentWriter) addErrors(r *Route, into map[string]*response) {
	byStatus := map[int][]wire.Failure{}
	for _, err := range r.errors() {
		f := wire.Describe(err)
		known := slices.ContainsFunc(byStatus[f.Status], func(k wire.Failure) bool { return k.Code == f.Code })
		if !known {
			byStatus[f.Status] = append(byStatus[f.Status], f)
		}
	}
	for status, failures := range byStatus {
		into[strconv.Itoa(status)] = w.errorResponse(status, failures)
	}
}

// errorResponse returns the response of one status. If it has only one code, the
// response is a reference to a component.
func (w *documentWriter) errorResponse(status int, failures []wire.Failure) *response {
	a := &response{Headers: map[string]*header{}, Content: map[string]*mediaType{
		mediaJSON: {Schema: w.errorSchema(failures), Examples: exampleFailures(failures)},
	}}
	var descriptions []string
	for _, f := range failures {
		descriptions = append(descriptions, failureDescription(f))
	}
	a.Description = strings.Join(descriptions, "\n\n")
	switch status {
	case http.StatusUnauthorized:
		a.Headers["Www-Authenticate"] = w.header("WWW-Authenticate")
	case http.StatusMethodNotAllowed:
		a.Headers["Allow"] = w.header("Allow")
	case http.StatusRequestedRangeNotSatisfiable:
		a.Headers["Content-Range"] = w.header("Content-Range")
	}
	if len(failures) > 1 {
		return a
	}
	name := camelCase(failures[0].Code)
	w.responses[name] = a
	return &response{Ref: responsesPath + name}
}

func failureDescription(f wire.Failure) string {
	if len(f.Fields) > 0 {
		return "A list of all problems: one or more fields or parameters are invalid."
	}
	return "`" + f.Code + "`: " + f.Detail + "."
}

// errorSchema returns the schema of the body for any of several failures. Their codes
// are the names of the examples.
func (w *documentWriter) errorSchema(failures []wire.Failure) *jsonschema.Schema {
	w.errorComponents()
	hasFields, hasCode := false, false
	for _, f := range failures {
		if len(f.Fields) > 0 {
			hasFields = true
			continue
		}
		hasCode = true
		w.codes = append(w.codes, f.Code)
	}
	switch {
	case hasFields && hasCode:
		w.components[unprocessableName] = &jsonschema.Schema{
			Description: "A list of all problems, or one error.",
			OneOf:       []*jsonschema.Schema{reference(validationErrorName), reference(errorName)},
		}
		return reference(unprocessableName)
	case hasFields:
		return reference(validationErrorName)
	}
	return reference(errorName)
}

// errorComponents adds the components of the bodies of errors.
func (w *documentWriter) errorComponents() {
	if w.components[errorCodeName] != nil {
		return
	}
	w.components[errorCodeName] = &jsonschema.Schema{Type: "string", Description: "The error code for programs."}
	w.named(validationErrorName, reflect.TypeOf(wire.Failure{Fields: []*assets.FieldError{{}}}.Body()))
	w.named(errorName, reflect.TypeOf(wire.Failure{}.Body()))
	w.components[errorName].Properties["code"] = reference(errorCodeName)
}

// camelCase returns the name of the component of a code.
func camelCase(code string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(code, "_") {
		b.WriteString(capital(word))
	}
	return b.String()
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, t := range texts {
		all[i] = t
	}
	return all
}
