package export_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

func TestArchiveIsABag(t *testing.T) {
	t.Parallel()
	_, texts := contents(t, readArchive(t, planFiles(t, sampleFiles...).archive(t)))
	sums := func(manifest string) (n int) {
		for line := range strings.Lines(texts[manifest]) {
			sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
			if fmt.Sprintf("%x", sha256.Sum256([]byte(texts[name]))) != sum {
				t.Errorf("%s: %s has another digest", manifest, name)
			}
			n++
		}
		return n
	}
	if payload, tags := sums("manifest-sha256.txt"), sums("tagmanifest-sha256.txt"); payload != len(sampleFiles) || tags != 4+3 {
		t.Errorf("%d payload and %d tag files in the manifests", payload, tags)
	}
	for name := range texts {
		if covered := "  " + name + "\n"; name != "tagmanifest-sha256.txt" && !strings.Contains(texts["manifest-sha256.txt"]+texts["tagmanifest-sha256.txt"], covered) {
			t.Errorf("%s is in no manifest", name)
		}
	}
	if want := "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"; texts["bagit.txt"] != want {
		t.Errorf("bagit.txt: %q", texts["bagit.txt"])
	}
	if !strings.Contains(texts["bag-info.txt"], "Payload-Oxum: 70009.5\n") {
		t.Errorf("bag-info.txt: %q", texts["bag-info.txt"])
	}
	var metadata struct {
		Items []struct {
			Path    string
			AssetID assets.ID `json:"asset_id"`
		}
	}
	if err := json.Unmarshal([]byte(texts["metadata.json"]), &metadata); err != nil {
		t.Fatal(err)
	}
	if len(metadata.Items) != len(sampleFiles) {
		t.Errorf("metadata.json has %d items", len(metadata.Items))
	}
	for i, item := range metadata.Items {
		if item.Path != sampleNames[i] || item.AssetID != idOf(i+1) {
			t.Errorf("metadata.json: item %d is %+v", i, item)
		}
	}
}

func TestBagInfo(t *testing.T) {
	t.Parallel()
	_, texts := contents(t, readArchive(t, planFiles(t, sampleFiles[0]).archive(t)))
	want := "Bagging-Date: 2025-06-15\nExternal-Identifier: " + string(idOf(0)) + "\nPayload-Oxum: 3.1\n"
	if got := texts["bag-info.txt"]; got != want {
		t.Errorf("bag-info.txt is %q, want %q", got, want)
	}
}

// An element of metadata.json has every field of the version and of its approval.
func TestMetadataElement(t *testing.T) {
	t.Parallel()
	planner := export.NewPlanner(idOf(0), "ann", createdAt)
	e, err := planner.Add(export.Candidate{
		Asset: &assets.Asset{
			ID: idOf(1), Version: 2, Title: "A <b> & c", Type: assets.TypeCopy, CampaignID: "spring", Tags: assets.Tags{"k": {"v"}},
			Content:    assets.Content{MediaType: "text/plain", SizeBytes: 5, SHA256: strings.Repeat("0", 64)},
			Provenance: assets.Provenance{AgentSlug: "writer"}, CreatedBy: "bob", CreatedAt: createdAt,
		},
		Approval: assets.Review{ID: idOf(2), SHA256: strings.Repeat("0", 64), By: "cem", ByKind: assets.KindUser, At: createdAt, Comment: "fine", CarriedFrom: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(e.Document, &got); err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(e.Document, "\n") || !bytes.Contains(e.Document, []byte(`"title":"A <b> & c"`)) {
		t.Errorf("the element is %s", e.Document)
	}
	for path, want := range map[string]any{
		"path": "data/A _b_ & c.txt", "asset_id": string(idOf(1)), "version": 2.0, "type": "copy", "campaign_id": "spring", "created_by": "bob",
	} {
		if got[path] != want {
			t.Errorf("%s is %v, want %v", path, got[path], want)
		}
	}
	approval, _ := got["approval"].(map[string]any)
	for name, want := range map[string]any{
		"review_id": string(idOf(2)), "by": "cem", "by_kind": "user", "comment": "fine", "carried_from": 1.0, "sha256": strings.Repeat("0", 64),
	} {
		if approval[name] != want {
			t.Errorf("approval.%s is %v, want %v", name, approval[name], want)
		}
	}
}

// TestMetadataElementHasTheDisclosure: metadata.json has the source type of a version and,
// in words, what it means; without a known source type it has no words.
func TestMetadataElementHasTheDisclosure(t *testing.T) {
	t.Parallel()
	for sourceType, want := range map[string]any{
		"trainedAlgorithmicMedia":              "made by AI",
		"compositeWithTrainedAlgorithmicMedia": "edited with AI",
		"digitalCapture":                       "captured",
		"of before":                            nil,
		"":                                     nil,
	} {
		e, err := export.NewPlanner(idOf(0), "ann", createdAt).Add(export.Candidate{Asset: &assets.Asset{
			ID: idOf(1), Version: 1, Title: "t", Type: assets.TypeCopy, Provenance: assets.Provenance{SourceType: sourceType},
			Content: assets.Content{MediaType: "text/plain", SizeBytes: 1, SHA256: strings.Repeat("0", 64)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Disclosure any
			Provenance struct {
				SourceType string `json:"source_type"`
			}
		}
		if err := json.Unmarshal(e.Document, &got); err != nil {
			t.Fatal(err)
		}
		if got.Disclosure != want || got.Provenance.SourceType != sourceType || (want == nil) == bytes.Contains(e.Document, []byte(`"disclosure":`)) {
			t.Errorf("%q: the element is %s", sourceType, e.Document)
		}
	}
}

func TestMetadataElementWithoutTags(t *testing.T) {
	t.Parallel()
	e := planFiles(t, sampleFiles[0]).entries[0]
	if !bytes.Contains(e.Document, []byte(`"tags":{}`)) || !bytes.Contains(e.Document, []byte(`"campaign_id":null`)) {
		t.Errorf("the element is %s", e.Document)
	}
}
