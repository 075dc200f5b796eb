-- name: AddCampaign :exec
INSERT INTO campaigns (name, asset_id, version) VALUES ($1, $2, $3);
