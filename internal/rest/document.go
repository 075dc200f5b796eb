package rest

import (
	"cmp"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets/internal/wire"
)

// About is the content of a document apart from its operations.
type About struct {
	Title, Version, Summary, Description string

	License License
	Contact Contact
	Server  string // URL that the paths are appended to; empty: the server itself
	Groups  []Group
	Bearer  string // description of the security scheme

	// Types are the schemas of Go types that are not written as their fields.
	Types map[reflect.Type]*jsonschema.Schema

	// Names are the names of components: of struct types that are not named as
	// in Go, and of types in Types that are components of their own.
	Names map[reflect.Type]string

	// Details are the members that only operations with Detail return.
	Details map[reflect.Type]Detail

	// Members are the descriptions and limits of members and parameters by
	// name. An entry for "Component.name" or "operation_name.name" takes
	// precedence over that for "name" and over the type.
	Members map[string]*jsonschema.Schema

	// PathExamples are examples of the parameters of paths by name.
	PathExamples map[string]any
}

// License is the license of the API, by its SPDX identifier.
type License struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
}

// Contact is where to ask about the API.
type Contact struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Detail is a second component of an output type, with members that the first one does
// not have. Operations with Detail always return them.
type Detail struct {
	Name    string
	Members []string
}

// Group is a tag of operations.
type Group struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// Mounted are routes at a mount point without a final slash.
type Mounted struct {
	Prefix string
	Server string // as About.Server, of these routes
	Routes []Route
}

// Document returns the OpenAPI 3.1 document of routes. The same input always
// gives the same bytes. It panics if a type cannot be written as JSON, or if two
// types of bodies have the same name.
func Document(about About, mounted ...Mounted) []byte {
	d := &document{
		OpenAPI:  "3.1.1",
		Info:     info{about.Title, about.Summary, about.Description, about.Version, about.Contact, about.License},
		Servers:  serversOf(about.Server),
		Security: []map[string][]string{{bearer: {}}},
		Tags:     about.Groups,
		Paths:    map[string]map[string]any{},
	}
	w := newDocumentWriter(&about)
	for _, m := range mounted {
		for i := range m.Routes {
			path := w.route(d.Paths, m.Prefix, &m.Routes[i])
			if m.Server != about.Server {
				d.Paths[path]["servers"] = serversOf(m.Server)
			}
		}
	}
	d.Components = w.allComponents()
	text, err := wire.Marshal(d)
	if err != nil {
		panic(err) // strings, numbers and lists only
	}
	return text
}

// serversOf returns the list with one server; an empty URL is the server itself.
func serversOf(url string) []serverObject { return []serverObject{{cmp.Or(url, "/")}} }

// The objects of OpenAPI 3.1.1 with the fields that are used.
type (
	document struct {
		OpenAPI    string                    `json:"openapi"`
		Info       info                      `json:"info"`
		Servers    []serverObject            `json:"servers"`
		Security   []map[string][]string     `json:"security"`
		Tags       []Group                   `json:"tags"`
		Paths      map[string]map[string]any `json:"paths"` // by path, then method, or "servers"
		Components components                `json:"components"`
	}
	info struct {
		Title       string  `json:"title"`
		Summary     string  `json:"summary"`
		Description string  `json:"description"`
		Version     string  `json:"version"`
		Contact     Contact `json:"contact"`
		License     License `json:"license"`
	}
	serverObject struct {
		URL string `json:"url"`
	}
	operation struct {
		OperationID string                `json:"operationId"`
		Tags        []string              `json:"tags"`
		Summary     string                `json:"summary"`
		Description string                `json:"description"`
		Security    []map[string][]string `json:"security"`
		Parameters  []parameter           `json:"parameters,omitempty"`
		RequestBody *bodyObject           `json:"requestBody,omitempty"`
		Responses   map[string]*response  `json:"responses"` // by status
	}
	parameter struct {
		Name        string             `json:"name"`
		In          string             `json:"in"`
		Description string             `json:"description"`
		Required    bool               `json:"required,omitempty"`
		Schema      *jsonschema.Schema `json:"schema"`
		Example     any                `json:"example,omitempty"`
	}
	bodyObject struct {
		Required bool                  `json:"required"`
		Content  map[string]*mediaType `json:"content"`
	}
	mediaType struct {
		Schema   *jsonschema.Schema      `json:"schema,omitempty"`
		Encoding map[string]partEncoding `json:"encoding,omitempty"`
		Example  any                     `json:"example,omitempty"`
		Examples map[string]example      `json:"examples,omitempty"` // by name
	}
	example struct {
		Summary string `json:"summary,omitempty"`
		Value   any    `json:"value"`
	}
	partEncoding struct {
		ContentType string `json:"contentType"`
	}
	response struct {
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
		Responses       map[string]*response          `json:"responses"`
		Headers         map[string]*header            `json:"headers"`
		SecuritySchemes map[string]securityScheme     `json:"securitySchemes"`
	}
	securityScheme struct {
		Type        string `json:"type"`
		Scheme      string `json:"scheme"`
		Description string `json:"description"`
	}
)

