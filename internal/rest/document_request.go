package rest

import (
	"cmp"
	"net/http"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// parameter describes what bind reads.
func (w *writer) parameter(r *Route, q *param) parameter {
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
	notEmpty(s)
	description := s.Description
	s.Description = ""
	return parameter{q.name, q.source, description, q.source == "path", s}
}

// conditions are the headers that are honoured without being bound.
func conditions(r *Route) []parameter {
	text := func(name, description string) parameter {
		return parameter{name, "header", description, false, &jsonschema.Schema{Type: "string"}}
	}
	var all []parameter
	if r.Method == http.MethodGet && (r.ETag != "" || r.Content) {
		all = append(all, text("If-None-Match", "Entity tags of what is known already: if one still holds, the answer is 304 without a body."))
	}
	if r.Content {
		all = append(
			all,
			text("If-Match", "Entity tags, of which one must hold, else the answer is 412."),
			text("Range", "The bytes that are wanted, such as `bytes=0-1023`; at most 16 ranges, else the whole is answered."),
			text("If-Range", "The entity tag that the range belongs to: if it does not hold any more, the whole is answered."),
		)
	}
	return all
}

// body describes a JSON body and, where content may be uploaded, a multipart
// one.
func (w *writer) body(r *Route) *requestBody {
	if r.input.content != nil {
		return &requestBody{Required: true, Content: map[string]*mediaType{"*/*": {}}}
	}
	t := r.input.bodyType
	if t == nil {
		return nil
	}
	schema := w.input(t)
	b := &requestBody{Required: true, Content: map[string]*mediaType{}}
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

// split makes two of a body: the JSON one must have one of the members inline,
// the metadata of a multipart one has it as a part of its own.
func (w *writer) split(body *jsonschema.Schema, inline []string) (whole, metadata *jsonschema.Schema) {
	name := componentOf(body)
	json := w.made[name]
	if _, done := w.made[name+"Metadata"]; !done {
		rest := json.CloneSchemas()
		for _, member := range inline {
			delete(rest.Properties, member)
			json.OneOf = append(json.OneOf, &jsonschema.Schema{
				Required:   []string{member},
				Properties: map[string]*jsonschema.Schema{member: {Type: "string"}},
			})
		}
		w.made[name+"Metadata"] = rest
	}
	return body, reference(name + "Metadata")
}

func multipartOf(metadata *jsonschema.Schema) *mediaType {
	return &mediaType{
		Schema: &jsonschema.Schema{
			Type: "object",
			Properties: map[string]*jsonschema.Schema{
				"metadata": metadata,
				"content":  {Description: "The file. It is streamed, so it comes behind the metadata.", ContentMediaType: octetStream},
			},
			PropertyOrder:        []string{"metadata", "content"},
			Required:             []string{"metadata", "content"},
			AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
		},
		Encoding: map[string]partEncoding{"metadata": {mediaJSON}, "content": {"*/*"}},
	}
}
