// Package azuretest runs Azurite, an emulator of Azure Blob Storage, for tests: one for
// each test process, started when a test first needs a container. It ends with the
// process, however that ends. It checks signatures.
package azuretest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
)

// The account that every Azurite has, which Microsoft publishes.
const (
	Account = "devstoreaccount1"
	Key     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// Azurite would refuse requests of an API that is newer than it.
var azurite = testproc.Listener{
	Name:    "azure",
	Command: `node "$AZURITE" --inMemoryPersistence --silent --skipApiVersionCheck --blobHost "$HOST" --blobPort "$PORT"`,
	Path:    "/",
	Up:      func(r *http.Response) bool { return strings.HasPrefix(r.Header.Get("Server"), "Azurite-Blob") },
}

// server is a running Azurite. The keeper ends it when it is garbage collected.
type server struct {
	addr   string
	keeper *testproc.Keeper
}

// shared starts the server that all tests of the process share.
var shared = sync.OnceValues(func() (s server, err error) {
	program, err := binary()
	if err != nil {
		return s, err
	}
	s.addr, s.keeper, err = azurite.Start("AZURITE=" + program)
	return s, err
})

func binary() (string, error) {
	if _, err := exec.LookPath("node"); err != nil {
		return "", err
	}
	return testproc.Tool("AZURITE", "", "azurite-3.37.0/node_modules/azurite/dist/src/blob/main.js")
}

// Bucket creates a container that is removed at the end of the test, and returns its URL
// for gocloud.dev. Without a server the test is skipped or fails, as [testproc.Require]
// says.
func Bucket(t testing.TB) string {
	t.Helper()
	_, err := binary()
	testproc.Require(t, "Azure", err)
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := "test-" + strings.ToLower(rand.Text())
	s.container(t, http.MethodPut, http.StatusCreated, name)
	t.Cleanup(func() { s.container(t, http.MethodDelete, http.StatusAccepted, name) })
	return "azblob://" + name + "?" + url.Values{"protocol": {"http"}, "domain": {s.addr}, "localemu": {"true"}}.Encode()
}

// Env is the environment with which a program opens a URL of [Bucket].
func Env() []string {
	return []string{"AZURE_STORAGE_ACCOUNT=" + Account, "AZURE_STORAGE_KEY=" + Key}
}

// container creates or deletes a container. The client of Azure is not imported, so that
// the module that this package is in does not need it.
func (s server) container(t testing.TB, method string, want int, name string) {
	t.Helper()
	path := "/" + Account + "/" + name
	req, err := http.NewRequest(method, "http://"+s.addr+path+"?restype=container", http.NoBody) //nolint:noctx // also in a cleanup
	if err != nil {
		t.Fatal(err)
	}
	date, version := time.Now().UTC().Format(http.TimeFormat), "2021-12-02"
	req.Header.Set("X-Ms-Date", date)
	req.Header.Set("X-Ms-Version", version)
	key, err := base64.StdEncoding.DecodeString(Key)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	// https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
	_, _ = fmt.Fprintf(mac, "%s%sx-ms-date:%s\nx-ms-version:%s\n/%s%s\nrestype:container", method, strings.Repeat("\n", 12), date, version, Account, path)
	req.Header.Set("Authorization", "SharedKey "+Account+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != want {
		t.Errorf("%s of a container: %s", method, resp.Status)
	}
}
