package isolation_test

import (
	"context"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// What an actor gets from a method, whichever asset it names.
const (
	may      = ""
	noScope  = "forbidden_scope"
	noPerson = "agent_cannot_approve"

	noInviting = "forbidden_kind"
)

// method is one call of the Library that names an asset.
type method struct {
	name  string
	state string // of the asset; default draft
	call  func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID) (any, error)

	read, write, approve, agent string // what each actor gets
	early                       bool   // a missing scope is reported before a malformed id
	lost                        string // code for an unknown id; default not_found
	loc                         string // where a malformed id is reported; default asset_id
	conflict                    string // a state of the asset in which the call conflicts
}

// methods returns every method of Library that takes an Actor.
func methods() []method {
	stale := []int64{999}
	reads := method{write: noScope, approve: noScope, early: true}
	writes := method{read: noScope, approve: noScope, early: true}
	invites := method{read: noScope, write: noInviting, agent: noInviting, early: true}
	approves := method{read: noScope, write: noPerson, agent: noPerson} // the key "write" is a service
	as := func(like method, name, state string, call func(context.Context, *assets.Library, assets.Actor, assets.ID) (any, error)) method {
		like.name, like.state, like.call = name, state, call
		return like
	}
	conflicting := func(m method, state string) method { m.conflict = state; return m }
	located := func(m method, lost, loc string) method { m.lost, m.loc = lost, loc; return m }

	return []method{
		as(reads, "Get", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Get(ctx, by, id, assets.SelectCurrent)
		}),
		as(reads, "Get", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Get(ctx, by, id, assets.SelectApproved)
		}),
		as(reads, "Version", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Version(ctx, by, id, 1)
		}),
		as(reads, "VersionOf", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			a, v, err := l.VersionOf(ctx, by, id, assets.SelectApproved)
			return []any{a, v}, err
		}),
		as(invites, "Erase", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Erase(ctx, by, id, 1, "a request")
		}),
		as(reads, "Versions", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Versions(ctx, by, id, assets.PageQuery{})
		}),
		as(reads, "Reviews", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Reviews(ctx, by, id, assets.PageQuery{})
		}),
		as(reads, "Open", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			f, err := l.Open(ctx, by, id, assets.SelectCurrent)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			return io.ReadAll(f)
		}),
		as(reads, "OpenRendition", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			f, err := l.OpenRendition(ctx, by, id, assets.SelectCurrent, 640)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			return io.ReadAll(f)
		}),
		as(reads, "PreviewURL", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.PreviewURL(ctx, by, id, assets.PreviewOptions{})
		}),
		as(reads, "Allowed", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Allowed(ctx, by, id)
		}),
		as(reads, "Publishable", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return dereferenced(l.Publishable(ctx, by, id, 2))
		}),
		as(reads, "Attestation", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			a, err := l.Attestation(ctx, by, id, assets.SelectApproved)
			if assets.Code(err) == "not_configured" {
				err = nil
			}
			return a, err
		}),
		as(reads, "ReviewState", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return dereferenced(l.ReviewState(ctx, by, id, assets.SelectCurrent))
		}),
		as(reads, "Diff", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return dereferenced(l.Diff(ctx, by, id, assets.DiffQuery{}))
		}),
		as(reads, "Diff", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return dereferenced(l.Diff(ctx, by, id, assets.DiffQuery{From: new(assets.SelectApproved)}))
		}),
		located(as(reads, "Approved", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Approved(ctx, by, id)
		}), "not_found", "asset_ids.0"),
		located(as(reads, "List", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return found(l.List(ctx, by, assets.Query{IDs: []assets.ID{id}}))
		}), "", "asset_id"),
		located(as(reads, "Events", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			page, err := l.Events(ctx, by, assets.EventQuery{AssetIDs: []assets.ID{id}})
			if err == nil && len(page.Items) == 0 {
				err = assets.ErrNotFound
			}
			return page.Items, err
		}), "", "asset_id"),
		located(as(reads, "StreamEvents", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			s, err := l.StreamEvents(ctx, by, assets.EventQuery{AssetIDs: []assets.ID{id}})
			if err != nil {
				return nil, err
			}
			defer s.Close()
			ctx, cancel := context.WithTimeout(ctx, time.Second/4)
			defer cancel()
			events, err := s.Next(ctx)
			if err == nil && len(events) == 0 {
				err = assets.ErrNotFound
			}
			return events, err
		}), "", "asset_id"),
		located(as(reads, "Counts", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Counts(ctx, by, assets.CountQuery{Query: assets.Query{IDs: []assets.ID{id}}, Frequent: true})
		}), "", "asset_id"),
		located(as(reads, "Place", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Place(ctx, by, assets.Query{IDs: []assets.ID{id}}, &assets.Asset{ID: fixture.AbsentID})
		}), "", "asset_id"),
		located(as(reads, "All", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			var page assets.Page
			for a, err := range l.All(ctx, by, assets.Query{IDs: []assets.ID{id}}) {
				if err != nil {
					return nil, err
				}
				page.Items = append(page.Items, a)
			}
			return found(page, nil)
		}), "", "asset_id"),

		located(as(writes, "Create", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			in := fixture.Copy("made of another")
			in.Provenance.DerivedFrom = []assets.Ref{{AssetID: id, Version: 1}}
			return l.Create(ctx, by, in)
		}), "validation_error", "provenance.derived_from.0.asset_id"),
		conflicting(as(writes, "AddVersion", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.AddVersion(ctx, by, id, assets.NewVersion{Text: "third"})
		}), "archived"),
		conflicting(as(writes, "Edit", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			title := "New"
			return l.Edit(ctx, by, id, assets.Edit{Title: &title})
		}), "archived"),
		conflicting(as(writes, "Delete", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return nil, l.Delete(ctx, by, id, nil)
		}), "approved"),
		conflicting(as(writes, "Rollback", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Rollback(ctx, by, id, assets.Rollback{Version: 1})
		}), "archived"),
		conflicting(as(approves, "Review", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Review(ctx, by, id, assets.Decision{Action: assets.ActionApprove, Version: 2})
		}), "archived"),
		as(method{read: noScope}, "Comment", "archived", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Comment(ctx, by, id, assets.NewComment{Version: 2, Text: "Is it agreed?"})
		}),
		as(invites, "CreateReviewLink", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.CreateReviewLink(ctx, by, id, assets.NewReviewLink{Name: "Eve"})
		}),
		as(invites, "ReviewLinks", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.ReviewLinks(ctx, by, id, assets.PageQuery{})
		}),
		located(as(approves, "BulkReview", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			results, err := l.BulkReview(ctx, by, assets.BulkDecision{
				Action: assets.ActionApprove, Items: []assets.BulkItem{{AssetID: id, Version: 2}},
			})
			if err != nil {
				return nil, err
			}
			return results[0].Asset, results[0].Err
		}), "not_found", "items.0.asset_id"),

		// With a revision that no asset has: only the own workspace gets precondition_failed.
		conflicting(as(writes, "AddVersion", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.AddVersion(ctx, by, id, assets.NewVersion{Text: "third", IfRevision: stale})
		}), "draft"),
		conflicting(as(writes, "Edit", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Edit(ctx, by, id, assets.Edit{ClearTags: true, IfRevision: stale})
		}), "draft"),
		conflicting(as(writes, "Delete", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return nil, l.Delete(ctx, by, id, stale)
		}), "draft"),
		conflicting(as(writes, "Rollback", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Rollback(ctx, by, id, assets.Rollback{Version: 1, IfRevision: stale})
		}), "draft"),
		conflicting(as(approves, "Review", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Review(ctx, by, id, assets.Decision{Action: assets.ActionApprove, Version: 2, IfRevision: stale})
		}), "draft"),
	}
}

