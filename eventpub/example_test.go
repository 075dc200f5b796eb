package eventpub_test

import (
	"context"
	"log"

	"gocloud.dev/pubsub"

	"github.com/10ex/assets"
	"github.com/10ex/assets/eventpub"
)

// A topic of Kafka takes the key that orders messages from their metadata. The driver is
// imported for its URL: _ "gocloud.dev/pubsub/kafkapubsub".
func Example() {
	run := func(ctx context.Context, lib *assets.Library) error {
		topic, err := pubsub.OpenTopic(ctx, "kafka://asset-events?key_name="+eventpub.MetadataAssetID)
		if err != nil {
			return err
		}
		defer func() { _ = topic.Shutdown(context.WithoutCancel(ctx)) }()
		p, err := eventpub.New(eventpub.Config{Library: lib, Topic: topic})
		if err != nil {
			return err
		}
		return p.Run(ctx) // until ctx has ended
	}
	if err := run(context.Background(), nil); err != nil {
		log.Print(err)
	}
}
