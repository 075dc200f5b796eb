package blob_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
)

func ExampleOpenDir() {
	data, err := os.MkdirTemp("", "assets")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(data) }()

	dir, err := blob.OpenDir(filepath.Join(data, "blobs"))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = dir.Close() }()

	ctx := context.Background()
	const key = "acme/202601/k3jq5zv7xw2m4n6p8r9t"
	if err := dir.Put(ctx, key, "text/plain", strings.NewReader("Spring is here.")); err != nil {
		log.Fatal(err)
	}
	r, err := dir.Open(ctx, key, 0, 6)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	content, err := io.ReadAll(r)
	fmt.Printf("%s %v\n", content, err)
	// Output: Spring <nil>
}

func ExampleSweep() {
	report, err := blob.Sweep(context.Background(), blob.SweepConfig{
		Bucket: blob.NewMemory(),
		Ledger: memory.New(),
		Age:    48 * time.Hour,
	})
	fmt.Printf("%d of %d objects deleted, %v\n", report.Deleted, report.Scanned, err)
	// Output: 0 of 0 objects deleted, <nil>
}
