package assets

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// explainer finds out what is missing before publishers get a version.
type explainer struct {
	lib     *Library
	rows    Reader
	asset   *Asset // in the current perspective
	version Version
	inForce Version      // its Number is 0 if none is
	rules   *PolicyRules // nil: unknown
	counted []Review     // approvals of the version that count now
}

// missing returns the steps: see Publishability.Missing. A version that is not current
// can be neither submitted nor approved, and one without a known source type may not be
// approved. Both need a new version, which is then submitted and approved.
func (x *explainer) missing(ctx context.Context) ([]Missing, error) {
	x.counted = []Review{}
	if x.version.ErasedAt != 0 {
		return []Missing{step(MissingContent, "nobody", "")}, nil
	}
	if x.version.Number != x.asset.CurrentVersion && x.sameInForce() {
		return []Missing{x.nothing()}, nil
	}
	var steps []Missing
	if x.asset.Status == StatusArchived {
		steps = append(steps, step(MissingReopen, writers, "Reopen the asset."))
	}
	if x.undisclosed(x.version) {
		steps = append(steps, step(MissingDisclosure, writers, "Add a version whose provenance.source_type is a digital source type of the IPTC."))
		return append(steps, x.newVersion()...), nil
	}
	if x.version.Number != x.asset.CurrentVersion {
		return x.rollback(ctx, steps)
	}
	current, err := x.currentVersion(ctx)
	return append(steps, current...), err
}

// sameInForce reports whether the version in force has the content and the provenance of the
// version, or may be approved instead because it has a known source type: a rollback and a
// version with a source type, which are the steps for a version that is not current, lead there.
func (x *explainer) sameInForce() bool {
	if x.inForce.Number == 0 || x.inForce.Content != x.version.Content {
		return false
	}
	if x.undisclosed(x.version) {
		return !x.undisclosed(x.inForce)
	}
	one, err := json.Marshal(x.inForce.Provenance)
	other, failed := json.Marshal(x.version.Provenance)
	return err == nil && failed == nil && bytes.Equal(one, other)
}

// undisclosed reports whether the policy refuses a version since it has no known source type.
func (x *explainer) undisclosed(v Version) bool {
	return x.rules != nil && x.rules.RequireDisclosure && v.Provenance.Disclosure() == DisclosureNone
}

// nothing returns the step for a version that cannot come into force itself, while publishers
// get another one that is the same.
func (x *explainer) nothing() Missing {
	m := step(MissingRollback, "nobody", fmt.Sprintf("Nothing: publishers get version %d, which has the same content.", x.inForce.Number))
	m.InForce = x.inForce.Number
	return m
}

// rollback appends the steps for a version that is not current.
func (x *explainer) rollback(ctx context.Context, steps []Missing) ([]Missing, error) {
	a, n := x.asset, x.version.Number
	_, err := x.lib.cfg.Versioner.Next(ctx, x.rows, a, Version{AssetID: a.ID, RolledBackFrom: n})
	if errors.Is(err, ErrUnchanged) {
		if a.CurrentVersion == a.ApprovedVersion {
			return append(steps, x.nothing()), nil
		}
		how := fmt.Sprintf("Version %d, the current one, is the same: go on with it.", a.CurrentVersion)
		steps = append(steps, step(MissingRollback, writers, how))
		current, err := x.currentVersion(ctx)
		return append(steps, current...), err
	}
	if err != nil {
		return nil, err
	}
	carried, err := x.carried(ctx)
	if err != nil {
		return nil, err
	}
	if carried {
		return append(steps, step(MissingRollback, x.approvers("1", false)+" and assets:write", fmt.Sprintf("Roll back to version %d, which carries its approval over.", n))), nil
	}
	steps = append(steps, step(MissingRollback, writers, fmt.Sprintf("Roll back to version %d.", n)))
	return append(steps, x.newVersion()...), nil
}

// carried reports whether a rollback to the version would carry its approval over, if
// the actor may approve.
func (x *explainer) carried(ctx context.Context) (bool, error) {
	if x.version.Approval != ApprovalGiven || x.asset.Status == StatusArchived {
		return false, nil
	}
	counter, ok := x.lib.cfg.Approver.(ApprovalCounter)
	if !ok {
		return true, nil
	}
	counted, needed, err := counter.CountCarried(ctx, x.rows, x.asset, x.version)
	x.counted = append(x.counted, counted...)
	return len(counted) >= needed, err
}

// newVersion returns the steps for a version that does not exist yet.
func (x *explainer) newVersion() []Missing {
	return []Missing{
		step(MissingSubmit, writers, "Submit the new version."),
		x.approvals(x.quorum(), "Approve the new version, naming its number and its SHA-256."),
	}
}

// changesRequested reports whether the asset is a draft because the newest decision on its
// current version requests changes.
func (x *explainer) changesRequested(ctx context.Context) (bool, error) {
	a := x.asset
	if a.Status != StatusDraft {
		return false, nil
	}
	last, err := x.rows.Reviews(ctx, a.Workspace, a.ID, a.CurrentVersion, 1)
	return len(last) > 0 && last[0].Action == ActionRequestChanges, err
}

// currentVersion returns the steps for the current version.
func (x *explainer) currentVersion(ctx context.Context) ([]Missing, error) {
	a, n := x.asset, x.asset.CurrentVersion
	var steps []Missing
	requested, err := x.changesRequested(ctx)
	if err != nil {
		return nil, err
	}
	submitted := a.Status == StatusPendingReview && a.Submitted.Version == n
	switch {
	case submitted:
	case requested:
		steps = append(steps, step(MissingChanges, writers, fmt.Sprintf("Make the changes and submit the new version or, if there is nothing to change, submit version %d again.", n)))
	default:
		steps = append(steps, step(MissingSubmit, writers, fmt.Sprintf("Submit version %d.", n)))
	}
	needed := 1
	if counter, ok := x.lib.cfg.Approver.(ApprovalCounter); ok {
		counted, quorum, err := counter.CountApprovals(ctx, x.rows, a, n)
		if err != nil {
			return nil, err
		}
		x.counted = append(x.counted, counted...)
		needed = max(1, quorum-len(counted))
	}
	return append(steps, x.approvals(needed, fmt.Sprintf("Approve version %d, naming its SHA-256.", n))), nil
}

// writers are who may submit, reopen and add versions.
const writers = "anyone with the scope assets:write"

func step(code MissingCode, who, how string) Missing {
	return Missing{Code: code, Who: who, How: Optional(how), Count: 1}
}

func (x *explainer) approvals(n int, how string) Missing {
	count := fmt.Sprint(n)
	if len(x.counted) > 0 {
		count += " more"
	}
	who := x.approvers(count, n > 1)
	if x.rules != nil && x.rules.ForbidSelfApproval {
		who += ", but not the creator of the version"
	}
	return Missing{Code: MissingApprovals, Who: who, How: Optional(how), Count: n}
}

// quorum returns how many approvals a new version needs.
func (x *explainer) quorum() int {
	if x.rules == nil {
		return 1
	}
	return max(1, x.rules.Quorum)
}

// approvers returns the words for so many actors who may approve.
func (x *explainer) approvers(count string, plural bool) string {
	kinds := []Kind{KindUser}
	if x.rules != nil {
		kinds = x.rules.Kinds
	}
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
		if plural {
			words[i] += "s"
		}
	}
	return count + " " + strings.Join(words, " or ") + " with the scope assets:approve"
}
