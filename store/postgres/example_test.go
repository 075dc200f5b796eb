package postgres_test

import (
	"context"
	"log"
	"os"

	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// Bring the schema up to date, then open the database. All processes may do
// both at once.
func Example() {
	ctx, dsn := context.Background(), os.Getenv("DATABASE_URL")
	if err := postgres.Migrate(ctx, dsn); err != nil {
		log.Fatal(err)
	}
	st, err := postgres.Open(ctx, dsn, store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	st.DB().SetMaxOpenConns(20) // of the server's max_connections
}
