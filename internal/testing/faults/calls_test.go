package faults_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/fixture"
)

// libraryCall is one call of the Library, to be made with a fault at each step.
type libraryCall struct {
	name    string
	prepare func(s *trial) error                      // without faults
	call    func(ctx context.Context, s *trial) error // repeatable
	done    func(s *trial, r rows) error              // checks what an acknowledged call leaves; nil: nothing changes
	gone    string                                    // the code of a repetition after a call of unknown outcome that took effect
	files   bool                                      // also made on real files with full syncing
}

// libraryCalls returns calls of every method of Library, in all their variants.
func libraryCalls() []libraryCall {
	return append(writeCalls(), append(decisionCalls(), readCalls()...)...)
}

func writeCalls() []libraryCall {
	return append(uploadCalls(), contentCalls()...)
}

func uploadCalls() []libraryCall {
	used := func(versions int, inForce assets.Number) func(*trial, rows) error {
		return func(s *trial, r rows) error {
			if r.Upload.UsedAt == 0 {
				return errors.New("the upload is not used")
			}
			return holds(versions, "draft", inForce)(s, r)
		}
	}
	return []libraryCall{
		{
			name: "NewUpload",
			call: func(ctx context.Context, s *trial) error {
				_, err := s.lib.NewUpload(ctx, s.user("maker"), assets.NewUpload{})
				return err
			},
			done: func(_ *trial, r rows) error {
				if len(r.Current) != 0 {
					return errors.New("the upload became an asset")
				}
				return nil
			},
		},
		{
			name: "PutUpload", files: true, prepare: ticketed,
			call: fill,
			done: func(_ *trial, r rows) error {
				if r.Upload.Content.SHA256 != fixture.SHA256("uploaded") {
					return fmt.Errorf("the upload lacks its content: %+v", r.Upload)
				}
				return nil
			},
			gone: "upload_used",
		},
		{
			name: "Create from upload", prepare: uploaded, gone: "upload_used",
			call: func(ctx context.Context, s *trial) error {
				out, err := s.lib.Create(ctx, s.user("maker"), assets.NewAsset{
					Type: assets.TypeCopy, Title: "headline", NewVersion: assets.NewVersion{UploadID: s.upload},
				})
				if err == nil {
					s.id = out.ID
				}
				return err
			},
			done: used(1, 0),
		},
		{
			name:    "AddVersion from upload",
			prepare: func(s *trial) error { return errors.Join(approved(s), uploaded(s)) },
			call: func(ctx context.Context, s *trial) error {
				_, err := s.lib.AddVersion(ctx, s.user("maker"), s.id, assets.NewVersion{UploadID: s.upload})
				return err
			},
			done: used(2, 1), gone: "upload_used",
		},
	}
}

func ticketed(s *trial) error {
	got, err := s.lib.NewUpload(context.Background(), s.user("maker"), assets.NewUpload{})
	s.upload, s.token = got.UploadID, fixture.Token(got.URL)
	return err
}

func fill(ctx context.Context, s *trial) error {
	_, err := s.lib.PutUpload(ctx, s.token, assets.UploadContent{Content: strings.NewReader("uploaded"), Size: -1})
	return err
}

func uploaded(s *trial) error { return errors.Join(ticketed(s), fill(context.Background(), s)) }

func contentCalls() []libraryCall {
	return []libraryCall{
		{name: "Create", files: true, call: create("", true), done: holds(1, "pending_review", 0)},
		{name: "Create with key", call: create("key", false), done: holds(1, "draft", 0)},
		{
			name:    "Create replayed",
			prepare: func(s *trial) error { return create("key", false)(context.Background(), s) },
			call: func(ctx context.Context, s *trial) error {
				err := create("key", false)(ctx, s)
				if err == nil && !s.replayed {
					return errors.New("the call was not replayed")
				}
				return err
			},
		},
		{name: "AddVersion", prepare: approved, call: add("second", "", true), done: holds(2, "pending_review", 1)},
		{name: "AddVersion with key", files: true, prepare: approved, call: add("second", "key", false), done: holds(2, "draft", 1)},
		{name: "AddVersion unchanged", prepare: approved, call: add("text", "", false)},
		{
			name: "Rollback", prepare: newer,
			call: func(ctx context.Context, s *trial) error {
				_, err := s.lib.Rollback(ctx, s.user("ann"), s.id, assets.Rollback{Version: 1, Reason: "why"})
				return err
			},
			done: holds(3, "approved", 3),
		},
		{
			name: "Edit", prepare: approved,
			call: func(ctx context.Context, s *trial) error {
				_, err := s.lib.Edit(ctx, s.user("ann"), s.id, assets.Edit{Title: new("other"), Tags: assets.Tags{"a": {"b"}}})
				return err
			},
			done: func(_ *trial, r rows) error {
				if len(r.Current) != 1 || r.Current[0].Title != "other" || r.Approved[0].Title != "other" {
					return fmt.Errorf("the title is not in both perspectives: %v", r.Current)
				}
				return nil
			},
		},
		{
			name: "Delete", prepare: func(s *trial) error { return create("", false)(context.Background(), s) },
			call: func(ctx context.Context, s *trial) error { return s.lib.Delete(ctx, s.user("ann"), s.id, nil) },
			done: func(_ *trial, r rows) error {
				if len(r.Current) != 0 {
					return errors.New("the deleted asset is there")
				}
				return nil
			},
			gone: "not_found",
		},
	}
}

