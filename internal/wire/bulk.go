package wire

import "github.com/10ex/assets"

// BulkReply is the response to a bulk review. It has one result for each item, in
// the same order.
type BulkReply struct {
	Results []BulkResult `json:"results"`
}

// BulkResult has either the asset or the error of an item.
type BulkResult struct {
	AssetID assets.ID     `json:"asset_id"`
	Asset   *assets.Asset `json:"asset,omitempty"`
	Error   any           `json:"error,omitempty"`
}

// BulkReplyOf returns the response for the results of a bulk review. An error is
// the [Failure.Body] of its Failure.
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
