package httpx_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/webhook/record"
)

// TestExamplesAreAccepted sends each example of a request, as it stands in the document,
// to a server of its own. The response has the members of the example of a response.
func TestExamplesAreAccepted(t *testing.T) {
	t.Parallel()
	doc := documentOf(t)
	for path, methods := range doc.at("paths") {
		for method := range methods.(map[string]any) {
			op := doc.at("paths", path, method)
			content := op.at("requestBody", "content")
			for media := range content {
				for name, e := range content.at(media, "examples") {
					body, err := json.Marshal(e.(map[string]any)["value"])
					if err != nil {
						t.Fatal(err)
					}
					t.Run(fmt.Sprintf("%s %s %s", op["operationId"], media, name), func(t *testing.T) {
						t.Parallel()
						srv := newExampleServer(t)
						rec := srv.Send(exampleCall(t, strings.ToUpper(method), op.path(path), media, body))
						if rec.Code >= 300 {
							t.Fatalf("%s\n%d %s", body, rec.Code, rec.Body)
						}
						op.checkMembers(t, rec)
					})
				}
			}
		}
	}
}

// TestOperationsHaveExamples: an operation has an example of its JSON body in each
// direction, and a description.
func TestOperationsHaveExamples(t *testing.T) {
	t.Parallel()
	doc := documentOf(t)
	for path, methods := range doc.at("paths") {
		for method := range methods.(map[string]any) {
			op := doc.at("paths", path, method)
			if op["description"] == "" {
				t.Errorf("%s has no description: set Operation.Description", op["operationId"])
			}
			for media := range op.at("requestBody", "content") {
				if media != "application/octet-stream" && len(op.at("requestBody", "content", media, "examples")) == 0 {
					t.Errorf("%s has no example of a body of %s: add one to Operation.Requests", op["operationId"], media)
				}
			}
			for status := range op.at("responses") {
				body := op.at("responses", status, "content", "application/json")
				if status < "300" && body != nil && body["example"] == nil && op["operationId"] != "get_openapi" {
					t.Errorf("%s has no example of the response %s: set Operation.Response", op["operationId"], status)
				}
			}
		}
	}
}

func documentOf(t *testing.T) (doc object) {
	t.Helper()
	if err := json.Unmarshal(resttest.Document(t, plain(t)), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// path returns the path of an operation with the examples of its parameters.
func (o object) path(template string) string {
	for _, p := range o.list("parameters") {
		if p := object(p.(map[string]any)); p["in"] == "path" {
			template = strings.ReplaceAll(template, fmt.Sprintf("{%s}", p["name"]), fmt.Sprint(p["example"]))
		}
	}
	return template
}

// checkMembers reports members that the response has and the example of the operation
// has not, and the other way round.
func (o object) checkMembers(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	var got any
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := o.at("responses", fmt.Sprint(rec.Code), "content", "application/json")["example"]
	compareMembers(t, "the response", want, got)
}

// compareMembers compares the names of members, of the elements of lists too. Those of
// tags and parameters are values.
func compareMembers(t *testing.T, where string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case []any:
		if got, ok := got.([]any); ok && len(got) > 0 && len(want) > 0 {
			compareMembers(t, where+"[0]", want[0], got[0])
		}
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || strings.HasSuffix(where, "tags") || strings.HasSuffix(where, "provenance") {
			return
		}
		if w, g := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)); !slices.Equal(w, g) {
			t.Errorf("%s has %v, the example %v", where, g, w)
		}
		for name := range want {
			compareMembers(t, where+"."+name, want[name], got[name])
		}
	}
}

// exampleCall returns a call with the body of an example. The value for a multipart
// body has its two parts.
func exampleCall(t *testing.T, method, path, media string, body []byte) call {
	t.Helper()
	c := call{Method: method, Path: path, As: "ann", Body: string(body), Header: map[string]string{"Content-Type": media}}
	if media != "multipart/form-data" {
		return c
	}
	var parts struct {
		Metadata json.RawMessage
		Content  string
	}
	if err := json.Unmarshal(body, &parts); err != nil {
		t.Fatal(err)
	}
	c.Body, c.Header = "", nil
	c.Form = &resttest.Form{
		{Name: "metadata", Media: "application/json", Body: string(parts.Metadata)},
		{Name: "content", Filename: "content", Body: parts.Content},
	}
	return c
}

