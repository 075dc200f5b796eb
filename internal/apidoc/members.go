// Package apidoc has the descriptions and limits of the members, parameters and
// values of the domain. The OpenAPI document and the schemas of the MCP tools
// share them.
package apidoc

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// Members returns the descriptions and limits of members and parameters by name.
// An entry such as "Asset.version" or "list_assets.type" is for one component or
// operation only and takes precedence over that of the name alone. The names of
// operations in it are those of the REST routes.
func Members() map[string]*schema {
	all := map[string]*schema{}
	for _, table := range []map[string]*schema{assetMembers(), versionMembers(), reviewMembers(), responseMembers(), parameters(), exportMembers(), dashboardMembers(), publishableMembers(), countParameters(), eventMembers(), webhookMembers(), linkMembers()} {
		maps.Copy(all, table)
	}
	return all
}

// hostID returns the schema of an id that the host assigns.
func hostID(description string) *schema {
	return &schema{Description: description, MaxLength: new(assets.MaxHostID)}
}

func described(description string) *schema { return &schema{Description: description} }

func numberOrNull(description string) *schema {
	return &schema{Types: []string{"integer", "null"}, Description: description}
}

// nullable returns the schema of a component or null.
func nullable(component, description string) *schema {
	return &schema{Description: description, AnyOf: []*schema{{Ref: "#/components/schemas/" + component}, {Type: "null"}}}
}

// assetMembers are the members of an asset.
func assetMembers() map[string]*schema {
	return map[string]*schema{
		"id":           described("The id, a UUID of version 7. Ids ascend with time."),
		"asset_id":     described("The id of the asset."),
		"workspace_id": described("The tenant, which the credential determines."),
		"title":        {Description: "The title. White space around it is removed; control characters are refused.", MinLength: new(1), MaxLength: new(assets.MaxTitle)},
		"campaign_id":  hostID("The id of the campaign that the asset is for."),
		"media_type":   described("The media type in lower case, without parameters."),
		"size_bytes":   {Description: "The size of the content in bytes.", Minimum: new(0.0)},
		"sha256":       {Description: "SHA-256 of the content in hexadecimal digits.", Pattern: "^[0-9A-Fa-f]{64}$"},
		"filename":     {Description: "The file name, without a path.", MinLength: new(1), MaxLength: new(assets.MaxHostID)},
		"preview_url":  {Description: "The URL of a preview of the shown version. It requires the caller's credential unless a signed link was requested.", Format: "uri-reference"},
		"created_by":   described("The subject of the actor that created it."),
		"created_at":   described("When it was created."),
		"updated_at":   described("When the asset, a version or a review of it last changed."),
		"revision":     {Description: "The revision. It starts at 1 and increases by one with every change of the asset, its versions or reviews.", Minimum: new(1.0)},

		"version":            described("The version number."),
		"Asset.status":       described("The status of the current version. It is `approved` if the approved version is shown."),
		"Asset.created_at":   described("When it was created: the millisecond in the id."),
		"Asset.version":      described("The shown version, to which content and provenance belong."),
		"Asset.text":         {Types: []string{"string", "null"}, Description: "The content as text, if `include_text` was requested and the asset is a copy or a blog; null above 16 KiB."},
		"Asset.submitted":    nullable("Submission", "The version that waits for a decision, or null if none does or the approved version is shown."),
		"Asset.last_review":  nullable("LastReview", "The newest decision on the asset, or null. If the approved version is shown, it is the newest on that version."),
		"Submission.version": described("The number of the version that was submitted."),
		"Submission.by":      described("The subject of the actor that submitted it."),
		"Submission.at":      described("When it was submitted."),
		"current_version":    described("The number of the newest version."),
		"approved_version":   numberOrNull("The number of the approved version, which publishers get."),
		"approved_at":        {Types: []string{"string", "null"}, Format: "date-time", Description: "When the approved version was approved."},
		"versions":           described("Versions by number, without `parameters`, `inputs` and `derived_from`."),
		"reviews":            described("The newest reviews, oldest first."),
	}
}

