package approval_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
)

// Two people other than the creator must approve a version.
func ExamplePolicy() {
	cfg := assetstest.Config()
	cfg.Approver = approval.Policy{Quorum: 2, ForbidSelfApproval: true}
	lib, err := assets.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, writer := context.Background(), assetstest.Agent("acme", "copy-writer")
	ad, err := lib.Create(ctx, writer, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Spring sale",
		NewVersion: assets.NewVersion{Text: "Everything blooms.", Submit: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := assets.Decision{Action: assets.ActionApprove, Version: ad.Version, SHA256: ad.Content.SHA256}
	for _, by := range []assets.Actor{writer, assetstest.User("acme", "ann"), assetstest.User("acme", "ann"), assetstest.User("acme", "bob")} {
		a, err := lib.Review(ctx, by, ad.ID, seen)
		if err != nil {
			fmt.Println(by.Subject, assets.Code(err))
			continue
		}
		fmt.Println(by.Subject, a.Status)
	}
	// Output:
	// copy-writer agent_cannot_approve
	// ann pending_review
	// ann pending_review
	// bob approved
}

// A host's own rule: legal must approve every asset that mentions a guarantee.
func ExamplePolicy_rule() {
	legalFirst := func(_ context.Context, by assets.Actor, a *assets.Asset, r assets.Review) error {
		if r.ToStatus == assets.StatusApproved && strings.Contains(a.Title, "guarantee") && by.Subject != "legal" {
			return assets.Errorf(assets.ErrRefused, "legal must approve texts that mention a guarantee")
		}
		return nil
	}
	cfg := assetstest.Config()
	cfg.Approver = approval.Policy{Rule: legalFirst}
	lib, err := assets.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	ad, err := lib.Create(ctx, assetstest.Agent("acme", "copy-writer"), assets.NewAsset{
		Type: assets.TypeCopy, Title: "Our guarantee", NewVersion: assets.NewVersion{Text: "Or your money back.", Submit: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, subject := range []string{"ann", "legal"} {
		a, err := lib.Review(ctx, assetstest.User("acme", subject), ad.ID, assets.Decision{Action: assets.ActionApprove})
		if err != nil {
			fmt.Println(assets.Code(err)+":", assets.Detail(err))
			continue
		}
		fmt.Println(subject, a.Status)
	}
	// Output:
	// refused_by_policy: legal must approve texts that mention a guarantee
	// legal approved
}