// newExampleServer returns a server with the assets and the upload of the examples.
// They are made by the Library and then get the ids of the examples.
func newExampleServer(t *testing.T) *resttest.Server {
	t.Helper()
	srv := resttest.New(t)
	create := func(typ, text string) string {
		body := fmt.Sprintf(`{"type":%q,"title":"t","text":%q,"submit":true,"campaign_id":"spring","tags":{"draft":["yes"]}}`, typ, text)
		return srv.Must(201, call{Method: "POST", Path: base, As: "writer", Body: body})["id"].(string)
	}
	headline, blog := create("copy", "Spring is in the air."), create("blog", "# Tulips")
	srv.Must(200, call{Method: "POST", Path: base + "/" + headline + "/approval", As: "ann", Body: `{"action":"approve"}`})
	srv.Must(201, call{Method: "POST", Path: base + "/" + headline + "/versions", As: "writer", Body: `{"text":"Spring is in the air: 20 % off all bouquets.","submit":true}`})
	ticket := srv.Must(201, call{Method: "POST", Path: base + "/uploads", As: "writer", Body: `{}`})
	srv.Must(201, call{Method: "PUT", Path: strings.TrimPrefix(ticket["url"].(string), "https://assets.example"), Body: string(png), Header: map[string]string{"Content-Type": "image/png"}})

	ids := exampleIDs(t)
	err := srv.Store.Update(t.Context(), func(tx assets.Tx) error {
		u, err := tx.Upload(t.Context(), "w1", assets.ID(ticket["upload_id"].(string)))
		if err != nil {
			return err
		}
		u.ID = ids.upload
		if err := tx.PutUpload(t.Context(), u); err != nil {
			return err
		}
		if err := copyAs(t, tx, assets.ID(headline), ids.asset); err != nil {
			return err
		}
		return copyAs(t, tx, assets.ID(blog), ids.blog)
	})
	if err == nil {
		err = srv.Store.AddWebhook(t.Context(), record.Webhook{ID: ids.webhook, Workspace: "w1", URL: "https://example.com/", CreatedBy: "ann", CreatedAt: 1, UpdatedAt: 1}, 1000)
	}
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// copyAs copies an asset with its versions. The first version is in force if one is.
func copyAs(t *testing.T, tx assets.Tx, from, to assets.ID) error {
	t.Helper()
	a, err := tx.Asset(t.Context(), "w1", from)
	if err != nil {
		return err
	}
	a.ID = to
	for n := assets.Number(1); n <= a.CurrentVersion; n++ {
		v, err := tx.Version(t.Context(), "w1", from, n)
		if err != nil {
			return err
		}
		v.AssetID = to
		if err := tx.PutVersion(t.Context(), "w1", v); err != nil {
			return err
		}
	}
	if a.ApprovedVersion == 0 {
		return tx.PutAsset(t.Context(), a, nil)
	}
	v, err := tx.Version(t.Context(), "w1", to, a.ApprovedVersion)
	if err != nil {
		return err
	}
	approved := *a
	approved.Status, approved.Version, approved.Content, approved.Provenance = assets.StatusApproved, v.Number, v.Content, v.Provenance
	return tx.PutAsset(t.Context(), a, &approved)
}

// exampleIDs returns the ids in the examples of the document.
func exampleIDs(t *testing.T) (ids struct{ asset, blog, upload, webhook assets.ID }) {
	t.Helper()
	doc := documentOf(t)
	bulk := doc.at("paths", base+"/bulk/approval", "post", "requestBody", "content", "application/json", "examples", "approve", "value")
	items := bulk.list("items")
	ids.asset = assets.ID(items[0].(map[string]any)["asset_id"].(string))
	ids.blog = assets.ID(items[1].(map[string]any)["asset_id"].(string))
	upload := doc.at("paths", base, "post", "requestBody", "content", "application/json", "examples", "upload", "value")
	for _, p := range doc.at("paths", base+"/webhooks/{webhook_id}", "get").list("parameters") {
		ids.webhook = assets.ID(p.(map[string]any)["example"].(string))
	}
	ids.upload = assets.ID(upload["upload_id"].(string))
	return ids
}
