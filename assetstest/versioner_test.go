package assetstest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/versioning"
)

func versionerSuite(t *testing.T, seed func(assets.Versioner) assets.Versioner) {
	assetstest.TestVersioner(t, func(*testing.T) assets.Versioner { return seed(versioning.Linear{}) })
}

func TestVolumeVersioner(t *testing.T) { accepts(t, versionerSuite) }

func TestVolumeVersionerRefuses(t *testing.T) {
	refuses(
		t, versionerSuite,
		wrongVersion("a number is skipped", "numbers go 1, 2, 3", func(_ *assets.Asset, next *assets.Version, _ *error) { next.Number++ }),
		wrongVersion("an equal version is added", "equal to the current version adds nothing", func(_ *assets.Asset, _ *assets.Version, err *error) {
			if errors.Is(*err, assets.ErrUnchanged) {
				*err = nil
			}
		}),
		wrongVersion("only digests are compared", "any difference adds a version", func(a *assets.Asset, next *assets.Version, err *error) {
			if next.Content.SHA256 == a.Content.SHA256 {
				*err = assets.ErrUnchanged
			}
		}),
		wrongVersion("a rollback is approved", "a rollback takes content but not approval", func(_ *assets.Asset, next *assets.Version, _ *error) {
			next.Approval = assets.ApprovalGiven
		}),
		wrongVersion("the asset is changed", "numbers go 1, 2, 3", func(a *assets.Asset, next *assets.Version, _ *error) { a.CurrentVersion = next.Number }),
		wrongVersion("a failing back end is an unknown version", "a failing back end is passed on", func(_ *assets.Asset, _ *assets.Version, err *error) {
			if errors.Is(*err, assets.ErrUnavailable) {
				*err = assets.ErrNotFound
			}
		}),
	)
}

// wrongVersion returns a fault: Next returns another version or error, or
// changes the asset.
func wrongVersion(name, fails string, change func(a *assets.Asset, next *assets.Version, err *error)) fault[assets.Versioner] {
	return fault[assets.Versioner]{name, func(v assets.Versioner) assets.Versioner { return wrongVersioner{v, change} }, fails}
}

type wrongVersioner struct {
	assets.Versioner
	change func(*assets.Asset, *assets.Version, *error)
}

func (v wrongVersioner) Next(ctx context.Context, r assets.Reader, a *assets.Asset, proposed assets.Version) (assets.Version, error) {
	next, err := v.Versioner.Next(ctx, r, a, proposed)
	v.change(a, &next, &err)
	return next, err
}
