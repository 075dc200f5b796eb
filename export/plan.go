package export

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"hash/crc32"
	"slices"

	"github.com/10ex/assets"
)

// Plan is the layout of an archive. Together with the entries in their order it determines
// every byte. It is made without reading the contents.
type Plan struct {
	Folder    string      `json:"folder,omitempty"` // of all files; empty in plans of before it
	Export    assets.ID   `json:"export_id"`
	CreatedBy string      `json:"created_by"`
	CreatedAt assets.Time `json:"created_at"`
	Items     int64       `json:"items"`
	Attested  int64       `json:"attested,omitempty"` // entries with an attestation
	Content   int64       `json:"content"`            // size of all contents in bytes
	Payload   int64       `json:"payload"`            // size of SectionPayload in bytes
	Directory int64       `json:"directory"`          // size of SectionDirectory in bytes
	Metadata  Text        `json:"metadata"`           // metadata.json
	Manifest  Text        `json:"manifest"`           // manifest-sha256.txt

	// TagManifest is tagmanifest-sha256.txt. It is zero if that has no attestations: if
	// there are none, and in plans of before it had them.
	TagManifest Text `json:"tagmanifest,omitzero"`
}

// Text describes a file of the archive that is computed from the entries.
type Text struct {
	Size   int64  `json:"size"`
	CRC32  uint32 `json:"crc32"`
	SHA256 string `json:"sha256"`
}

// Planner computes the layout of an archive, entry by entry. It uses about 200 bytes of
// memory for each entry.
type Planner struct {
	plan     Plan
	names    nameSet
	metadata checksums
	manifest checksums
	tags     checksums // of the tag manifest
}

// NewPlanner returns a Planner for the archive of an export. The id must be unique.
func NewPlanner(id assets.ID, createdBy string, createdAt assets.Time) *Planner {
	p := &Planner{
		plan:     Plan{Folder: "export-" + string(id), Export: id, CreatedBy: createdBy, CreatedAt: createdAt},
		names:    newNameSet(),
		metadata: newChecksums(),
		manifest: newChecksums(),
		tags:     newChecksums(),
	}
	p.metadata.write(p.plan.metadataHead())
	return p
}

// Add appends a candidate to the archive and returns its entry.
func (p *Planner) Add(c Candidate) (Entry, error) {
	a := c.Asset
	e := Entry{
		AssetID: a.ID, Version: a.Version, Withdrawals: c.Withdrawals,
		Name: payloadFolder + p.names.add(a.Title, a.Content.MediaType, a.Content.Filename),
		Size: a.Content.SizeBytes, CRC32: c.CRC32, SHA256: a.Content.SHA256, Key: c.Key,
		At: [sections]int64{
			SectionPayload:     p.plan.Payload,
			SectionMetadata:    p.metadata.size - int64(len(p.plan.metadataHead())),
			SectionManifest:    p.manifest.size,
			SectionDirectory:   p.plan.Directory,
			SectionTagManifest: p.tags.size,
		},
	}
	if c.statesApproval() {
		t := textOf(c.Attestation.EnvelopeJSON())
		e.Attestation = EntryAttestation{c.Attestation.Revision, t.Size, t.CRC32, t.SHA256}
		p.plan.Attested++
	}
	document, err := documentOf(c, &e)
	if err != nil {
		return Entry{}, err
	}
	e.Document = document
	p.plan.Items++
	p.plan.Content += e.Size
	p.plan.Payload += e.length(p.plan, SectionPayload)
	p.plan.Directory += e.length(p.plan, SectionDirectory)
	p.metadata.write(e.metadataElement())
	p.manifest.write(e.manifestLine())
	p.tags.write(e.tagManifestLine())
	return e, nil
}

// Size returns the size of all contents so far in bytes.
func (p *Planner) Size() int64 { return p.plan.Content }

