package rest

import (
	"cmp"
	"net/http"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// parameter returns the description of a parameter of a route.
func (w *documentWriter) parameter(r *Route, q *param) parameter {
	s := w.value(q.typ)
	if q.typ.Kind() == reflect.Slice && s.Type == "array" {
		fill(s.Items, w.about.Members[q.name])
		s.Description, s.Items.Description = cmp.Or(s.Items.Description, s.Description), ""
		s.MinItems, s.MaxItems = new(1), new(maxRepeated)
	}
	override(s, w.about.Members[r.Name+"."+q.name])
	fill(s, w.about.Members[q.name])
	if s.Type == "integer" && s.Minimum == nil {
		s.Minimum = new(float64(q.min))
	}
	refuseEmpty(s)
	p := parameter{q.name, q.source, s.Description, q.source == "path", s, nil}
	if p.Required {
		p.Example = w.about.PathExamples[q.name]
	}
	if p.Description == "" && w.about.Types[q.typ] != nil { // s is a reference
		p.Description = w.about.Types[q.typ].Description
	}
	s.Description = ""
	return p
}

// conditionalHeaders returns the parameters for the conditional and range headers
// (RFC 9110 §13, §14) that are honoured without being bound.
func conditionalHeaders(r *Route) []parameter {
	text := func(name, description string) parameter {
		return parameter{name, "header", description, false, &jsonschema.Schema{Type: "string"}, nil}
	}
	var all []parameter
	if r.Method == http.MethodGet && (r.ETag != "" || r.Content) {
		all = append(all, text("If-None-Match", "Entity tags that the caller has stored. If one of them matches, the response is 304 without a body."))
	}
	if r.Content {
		all = append(
			all,
			text("If-Match", "Entity tags. If none of them matches, the response is 412."),
			text("Range", "The requested bytes, such as `bytes=0-1023`. With more than 16 ranges, the whole content is returned."),
			text("If-Range", "The entity tag of the content that the range belongs to. If it does not match, the whole content is returned."),
		)
	}
	return all
}

// body returns the description of the body of a route, or nil if it has none. With
// an Upload it is a JSON body or a multipart one.
func (w *documentWriter) body(r *Route) *bodyObject {
	if r.input.content != nil { // any other media type is accepted too, but no generator sends one that is not named
		return &bodyObject{Required: true, Content: map[string]*mediaType{octetStream: {Schema: binary()}}}
	}
	t := r.input.bodyType
	if t == nil {
		return nil
	}
	schema := w.input(t)
	b := &bodyObject{Required: true, Content: map[string]*mediaType{}}
	if r.input.upload != nil {
		b.Content[mediaForm] = multipartOf(w.metadata(schema, r.Inline))
		b.Content[mediaForm].Examples = examplesOf(r.Requests, true)
	}
	b.Content[mediaJSON] = &mediaType{Schema: schema, Examples: examplesOf(r.Requests, false)}
	for _, m := range r.MediaTypes {
		b.Content[m] = b.Content[mediaJSON]
	}
	return b
}

// metadata returns the schema of the metadata of a multipart body: that of the JSON
// body without the members that hold the content. That the JSON body must have one of
// them, only its description tells: most generators cannot express it.
func (w *documentWriter) metadata(body *jsonschema.Schema, inline []string) *jsonschema.Schema {
	name := componentName(body) + "Metadata"
	if w.components[name] == nil {
		w.components[name] = w.components[componentName(body)].CloneSchemas()
		removeMembers(w.components[name], inline)
	}
	return reference(name)
}

func multipartOf(metadata *jsonschema.Schema) *mediaType {
	content := binary()
	content.Description = "The file. It must follow the metadata, because it is streamed."
	return &mediaType{
		Schema: &jsonschema.Schema{
			Type:                 "object",
			Properties:           map[string]*jsonschema.Schema{"metadata": metadata, "content": content},
			PropertyOrder:        []string{"metadata", "content"},
			Required:             []string{"metadata", "content"},
			AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
		},
		Encoding: map[string]partEncoding{"metadata": {mediaJSON}},
	}
}

// binary returns the schema of a body of any bytes. OpenAPI 3.1 needs none, but
// generators take a body without one for text.
func binary() *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Format: "binary"} }
