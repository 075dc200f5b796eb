// Package apidoc is what the members, parameters and values of the domain
// mean, for everything that describes an interface: the OpenAPI document and the
// tools.
package apidoc

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// Members are what members and parameters mean, and how long they may
// be: the same name means the same everywhere, or has a row of its own.
func Members() map[string]*schema {
	all := map[string]*schema{}
	for _, table := range []map[string]*schema{descriptive(), produced(), recorded(), answered(), asked(), exported()} {
		maps.Copy(all, table)
	}
	return all
}

// hostID is an id of something that the host has.
func hostID(description string) *schema {
	return &schema{Description: description, MaxLength: new(assets.MaxHostID)}
}

func said(description string) *schema { return &schema{Description: description} }

func numberOrNull(description string) *schema {
	return &schema{Types: []string{"integer", "null"}, Description: description}
}

// descriptive are what an asset is.
func descriptive() map[string]*schema {
	return map[string]*schema{
		"id":           said("The id, a UUID of version 7: ids ascend with time."),
		"asset_id":     said("The id of an asset."),
		"workspace_id": said("The tenant, as the credential says."),
		"title":        {Description: "Trimmed, without control characters.", MinLength: new(1), MaxLength: new(assets.MaxTitle)},
		"campaign_id":  hostID("The campaign it is for."),
		"media_type":   said("The media type, in lower case and without parameters."),
		"size_bytes":   {Description: "The size of the content.", Minimum: new(0.0)},
		"sha256":       {Description: "SHA-256 of the content in hexadecimal digits.", Pattern: "^[0-9A-Fa-f]{64}$"},
		"filename":     {Description: "A name, not a path.", MinLength: new(1), MaxLength: new(assets.MaxHostID)},
		"preview_url":  {Description: "A preview of the version shown, for the caller's own credential unless a signed link was asked for.", Format: "uri-reference"},
		"created_by":   said("The subject of who created it."),
		"created_at":   said("When it was created: the millisecond of its id."),
		"updated_at":   said("When anything of it last changed."),
		"revision":     {Description: "One more with every change of the asset, its versions or reviews.", Minimum: new(1.0)},

		"version":          said("A version number."),
		"Asset.version":    said("The version shown, to which content and provenance belong."),
		"current_version":  said("The newest version."),
		"approved_version": numberOrNull("The version in force for publishers."),
		"approved_at":      {Types: []string{"string", "null"}, Format: "date-time", Description: "When that version was approved."},
		"versions":         said("All versions, by number."),
		"reviews":          said("The newest 1,000 reviews, oldest first."),
	}
}

// produced are what a version was made of, and how.
func produced() map[string]*schema {
	references := new(assets.MaxReferences)
	return map[string]*schema{
		"text":         {Description: "The content as text, at most 1 MiB.", MinLength: new(1), MaxLength: new(assets.MaxTextBytes)},
		"upload_id":    {Description: "The id of an upload, for one version."},
		"submit":       said("Submit it for review in the same commit."),
		"agent_slug":   {Description: "The agent that produced it.", Pattern: assets.SlugPattern(), MaxLength: new(assets.MaxHostID)},
		"run_id":       hostID("The run that produced it."),
		"trace_id":     hostID("The trace of that run."),
		"brand_id":     hostID("The brand it was made for."),
		"brief_id":     hostID("The brief it answers."),
		"model":        hostID("The model that was used."),
		"source_type":  hostID("The IPTC digital source type."),
		"derived_from": {Description: "The versions it was made from.", MaxItems: references},
		"inputs":       {Description: "What it was generated against.", MaxItems: references},

		"NewInput.kind":         {Description: "What kind of thing it is.", MinLength: new(1), MaxLength: new(assets.MaxHostID)},
		"Input.kind":            said("What kind of thing it is."),
		"NewInput.id":           {Description: "Its id, as the host knows it.", MinLength: new(1), MaxLength: new(assets.MaxHostID)},
		"Input.id":              said("Its id, as the host knows it."),
		"RollbackBody.version":  said("The version to return to."),
		"reason":                {Description: "Why, for the journal.", MaxLength: new(assets.MaxComment)},
		"rolled_back_from":      numberOrNull("The version that a rollback copied."),
		"MergePatch.tags":       said("Merged per key: a list replaces the values, null or an empty list removes the key; null removes all tags."),
		"MergePatch.title":      said("Another title."),
		"NewVersion.upload_id":  {Types: []string{"string", "null"}, Format: "uuid", Description: "The content as an upload that has it, instead of text."},
		"NewAsset.upload_id":    {Types: []string{"string", "null"}, Format: "uuid", Description: "The content as an upload that has it, instead of text."},
		"NewUpload.media_type":  said("What it will be; the PUT may declare nothing else."),
		"NewUpload.size_bytes":  {Types: []string{"integer", "null"}, Minimum: new(0.0), Description: "How many bytes it will have, exactly."},
		"NewVersion.media_type": said("Default: of text the asset type's default, of a file what its bytes are."),
		"NewAsset.media_type":   said("Default: of text the asset type's default, of a file what its bytes are."),
	}
}

