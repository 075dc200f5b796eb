package wire

import "github.com/10ex/assets"

// Diff is the response with a comparison. Its segments are null if there are none,
// which differs from an empty list.
type Diff struct {
	From     *assets.DiffVersion   `json:"from"`
	To       assets.DiffVersion    `json:"to"`
	Segments *[]assets.DiffSegment `json:"segments"`
}

// DiffOf returns the response for a comparison.
func DiffOf(d *assets.Diff) Diff {
	reply := Diff{From: d.From, To: d.To}
	if d.Segments != nil {
		reply.Segments = &d.Segments
	}
	return reply
}