func create(key string, submit bool) func(context.Context, *trial) error {
	return func(ctx context.Context, s *trial) error {
		out, err := s.lib.Create(ctx, s.user("maker"), assets.NewAsset{
			Type: assets.TypeCopy, Title: "headline",
			NewVersion: assets.NewVersion{Content: strings.NewReader("text"), Submit: submit, IdempotencyKey: key},
		})
		if err == nil {
			s.id, s.replayed = out.ID, out.Replayed
		}
		return err
	}
}

func add(text, key string, submit bool) func(context.Context, *trial) error {
	return func(ctx context.Context, s *trial) error {
		out, err := s.lib.AddVersion(ctx, s.user("maker"), s.id, assets.NewVersion{
			Content: strings.NewReader(text), Submit: submit, IdempotencyKey: key,
		})
		if err == nil {
			s.replayed = out.Replayed
		}
		return err
	}
}

// holds checks the asset: its number of versions, its status, and the version in
// force.
func holds(versions int, status assets.Status, inForce assets.Number) func(*trial, rows) error {
	return func(s *trial, r rows) error {
		for _, a := range r.Current {
			if a.ID != s.id {
				continue
			}
			if len(r.Versions[a.ID]) != versions || a.Status != status || a.ApprovedVersion != inForce || int64(len(s.eventsOf(r, a.ID))) != a.Revision {
				return fmt.Errorf("%d versions, %s, version %d in force, %d journal rows at revision %d; want %d, %s, %d",
					len(r.Versions[a.ID]), a.Status, a.ApprovedVersion, len(r.Events), a.Revision, versions, status, inForce)
			}
			return nil
		}
		return errors.New("the asset is not there")
	}
}

func (s *trial) eventsOf(r rows, id assets.ID) (own []assets.Event) {
	for _, e := range r.Events {
		if e.Data.AssetID == id {
			own = append(own, e)
		}
	}
	return own
}

// The following prepare the states in which calls begin.

func submitted(s *trial) error { return create("", true)(context.Background(), s) }

func approved(s *trial) error { return errors.Join(submitted(s), already(s, "approve")) }

func newer(s *trial) error {
	return errors.Join(approved(s), add("second", "", false)(context.Background(), s))
}

func archived(s *trial) error { return errors.Join(submitted(s), already(s, "archive")) }

func already(s *trial, action assets.Action) error {
	return reviewed(action)(context.Background(), s)
}

func reviewed(action assets.Action) func(context.Context, *trial) error {
	return func(ctx context.Context, s *trial) error {
		_, err := s.lib.Review(ctx, s.user("ann"), s.id, assets.Decision{Action: action, Version: 1, Comment: "why"})
		return err
	}
}

func decisionCalls() []libraryCall {
	return []libraryCall{
		{
			name: "Review submit", prepare: func(s *trial) error { return create("", false)(context.Background(), s) },
			call: reviewed("submit"), done: holds(1, "pending_review", 0),
		},
		{name: "Review approve", prepare: submitted, call: reviewed("approve"), done: holds(1, "approved", 1)},
		{name: "Review request_changes", prepare: approved, call: reviewed("request_changes"), done: holds(1, "draft", 0)},
		{name: "Review archive", prepare: approved, call: reviewed("archive"), done: holds(1, "archived", 0)},
		{
			name: "Comment", prepare: approved,
			call: func(ctx context.Context, s *trial) error {
				_, err := s.lib.Comment(ctx, s.user("ann"), s.id, assets.NewComment{Version: 1, Text: "why"})
				return err
			},
			done: func(s *trial, r rows) error {
				if n := len(r.Reviews[s.id]); n == 0 || r.Reviews[s.id][0].Action != assets.ActionComment {
					return fmt.Errorf("%d reviews without a comment as the newest", n)
				}
				return holds(1, "approved", 1)(s, r)
			},
		},
		{name: "Review reopen", prepare: archived, call: reviewed("reopen"), done: holds(1, "draft", 0)},
		{
			name: "BulkReview",
			prepare: func(s *trial) error {
				for range 3 {
					if err := submitted(s); err != nil {
						return err
					}
					s.others = append(s.others, s.id)
				}
				return nil
			},
			call: func(ctx context.Context, s *trial) error {
				var items []assets.BulkItem
				for _, id := range s.others {
					items = append(items, assets.BulkItem{AssetID: id, Version: 1})
				}
				results, err := s.lib.BulkReview(ctx, s.user("ann"), assets.BulkDecision{Items: items, Action: "approve"})
				for _, r := range results {
					err = errors.Join(err, r.Err)
				}
				return err
			},
			done: func(s *trial, r rows) error {
				if len(r.Approved) != len(s.others) {
					return fmt.Errorf("%d of %d are approved", len(r.Approved), len(s.others))
				}
				return nil
			},
		},
	}
}
