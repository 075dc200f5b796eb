package rest

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/10ex/assets/internal/wire"
)

// examplesOf returns those of the examples whose body is multipart, or those whose body
// is not. It panics if one of them is not JSON.
func examplesOf(all []Example, parts bool) map[string]example {
	found := map[string]example{}
	for _, e := range all {
		if e.Parts != parts {
			continue
		}
		if !json.Valid([]byte(e.Body)) {
			panic(fmt.Sprintf("rest: the example %s is not JSON: %s", e.Name, e.Body))
		}
		found[e.Name] = example{e.Summary, json.RawMessage(e.Body)}
	}
	return found
}

// exampleResponse returns the example of the response of a route, or nil. It panics if
// the route does not return its type.
func (r *Route) exampleResponse() any {
	if r.Response == nil {
		return nil
	}
	if t := reflect.TypeOf(r.Response); r.output != nil && t != r.output {
		panic(fmt.Sprintf("rest: %s returns %v, its example is %v", r.Name, r.output, t))
	}
	text, err := wire.Marshal(r.Response)
	if err != nil {
		panic(err)
	}
	return json.RawMessage(text)
}

// exampleFailures returns an example for each failure by its code. Field errors have
// that of a missing member.
func exampleFailures(failures []wire.Failure) map[string]example {
	all := map[string]example{}
	for _, f := range failures {
		all[f.Code] = example{Value: f.Body()}
	}
	return all
}
