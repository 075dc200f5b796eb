package assets

import (
	"encoding/json"
	"slices"
)

// EventType is what an event is about.
type EventType string

// The types of event. A create that submits is one EventCreated, and a rollback is one
// EventRolledBack, whether it carried an approval over or not.
const (
	EventCreated          EventType = "asset.created"
	EventVersionAdded     EventType = "asset.version_added"
	EventRolledBack       EventType = "asset.rolled_back"
	EventEdited           EventType = "asset.edited" // title, tags or campaign
	EventDeleted          EventType = "asset.deleted"
	EventSubmitted        EventType = "asset.submitted"
	EventApprovalRecorded EventType = "asset.approval_recorded" // short of the quorum
	EventApproved         EventType = "asset.approved"
	EventChangesRequested EventType = "asset.changes_requested"
	EventArchived         EventType = "asset.archived"
	EventReopened         EventType = "asset.reopened"
	EventCommented        EventType = "asset.commented"
	EventErased           EventType = "asset.erased"
	EventPurged           EventType = "workspace.purged" // everything of the workspace is withdrawn; it has no asset
)

// kindOfApproval is what a journal row has for an approval, given or short of the quorum.
const kindOfApproval = string(ActionApprove)

// eventKinds has what a journal row has for each type.
var eventKinds = []struct {
	typ  EventType
	kind string
}{
	{EventCreated, "created"},
	{EventVersionAdded, "version_added"},
	{EventRolledBack, "rolled_back"},
	{EventEdited, "edited"},
	{EventDeleted, "deleted"},
	{EventSubmitted, string(ActionSubmit)},
	{EventApprovalRecorded, kindOfApproval},
	{EventApproved, kindOfApproval},
	{EventChangesRequested, string(ActionRequestChanges)},
	{EventArchived, string(ActionArchive)},
	{EventReopened, string(ActionReopen)},
	{EventCommented, string(ActionComment)},
	{EventErased, "erased"},
	{EventPurged, "purged"},
}

// EventTypes returns every type of event.
func EventTypes() []EventType {
	all := make([]EventType, len(eventKinds))
	for i, e := range eventKinds {
		all[i] = e.typ
	}
	return all
}

// Kind returns the word for the type in a journal row, as journals of before there were
// types have it: the action of a decision, or such as "created". Both types of approval
// have the same. It returns an unknown type unchanged.
func (t EventType) Kind() string {
	for _, e := range eventKinds {
		if e.typ == t {
			return e.kind
		}
	}
	return string(t)
}

// EventTypeOf returns the type of a journal row by its Kind and the status after the
// change, which tells an approval from one that is short of the quorum.
func EventTypeOf(kind string, after Status) EventType {
	if kind == kindOfApproval && after == StatusApproved {
		return EventApproved
	}
	for _, e := range eventKinds {
		if e.kind == kind {
			return e.typ
		}
	}
	return EventType(kind)
}

// Event is one change of one asset: one row of the journal, written in the transaction
// of the change. It never changes. Its JSON is what clients, webhooks and brokers get.
type Event struct {
	// Position is the place in the journal: 1, 2, 3 … without gaps, except where rows
	// were pruned or a workspace was purged. Who has read up to a position never misses a
	// row that gets a lower one later. The store sets it. Clients never see it: it
	// counts the changes of all workspaces.
	Position int64 `json:"-"`

	ID        ID        `json:"id"` // a random UUID, the same in every process and delivery; not given again after a backup was restored
	Type      EventType `json:"type"`
	At        Time      `json:"occurred_at"`
	Workspace string    `json:"company_id"`
	Data      EventData `json:"data"`

	// Details is the rest of the journal row, as a JSON object: before and after of an
	// edit; the version and reason of a rollback; the versions and reason of an erasure;
	// else nil.
	Details json.RawMessage `json:"-"`

	// Trace is the trace context in which the change was made, or empty: see [WithTrace].
	// It is for what the event causes.
	Trace string `json:"-"`
}

// EventData is what an event tells of its asset. What was never recorded, in journal
// rows of before there were positions, is zero here and null in JSON.
type EventData struct {
	AssetID    ID       `json:"asset_id"`
	AssetType  Type     `json:"asset_type"`
	CampaignID Optional `json:"campaign_id"`       // after the change
	Tags       Tags     `json:"tags"`              // after the change; nil if they were not recorded
	Status     Status   `json:"status"`            // of the asset after the change
	Version    Number   `json:"version"`           // that the change is about; for edit, archive, reopen and delete the current one
	SHA256     string   `json:"sha256"`            // of that version
	Revision   int64    `json:"revision"`          // of the asset after the change
	InForce    *InForce `json:"in_force"`          // nil if it was not recorded
	Changed    []string `json:"changed,omitempty"` // the members that an edit changed: title, campaign_id, tags
	ReviewID   Optional `json:"review_id"`
	By         string   `json:"by"`
	ByKind     Kind     `json:"by_kind"`
	Via        Via      `json:"via"`
	Comment    string   `json:"comment,omitempty"` // of the review, or the reason of a rollback or an erasure

	CampaignBefore Optional `json:"-"` // before an edit that changed it
}

