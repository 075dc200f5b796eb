// The story with the client that oapi-codegen generates.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/10ex/assets/internal/testing/clients/oapi-codegen/client"
)

// campaign keeps the assets of this story apart from those of others.
const campaign = "oapi-codegen"

type story struct {
	agent, person *client.ClientWithResponses
	text, file    client.Asset
}

func main() {
	s := story{connect("AGENT_KEY"), connect("PERSON_KEY"), client.Asset{}, client.Asset{}}
	ctx := context.Background()
	s.create(ctx)
	s.review(ctx)
	s.read(ctx)
	s.withdraw(ctx)
}

func connect(variable string) *client.ClientWithResponses {
	return must(client.NewClientWithResponses(os.Getenv("SERVER"), client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+os.Getenv(variable))
		return nil
	})))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// have returns the body of a response that is expected.
func have[T any](body *T, all []byte) T {
	if body == nil {
		panic(string(all))
	}
	return *body
}

func (s *story) create(ctx context.Context) {
	made := must(s.agent.CreateAssetWithResponse(ctx, nil, client.NewAsset{
		Type: client.AssetTypeCopy, Title: "Spring headline", Text: new("Spring is in the air."),
		CampaignId: new(campaign), Tags: new(map[string]*[]string{"channel": {"email"}}),
	}))
	s.text = have(made.JSON201, made.Body)
	fmt.Println("create from text:", s.text.Type, s.text.Status, s.text.Version, s.text.Content.SizeBytes)

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	metadata := must(json.Marshal(client.NewAssetMetadata{Type: client.AssetTypeBlog, Title: "Tulips", CampaignId: new(campaign)}))
	must("", form.WriteField("metadata", string(metadata)))
	part := must(form.CreateFormFile("content", "tulips.md"))
	must(io.WriteString(part, "# Ten ways to keep tulips fresh\n"))
	must("", form.Close())
	made = must(s.agent.CreateAssetWithBodyWithResponse(ctx, &client.CreateAssetParams{IdempotencyKey: new("tulips")}, form.FormDataContentType(), &body))
	s.file = have(made.JSON201, made.Body)
	fmt.Println("create from file:", s.file.Type, s.file.Content.MediaType, s.file.Content.Filename, s.file.Content.SizeBytes)

	made = must(s.agent.CreateAssetWithResponse(ctx, nil, client.NewAsset{Type: client.AssetTypeCopy, Title: "No content"}))
	wrong := must(have(made.JSON422, made.Body).AsValidationError()).Detail[0]
	fmt.Println("create from nothing:", must(wrong.Loc[1].AsFieldErrorLoc0()), wrong.Type)
}

func (s *story) review(ctx context.Context) {
	for _, a := range []*client.Asset{&s.text, &s.file} {
		submitted := must(s.agent.ReviewAssetWithResponse(ctx, a.Id, nil, client.ReviewBody{Action: client.ActionSubmit}))
		*a = have(submitted.JSON200, submitted.Body)
	}
	list := must(s.person.ListAssetsWithResponse(ctx, &client.ListAssetsParams{
		Status: &[]client.Status{client.StatusPendingReview}, CampaignId: new(campaign), IncludeTotal: new(true),
	}))
	waiting := have(list.JSON200, list.Body)
	fmt.Println("waiting:", *waiting.Total, waiting.Items[0].Title, waiting.Items[1].Title)

	approve := client.ReviewBody{Action: client.ActionApprove, Version: &s.text.Version, Sha256: &s.text.Content.Sha256}
	refused := must(s.agent.ReviewAssetWithResponse(ctx, s.text.Id, nil, approve))
	fmt.Println("approve as an agent:", have(refused.JSON403, refused.Body).Code)
	approved := must(s.person.ReviewAssetWithResponse(ctx, s.text.Id, nil, approve))
	s.text = have(approved.JSON200, approved.Body)
	fmt.Println("approve:", s.text.Status, *s.text.ApprovedVersion)
	s.listApproved(ctx)
	got := must(s.person.GetAssetWithResponse(ctx, s.text.Id, nil))
	detail := have(got.JSON200, got.Body)
	fmt.Println("reviews:", len(detail.Versions), detail.Reviews[0].Action, detail.Reviews[1].Action, detail.Reviews[1].ByKind, *detail.Versions[0].Approval)
}

func (s *story) listApproved(ctx context.Context) {
	list := must(s.person.ListAssetsWithResponse(ctx, &client.ListAssetsParams{Status: &[]client.Status{client.StatusApproved}, CampaignId: new(campaign)}))
	fmt.Println("approved:", len(have(list.JSON200, list.Body).Items))
}

func (s *story) read(ctx context.Context) {
	part := must(s.agent.GetAssetContentWithResponse(ctx, s.text.Id, "approved", &client.GetAssetContentParams{Range: new("bytes=0-5")}))
	fmt.Println("download by range:", string(part.Body), *have(part.Headers206, part.Body).ContentRange)

	page := must(s.person.PreviewAssetWithResponse(ctx, s.text.Id, nil))
	fmt.Println("preview:", page.HTTPResponse.Header.Get("Content-Type"), strings.Contains(string(page.Body), "Spring is in the air."))
	signed := must(s.agent.GetAssetPreviewUrlWithResponse(ctx, s.text.Id, nil))
	link := have(signed.JSON200, signed.Body)
	public := must(s.agent.OpenPublicPreviewWithResponse(ctx, token(link.Url), nil))
	fmt.Println("signed preview:", link.Version, strings.Contains(string(public.Body), "Spring is in the air."))
}

// token returns the token of a signed link.
func token(link string) string { return path.Base(must(url.Parse(link)).Path) }

func (s *story) withdraw(ctx context.Context) {
	var only client.ExportBody_Type
	must("", only.FromAssetType(client.AssetTypeCopy))
	made := must(s.person.CreateExportWithResponse(ctx, client.ExportBody{CampaignId: new(campaign), Type: &only}))
	export := have(made.JSON201, made.Body)
	archive := must(s.agent.DownloadExportWithResponse(ctx, token(export.Url), nil))
	fmt.Println("export:", export.Items, archive.HTTPResponse.Header.Get("Content-Type"), int64(len(archive.Body)) == export.SizeBytes, string(archive.Body[:2]))

	changed := must(s.person.ReviewAssetWithResponse(ctx, s.text.Id, nil, client.ReviewBody{
		Action: client.ActionRequestChanges, Version: new(1), Comment: new("The offer is over."),
	}))
	after := have(changed.JSON200, changed.Body)
	fmt.Println("withdraw:", after.Status, after.ApprovedVersion == nil)
	s.listApproved(ctx)
	stale := must(s.agent.DownloadExportWithResponse(ctx, token(export.Url), nil))
	fmt.Println("export after that:", have(stale.JSON409, stale.Body).Code)
}