// dereferenced returns what a pointer points to, so that it can be printed.
func dereferenced[T any](p *T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return *p, nil
}

// found returns the only item of a page, or nil.
func found(page assets.Page, err error) (any, error) {
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return page.Items[0], nil
}

// namesNoAsset are the methods with an Actor but without an asset's id, and the
// tests of their isolation.
var namesNoAsset = map[string]string{
	"Tags": "TestTEN06SameWordsInBoth", "NewUpload": "TestForeignUploadTEN04", "RevokeReviewLink": "TestReviewLinkRefused", "Usage": "TestUsageTEN06",
}

// TestEveryMethodIsListedTEN01 fails when Library has a new method that methods
// lacks.
func TestEveryMethodIsListedTEN01(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, m := range methods() {
		rows[m.name] = true
	}
	lib := reflect.TypeFor[*assets.Library]()
	for m := range lib.Methods() {
		takesActor := m.Type.NumIn() > 2 && m.Type.In(2) == reflect.TypeFor[assets.Actor]()
		if takesActor && !rows[m.Name] && namesNoAsset[m.Name] == "" {
			t.Errorf("methods lacks %s", m.Name)
		}
	}
}

// TestVolumeIsolationTEN01 calls each method as each actor on each kind of id. The actors
// come from real API keys.
func TestVolumeIsolationTEN01(t *testing.T) {
	for _, m := range methods() {
		t.Run(m.name+" "+m.state, func(t *testing.T) {
			backends.Each(t, func(t *testing.T, cfg assets.Config) {
				actors := actorsOfKeys(t, cfg.Store.(apikey.Store))
				cfg.ReviewLinkURL = func(token string) string { return token }
				lib := backends.Library(t, cfg)
				for key, refusal := range map[string]string{
					"read": m.read, "write": m.write, "approve": m.approve, "agent": m.agent, "other": may,
					"revoked": "unauthorized", "none": "unauthorized",
				} {
					t.Run(key, func(t *testing.T) { checker{t, lib}.check(m, key, actors[key], refusal) })
				}
			})
		})
	}
}
