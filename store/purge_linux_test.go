package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// The environment of a child that purges and kills itself.
const (
	killedDatabase = "ASSETS_TEST_PURGE_DATABASE" // a URL of PostgreSQL, or the path of a file
	killedContent  = "ASSETS_TEST_PURGE_CONTENT"
	killedAfter    = "ASSETS_TEST_PURGE_AFTER" // statements
)

// TestVolumePurgeKilled: a purge that is killed ten times on its way leaves nothing, and
// one event, and the other workspaces as they were. Calls of one of them, in another
// process, all succeed meanwhile.
func TestVolumePurgeKilled(t *testing.T) {
	if os.Getenv(killedDatabase) != "" {
		purgeAndDie(t)
		return
	}
	n := 2000
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		n = 100_000
	}
	t.Run("sqlite", func(t *testing.T) { purgeKilled(t, filepath.Join(t.TempDir(), "assets.db"), n) })
	t.Run("postgres", func(t *testing.T) { purgeKilled(t, sqltest.Postgres(t), n) })
}

// killed is the data that children purge.
type killed struct {
	st  *store.Store
	dir *blob.Dir
	lib *assets.Library
}

func openKilled(t *testing.T, database, content string) *killed {
	t.Helper()
	k := &killed{}
	if strings.Contains(database, "://") {
		st, err := postgres.Open(t.Context(), database, store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, st.Close)
		k.st = st.Store
	} else {
		st, err := sqlite.Open(t.Context(), database, store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, st.Close)
		k.st = st.Store
	}
	var err error
	if k.dir, err = blob.OpenDir(content); err != nil {
		t.Fatal(err)
	}
	closed(t, k.dir.Close)
	k.lib, err = assets.New(assets.Config{
		Store: k.st, Blobs: k.dir, Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SmallContents: 100, SigningKeys: [][]byte{bytes.Repeat([]byte{7}, 32)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// personOf returns somebody who may do everything in a workspace.
func personOf(workspace string) assets.Actor {
	return assets.Actor{Workspace: workspace, Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
}

// fill makes assets in a workspace, some with a content in the folder.
func (k *killed) fill(t *testing.T, workspace string, n int) {
	t.Helper()
	by := personOf(workspace)
	for i := range n {
		text := fmt.Sprintf("text %d", i)
		if i%40 == 0 {
			text += strings.Repeat(" long", 50)
		}
		made, err := k.lib.Create(t.Context(), by, assets.NewAsset{
			Type: assets.TypeCopy, Title: "Title", Tags: assets.Tags{"k": {"v"}}, NewVersion: assets.NewVersion{Text: text, IdempotencyKey: strconv.Itoa(i)},
		})
		if err == nil && i%10 == 0 {
			_, err = k.lib.Review(t.Context(), by, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// objects returns how many objects a workspace has.
func (k *killed) objects(t *testing.T, workspace string) (n int) {
	t.Helper()
	for _, err := range k.dir.List(t.Context(), workspace) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func purgeKilled(t *testing.T, database string, n int) {
	content := filepath.Join(t.TempDir(), "content")
	k := openKilled(t, database, content)
	k.fill(t, "purgedtenant", n)
	k.fill(t, "othertenant", 50)
	before, objects := mentions(t, k.st, "othertenant"), k.objects(t, "othertenant")
	if k.objects(t, "purgedtenant") == 0 || objects == 0 {
		t.Fatal("there are no objects")
	}
	stop := k.busy(t, "busytenant")
	for i := range 10 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVolumePurgeKilled$") //nolint:gosec // this test
		child.Env = append(os.Environ(), killedDatabase+"="+database, killedContent+"="+content, killedAfter+"="+strconv.Itoa((20+7*i)*n/2000))
		output, err := child.CombinedOutput()
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok || !exit.Sys().(syscall.WaitStatus).Signaled() {
			t.Fatalf("child %d was not killed: %v\n%s", i, err, output)
		}
	}
	stop()
	left := mentions(t, k.st, "purgedtenant")
	if len(left) == 0 {
		t.Fatal("ten killed purges have removed everything already")
	}
	done, err := k.lib.PurgeWorkspace(t.Context(), "purgedtenant")
	if err != nil || done.Rows == 0 {
		t.Fatalf("the last purge: %+v, %v", done, err)
	}
	if left := mentions(t, k.st, "purgedtenant"); left["asset_events"] != 1 || len(left) > 2 || len(left) == 2 && left["asset_condemned"] == 0 {
		t.Errorf("rows are left: %v", left)
	}
	if n := k.objects(t, "purgedtenant"); n > 0 {
		t.Errorf("%d objects are left", n)
	}
	if after := mentions(t, k.st, "othertenant"); fmt.Sprint(after) != fmt.Sprint(before) || k.objects(t, "othertenant") != objects {
		t.Errorf("the other workspace has %v, and had %v", after, before)
	}
	objects += k.objects(t, "busytenant")
	report, err := blob.Sweep(t.Context(), blob.SweepConfig{Bucket: k.dir, Ledger: k.st, Age: 1, AllowAnyAge: true})
	if err != nil || report.Deleted != 0 || report.Referenced != objects {
		t.Errorf("a sweep: %+v, %v", report, err)
	}
}

// busy makes, approves and reads assets of a workspace, one after the other, until stop is
// called. Then it checks that all are there.
func (k *killed) busy(t *testing.T, workspace string) (stop func()) {
	by := personOf(workspace)
	done := make(chan struct{})
	var made int
	var longest time.Duration
	var working sync.WaitGroup
	working.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			began := time.Now()
			a, err := k.lib.Create(t.Context(), by, assets.NewAsset{Type: assets.TypeCopy, Title: "Title", NewVersion: assets.NewVersion{Text: "text"}})
			if err == nil {
				_, err = k.lib.Review(t.Context(), by, a.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
			}
			if err == nil {
				_, err = k.lib.Get(t.Context(), by, a.ID, assets.SelectApproved)
			}
			if err != nil {
				t.Errorf("beside a purge: %v", err)
				return
			}
			made++
			longest = max(longest, time.Since(began))
		}
	})
	return func() {
		t.Helper()
		close(done)
		working.Wait()
		t.Logf("beside the purge: %d assets made, approved and read; the slowest took %v", made, longest)
		used, err := k.lib.Usage(t.Context(), by)
		if err != nil || used.Assets != int64(made) || made == 0 {
			t.Errorf("%d assets were made beside the purge, and there are %d, %v", made, used.Assets, err)
		}
	}
}

// purgeAndDie is the child.
func purgeAndDie(t *testing.T) {
	k := openKilled(t, os.Getenv(killedDatabase), os.Getenv(killedContent))
	after, err := strconv.ParseInt(os.Getenv(killedAfter), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	k.st.DB().AddQueryHook(&killer{after: after}) //nolint:staticcheck // there is one store
	if _, err := k.lib.PurgeWorkspace(t.Context(), "purgedtenant"); err != nil {
		t.Fatal(err)
	}
}

// killer kills its own process before a statement.
type killer struct {
	after int64
	seen  atomic.Int64
}

func (k *killer) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	if k.seen.Add(1) == k.after {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return ctx
}

func (k *killer) AfterQuery(context.Context, *bun.QueryEvent) {}
