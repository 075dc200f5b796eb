package following_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/id"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// play is what a process of the campaign does until it is killed.
func play(t *testing.T, role string) {
	t.Helper()
	if role == "receiver" {
		receive(t)
		return
	}
	st, closeStore, err := openStore(t.Context(), os.Getenv(urlVariable), false)
	for err != nil { // PostgreSQL may be down just now
		time.Sleep(50 * time.Millisecond)
		st, closeStore, err = openStore(t.Context(), os.Getenv(urlVariable), false)
	}
	defer closeStore()
	switch role {
	case "Follow":
		out := appendTo(t, role)
		err := library(t, st).Follow(t.Context(), "one", func(_ context.Context, events []assets.Event) error {
			var text strings.Builder
			for _, e := range events {
				fmt.Fprintln(&text, e.Position)
			}
			_, err := out.WriteString(text.String())
			return err
		})
		t.Fatal(err)
	case "FollowTx":
		err := st.FollowTx(t.Context(), "two", func(ctx context.Context, tx bun.Tx, events []assets.Event) error {
			for _, e := range events {
				if _, err := tx.ExecContext(ctx, "INSERT INTO followed (position) VALUES (?)", e.Position); err != nil {
					return err
				}
			}
			return nil
		})
		t.Fatal(err)
	default:
		serve(t, st, role)
	}
}

// serve writes and delivers, as a server does, until it is killed. It writes no more when
// the campaign ends.
func serve(t *testing.T, st *store.Store, role string) {
	t.Helper()
	go func() { t.Error(hooksOf(t, st).Run(t.Context())) }()
	var writing sync.WaitGroup
	for range writers / len(servers) {
		writing.Go(func() {
			for {
				if _, err := os.Stat(filepath.Join(os.Getenv(folderVariable), "stop")); err == nil {
					return
				}
				changeOne(t.Context(), st)
				time.Sleep(rand.N(200 * time.Millisecond)) //nolint:gosec // any time will do
			}
		})
	}
	writing.Wait()
	if err := os.WriteFile(filepath.Join(os.Getenv(folderVariable), role+" has stopped"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	<-t.Context().Done()
}

// changeOne commits a change of an asset, or not: the database may be down.
func changeOne(ctx context.Context, st assets.Store) {
	_ = st.Update(ctx, func(tx assets.Tx) error {
		a, err := tx.Asset(ctx, "w", sqltest.NewAsset(rand.N(shared)).ID) //nolint:gosec // any asset will do
		if err != nil {
			return err
		}
		a.Revision++
		if err := tx.PutAsset(ctx, a, nil); err != nil {
			return err
		}
		time.Sleep(rand.N(5 * time.Millisecond)) //nolint:gosec // any time will do
		err = tx.AddEvent(ctx, assets.Event{
			ID: assets.ID(id.Random()), At: assets.TimeOf(time.Now()), Workspace: "w", Type: assets.EventEdited,
			Data: assets.EventData{AssetID: a.ID, AssetType: a.Type, Revision: a.Revision},
		})
		if err == nil && rand.N(20) == 0 { //nolint:gosec // any one will do
			err = errRolledBack
		}
		return err
	})
}

// receive keeps the id of each event that arrives.
func receive(t *testing.T) {
	t.Helper()
	out := appendTo(t, "receiver")
	handler := func(w http.ResponseWriter, r *http.Request) {
		var e struct{ ID string }
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &e)
		}
		if err == nil {
			_, err = out.WriteString(e.ID + "\n")
		}
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
	t.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv(portVariable), http.HandlerFunc(handler))) //nolint:gosec // it serves the test
}

// appendTo opens the file of a process.
func appendTo(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(os.Getenv(folderVariable), name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
