package apidoc

import (
	"encoding/json"
	"strings"

	"github.com/10ex/assets"
)

// countParameters are the filters of a list, as parameters of the counts.
func countParameters() map[string]*schema {
	all := map[string]*schema{}
	for name, s := range parameters() {
		if filter, ok := strings.CutPrefix(name, "list_assets."); ok {
			all["count_assets."+filter] = s
		}
	}
	return all
}

// dashboardMembers are the members and parameters of what a dashboard reads beside
// assets.
func dashboardMembers() map[string]*schema {
	count := func(which string) *schema {
		return &schema{Description: "The number of assets " + which + ".", Minimum: new(0.0)}
	}
	return map[string]*schema{
		"Caller.workspace_id": described("The tenant of the credential. All other routes read and change only what belongs to it."),
		"Caller.subject":      described("The person, agent or service that the credential acts for."),
		"Caller.scopes":       described("The scopes of the credential. `*` includes the three others."),

		"actions":           described("One entry for each action."),
		"allowed":           described("Whether the approval route would accept the action now."),
		"Permission.code":   described("The error code of the refusal. Absent if the action is allowed."),
		"Permission.detail": described("A description of the refusal for people. Absent if the action is allowed."),

		"draft":          count("whose current version is a draft"),
		"pending_review": count("that wait for a review"),
		"approved":       count("whose current version is approved"),
		"archived":       count("that are archived"),
		"in_force":       count("that have an approved version, whatever the status of the current one"),

		"Usage.assets":        count("of the workspace, archived ones too"),
		"Usage.versions":      {Description: "The number of versions of all assets.", Minimum: new(0.0)},
		"Usage.bytes":         {Description: "The size of all contents in bytes. One that several versions share counts once, an erased one not at all.", Minimum: new(0.0)},
		"by_type":             described("The same by asset type, without types of which there are none."),
		"UsageCount.assets":   count("of the type"),
		"UsageCount.versions": {Description: "The number of their versions.", Minimum: new(0.0)},
		"UsageCount.bytes":    {Description: "The size of their contents in bytes.", Minimum: new(0.0)},

		"diff_asset.from":  described("The version to compare with: a number, `current` or `approved`. By default the approved version, unless that is `to`; else the version before `to`; else none."),
		"diff_asset.to":    {Description: "The other version: a number, `current` or `approved`.", Default: json.RawMessage(`"current"`)},
		"Diff.from":        {AnyOf: []*schema{{Ref: "#/components/schemas/DiffVersion"}, {Type: "null"}}, Description: "The version that was compared with, or null if there is none: all of `to` is then inserted."},
		"Diff.to":          described("The other version."),
		"Diff.segments":    {Types: []string{"array", "null"}, Description: "The pieces of both texts in order, or null if one of them is no text or has more than 1 MiB."},
		"DiffSegment.text": {Description: "The piece of text, of whole words.", MinLength: new(1), MaxLength: new(assets.MaxDiffBytes)},
	}
}
