package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// deskPage is the page where people decide about an asset, of the program reviewed.
const deskPage = "https://desk.example/review/"

// story is what an agent does with tools, and a person over REST.
type story struct {
	*testing.T
	target
	person    client
	campaign  string                     // one for each run
	connect   func(key string) mcpClient // an agent with a key
	agentKey  string                     // of kind agent, which may read and write
	publisher string                     // the key of a service that may read
}

// TestAgentStories plays each story with each official client over each transport.
func TestAgentStories(t *testing.T) {
	t.Parallel()
	k := tools(t)
	d := deployment{"reviewed", t.TempDir(), nil}
	d.flags = []string{"-data", d.folder}
	p := d.firstStart(t)
	mint := func(owner, kind, scopes string) string {
		return strings.TrimSuffix(d.invoke(t, "keys mint", "-workspace", "default", "-owner", owner, "-name", owner, "-kind", kind, "-scopes", scopes), "\n")
	}
	agent, publisher := mint("copywriter", "agent", "assets:read,assets:write"), mint("landing-pages", "service", "assets:read")
	for name, connect := range mcpClients(k) {
		for _, transport := range []string{"http", "stdio"} {
			for about, play := range map[string]func(story){
				"regenerates after a comment": regeneratesAfterComment, "publishes a campaign": publishesCampaign, "hands an approval to a person": handsApprovalToPerson,
			} {
				t.Run(about+" with "+name+" over "+transport, func(t *testing.T) {
					t.Parallel()
					s := target{p, d.program, d.folder}
					play(story{
						T: t, target: s, person: p.client(p.key).in(t), campaign: filepath.Base(t.Name()), agentKey: agent, publisher: publisher,
						connect: func(key string) mcpClient { return connect(t, s, transport, key) },
					})
				})
			}
		}
	}
}

// toolAsset has the members of results that the stories use.
type toolAsset struct {
	ID              string
	Title           string
	Status          string
	Version         int
	ApprovedVersion *int `json:"approved_version"`
	Content         struct{ SHA256 string }
	Text            string
	Reviews         []struct{ Action, Comment, By string }
	LastReview      *struct{ Action, Comment string } `json:"last_review"`
	Items           []toolAsset
	URL             string
	NextOffset      *int `json:"next_offset"`
}

// reply is the result of a tool.
type reply struct {
	Content []struct{ Type, Text, URI string }
	IsError bool
}

// does calls a tool, which must succeed. It returns the structured content, and the
// texts of the blocks after the first.
func (s story) does(c mcpClient, tool string, arguments map[string]any) (out toolAsset, blocks []string) {
	s.Helper()
	var got struct {
		reply
		StructuredContent toolAsset
	}
	text := c.call(tool, arguments)
	if err := json.Unmarshal(text, &got); err != nil || got.IsError {
		s.Fatalf("%s(%v): %v %s", tool, arguments, err, text)
	}
	for _, block := range got.Content[1:] {
		blocks = append(blocks, block.Text)
	}
	return got.StructuredContent, blocks
}

// regeneratesAfterComment: an agent finds what a person wants changed, reads what it
// wrote, and stores a better version, once though it repeats the call. The person
// approves that.
func regeneratesAfterComment(s story) {
	agent := s.connect(s.agentKey)
	made, _ := s.does(agent, "create_asset", map[string]any{
		"type": "copy", "title": "Tagline", "text": "Spring is here, at last, and so are we.", "campaign_id": s.campaign, "submit": true,
		"provenance": map[string]any{"agent_slug": "copywriter", "run_id": "run-1"}, "idempotency_key": s.campaign,
	})
	s.person.review(made.ID, fmt.Sprintf(`{"action":"request_changes","version":1,"sha256":%q,"comment":"Half as long, please."}`, made.Content.SHA256))

	found, _ := s.does(agent, "list_assets", map[string]any{"campaign_id": s.campaign, "last_action": "request_changes", "include_text": true})
	if len(found.Items) != 1 || found.Items[0].ID != made.ID || found.Items[0].LastReview == nil {
		s.Fatalf("what a person wants changed: %+v", found.Items)
	}
	task := found.Items[0]
	if task.Status != "draft" || task.LastReview.Comment != "Half as long, please." || task.Text != "Spring is here, at last, and so are we." {
		s.Errorf("the task: %+v", task)
	}
	better := map[string]any{
		"asset_id": made.ID, "text": "Spring is here.", "submit": true, "idempotency_key": s.campaign,
		"provenance": map[string]any{"agent_slug": "copywriter", "run_id": "run-2", "derived_from": []any{map[string]any{"asset_id": made.ID, "version": task.Version}}},
	}
	second, _ := s.does(agent, "add_asset_version", better)
	again, _ := s.does(agent, "add_asset_version", better) // the first answer was lost
	if second.Version != 2 || second.Status != "pending_review" || again.Version != 2 {
		s.Fatalf("the second version: %+v, again %+v", second, again)
	}
	s.person.review(made.ID, fmt.Sprintf(`{"action":"approve","version":2,"sha256":%q}`, second.Content.SHA256))

	approved, text := s.does(agent, "get_asset", map[string]any{"asset_id": made.ID, "version": "approved"})
	if approved.Version != 2 || approved.Status != "approved" || len(text) != 1 || text[0] != "Spring is here." || len(approved.Reviews) != 4 {
		s.Errorf("approved: %+v %q", approved, text)
	}
	old, text := s.does(agent, "read_asset_content", map[string]any{"asset_id": made.ID, "version": 1})
	if old.Version != 1 || old.NextOffset != nil || len(text) != 1 || text[0] != task.Text {
		s.Errorf("the first version: %+v %q", old, text)
	}
	if content := string(agent.read("asset://" + made.ID + "/versions/approved/content")); !strings.Contains(content, `"Spring is here."`) {
		s.Errorf("the content as a resource: %s", content)
	}
}

