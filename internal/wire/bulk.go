package wire

import "github.com/10ex/assets"

// BulkReply has one result for each item, in order.
type BulkReply struct {
	Results []BulkResult `json:"results"`
}

// BulkResult has either the asset or why the item was refused.
type BulkResult struct {
	AssetID assets.ID     `json:"asset_id"`
	Asset   *assets.Asset `json:"asset,omitempty"`
	Error   any           `json:"error,omitempty"`
}

// BulkReplyOf makes the answer to a bulk review.
func BulkReplyOf(results []assets.BulkResult) BulkReply {
	reply := BulkReply{Results: make([]BulkResult, len(results))}
	for i, r := range results {
		reply.Results[i] = BulkResult{AssetID: r.AssetID, Asset: r.Asset}
		if r.Err != nil {
			reply.Results[i] = BulkResult{AssetID: r.AssetID, Error: Describe(r.Err).Body()}
		}
	}
	return reply
}