// InForce is the version that publishers get before and after a change; 0 is none.
// Where the two differ, a publisher must act: publish, replace or withdraw.
type InForce struct {
	Before Number `json:"before"`
	After  Number `json:"after"`
}

// eventMembers is EventData with null for what is zero.
type eventMembers struct {
	AssetID    Optional `json:"asset_id"`
	AssetType  Optional `json:"asset_type"`
	CampaignID Optional `json:"campaign_id"`
	Tags       Tags     `json:"tags"`
	Status     Optional `json:"status"`
	Version    Number   `json:"version"`
	SHA256     Optional `json:"sha256"`
	Revision   Number   `json:"revision"`
	InForce    *InForce `json:"in_force"`
	Changed    []string `json:"changed,omitempty"`
	ReviewID   Optional `json:"review_id"`
	By         string   `json:"by"`
	ByKind     Optional `json:"by_kind"`
	Via        Optional `json:"via"`
	Comment    string   `json:"comment,omitempty"`
}

// MarshalJSON returns the data as clients get it.
func (d EventData) MarshalJSON() ([]byte, error) {
	return json.Marshal(eventMembers{
		AssetID: Optional(d.AssetID), AssetType: Optional(d.AssetType), CampaignID: d.CampaignID, Tags: d.Tags,
		Status: Optional(d.Status), Version: d.Version, SHA256: Optional(d.SHA256), Revision: Number(d.Revision),
		InForce: d.InForce, Changed: d.Changed, ReviewID: d.ReviewID,
		By: d.By, ByKind: Optional(d.ByKind), Via: Optional(d.Via), Comment: d.Comment,
	})
}

// UnmarshalJSON parses data as MarshalJSON returns it.
func (d *EventData) UnmarshalJSON(b []byte) error {
	var m eventMembers
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*d = EventData{
		AssetID: ID(m.AssetID), AssetType: Type(m.AssetType), CampaignID: m.CampaignID, Tags: m.Tags,
		Status: Status(m.Status), Version: m.Version, SHA256: string(m.SHA256), Revision: int64(m.Revision),
		InForce: m.InForce, Changed: m.Changed, ReviewID: m.ReviewID,
		By: m.By, ByKind: Kind(m.ByKind), Via: Via(m.Via), Comment: m.Comment,
	}
	return nil
}

// InForceChanged reports whether publishers get another version after the change, or
// whether that was not recorded.
func (e *Event) InForceChanged() bool {
	f := e.Data.InForce
	return f == nil || f.Before != f.After
}

// StoredBytes returns the size of an event as it is stored, about.
func (e *Event) StoredBytes() int64 {
	d := &e.Data
	n := rowBytes + len(e.Workspace) + len(d.By) + len(d.Comment) + len(d.CampaignID) + len(d.CampaignBefore) + len(e.Details) + len(e.Trace)
	for key, values := range d.Tags {
		n += len(`"":[],`) + len(key)
		for _, value := range values {
			n += len(",") + jsonBytes(value)
		}
	}
	return int64(n)
}

// EventFilter selects events. Empty fields do not restrict the result.
type EventFilter struct {
	Workspace      string      // as of clients, who are never told of EventPurged
	Types          []EventType // any of them
	AssetIDs       []ID        // any of them
	CampaignID     string      // before or after the change
	InForceChanged bool        // only events of which [Event.InForceChanged] is true
}

// Matches reports whether the filter selects an event.
func (f *EventFilter) Matches(e *Event) bool {
	d := &e.Data
	return (f.Workspace == "" || f.Workspace == e.Workspace && e.Type != EventPurged) &&
		(len(f.Types) == 0 || slices.Contains(f.Types, e.Type)) &&
		(len(f.AssetIDs) == 0 || slices.Contains(f.AssetIDs, d.AssetID)) &&
		(f.CampaignID == "" || f.CampaignID == string(d.CampaignID) || f.CampaignID == string(d.CampaignBefore)) &&
		(!f.InForceChanged || e.InForceChanged())
}
