package httpx

import (
	"time"

	"github.com/10ex/assets"
)

const exampleLinkID = "019cae14-6f80-7d33-9b10-5a6b7c8d9e0f"

func exampleLink() assets.ReviewLink {
	return assets.ReviewLink{
		ID: exampleLinkID, AssetID: exampleAssetID, Version: 2, SHA256: exampleSecondSHA256, Name: "Dr. Weber", Can: assets.LinkComment,
		CreatedBy: "ann", CreatedAt: exampleTime(10, 25), ExpiresAt: exampleTime(10, 25).Add(24 * time.Hour), LastUsedAt: exampleTime(10, 40),
	}
}

// exampleNewLink returns a link as it is returned once.
func exampleNewLink() assets.ReviewLink {
	k := exampleLink()
	k.LastUsedAt, k.URL = 0, "https://assets.example.com/assets/review/link/AZyuFG-A.c2lnbmF0dXJl"
	return k
}
