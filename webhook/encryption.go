package webhook

import (
	"context"
	"errors"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// encryptAll encrypts the secrets of all webhooks under the newest signing key.
func (u *upkeep) encryptAll(ctx context.Context) error {
	older, all := 0, 0
	for before := assets.ID(""); ; {
		page, err := u.store.AllWebhooks(ctx, before, upkeepPage)
		if err != nil {
			return err
		}
		all += len(page)
		for i := range page {
			unreadable, err := u.encryptAgain(ctx, &page[i])
			if err != nil {
				return err
			}
			if unreadable {
				older++
			}
		}
		if len(page) < upkeepPage {
			break
		}
		before = page[len(page)-1].ID
	}
	if older == 0 && all > 0 && !u.announced {
		u.log.InfoContext(ctx, "assets: all secrets of webhooks are encrypted under the newest signing key: none needs an older one")
	}
	u.announced = older == 0 && all > 0
	return nil
}

// encryptAgain encrypts the secrets of a webhook under the newest signing key. One that
// no signing key decrypts pauses the webhook, unless it is a previous one, which ends by
// itself. It reports whether such a secret is left. If nothing changes, nothing is written.
func (u *upkeep) encryptAgain(ctx context.Context, w *record.Webhook) (unreadable bool, err error) {
	changes, unreadable := u.refresh(w)
	if !changes {
		return unreadable, nil
	}
	paused := false
	_, err = u.store.ChangeWebhook(ctx, w.Workspace, w.ID, func(w *record.Webhook) error {
		active := w.Paused == ""
		_, unreadable = u.refresh(w)
		paused = active && w.Paused != ""
		return nil
	})
	switch {
	case errors.Is(err, assets.ErrNotFound): // deleted meanwhile
		return false, nil
	case err != nil:
		return false, err
	}
	if paused {
		u.log.WarnContext(ctx, "assets: a webhook is paused", "workspace", w.Workspace, "webhook", string(w.ID), "reason", string(record.PauseSecret))
	}
	return unreadable, nil
}

// refresh removes the secrets that have ended, encrypts the others under the newest key,
// and pauses the webhook if the newest secret cannot be decrypted. It reports whether that
// has changed the webhook, and whether a secret is left that cannot be decrypted.
func (u *upkeep) refresh(w *record.Webhook) (changes, unreadable bool) {
	n := len(w.Secrets)
	w.Secrets = slices.DeleteFunc(slices.Clone(w.Secrets), u.ended)
	changes = len(w.Secrets) != n
	for i := range w.Secrets {
		s := &w.Secrets[i]
		secret, newest, err := u.lib.Decrypt(secretPurpose, bound(w.Workspace, w.ID), s.Sealed)
		switch {
		case err != nil:
			unreadable = true
			if i == 0 && w.Paused == "" {
				w.Paused, w.PausedAt, changes = record.PauseSecret, u.lib.Now(), true
			}
		case !newest:
			s.Sealed, changes = u.seal(w.Workspace, w.ID, string(secret)), true
		}
	}
	return changes, unreadable
}

// ended reports whether a previous secret signs no more.
func (u *upkeep) ended(s record.Secret) bool { return s.EndsAt != 0 && s.EndsAt <= u.lib.Now() }