// Plan returns the plan of the archive. The Planner must not be used afterwards.
func (p *Planner) Plan() Plan {
	p.metadata.write([]byte(metadataTail))
	p.plan.Metadata, p.plan.Manifest = p.metadata.text(), p.manifest.text()
	if p.tags.size > 0 {
		p.tags.write(p.plan.tagManifestTail())
		p.plan.TagManifest = p.tags.text()
	}
	return p.plan
}

// path returns the path of a file of the bag in the archive.
func (p Plan) path(name string) string {
	if p.Folder == "" {
		return name
	}
	return p.Folder + "/" + name
}

// checksums computes the size and the checksums of a text.
type checksums struct {
	size   int64
	crc32  hash.Hash32
	sha256 hash.Hash
}

func newChecksums() checksums { return checksums{crc32: crc32.NewIEEE(), sha256: sha256.New()} }

func (s *checksums) write(p []byte) {
	s.size += int64(len(p))
	s.crc32.Write(p) // hashes do not fail
	s.sha256.Write(p)
}

func (s *checksums) text() Text {
	return Text{s.size, s.crc32.Sum32(), hex.EncodeToString(s.sha256.Sum(nil))}
}

// textOf describes a text.
func textOf(b []byte) Text {
	s := newChecksums()
	s.write(b)
	return s.text()
}

// region is a part of an archive: either fixed text or a section.
type region struct {
	offset, size int64
	text         []byte // nil for a section
	section      Section
}

// layout is the list of the regions of an archive.
type layout struct {
	regions []region // in order, without gaps, none empty
	size    int64    // of the archive
}

// layout computes the layout of the archive.
func (p Plan) layout() *layout {
	l := &layout{}
	var tags []member
	addFile := func(name string, t Text, addBody func()) {
		m := member{name: p.path(name), offset: l.size, size: t.Size, crc32: t.CRC32}
		tags = append(tags, m)
		l.addText(m.localHeader(p.CreatedAt))
		addBody()
	}
	l.addSection(SectionPayload, p.Payload)
	addFile(metadataName, p.Metadata, func() {
		l.addText(p.metadataHead())
		l.addSection(SectionMetadata, p.Metadata.Size-int64(len(p.metadataHead())+len(metadataTail)))
		l.addText([]byte(metadataTail))
	})
	addFile(manifestName, p.Manifest, func() { l.addSection(SectionManifest, p.Manifest.Size) })
	for _, t := range p.tagFiles() {
		addFile(t.name, t.sum(), func() { l.addText(t.text) })
	}
	tail, tagManifest := p.tagManifestTail(), p.TagManifest
	if tagManifest.Size == 0 {
		tagManifest = textOf(tail)
	}
	addFile(tagManifestName, tagManifest, func() {
		l.addSection(SectionTagManifest, tagManifest.Size-int64(len(tail)))
		l.addText(tail)
	})
	directory := l.size
	l.addSection(SectionDirectory, p.Directory)
	for _, m := range tags {
		l.addText(m.directoryRecord(p.CreatedAt))
	}
	l.addText(endRecords(p.Items+p.Attested+int64(len(tags)), directory, l.size-directory))
	return l
}

func (l *layout) addText(b []byte) { l.add(region{size: int64(len(b)), text: b}) }

func (l *layout) addSection(s Section, size int64) { l.add(region{size: size, section: s}) }

func (l *layout) add(r region) {
	if r.size == 0 {
		return
	}
	r.offset = l.size
	l.size += r.size
	l.regions = append(l.regions, r)
}

// regionAt returns the region that contains an offset, which must be within the archive.
func (l *layout) regionAt(offset int64) region {
	i, found := slices.BinarySearchFunc(l.regions, offset, func(r region, offset int64) int { return cmp.Compare(r.offset, offset) })
	if !found {
		i--
	}
	return l.regions[i]
}

// Size returns the size of the archive in bytes.
func (p Plan) Size() int64 { return p.layout().size }

// ETag returns the strong entity tag of the archive. Archives with the same bytes have
// the same tag.
func (p Plan) ETag() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // impossible: the fields are strings and numbers
	}
	return fmt.Sprintf(`"sha256:%x"`, sha256.Sum256(append([]byte("assets export 1 "), text...)))
}
