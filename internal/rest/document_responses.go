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

// The forms of an ETag, as Operation.ETag names them.
const (
	Revision = "Revision" // "r<revision>" of an asset
	Digest   = "Digest"   // "sha256:<hex>" of what is answered
)

const answersAt = "#/components/responses/"

// Names of the two error shapes.
const (
	refusalName = "Error"
	invalidName = "ValidationError"
)

// successes describes the answers of an operation that went well.
func (w *writer) successes(r *Route, into map[string]*answer) {
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
		a := &answer{Description: meaning(status, r), Headers: w.successHeaders(status, r)}
		if status != http.StatusNoContent && status != http.StatusNotModified {
			a.Content = w.answerContent(r)
		}
		into[strconv.Itoa(status)] = a
	}
}

func meaning(status int, r *Route) string {
	switch status {
	case http.StatusOK:
		if slices.Contains(r.Statuses, http.StatusCreated) {
			return "Nothing was added: it is equal to what is current."
		}
		return "Done."
	case http.StatusCreated:
		return "Created."
	case http.StatusNoContent:
		return "Done; there is no body."
	case http.StatusPartialContent:
		return "The ranges that were asked for."
	}
	return "Unchanged: an entity tag of If-None-Match still holds."
}

func (w *writer) answerContent(r *Route) map[string]*mediaType {
	switch {
	case r.Content:
		return map[string]*mediaType{"*/*": {}}
	case r.output == nil:
		return map[string]*mediaType{mediaJSON: {Schema: &jsonschema.Schema{Type: "object"}}}
	}
	return map[string]*mediaType{mediaJSON: {Schema: w.output(r.output)}}
}

func (w *writer) successHeaders(status int, r *Route) map[string]*header {
	all := map[string]*header{}
	if r.ETag != "" {
		all["ETag"] = w.header(r.ETag)
	}
	if status == http.StatusCreated && (r.ETag != "" || r.Located) {
		all["Location"] = w.header("Location")
	}
	replays := slices.ContainsFunc(r.input.params, func(q param) bool { return q.name == "Idempotency-Key" })
	if replays {
		all["Idempotency-Replayed"] = w.header("Idempotency-Replayed")
	}
	if !r.Content {
		return all
	}
	all["ETag"] = w.header("Content-ETag")
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

// header refers to a header, which becomes a component.
func (w *writer) header(name string) *header {
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
		Digest:                 text("The entity tag of the answer.", tag, true),
		"Content-ETag":         text("The entity tag of the stored bytes; a page made of them has none.", tag, false),
		"Location":             text("Where the new resource is.", "", true),
		"Idempotency-Replayed": text("The answer to the first try with the Idempotency-Key is repeated.", "^true$", false),
		"Content-Disposition":  text("Whether to show or to save the content, and its file name (RFC 6266).", "^(inline|attachment);", false),
		"Content-Digest":       text("SHA-256 of the body (RFC 9530).", digest, false),
		"Repr-Digest":          text("SHA-256 of the whole content, whatever part of it is sent (RFC 9530).", digest, false),
		"Accept-Ranges":        text("Ranges are counted in bytes.", "^bytes$", false),
		"Content-Range":        text("Which bytes of how many; absent for several ranges.", `^bytes (\d+-\d+|\*)/\d+$`, false),
		"Allow":                text("The methods that the path takes.", "", true),
		"WWW-Authenticate":     text("The scheme of the credential.", "^Bearer$", true),
	}
}

// errInvalid stands for field errors, whose code is not on the wire.
var errInvalid error = assets.Invalid("", "one or more fields or parameters are not as they have to be; all problems are listed")

// failures are the errors that an operation may answer: those that follow
// from its declaration, and its own.
func (r *Route) failures() []error {
	all := []error{assets.ErrBadRequest, errInvalid, wire.ErrMethodNotAllowed, errPanicked, assets.ErrUnavailable}
	if len(r.Scopes) > 0 {
		all = append(all, assets.ErrUnauthorized, assets.ErrForbiddenScope)
		if !safe(r.Method) {
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

// refusals describes the errors of an operation, by status.
func (w *writer) refusals(r *Route, into map[string]*answer) {
	byStatus := map[int][]wire.Failure{}
	for _, err := range r.failures() {
		f := wire.Describe(err)
		known := slices.ContainsFunc(byStatus[f.Status], func(k wire.Failure) bool { return k.Code == f.Code })
		if !known {
			byStatus[f.Status] = append(byStatus[f.Status], f)
		}
	}
	for status, failures := range byStatus {
		into[strconv.Itoa(status)] = w.refusal(status, failures)
	}
}

// refusal describes one status; where it has one code only, it is a
// component.
func (w *writer) refusal(status int, failures []wire.Failure) *answer {
	a := &answer{Headers: map[string]*header{}, Content: map[string]*mediaType{mediaJSON: {Schema: w.shape(failures)}}}
	var sentences []string
	for _, f := range failures {
		sentences = append(sentences, sentence(f))
	}
	a.Description = strings.Join(sentences, "\n\n")
	switch status {
	case http.StatusUnauthorized:
		a.Headers["WWW-Authenticate"] = w.header("WWW-Authenticate")
	case http.StatusMethodNotAllowed:
		a.Headers["Allow"] = w.header("Allow")
	case http.StatusRequestedRangeNotSatisfiable:
		a.Headers["Content-Range"] = w.header("Content-Range")
	}
	if len(failures) > 1 {
		return a
	}
	name := camel(failures[0].Code)
	w.answers[name] = a
	return &answer{Ref: answersAt + name}
}

func sentence(f wire.Failure) string {
	if len(f.Fields) > 0 {
		return "A list of problems: " + f.Fields[0].Msg + "."
	}
	return "`" + f.Code + "`: " + f.Detail + "."
}

// shape answers the schema of a body that has one of several codes.
func (w *writer) shape(failures []wire.Failure) *jsonschema.Schema {
	var codes []string
	listed := false
	for _, f := range failures {
		if len(f.Fields) > 0 {
			listed = true
			continue
		}
		codes = append(codes, f.Code)
	}
	w.codes = append(w.codes, codes...)
	list := w.named(invalidName, reflect.TypeOf(wire.Failure{Fields: []*assets.FieldError{{}}}.Body()))
	if len(codes) == 0 {
		return list
	}
	refusal := &jsonschema.Schema{AllOf: []*jsonschema.Schema{
		w.named(refusalName, reflect.TypeOf(wire.Failure{}.Body())),
		{Properties: map[string]*jsonschema.Schema{"code": {Enum: anys(codes)}}},
	}}
	if !listed {
		return refusal
	}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{list, refusal}}
}

// camel answers a code as the name of a component.
func camel(code string) string {
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
