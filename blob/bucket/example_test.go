package bucket_test

import (
	"context"
	"fmt"

	"gocloud.dev/blob/memblob"

	"github.com/10ex/assets/blob/bucket"
)

// A host opens the bucket with the driver that it imports, here in memory.
func ExampleNew() {
	opened := memblob.OpenBucket(nil)
	defer func() { _ = opened.Close() }()
	blobs := bucket.New(opened)

	size, err := blobs.Size(context.Background(), "acme/202601/k3jq5zv7xw2m4n6p8r9t")
	fmt.Println(size, err)
	// Output: 0 blob: size "acme/202601/k3jq5zv7xw2m4n6p8r9t": not found
}
