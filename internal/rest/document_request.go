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
	description := s.Description
	s.Description = ""
	return parameter{q.name, q.source, description, q.source == "path", s}
}

// conditionalHeaders returns the parameters for the conditional and range headers
// (RFC 9110 §13, §14) that are honoured without being bound.
func conditionalHeaders(r *Route) []parameter {
	text := func(name, description string) parameter {
		return parameter{name, "header", description, false, &jsonschema.Schema{Type: "string"}}
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
	if r.input.content != nil {
		return &bodyObject{Required: true, Content: map[string]*mediaType{"*/*": {}}}
	}
	t := r.input.bodyType
	if t == nil {
		return nil
	}
	schema := w.input(t)
	b := &bodyObject{Required: true, Content: map[string]*mediaType{}}
	if r.input.upload != nil {
		var metadata *jsonschema.Schema
		schema, metadata = w.split(schema, r.Inline)
		b.Content["multipart/form-data"] = multipartOf(metadata)
	}
	b.Content[mediaJSON] = &mediaType{Schema: schema}
	for _, m := range r.MediaTypes {
		b.Content[m] = &mediaType{Schema: schema}
	}
	return b
}

// split returns the schema of a JSON body, which must have one of the members
// inline, and that of the metadata of a multipart body, which has none of them.
func (w *documentWriter) split(body *jsonschema.Schema, inline []string) (whole, metadata *jsonschema.Schema) {
	name := componentName(body)
	json := w.components[name]
	if _, done := w.components[name+"Metadata"]; !done {
		rest := json.CloneSchemas()
		for _, member := range inline {
			delete(rest.Properties, member)
			json.OneOf = append(json.OneOf, &jsonschema.Schema{
				Required:   []string{member},
				Properties: map[string]*jsonschema.Schema{member: {Type: "string"}},
			})
		}
		w.components[name+"Metadata"] = rest
	}
	return body, reference(name + "Metadata")
}

func multipartOf(metadata *jsonschema.Schema) *mediaType {
	return &mediaType{
		Schema: &jsonschema.Schema{
			Type: "object",
			Properties: map[string]*jsonschema.Schema{
				"metadata": metadata,
				"content":  {Description: "The file. It must follow the metadata, because it is streamed.", ContentMediaType: octetStream},
			},
			PropertyOrder:        []string{"metadata", "content"},
			Required:             []string{"metadata", "content"},
			AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
		},
		Encoding: map[string]partEncoding{"metadata": {mediaJSON}, "content": {"*/*"}},
	}
}
