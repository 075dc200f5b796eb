package assetstest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/10ex/assets"
)

// sampleUpload returns an upload with a value in every field.
func sampleUpload(workspace string, n int) assets.Upload {
	return assets.Upload{
		ID: idOf(n), Workspace: workspace,
		Declared: assets.Content{
			MediaType: "video/mp4", SizeBytes: 5 << 32, SHA256: strings.Repeat("ab", 32), Filename: `a\'b.mp4`,
		},
		CreatedBy: "agent-7", CreatedAt: baseTime, ExpiresAt: baseTime + 86_400_000,
		Key:     fmt.Sprintf("%s/202506/upload-%d", workspace, n),
		Content: assets.Content{MediaType: "application/json", SizeBytes: 5<<32 + int64(n), SHA256: strings.Repeat("cd", 32)},
		CRC32:   0xffffffff, Text: true, JSON: true, UsedAt: baseTime + 1,
	}
}

// putUploads stores uploads in one Update.
func (t *storeT) putUploads(all ...assets.Upload) {
	t.Helper()
	t.update(func(tx assets.Tx) error {
		for _, u := range all {
			if err := tx.PutUpload(t.Context(), u); err != nil {
				return err
			}
		}
		return nil
	})
}

// holdsUpload checks that every reader returns exactly the upload.
func (t *storeT) holdsUpload(want assets.Upload) {
	t.Helper()
	check := func(r assets.Uploads) error {
		got, err := r.Upload(t.Context(), want.Workspace, want.ID)
		t.ok(err)
		t.same("upload", got, want)
		return nil
	}
	t.ok(check(t))
	t.ok(t.View(t.Context(), func(r assets.Snapshot) error { return check(r) }))
	t.update(func(tx assets.Tx) error { return check(tx) })
}

// uploadCases cover contents that arrive before their version.
var uploadCases = []storeCase{
	{"an upload is kept in every field, and replaced", func(t *storeT) {
		whole := sampleUpload("w", 1)
		empty := assets.Upload{ID: whole.ID, Workspace: "w", Declared: assets.Content{SizeBytes: -1}, ExpiresAt: baseTime}
		for _, u := range []assets.Upload{empty, whole, empty} {
			t.putUploads(u)
			t.holdsUpload(u)
		}
	}},
	{"an upload belongs to its workspace TEN01", func(t *storeT) {
		for _, workspace := range similarWorkspaces {
			t.putUploads(sampleUpload(workspace, 1))
		}
		for _, workspace := range similarWorkspaces {
			t.holdsUpload(sampleUpload(workspace, 1))
			if _, err := t.Upload(t.Context(), workspace, idOf(2)); !absent(err) {
				t.Errorf("an upload that is not there: %v, want ErrNotFound", err)
			}
		}
		if _, err := t.Upload(t.Context(), "elsewhere", idOf(1)); !absent(err) {
			t.Errorf("another workspace's upload: %v, want ErrNotFound", err)
		}
	}},
	{"an upload goes with its Update", func(t *storeT) {
		t.putUploads(sampleUpload("w", 1))
		undone := errors.New("undone")
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			u := sampleUpload("w", 1)
			u.UsedAt += 9
			return errors.Join(sample("w", 1).write(t.Context(), tx), tx.PutUpload(t.Context(), u), undone)
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		t.holdsUpload(sampleUpload("w", 1))
		hasNoTrace(t, t, "w", idOf(1))
	}},
	{"one of many takes an upload", func(t *storeT) {
		u := sampleUpload("w", 1)
		u.UsedAt = 0
		t.putUploads(u)
		const n = 16
		t.concurrently(n, func(i int) error {
			return t.Update(t.Context(), func(tx assets.Tx) error {
				u, err := tx.Upload(t.Context(), "w", idOf(1))
				if err != nil || u.UsedAt != 0 {
					return err
				}
				u.UsedAt = baseTime
				return errors.Join(sample("w", 10+i).write(t.Context(), tx), tx.PutUpload(t.Context(), u))
			})
		})
		if list := t.list("w", assets.Filter{}); len(list) != 1 {
			t.Errorf("%d assets took the upload, want 1", len(list))
		}
	}},
}
