package rest

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets/internal/wire"
)

// About is what a document says beside its operations.
type About struct {
	Title, Version, Summary, Description string

	License License
	Server  string // URL that the paths are appended to; empty: the server itself
	Groups  []Group
	Bearer  string // how callers authenticate, in sentences

	// Types are the schemas of types that are one value on the wire.
	Types map[reflect.Type]*jsonschema.Schema

	// Members are what is known of members and parameters beside their type,
	// by name, or by "Component.name" and "operation_name.name" where that
	// is more.
	Members map[string]*jsonschema.Schema
}

// License is the license of the API, by its SPDX identifier.
type License struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
}

// Group is a tag: operations that belong together.
type Group struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// Mounted are routes at a mount point without a final slash.
type Mounted struct {
	Prefix string
	Routes []Route
}

// Document answers the OpenAPI 3.1 document of routes: the same bytes for the
// same input. It panics on a type that JSON has no word for.
func Document(about About, mounted ...Mounted) []byte {
	d := &document{
		OpenAPI: "3.1.1",
		Info:    info{about.Title, about.Summary, about.Description, about.Version, about.License},
		Servers: []serverObject{{about.Server}},
		Tags:    about.Groups,
		Paths:   map[string]map[string]*operation{},
	}
	if about.Server == "" {
		d.Servers[0].URL = "/"
	}
	w := newWriter(&about)
	for _, m := range mounted {
		for i := range m.Routes {
			w.route(d.Paths, m.Prefix, &m.Routes[i])
		}
	}
	d.Components = w.components()
	text, err := wire.Marshal(d)
	if err != nil {
		panic(err) // strings, numbers and lists only
	}
	return text
}

// The objects of OpenAPI 3.1.1, as far as they are used.
type (
	document struct {
		OpenAPI    string                           `json:"openapi"`
		Info       info                             `json:"info"`
		Servers    []serverObject                   `json:"servers"`
		Tags       []Group                          `json:"tags"`
		Paths      map[string]map[string]*operation `json:"paths"` // by path, then method
		Components components                       `json:"components"`
	}
	info struct {
		Title       string  `json:"title"`
		Summary     string  `json:"summary"`
		Description string  `json:"description"`
		Version     string  `json:"version"`
		License     License `json:"license"`
	}
	serverObject struct {
		URL string `json:"url"`
	}
	operation struct {
		OperationID string                `json:"operationId"`
		Tags        []string              `json:"tags"`
		Summary     string                `json:"summary"`
		Description string                `json:"description,omitempty"`
		Security    []map[string][]string `json:"security"`
		Parameters  []parameter           `json:"parameters,omitempty"`
		RequestBody *requestBody          `json:"requestBody,omitempty"`
		Responses   map[string]*answer    `json:"responses"` // by status
	}
	parameter struct {
		Name        string             `json:"name"`
		In          string             `json:"in"`
		Description string             `json:"description"`
		Required    bool               `json:"required,omitempty"`
		Schema      *jsonschema.Schema `json:"schema"`
	}
	requestBody struct {
		Required bool                  `json:"required"`
		Content  map[string]*mediaType `json:"content"`
	}
	mediaType struct {
		Schema   *jsonschema.Schema      `json:"schema,omitempty"`
		Encoding map[string]partEncoding `json:"encoding,omitempty"`
	}
	partEncoding struct {
		ContentType string `json:"contentType"`
	}
	answer struct {
		Ref         string                `json:"$ref,omitempty"`
		Description string                `json:"description,omitempty"`
		Headers     map[string]*header    `json:"headers,omitempty"`
		Content     map[string]*mediaType `json:"content,omitempty"`
	}
	header struct {
		Ref         string             `json:"$ref,omitempty"`
		Description string             `json:"description,omitempty"`
		Required    bool               `json:"required,omitempty"`
		Schema      *jsonschema.Schema `json:"schema,omitempty"`
	}
	components struct {
		Schemas         map[string]*jsonschema.Schema `json:"schemas"`
		Responses       map[string]*answer            `json:"responses"`
		Headers         map[string]*header            `json:"headers"`
		SecuritySchemes map[string]securityScheme     `json:"securitySchemes"`
	}
	securityScheme struct {
		Type        string `json:"type"`
		Scheme      string `json:"scheme"`
		Description string `json:"description"`
	}
)

const bearer = "bearer" // the name of the one security scheme

// writer makes operations, and the components that they refer to.
type writer struct {
	*schemas
	about   *About
	answers map[string]*answer
	headers map[string]*header
	codes   []string
}

func newWriter(about *About) *writer {
	return &writer{newSchemas(about), about, map[string]*answer{}, map[string]*header{}, nil}
}

func (w *writer) components() components {
	slices.Sort(w.codes)
	w.made[refusalName].Properties["code"].Enum = anys(slices.Compact(w.codes))
	return components{
		Schemas: w.made, Responses: w.answers, Headers: w.headers,
		SecuritySchemes: map[string]securityScheme{bearer: {"http", "bearer", w.about.Bearer}},
	}
}

// route writes one operation, or two when HEAD has a name of its own.
func (w *writer) route(paths map[string]map[string]*operation, prefix string, r *Route) {
	path := prefix + r.Path
	if path == "" {
		path = "/"
	}
	if paths[path] == nil {
		paths[path] = map[string]*operation{}
	}
	op := w.operation(r)
	paths[path][strings.ToLower(r.Method)] = op
	if r.Head == "" {
		return
	}
	head := *op
	head.OperationID, head.Summary = r.Head, op.Summary+": the header only"
	head.Responses = map[string]*answer{}
	for status, a := range op.Responses {
		if a.Ref != "" {
			a = w.answers[strings.TrimPrefix(a.Ref, answersAt)]
		}
		head.Responses[status] = &answer{Description: a.Description, Headers: a.Headers}
	}
	paths[path][strings.ToLower(http.MethodHead)] = &head
}

func (w *writer) operation(r *Route) *operation {
	op := &operation{
		OperationID: r.Name, Tags: []string{r.Group}, Summary: r.Summary, Description: r.Description,
		Security:  []map[string][]string{},
		Responses: map[string]*answer{},
	}
	for _, s := range r.Scopes { // any of them
		op.Security = append(op.Security, map[string][]string{bearer: {string(s)}})
	}
	for i := range r.input.params {
		op.Parameters = append(op.Parameters, w.parameter(r, &r.input.params[i]))
	}
	op.Parameters = append(op.Parameters, conditions(r)...)
	op.RequestBody = w.body(r)
	w.successes(r, op.Responses)
	w.refusals(r, op.Responses)
	return op
}