// versionMembers are the members of versions, uploads and their provenance.
func versionMembers() map[string]*schema {
	references := new(assets.MaxReferences)
	return map[string]*schema{
		"text":         {Description: "The content as text, at most 1 MiB.", MinLength: new(1), MaxLength: new(assets.MaxTextBytes)},
		"upload_id":    {Description: "The id of the upload. Exactly one version may use it."},
		"submit":       described("Whether to submit the new version for review in the same transaction."),
		"agent_slug":   {Description: "The slug of the agent that produced the version.", Pattern: assets.SlugPattern(), MaxLength: new(assets.MaxHostID)},
		"run_id":       hostID("The id of the run that produced the version."),
		"trace_id":     hostID("The id of the trace of the run."),
		"brand_id":     hostID("The id of the brand that the version was made for."),
		"brief_id":     hostID("The id of the brief that the version was made for."),
		"model":        hostID("The name of the model that produced the version."),
		"source_type":  hostID("The digital source type of the IPTC: a code, such as `trainedAlgorithmicMedia`, or its URI, which is kept as the code."),
		"derived_from": {Description: "The versions that this version was made from.", MaxItems: references},
		"inputs":       {Description: "What this version was generated against, such as guidelines of a brand.", MaxItems: references},

		"NewInput.kind":         {Description: "The kind of the input.", MinLength: new(1), MaxLength: new(assets.MaxHostID)},
		"Input.kind":            described("The kind of the input."),
		"NewInput.id":           {Description: "The id of the input, as the host assigns it.", MinLength: new(1), MaxLength: new(assets.MaxHostID)},
		"Input.id":              described("The id of the input, as the host assigns it."),
		"RollbackBody.version":  described("The number of the version to return to."),
		"reason":                {Description: "The reason, for the journal.", MaxLength: new(assets.MaxComment)},
		"rolled_back_from":      numberOrNull("The number of the version that a rollback copied."),
		"erased_at":             {Types: []string{"string", "null"}, Format: "date-time", Description: "When the content was erased, with its `parameters` and `inputs`; null if it was not."},
		"MergePatch.tags":       described("Changes of the tags by key. A list replaces the values of its key; null or an empty list removes the key. null in place of the object removes all tags."),
		"MergePatch.title":      described("The new title."),
		"NewVersion.upload_id":  {Types: []string{"string", "null"}, Format: "uuid", Description: "The id of an upload that has the content, instead of `text`."},
		"NewAsset.upload_id":    {Types: []string{"string", "null"}, Format: "uuid", Description: "The id of an upload that has the content, instead of `text`."},
		"NewUpload.media_type":  described("The media type of the content. The PUT must not declare another one."),
		"NewUpload.size_bytes":  {Types: []string{"integer", "null"}, Minimum: new(0.0), Description: "The exact size of the content in bytes."},
		"NewVersion.media_type": described("The media type of the content. The default is that of the asset type for `text`. For a file it is detected from its bytes; for a text file the extension of its name decides. Well-known aliases become the type that they name. A type that the bytes contradict is refused with 415."),
		"NewAsset.media_type":   described("The media type of the content. The default is that of the asset type for `text`. For a file it is detected from its bytes; for a text file the extension of its name decides. Well-known aliases become the type that they name. A type that the bytes contradict is refused with 415."),
	}
}

// reviewMembers are the members of reviews and of the requests for them.
func reviewMembers() map[string]*schema {
	return map[string]*schema{
		"comment":            {Description: "A comment for people. `request_changes` requires one.", MaxLength: new(assets.MaxComment)},
		"Review.action":      {Type: "string", Description: "The decision, an `Action`, or `comment`, which decides nothing."},
		"NewComment.version": described("The number of the version that the comment is about."),
		"NewComment.text":    {Description: "The comment, for people and agents.", MinLength: new(1), MaxLength: new(assets.MaxComment)},
		"Review.from_status": described("The status before the decision."),
		"Review.to_status":   described("The status after the decision."),
		"carried_from":       numberOrNull("The number of the version whose approval a rollback carried over."),
		"by":                 described("The subject of the actor that decided."),
		"key_prefix":         described("The public prefix of the API key, if one was used."),
		"at":                 described("When the decision was recorded."),
		"ReviewBody.version": described("The number of the version that was reviewed. The decision is refused if another version is current."),
		"BulkItem.version":   described("The number of the version that was reviewed. The decision is refused if another version is current."),
		"ReviewBody.sha256":  described("The SHA-256 of the content that was reviewed. It requires `version`."),
		"BulkItem.sha256":    described("The SHA-256 of the content that was reviewed. It requires `version`."),
		"BulkBody.items":     {Description: "The assets. No asset may occur twice.", MinItems: new(1), MaxItems: new(assets.MaxBulkItems)},
		"results":            described("One result for each item, in the order of the items."),
		"error":              {Ref: "#/components/schemas/Error"},
	}
}

// responseMembers are the members of responses that are not of the domain.
func responseMembers() map[string]*schema {
	return map[string]*schema{
		"items":                  described("The items of this page."),
		"next_cursor":            described("The cursor of the next page, or null on the last page."),
		"total":                  numberOrNull("The number of items on all pages, or null if it was not requested."),
		"key":                    {Description: "The tag key.", Pattern: assets.TagKeyPattern()},
		"value":                  described("The tag value."),
		"count":                  {Description: "The number of assets with the tag that are not archived.", Minimum: new(1.0)},
		"max_bytes":              {Description: "The maximum size of the content in bytes.", Minimum: new(0.0)},
		"url":                    {Description: "The URL of the link.", Format: "uri-reference"},
		"expires_at":             described("When the link expires."),
		"detail":                 described("A description of the error for people."),
		"ValidationError.detail": described("All problems, at most 100."),
		"Error.code":             described("The error code for programs."),
		"review_url":             {Description: "The URL of the page on which a person can decide, if the host has one.", Format: "uri-reference"},
		"FieldError.loc":         {Description: "The location of the problem: names and indexes, outermost first.", Items: &schema{AnyOf: []*schema{{Type: "string"}, {Type: "integer"}}}},
		"msg":                    described("A description of the problem for people."),
		"FieldError.type":        described("The kind of the problem for programs."),
		"PreviewLink.version":    described("The number of the version that the link shows."),
	}
}

