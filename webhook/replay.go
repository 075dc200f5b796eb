package webhook

import (
	"context"
	"errors"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// Limits of a step of the upkeep.
const (
	replaysAtOnce = 10      // webhooks whose replays go on
	replayEvents  = 200     // that are queued for each of them
	replayRows    = 5000    // of the journal that are looked at for each of them
	replayBytes   = 1 << 20 // of the events of each
)

// replayNext queues the next events of a limited number of replays, and reports whether
// there may be more. Each replay gets its turn, however long another one is.
func (u *upkeep) replayNext(ctx context.Context) (more bool, err error) {
	webhooks, err := u.store.Replaying(ctx, u.after, replaysAtOnce)
	if err != nil {
		return false, err
	}
	if len(webhooks) == 0 {
		first := u.after == ""
		u.after = ""
		return !first, nil
	}
	for i := range webhooks {
		u.after = webhooks[i].ID
		failed := u.replay(ctx, &webhooks[i]) // does not stop the others
		err, more = errors.Join(err, failed), more || failed == nil
	}
	return more, err
}

// errReplaced: the replay of a webhook was replaced by another one.
var errReplaced = errors.New("another replay began")

// replay queues the next events of a webhook's replay once more, and moves it on. A
// process that is killed in between queues them again. A replay ends whose next events were
// removed from the journal: what is left without them misleads the receiver, which has to
// read the state again.
func (u *upkeep) replay(ctx context.Context, w *record.Webhook) error {
	from := w.Replay
	selection, err := u.journal.SelectEvents(ctx, filterOf(w), assets.EventWindow{
		After: from.Next, Rows: replayRows, Limit: replayEvents, Bytes: replayBytes,
	})
	if err != nil {
		return err
	}
	journal, err := u.journal.JournalState(ctx) // afterwards, so that nothing was removed unseen
	if err != nil {
		return err
	}
	if journal.Pruned > from.Next {
		u.log.ErrorContext(ctx, "assets: the replay of a webhook has ended early: events were removed from the journal before they were queued",
			"workspace", w.Workspace, "webhook", w.ID, "next", from.Next, "pruned", journal.Pruned)
		return u.moveReplay(ctx, w, record.LostAt(journal.Pruned))
	}
	var batch []record.Delivery
	all := *w
	all.After = 0
	for i := range selection.Events {
		if e := &selection.Events[i]; e.Position <= from.Until && e.Data.AssetID != "" {
			if batch, err = u.queueFor([]record.Webhook{all}, e, batch); err != nil {
				return err
			}
		}
	}
	if err := u.enqueue(ctx, batch, true); err != nil {
		return err
	}
	next := record.Replay{Next: selection.Seen.Position, Until: from.Until}
	if next.Next >= next.Until || next.Next == from.Next {
		next = record.Replay{}
	}
	return u.moveReplay(ctx, w, next)
}

// moveReplay moves the replay of a webhook on, unless another one has begun.
func (u *upkeep) moveReplay(ctx context.Context, w *record.Webhook, next record.Replay) error {
	from := w.Replay
	_, err := u.store.ChangeWebhook(ctx, w.Workspace, w.ID, func(w *record.Webhook) error {
		if w.Replay != from {
			return errReplaced
		}
		w.Replay = next
		return nil
	})
	if errors.Is(err, assets.ErrNotFound) || errors.Is(err, errReplaced) {
		return nil // it was deleted, or the other replay has its turn
	}
	return err
}
