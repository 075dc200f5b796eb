// The story with the client that ogen generates. Of a multipart body it sends the file
// before the metadata, so the file is uploaded first.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/google/uuid"

	"github.com/10ex/assets/internal/testing/clients/ogen/client"
)

// campaign keeps the assets of this story apart from those of others.
var campaign = client.NewOptString("ogen")

type key string

func (k key) Bearer(context.Context, client.OperationName) (client.Bearer, error) {
	return client.Bearer{Token: string(k)}, nil
}

type story struct {
	agent, person *client.Client
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

func connect(variable string) *client.Client {
	return must(client.NewClient(os.Getenv("SERVER"), key(os.Getenv(variable))))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// as returns a response as the type that is expected.
func as[T any](response any) T {
	v, ok := response.(T)
	if !ok {
		panic(fmt.Sprintf("%T: %+v", response, response))
	}
	return v
}

func (s *story) create(ctx context.Context) {
	s.text = as[*client.AssetHeaders](must(s.agent.CreateAsset(ctx, &client.NewAsset{
		Type: client.AssetTypeCopy, Title: "Spring headline", Text: client.NewOptNilString("Spring is in the air."),
		CampaignID: client.NewOptNilString(campaign.Value), Tags: client.NewOptNilNewAssetTags(client.NewAssetTags{"channel": {"email"}}),
	}, client.CreateAssetParams{}))).Response
	fmt.Println("create from text:", s.text.Type, s.text.Status, s.text.Version, s.text.Content.SizeBytes)

	const tulips = "# Ten ways to keep tulips fresh\n"
	upload := as[*client.UploadTicket](must(s.agent.CreateAssetUpload(ctx, &client.NewUpload{
		Filename: client.NewOptNilString("tulips.md"), SizeBytes: client.NewOptNilInt64(int64(len(tulips))),
	})))
	as[*client.Uploaded](must(s.agent.PutUpload(ctx, client.PutUploadReq{Data: strings.NewReader(tulips)}, client.PutUploadParams{Token: path.Base(upload.URL)})))
	s.file = as[*client.AssetHeaders](must(s.agent.CreateAsset(ctx, &client.NewAsset{
		Type: client.AssetTypeBlog, Title: "Tulips", UploadID: client.NewOptNilUUID(upload.UploadID), CampaignID: client.NewOptNilString(campaign.Value),
	}, client.CreateAssetParams{IdempotencyKey: client.NewOptString(uuid.NewString())}))).Response
	fmt.Println("create from file:", s.file.Type, s.file.Content.MediaType, s.file.Content.Filename, s.file.Content.SizeBytes)

	wrong := as[*client.Unprocessable](must(s.agent.CreateAsset(ctx, &client.NewAsset{Type: client.AssetTypeCopy, Title: "No content"}, client.CreateAssetParams{})))
	fmt.Println("create from nothing:", wrong.ValidationError.Detail[0].Loc[1].String, wrong.ValidationError.Detail[0].Type)
}

func (s *story) review(ctx context.Context) {
	for _, a := range []*client.Asset{&s.text, &s.file} {
		*a = as[*client.EditAssetOKHeaders](must(s.agent.ReviewAsset(ctx, &client.ReviewBody{Action: client.ActionSubmit}, client.ReviewAssetParams{AssetID: a.ID}))).Response
	}
	waiting := as[*client.AssetPage](must(s.person.ListAssets(ctx, client.ListAssetsParams{
		Status: []client.Status{client.StatusPendingReview}, CampaignID: campaign, IncludeTotal: client.NewOptBool(true),
	})))
	fmt.Println("waiting:", waiting.Total.Value, waiting.Items[0].Title, waiting.Items[1].Title)

	approve := client.ReviewBody{
		Action: client.ActionApprove, Version: client.NewOptNilInt(s.text.Version), SHA256: client.NewOptNilString(s.text.Content.SHA256),
	}
	refused := as[*client.ReviewAssetForbidden](must(s.agent.ReviewAsset(ctx, &approve, client.ReviewAssetParams{AssetID: s.text.ID})))
	fmt.Println("approve as an agent:", refused.Code)
	s.text = as[*client.EditAssetOKHeaders](must(s.person.ReviewAsset(ctx, &approve, client.ReviewAssetParams{AssetID: s.text.ID}))).Response
	fmt.Println("approve:", s.text.Status, s.text.ApprovedVersion.Value)
	s.listApproved(ctx)
	detail := as[*client.AssetDetailHeaders](must(s.person.GetAsset(ctx, client.GetAssetParams{AssetID: s.text.ID}))).Response
	fmt.Println("reviews:", len(detail.Versions), detail.Reviews[0].Action, detail.Reviews[1].Action, detail.Reviews[1].ByKind, detail.Versions[0].Approval.Value)
}

func (s *story) listApproved(ctx context.Context) {
	page := as[*client.AssetPage](must(s.person.ListAssets(ctx, client.ListAssetsParams{Status: []client.Status{client.StatusApproved}, CampaignID: campaign})))
	fmt.Println("approved:", len(page.Items))
}

func (s *story) read(ctx context.Context) {
	part := as[*client.GetAssetContentPartialContentHeaders](must(s.agent.GetAssetContent(ctx, client.GetAssetContentParams{
		AssetID: s.text.ID, Version: "approved", Range: client.NewOptString("bytes=0-5"),
	})))
	fmt.Println("download by range:", string(must(io.ReadAll(part.Response))), part.ContentRange.Value)

	page := as[*client.PreviewAssetOKHeaders](must(s.person.PreviewAsset(ctx, client.PreviewAssetParams{AssetID: s.text.ID})))
	fmt.Println("preview:", page.ContentType, strings.Contains(string(must(io.ReadAll(page.Response))), "Spring is in the air."))
	link := as[*client.PreviewLink](must(s.agent.GetAssetPreviewURL(ctx, client.GetAssetPreviewURLParams{AssetID: s.text.ID})))
	public := as[*client.OpenPublicPreviewOKHeaders](must(s.agent.OpenPublicPreview(ctx, client.OpenPublicPreviewParams{Token: path.Base(link.URL)})))
	fmt.Println("signed preview:", link.Version, strings.Contains(string(must(io.ReadAll(public.Response))), "Spring is in the air."))
}

func (s *story) withdraw(ctx context.Context) {
	export := as[*client.ExportDetailHeaders](must(s.person.CreateExport(ctx, &client.ExportBody{
		CampaignID: client.NewOptNilString(campaign.Value),
		Type:       client.NewOptExportBodyType(client.NewAssetTypeArrayExportBodyType([]client.AssetType{client.AssetTypeCopy})),
	}))).Response
	token := client.DownloadExportParams{Token: path.Base(export.URL)}
	archive := as[*client.DownloadExportOKHeaders](must(s.agent.DownloadExport(ctx, token)))
	zip := must(io.ReadAll(archive.Response))
	const mediaType = "application/zip" // the client accepts no other
	fmt.Println("export:", export.Items, mediaType, int64(len(zip)) == export.SizeBytes, string(zip[:2]))

	changed := as[*client.EditAssetOKHeaders](must(s.person.ReviewAsset(ctx, &client.ReviewBody{
		Action: client.ActionRequestChanges, Version: client.NewOptNilInt(1), Comment: client.NewOptNilString("The offer is over."),
	}, client.ReviewAssetParams{AssetID: s.text.ID}))).Response
	fmt.Println("withdraw:", changed.Status, changed.ApprovedVersion.Null)
	s.listApproved(ctx)
	stale := as[*client.DownloadExportConflict](must(s.agent.DownloadExport(ctx, token)))
	fmt.Println("export after that:", stale.Code)
}
