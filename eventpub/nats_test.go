package eventpub_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"gocloud.dev/pubsub"
	"gocloud.dev/pubsub/natspubsub"

	"github.com/10ex/assets"
	"github.com/10ex/assets/eventpub"
	"github.com/10ex/assets/internal/testing/testproc"
)

// natsServer is installed by scripts/test-servers.
const natsServer = "../.tools/nats-server-v2.15.2/nats-server"

// TestPublishToNATS publishes to a real server.
func TestPublishToNATS(t *testing.T) {
	t.Parallel()
	conn, err := nats.Connect(startNATS(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	s, err := natspubsub.OpenSubscriptionV2(conn, "assets", nil)
	if err != nil {
		t.Fatal(err)
	}
	topic, err := natspubsub.OpenTopicV2(conn, "assets", nil)
	if err != nil {
		t.Fatal(err)
	}
	var got revisions
	subscribed(t, topic, s, eventpub.Config{}, func(_ *pubsub.Message, e *assets.Event) { got.add(t, e) })
}

// startNATS starts a server until the end of the test and returns its address.
func startNATS(t *testing.T) string {
	t.Helper()
	_, err := os.Stat(natsServer)
	testproc.Require(t, "NATS", err)
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), natsServer, "-a", "127.0.0.1", "-p", "-1", "-ports_file_dir", folder)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for {
		if address := portsOf(folder); address != "" {
			return address
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("the server does not start")
		}
	}
}

// portsOf returns the address in the file that a server writes when it listens.
func portsOf(folder string) string {
	files, err := filepath.Glob(filepath.Join(folder, "*.ports"))
	if err != nil || len(files) == 0 {
		return ""
	}
	var ports struct{ NATS []string }
	text, err := os.ReadFile(files[0])
	if err != nil || json.Unmarshal(text, &ports) != nil || len(ports.NATS) == 0 {
		return ""
	}
	return ports.NATS[0]
}
