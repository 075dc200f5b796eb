package cloudtest

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	gcblob "gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcp"
	"google.golang.org/api/option"

	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/blob/s3"
	"github.com/10ex/assets/internal/testing/azuretest"
	"github.com/10ex/assets/internal/testing/gcstest"
	"github.com/10ex/assets/internal/testing/s3test"
)

// cloud is a new bucket of a server.
type cloud struct {
	addr, name string
	// open opens the bucket by connections to another address, which leads to the server.
	open func(t *testing.T, through string) (*bucket.Bucket, error)
}

func inS3(t *testing.T) cloud {
	t.Helper()
	addr, name := s3test.Bucket(t)
	return cloud{addr, name, func(t *testing.T, through string) (*bucket.Bucket, error) {
		raw, err := s3blob.OpenBucket(t.Context(), client(through), name, nil)
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { _ = raw.Close() })
		return s3.New(raw)
	}}
}

func inAzure(t *testing.T) cloud {
	t.Helper()
	location, err := url.Parse(azuretest.Bucket(t))
	if err != nil {
		t.Fatal(err)
	}
	addr, name := location.Query().Get("domain"), location.Host
	return cloud{addr, name, func(t *testing.T, through string) (*bucket.Bucket, error) {
		credential, err := container.NewSharedKeyCredential(azuretest.Account, azuretest.Key)
		if err != nil {
			return nil, err
		}
		c, err := container.NewClientWithSharedKeyCredential("http://"+addr+"/"+azuretest.Account+"/"+name, credential,
			&container.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: clientThrough(t, through)}})
		if err != nil {
			return nil, err
		}
		raw, err := azureblob.OpenBucket(t.Context(), c, nil)
		return wrapped(t, raw, err)
	}}
}

func inGCS(t *testing.T) cloud {
	t.Helper()
	location, err := url.Parse(gcstest.Bucket(t)) // which names the server in the environment
	if err != nil {
		t.Fatal(err)
	}
	return cloud{os.Getenv("STORAGE_EMULATOR_HOST"), location.Host, func(t *testing.T, through string) (*bucket.Bucket, error) {
		// For an emulator, the client given first is not used.
		raw, err := gcsblob.OpenBucket(t.Context(), &gcp.HTTPClient{}, location.Host,
			&gcsblob.Options{ClientOptions: []option.ClientOption{option.WithHTTPClient(clientThrough(t, through))}})
		return wrapped(t, raw, err)
	}}
}

func wrapped(t *testing.T, raw *gcblob.Bucket, err error) (*bucket.Bucket, error) {
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = raw.Close() })
	return bucket.New(raw), nil
}

// clientThrough returns a client whose connections all lead to one address. Requests still
// name their own server, which servers compare with their addresses.
func clientThrough(t *testing.T, addr string) *http.Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// eachOther runs a test in parallel on Azure and Google Cloud Storage. Those on S3 have more
// cases, which know its requests.
func eachOther(t *testing.T, test func(t *testing.T, s *harness)) {
	t.Helper()
	for name, in := range map[string]func(*testing.T) cloud{"azure": inAzure, "gcs": inGCS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newHarnessIn(t, in(t)))
		})
	}
}

// TestUploadToCloudsOverBadConnectionBLB02 disturbs the connection to the bucket at byte k of
// an upload.
func TestUploadToCloudsOverBadConnectionBLB02(t *testing.T) {
	t.Parallel()
	for name, toxic := range badUploads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachOther(t, func(_ *testing.T, s *harness) { s.refusesUpload(parts, func() { s.wire.addToxic(toxic) }) })
		})
	}
	t.Run("down", func(t *testing.T) {
		t.Parallel()
		eachOther(t, func(_ *testing.T, s *harness) { s.refusesUpload(parts, func() { s.wire.proxy.Stop() }) })
	})
}

// TestReadFromCloudsOverBadConnectionBLB03 disturbs the connection while a content is read.
func TestReadFromCloudsOverBadConnectionBLB03(t *testing.T) {
	t.Parallel()
	want := content(3 << 20)
	for name, toxic := range badReads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachOther(t, func(_ *testing.T, s *harness) {
				id := s.mustCreate(want)
				s.wire.addToxic(toxic)
				s.wantBrokenOr(id, want)
				s.wire.reset()
				s.wantContent(id, want)
			})
		})
	}
}

// TestCloudsLieBLB01: the server alters a content that it sends, or has stored half of what
// it has confirmed.
func TestCloudsLieBLB01(t *testing.T) {
	t.Parallel()
	want := content(3 << 20)
	altering := func(alter func([]byte) []byte) fault {
		return func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
			if r.Method != http.MethodGet {
				return false
			}
			answer := httptest.NewRecorder()
			forward.ServeHTTP(answer, r)
			body := answer.Body.Bytes()
			if len(body) == len(want) { // not what describes the object
				body = alter(body)
			}
			maps.Copy(w.Header(), answer.Header())
			w.Header().Del("Content-Length")
			w.WriteHeader(answer.Code)
			_, _ = w.Write(body)
			return true
		}
	}
	for name, alter := range badAnswers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachOther(t, func(_ *testing.T, s *harness) {
				id := s.mustCreate(want)
				s.relay.inject(altering(alter))
				s.wantBroken(id)
				s.relay.inject(nil)
				s.wantContent(id, want)
			})
		})
	}
	t.Run("half is stored", func(t *testing.T) {
		t.Parallel()
		eachOther(t, func(t *testing.T, s *harness) {
			s.relay.inject(func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
				if r.Method != http.MethodPut && r.Method != http.MethodPost {
					return false
				}
				forward.ServeHTTP(w, r)
				for o, err := range s.plain.List(t.Context(), "") {
					if err == nil {
						s.replace(o.Key, content(single/2))
					}
				}
				return true
			})
			s.refusesUpload(single, func() {})
		})
	})
}
