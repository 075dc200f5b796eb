package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/10ex/assets"
)

// The files of a bag (RFC 8493). Payload names contain no percent sign, CR or LF, so the
// manifest needs no encoding of names (§2.1.3).
const (
	payloadFolder = "data/"

	attestationFolder = "attestations/"

	manifestName    = "manifest-sha256.txt"
	tagManifestName = "tagmanifest-sha256.txt"
	metadataName    = "metadata.json"
	bagName         = "bagit.txt"
	bagInfoName     = "bag-info.txt"

	bagText = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

	metadataTail = "\n]}\n" // the end of metadata.json
)

// tagFile is a tag file whose text depends only on the plan.
type tagFile struct {
	name string
	text []byte
}

func (t tagFile) sum() Text { return textOf(t.text) }

// tagFiles returns the tag files between the two manifests, in the order of the archive.
func (p Plan) tagFiles() []tagFile {
	return []tagFile{{bagName, []byte(bagText)}, {bagInfoName, p.bagInfo()}}
}

// tagManifestTail returns the end of the tag manifest, behind the lines of attestations:
// those of the other tag files.
func (p Plan) tagManifestTail() []byte {
	files := p.tagFiles()
	bag, info := files[0], files[1]
	var sums strings.Builder
	for _, f := range []struct{ sum, name string }{
		{info.sum().SHA256, info.name},
		{bag.sum().SHA256, bag.name},
		{p.Manifest.SHA256, manifestName},
		{p.Metadata.SHA256, metadataName},
	} {
		sums.WriteString(formatManifestLine(f.sum, f.name))
	}
	return []byte(sums.String())
}

// bagInfo returns bag-info.txt, which has the reserved elements (§2.2.2) that the plan
// determines.
func (p Plan) bagInfo() []byte {
	return fmt.Appendf(nil, "Bagging-Date: %s\nExternal-Identifier: %s\nPayload-Oxum: %d.%d\n",
		p.CreatedAt.Time().Format("2006-01-02"), p.Export, p.Content, p.Items)
}

func formatManifestLine(sum, name string) string { return sum + "  " + name + "\n" }

// manifestLine returns the entry's line of the manifest.
func (e *Entry) manifestLine() []byte { return []byte(formatManifestLine(e.SHA256, e.Name)) }

// tagManifestLine returns the line of the tag manifest about the entry's attestation; nil
// if the tag manifest has none.
func (e *Entry) tagManifestLine() []byte {
	if e.Attestation.SHA256 == "" {
		return nil
	}
	return []byte(formatManifestLine(e.Attestation.SHA256, e.attestationName()))
}

// metadataHead returns the beginning of metadata.json, up to the first element.
func (p Plan) metadataHead() []byte {
	text, err := json.Marshal(struct {
		Export    assets.ID   `json:"export_id"`
		CreatedBy string      `json:"created_by"`
		CreatedAt assets.Time `json:"created_at"`
	}{p.Export, p.CreatedBy, p.CreatedAt})
	if err != nil {
		panic(err) // impossible: the fields are strings
	}
	return append(bytes.TrimSuffix(text, []byte("}")), `,"items":[`...)
}

// metadataElement returns the entry's element of metadata.json, preceded by its
// separator.
func (e *Entry) metadataElement() []byte {
	separator := ",\n"
	if e.At[SectionMetadata] == 0 {
		separator = "\n"
	}
	return append([]byte(separator), e.Document...)
}

// document is an element of metadata.json.
type document struct {
	Path        string            `json:"path"`
	AssetID     assets.ID         `json:"asset_id"`
	Version     assets.Number     `json:"version"`
	Type        assets.Type       `json:"type"`
	Title       string            `json:"title"`
	CampaignID  assets.Optional   `json:"campaign_id"`
	Tags        assets.Tags       `json:"tags"`
	Content     assets.Content    `json:"content"`
	Provenance  assets.Provenance `json:"provenance"`
	Attestation string            `json:"attestation,omitempty"` // the name of the envelope
	Disclosure  assets.Disclosure `json:"disclosure,omitempty"`  // how the version was made, in English
	CreatedBy   string            `json:"created_by"`
	CreatedAt   assets.Time       `json:"created_at"`
	Approval    approval          `json:"approval"`
}

// approval is the review that approved the version.
type approval struct {
	ReviewID    assets.ID     `json:"review_id"`
	SHA256      string        `json:"sha256"`
	By          string        `json:"by"`
	ByKind      assets.Kind   `json:"by_kind"`
	At          assets.Time   `json:"at"`
	Comment     string        `json:"comment"`
	CarriedFrom assets.Number `json:"carried_from"`
}

// documentOf returns the element of metadata.json for a candidate, as JSON without a line
// break at the end.
func documentOf(c Candidate, e *Entry) ([]byte, error) {
	a, r := c.Asset, c.Approval
	d := document{
		Path: e.Name, AssetID: a.ID, Version: a.Version, Type: a.Type, Title: a.Title,
		CampaignID: a.CampaignID, Tags: a.Tags, Content: a.Content, Provenance: a.Provenance, Disclosure: a.Provenance.Disclosure(),
		CreatedBy: a.CreatedBy, CreatedAt: a.CreatedAt,
		Approval: approval{r.ID, r.SHA256, r.By, r.ByKind, r.At, r.Comment, r.CarriedFrom},
	}
	if e.Attestation.Size > 0 {
		d.Attestation = e.attestationName()
	}
	if d.Tags == nil {
		d.Tags = assets.Tags{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("export: metadata of asset %s: %w", a.ID, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
