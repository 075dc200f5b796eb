package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// Open a file, and carry a call in a transaction of the host's own: both
// commit or neither.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "assets")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	st, err := sqlite.Open(ctx, filepath.Join(dir, "assets.db"), store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = st.Close() }()

	err = st.RunInTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "CREATE TABLE campaigns (name TEXT)"); err != nil {
			return err
		}
		bound := st.In(tx) // or: lib.With(st.In(tx)).Review(ctx, …)
		return bound.Update(ctx, func(tx assets.Tx) error {
			return tx.AddEvent(ctx, assets.Event{Workspace: "acme", Type: assets.EventCreated})
		})
	})
	fmt.Println(err)

	events, err := st.Events(ctx, 0, 10)
	fmt.Println(len(events), err)
	// Output:
	// <nil>
	// 1 <nil>
}