// publishesCampaign: a publisher gets the approved copy of a campaign in one call, and
// nothing newer or unapproved.
func publishesCampaign(s story) {
	want := map[string]string{}
	for i, text := range []string{"One.", "Two.", "Three."} {
		made := s.person.post(http.StatusCreated, "", fmt.Sprintf(`{"type":"copy","title":%q,"text":%q,"campaign_id":%q}`, text, text, s.campaign))
		if i == 2 {
			break // never approved
		}
		s.person.review(made.ID, `{"action":"approve","version":1}`)
		want[made.ID] = text
		if i == 1 {
			s.person.post(http.StatusCreated, "/"+made.ID+"/versions", `{"text":"Not yet.","submit":true}`)
		}
	}
	page, _ := s.does(s.connect(s.publisher), "list_assets", map[string]any{"campaign_id": s.campaign, "status": "approved", "include_text": true})
	if len(page.Items) != len(want) {
		s.Fatalf("%d items, want %d: %+v", len(page.Items), len(want), page.Items)
	}
	for _, item := range page.Items {
		sum := sha256.Sum256([]byte(item.Text))
		if item.Status != "approved" || item.Version != 1 || item.Text != want[item.ID] || item.Content.SHA256 != hex.EncodeToString(sum[:]) {
			s.Errorf("%+v, want %q", item, want[item.ID])
		}
	}
}

// handsApprovalToPerson: an agent that may not approve learns where a person can, and
// gives the person a preview. After the person has decided the agent sees it.
func handsApprovalToPerson(s story) {
	agent := s.connect(s.agentKey)
	made, _ := s.does(agent, "create_asset", map[string]any{"type": "copy", "title": "Tagline", "text": "Spring is here.", "campaign_id": s.campaign, "submit": true})
	text := agent.call("approve_asset", map[string]any{"asset_id": made.ID, "version": 1, "sha256": made.Content.SHA256})
	var refused reply
	var why struct {
		Detail, Code string
		Status       int
		ReviewURL    string `json:"review_url"`
	}
	if err := json.Unmarshal(text, &refused); err != nil || !refused.IsError || len(refused.Content) != 2 {
		s.Fatalf("an agent's approval: %v %s", err, text)
	}
	if err := json.Unmarshal([]byte(refused.Content[0].Text), &why); err != nil {
		s.Fatal(err)
	}
	link := refused.Content[1]
	if why.Code != "agent_cannot_approve" || why.Status != http.StatusForbidden || !strings.Contains(why.Detail, "a person has to") ||
		why.ReviewURL != deskPage+made.ID || link.Type != "resource_link" || link.URI != why.ReviewURL {
		s.Errorf("why: %+v, link %+v", why, link)
	}
	preview, _ := s.does(agent, "get_asset_preview_url", map[string]any{"asset_id": made.ID, "version": 1})
	if _, page := (client{t: s.T}).call(http.StatusOK, http.MethodGet, preview.URL, "", nil); !strings.Contains(string(page), "Spring is here.") {
		s.Errorf("the preview: %s", page)
	}
	id := strings.TrimPrefix(why.ReviewURL, deskPage) // as the page of the host does
	s.person.review(id, fmt.Sprintf(`{"action":"approve","version":1,"sha256":%q}`, made.Content.SHA256))

	seen, _ := s.does(agent, "get_asset", map[string]any{"asset_id": made.ID})
	if last := seen.Reviews[len(seen.Reviews)-1]; seen.Status != "approved" || last.Action != "approve" || last.By != "admin" {
		s.Errorf("after the decision: %+v", seen)
	}
}
