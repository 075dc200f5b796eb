package assets

import (
	"slices"
	"strings"
)

// sourceTypeURI begins the URI of a digital source type of the IPTC
// (https://cv.iptc.org/newscodes/digitalsourcetype/).
const sourceTypeURI = "cv.iptc.org/newscodes/digitalsourcetype/"

// Disclosure is what a digital source type means to the public, in English words.
type Disclosure string

// The disclosures. DisclosureNone is that of a version without a known source type.
const (
	DisclosureNone         Disclosure = ""
	DisclosureMadeByAI     Disclosure = "made by AI"
	DisclosureEditedWithAI Disclosure = "edited with AI"
	DisclosureCaptured     Disclosure = "captured"
	DisclosureEdited       Disclosure = "edited by people"
	DisclosureMadeByPeople Disclosure = "made by people"
	DisclosureCorrected    Disclosure = "corrected by software"
	DisclosureComputed     Disclosure = "made by software without AI"
	DisclosureComposed     Disclosure = "composed of several sources"
)

// sourceTypes are the codes of the IPTC's vocabulary, retired ones too, in its order.
var sourceTypes = []struct {
	code    string
	meaning Disclosure
}{
	{"digitalCapture", DisclosureCaptured},
	{"computationalCapture", DisclosureCaptured},
	{"negativeFilm", DisclosureCaptured},
	{"positiveFilm", DisclosureCaptured},
	{"print", DisclosureCaptured},
	{"minorHumanEdits", DisclosureEdited},
	{"humanEdits", DisclosureEdited},
	{"compositeWithTrainedAlgorithmicMedia", DisclosureEditedWithAI},
	{"algorithmicallyEnhanced", DisclosureCorrected},
	{"softwareImage", DisclosureComputed},
	{"digitalArt", DisclosureMadeByPeople},
	{"digitalCreation", DisclosureMadeByPeople},
	{"dataDrivenMedia", DisclosureComputed},
	{"trainedAlgorithmicMedia", DisclosureMadeByAI},
	{"algorithmicMedia", DisclosureComputed},
	{"screenCapture", DisclosureCaptured},
	{"virtualRecording", DisclosureEditedWithAI},
	{"composite", DisclosureComposed},
	{"compositeCapture", DisclosureCaptured},
	{"compositeSynthetic", DisclosureEditedWithAI},
}

// SourceTypes returns the codes of the digital source types of the IPTC, which
// Provenance.SourceType of a new version may have.
func SourceTypes() []string {
	codes := make([]string, len(sourceTypes))
	for i, t := range sourceTypes {
		codes[i] = t.code
	}
	return codes
}

// Disclosure returns what SourceType means to the public. It is DisclosureNone if
// SourceType is empty, or a text that was stored before only codes were accepted.
func (v *Provenance) Disclosure() Disclosure {
	for _, t := range sourceTypes {
		if t.code == v.SourceType {
			return t.meaning
		}
	}
	return DisclosureNone
}

// sourceType checks a digital source type. A URI becomes its code.
func (p *problems) sourceType(s *string, loc ...any) {
	if *s == "" || !p.hostID(*s, loc...) {
		return
	}
	code := *s
	for _, scheme := range []string{"http://", "https://"} {
		if rest, ok := strings.CutPrefix(*s, scheme+sourceTypeURI); ok {
			code = rest
		}
	}
	if !slices.Contains(SourceTypes(), code) {
		p.add(TypeNotAllowed, "must be a code of the IPTC's digital source types, such as trainedAlgorithmicMedia, compositeWithTrainedAlgorithmicMedia or digitalCapture, or its URI", loc...)
		return
	}
	*s = code
}
