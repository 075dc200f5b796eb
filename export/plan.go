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

// Plan is the layout of a whole archive in a few numbers: with the entries in
// their order, every byte follows from it. No content is read to make one.
type Plan struct {
	Export    assets.ID   `json:"export_id"`
	CreatedBy string      `json:"created_by"`
	CreatedAt assets.Time `json:"created_at"`
	Items     int64       `json:"items"`
	Content   int64       `json:"content"`   // bytes of all contents
	Payload   int64       `json:"payload"`   // bytes of SectionPayload
	Directory int64       `json:"directory"` // bytes of SectionDirectory
	Metadata  Text        `json:"metadata"`  // metadata.json
	Manifest  Text        `json:"manifest"`  // manifest-sha256.txt
}

// Text is a file of an archive that is made of its entries.
type Text struct {
	Size   int64  `json:"size"`
	CRC32  uint32 `json:"crc32"`
	SHA256 string `json:"sha256"`
}

// Planner lays out an archive, entry by entry, in memory of about 200 bytes
// for each.
type Planner struct {
	plan     Plan
	names    names
	metadata summer
	manifest summer
}

// NewPlanner begins an archive. No two have the same id.
func NewPlanner(id assets.ID, createdBy string, createdAt assets.Time) *Planner {
	p := &Planner{
		plan:     Plan{Export: id, CreatedBy: createdBy, CreatedAt: createdAt},
		names:    names{},
		metadata: newSummer(),
		manifest: newSummer(),
	}
	p.metadata.write(p.plan.opening())
	return p
}

// Add gives a candidate its place behind those before it.
func (p *Planner) Add(c Candidate) (Entry, error) {
	a := c.Asset
	e := Entry{
		AssetID: a.ID, Version: a.Version, Withdrawals: c.Withdrawals,
		Name: payloadFolder + p.names.choose(a.Title, a.Content.MediaType, a.Content.Filename),
		Size: a.Content.SizeBytes, CRC32: c.CRC32, SHA256: a.Content.SHA256, Key: c.Key,
		At: [sections]int64{
			SectionPayload:   p.plan.Payload,
			SectionMetadata:  p.metadata.size - int64(len(p.plan.opening())),
			SectionManifest:  p.manifest.size,
			SectionDirectory: p.plan.Directory,
		},
	}
	document, err := documentOf(c, e.Name)
	if err != nil {
		return Entry{}, err
	}
	e.Document = document
	m := e.member()
	p.plan.Items++
	p.plan.Content += e.Size
	p.plan.Payload += m.localLength() + e.Size
	p.plan.Directory += m.recordLength()
	p.metadata.write(e.element())
	p.manifest.write(e.line())
	return e, nil
}

// Size answers how many bytes the contents have so far.
func (p *Planner) Size() int64 { return p.plan.Content }

// Plan ends the archive.
func (p *Planner) Plan() Plan {
	p.metadata.write([]byte(closing))
	p.plan.Metadata, p.plan.Manifest = p.metadata.text(), p.manifest.text()
	return p.plan
}

// summer measures a text while it is written.
type summer struct {
	size   int64
	crc32  hash.Hash32
	sha256 hash.Hash
}

func newSummer() summer { return summer{crc32: crc32.NewIEEE(), sha256: sha256.New()} }

func (s *summer) write(p []byte) {
	s.size += int64(len(p))
	s.crc32.Write(p) // hashes do not fail
	s.sha256.Write(p)
}

func (s *summer) text() Text {
	return Text{s.size, s.crc32.Sum32(), hex.EncodeToString(s.sha256.Sum(nil))}
}

// stretch is a run of bytes of an archive: either its own, or those of a
// section.
type stretch struct {
	at, size int64
	own      []byte
	section  Section
}

// layout is where everything is.
type layout struct {
	plan      Plan
	stretches []stretch // in order, without gaps, none empty
	size      int64
}

// layout computes the archive around the entries.
func (p Plan) layout() *layout {
	l := &layout{plan: p}
	var tags []member
	file := func(name string, t Text, body func()) {
		m := member{name: name, at: l.size, size: t.Size, crc32: t.CRC32}
		tags = append(tags, m)
		l.own(m.local(p.CreatedAt))
		body()
	}
	l.of(SectionPayload, p.Payload)
	file(metadataName, p.Metadata, func() {
		l.own(p.opening())
		l.of(SectionMetadata, p.Metadata.Size-int64(len(p.opening())+len(closing)))
		l.own([]byte(closing))
	})
	file(manifestName, p.Manifest, func() { l.of(SectionManifest, p.Manifest.Size) })
	for _, t := range p.tagFiles() {
		file(t.name, t.sum(), func() { l.own(t.text) })
	}
	directory := l.size
	l.of(SectionDirectory, p.Directory)
	for _, m := range tags {
		l.own(m.record(p.CreatedAt))
	}
	l.own(ending(p.Items+int64(len(tags)), directory, l.size-directory))
	return l
}

func (l *layout) own(b []byte) { l.add(stretch{size: int64(len(b)), own: b}) }

func (l *layout) of(s Section, size int64) { l.add(stretch{size: size, section: s}) }

func (l *layout) add(s stretch) {
	if s.size == 0 {
		return
	}
	s.at = l.size
	l.size += s.size
	l.stretches = append(l.stretches, s)
}

// find answers the stretch with the byte at, which is within the archive.
func (l *layout) find(at int64) stretch {
	i, found := slices.BinarySearchFunc(l.stretches, at, func(s stretch, at int64) int { return cmp.Compare(s.at, at) })
	if !found {
		i--
	}
	return l.stretches[i]
}

// Size answers how many bytes the archive has.
func (p Plan) Size() int64 { return p.layout().size }

// ETag answers the strong entity tag of the archive: of the same bytes always
// the same.
func (p Plan) ETag() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return fmt.Sprintf(`"sha256:%x"`, sha256.Sum256(append([]byte("assets export 1 "), text...)))
}

func (e *Entry) member() member {
	return member{name: e.Name, at: e.At[SectionPayload], size: e.Size, crc32: e.CRC32}
}

// length answers how long the entry's stretch of a section is. The entry has
// its Document when that is asked for.
func (e *Entry) length(s Section) int64 {
	switch s {
	case SectionMetadata:
		return int64(len(e.element()))
	case SectionManifest:
		return int64(len(e.line()))
	case SectionDirectory:
		return e.member().recordLength()
	default:
		return e.member().localLength() + e.Size
	}
}