// recorded are what a decision says.
func recorded() map[string]*schema {
	return map[string]*schema{
		"comment":            {Description: "For people; `request_changes` needs one.", MaxLength: new(assets.MaxComment)},
		"from_status":        said("The status before."),
		"to_status":          said("The status afterwards."),
		"carried_from":       numberOrNull("The version whose approval a rollback carried over."),
		"by":                 said("The subject of who decided."),
		"key_prefix":         said("The public prefix of the API key, if one was used."),
		"at":                 said("When."),
		"ReviewBody.version": said("The version that was looked at."),
		"BulkItem.version":   said("The version that was looked at."),
		"ReviewBody.sha256":  said("The digest of what was looked at; it goes only with the version."),
		"BulkItem.sha256":    said("The digest of what was looked at; it goes only with the version."),
		"BulkBody.items":     {Description: "The assets, none twice.", MinItems: new(1), MaxItems: new(assets.MaxBulkItems)},
		"results":            said("One result for each item, in order."),
		"error":              {Ref: "#/components/schemas/Error"},
	}
}

// answered are what surrounds the domain in an answer.
func answered() map[string]*schema {
	return map[string]*schema{
		"items":                  said("This page."),
		"next_cursor":            said("The cursor of the next page; null at the end."),
		"total":                  numberOrNull("How many there are on all pages; null unless it was asked for."),
		"key":                    {Description: "The tag key.", Pattern: assets.TagKeyPattern()},
		"value":                  said("The tag value."),
		"count":                  {Description: "How many assets have it.", Minimum: new(1.0)},
		"max_bytes":              {Description: "How many bytes the content may have.", Minimum: new(0.0)},
		"url":                    {Description: "The link.", Format: "uri-reference"},
		"expires_at":             said("When the link ends."),
		"detail":                 said("What is wrong, for people."),
		"ValidationError.detail": said("Every problem, at most 100."),
		"Error.code":             said("What is wrong, for programs."),
		"review_url":             {Description: "Where a person can decide, if the host has such a place.", Format: "uri-reference"},
		"FieldError.loc":         {Description: "Where: names and indexes, outermost first.", Items: &schema{AnyOf: []*schema{{Type: "string"}, {Type: "integer"}}}},
		"msg":                    said("What is wrong there, for people."),
		"FieldError.type":        said("What is wrong there, for programs."),
		"PreviewLink.version":    said("The version that the link shows."),
	}
}

// asked are the parameters.
func asked() map[string]*schema {
	only := func(what string) *schema { return said("Only assets " + what + ".") }
	return map[string]*schema{
		"limit":                          {Description: fmt.Sprintf("How many on a page; more than %d is %[1]d.", assets.MaxListLimit), Default: json.RawMessage(fmt.Sprint(assets.DefaultListLimit))},
		"cursor":                         said("The `next_cursor` of the page before, with the same filter and order."),
		"token":                          said("The signed token of the link."),
		"download":                       said("Answer the stored bytes as an attachment."),
		"include_total":                  said("Count all that match."),
		"list_assets.preview_expires_in": said("Make each `preview_url` a signed public link that lives this many seconds."),
		"tag":                            said("Only assets with the tag `key:value`, or `key:*` for any value. If repeated, all must match."),

		"list_assets.q": {
			Description: "Only assets with all these words in title, tags or the first 64 KiB of a copy's or blog's text; the last may be the beginning of a word. Case, accents and punctuation do not count.",
			MaxLength:   new(assets.MaxSearch),
		},
		"list_assets.type":           said("Only assets of any of these types."),
		"list_assets.status":         said("Only assets of any of these statuses; `approved` stands alone."),
		"list_assets.asset_id":       said("Only these assets."),
		"list_assets.agent_slug":     only("that this agent produced"),
		"list_assets.run_id":         only("of this run"),
		"list_assets.campaign_id":    only("of this campaign"),
		"list_assets.brand_id":       only("of this brand"),
		"list_assets.brief_id":       only("of this brief"),
		"list_assets.created_after":  only("created at this time or later"),
		"list_assets.created_before": only("created before this time"),
		"list_asset_tags.key":        said("Only tags of this key."),
	}
}

// exported are what exports ask and answer.
func exported() map[string]*schema {
	only := func(what string) *schema { return said("Only assets " + what + ".") }
	filter := func(what string, s schema) *schema { s.Description = "Only assets " + what + "."; return &s }
	return map[string]*schema{
		"export_id":                 said("The id of an export."),
		"asset_ids":                 {Description: "These assets and no others, none twice; it goes without filters.", MinItems: new(1), MaxItems: new(export.MaxIDs)},
		"ExportBody.type":           only("of any of these types"),
		"ExportBody.asset_id":       said("Only these assets, as far as they are approved."),
		"ExportBody.agent_slug":     only("that this agent produced"),
		"ExportBody.run_id":         only("of this run"),
		"ExportBody.campaign_id":    only("of this campaign"),
		"ExportBody.brand_id":       only("of this brand"),
		"ExportBody.brief_id":       only("of this brief"),
		"ExportBody.tag":            {Description: "Only assets with the tag `key:value`, or `key:*` for any value; of several, all must match.", Items: &schema{Type: "string", Pattern: tagPattern()}},
		"ExportBody.q":              {Description: "Only assets that a list with this `q` finds.", MaxLength: new(assets.MaxSearch)},
		"ExportBody.created_after":  filter("created at this time or later", schema{Format: "date-time"}),
		"ExportBody.created_before": filter("created before this time", schema{Format: "date-time"}),
		"ExportBody.expires_in":     {Description: "How long the export lives, in seconds.", Minimum: new(1.0), Default: json.RawMessage("86400")},

		"Export.items":       {Description: "How many contents it has.", Minimum: new(1.0)},
		"Export.size_bytes":  {Description: "The size of the archive.", Minimum: new(1.0)},
		"Export.expires_at":  said("When the export ends."),
		"Export.stale_items": said("The versions whose approval was withdrawn since; not in a list."),
	}
}