// parameters are the parameters of operations.
func parameters() map[string]*schema {
	only := func(what string) *schema { return described("Only assets " + what + ".") }
	return map[string]*schema{
		"limit":                          {Description: fmt.Sprintf("The maximum number of items on a page. A value above %d is treated as %[1]d.", assets.MaxListLimit), Default: json.RawMessage(fmt.Sprint(assets.DefaultListLimit))},
		"cursor":                         described("The `next_cursor` of the previous page. Filter and order must be the same."),
		"token":                          described("The signed token of the link."),
		"download":                       described("Whether to return the stored bytes as an attachment."),
		"include_total":                  described("Whether to count all matching items."),
		"include_text":                   described("Whether each copy and blog has its `text`; null above 16 KiB."),
		"list_assets.preview_expires_in": described("The lifetime in seconds of signed public links. If it is present, each `preview_url` is such a link."),
		"tag":                            described("Only assets with the tag `key:value`, or `key:*` for any value. With several tags, all must match."),

		"list_assets.q": {
			Description: "Only assets that have all of these words in their title, tags, or the first 64 KiB of the text of a copy or blog. The last word may be the beginning of a word. Case, accents and punctuation are ignored. Of Han, Kana, Thai, Lao, Khmer and Burmese, which have no spaces between words, any part of a text is found. A q without a letter or digit finds nothing. A search that takes longer than a few seconds is 503.",
			MaxLength:   new(assets.MaxSearch),
		},
		"list_assets.type":           only("of any of these types"),
		"list_assets.status":         described("Only assets of any of these statuses. `approved` alone returns the approved version of each asset, even if a newer draft exists. It can be combined with others only with `perspective=current`."),
		"list_assets.created_by":     only("that this subject created"),
		"list_assets.last_action":    only("whose newest decision is this action"),
		"list_assets.media_type":     only("with content of this media type"),
		"list_assets.preview_width":  described("The maximum width in pixels of the images that the signed links open. It requires `preview_expires_in`."),
		"list_assets.asset_id":       only("with these ids"),
		"list_assets.agent_slug":     only("that the agent with this slug produced"),
		"list_assets.run_id":         only("of the run with this id"),
		"list_assets.campaign_id":    only("of the campaign with this id"),
		"list_assets.brand_id":       only("of the brand with this id"),
		"list_assets.brief_id":       only("of the brief with this id"),
		"list_assets.created_after":  only("created at or after this time"),
		"list_assets.created_before": only("created before this time"),
		"list_asset_tags.key":        described("Only tags with this key."),
	}
}

// exportMembers are the members of exports and of the requests for them.
func exportMembers() map[string]*schema {
	only := func(what string) *schema { return described("Only assets " + what + ".") }
	filter := func(what string, s schema) *schema { s.Description = "Only assets " + what + "."; return &s }
	return map[string]*schema{
		"export_id":                 described("The id of the export."),
		"asset_ids":                 {Description: "The ids of the assets to export. No id may occur twice. It cannot be combined with filters.", MinItems: new(1), MaxItems: new(export.MaxIDs)},
		"ExportBody.type":           only("of any of these types"),
		"ExportBody.asset_id":       described("Only assets with these ids. Those without an approved version are left out."),
		"ExportBody.agent_slug":     only("that the agent with this slug produced"),
		"ExportBody.run_id":         only("of the run with this id"),
		"ExportBody.campaign_id":    only("of the campaign with this id"),
		"ExportBody.brand_id":       only("of the brand with this id"),
		"ExportBody.brief_id":       only("of the brief with this id"),
		"ExportBody.created_by":     only("that this subject created"),
		"ExportBody.last_action":    only("on whose approved version this action is the newest decision"),
		"ExportBody.media_type":     only("with content of this media type"),
		"ExportBody.tag":            {Description: "Only assets with the tag `key:value`, or `key:*` for any value. With several tags, all must match.", Items: &schema{Type: "string", Pattern: tagPattern()}},
		"ExportBody.q":              {Description: "Only assets that a list with this `q` returns.", MaxLength: new(assets.MaxSearch)},
		"ExportBody.created_after":  filter("created at or after this time", schema{Format: "date-time"}),
		"ExportBody.created_before": filter("created before this time", schema{Format: "date-time"}),
		"ExportBody.expires_in":     {Description: "The lifetime of the export in seconds. Without it the export lives for a day.", Minimum: new(1.0)},

		"Export.items":       {Description: "The number of contents in the archive.", Minimum: new(1.0)},
		"Export.size_bytes":  {Description: "The size of the archive in bytes.", Minimum: new(1.0)},
		"Export.expires_at":  described("When the export expires."),
		"Export.stale_items": described("The versions whose approval was withdrawn after the export was created."),
	}
}