// bearer is the name of the only security scheme.
const bearer = "bearer"

// documentWriter writes operations and collects the components that they refer
// to.
type documentWriter struct {
	*schemas
	about     *About
	responses map[string]*response
	headers   map[string]*header
	codes     []string // of all errors
}

func newDocumentWriter(about *About) *documentWriter {
	return &documentWriter{newSchemas(about), about, map[string]*response{}, map[string]*header{}, nil}
}

func (w *documentWriter) allComponents() components {
	slices.Sort(w.codes)
	w.components[errorCodeName].Enum = anys(slices.Compact(w.codes))
	return components{
		Schemas: w.components, Responses: w.responses, Headers: w.headers,
		SecuritySchemes: map[string]securityScheme{bearer: {"http", "bearer", w.about.Bearer}},
	}
}

// route adds an operation to paths, and a second one if HEAD has a name of its own.
func (w *documentWriter) route(paths map[string]map[string]any, prefix string, r *Route) (path string) {
	path = cmp.Or(prefix+r.Path, "/")
	if paths[path] == nil {
		paths[path] = map[string]any{}
	}
	op := w.operation(r)
	paths[path][strings.ToLower(r.Method)] = op
	if r.Head == "" {
		return path
	}
	head := *op
	head.OperationID, head.Summary = r.Head, op.Summary+": headers only"
	head.Responses = map[string]*response{}
	for status, a := range op.Responses {
		if a.Ref != "" {
			a = w.responses[strings.TrimPrefix(a.Ref, responsesPath)]
		}
		head.Responses[status] = &response{Description: a.Description, Headers: a.Headers}
	}
	paths[path][strings.ToLower(http.MethodHead)] = &head
	return path
}

func (w *documentWriter) operation(r *Route) *operation {
	op := &operation{
		OperationID: r.Name, Tags: []string{r.Group}, Summary: r.Summary, Description: r.Description,
		Security:  []map[string][]string{},
		Responses: map[string]*response{},
	}
	var all []string
	for _, s := range r.Scopes {
		if all = append(all, string(s)); !r.AllScopes { // the caller needs any one of them
			op.Security = append(op.Security, map[string][]string{bearer: {string(s)}})
		}
	}
	if r.AllScopes {
		op.Security = append(op.Security, map[string][]string{bearer: all})
	}
	if r.AnyCredential {
		op.Security = append(op.Security, map[string][]string{bearer: {}})
	}
	for i := range r.input.params {
		op.Parameters = append(op.Parameters, w.parameter(r, &r.input.params[i]))
	}
	op.Parameters = append(op.Parameters, conditionalHeaders(r)...)
	op.RequestBody = w.body(r)
	w.addSuccesses(r, op.Responses)
	w.addErrors(r, op.Responses)
	return op
}
