package apidoc

import "github.com/10ex/assets"

// eventMembers are the members and parameters of events.
func eventMembers() map[string]*schema {
	unrecorded := func(name, description string) *schema {
		return nullable(name, description+" null in events of before this was recorded.")
	}
	all := map[string]*schema{
		"Event.id":             described("The id of the event, a random UUID: the same in every response and delivery."),
		"occurred_at":          described("When it happened."),
		"company_id":           described("The tenant."),
		"Event.data":           described("The asset after the change."),
		"EventPage.items":      described("The events, oldest first."),
		"next_after":           described("The `after` of the next page. At the end it is the `after` that was sent."),
		"EventData.asset_type": unrecorded("AssetType", "The type of the asset."),
		"EventData.asset_id":   {Types: []string{"string", "null"}, Format: "uuid", Description: "The id of the asset."},
		"EventData.status":     nullable("Status", "The status of the asset after the change."),
		"EventData.tags":       {Types: []string{"object", "null"}, Description: "The tags after the change; null in events of before this was recorded."},
		"EventData.version":    numberOrNull("The version that the change is about; for an edit, an archive, a reopening and a deletion the current one."),
		"EventData.sha256":     {Types: []string{"string", "null"}, Pattern: "^[0-9a-f]{64}$", Description: "SHA-256 of that version in hexadecimal digits; null in events of before this was recorded."},
		"EventData.revision":   numberOrNull("The revision of the asset after the change; null in events of before this was recorded."),
		"EventData.in_force":   unrecorded("InForce", "The version that publishers get before and after the change. Where the two differ, a publisher must act: publish, replace or withdraw."),
		"InForce.before":       numberOrNull("The approved version before the change, or null for none."),
		"InForce.after":        numberOrNull("The approved version after the change, or null for none."),
		"EventData.changed":    described("The members that an edit has changed: title, campaign_id, tags."),
		"review_id":            {Types: []string{"string", "null"}, Format: "uuid", Description: "The id of the review, if the change is a decision."},
		"EventData.by":         described("The subject of the actor."),
		"EventData.by_kind":    unrecorded("Kind", "The kind of the actor."),
		"EventData.via":        unrecorded("Via", "The interface through which the change was made."),
		"EventData.comment":    described("The comment of the decision, or the reason of a rollback."),
	}
	for _, operation := range []string{"list_events.", "stream_events."} {
		all[operation+"after"] = described("Where to begin: a `next_after` or `id`, or `now` for what happens from now on. By default the oldest event that is kept.")
		all[operation+"type"] = described("Only events of these types. May be repeated.")
		all[operation+"asset_id"] = described("Only events of these assets. May be repeated.")
		all[operation+"campaign_id"] = &schema{Description: "Only events of assets that had this campaign before or after the change.", MaxLength: new(assets.MaxHostID)}
		all[operation+"in_force_changed"] = described("Only events after which publishers get another version, or of which that was not recorded.")
	}
	all["stream_events.Last-Event-Id"] = described("The `id` of the last event that was received, as an `EventSource` sends it.")
	return all
}
