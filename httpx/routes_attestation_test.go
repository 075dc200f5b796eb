package httpx_test

import (
	"crypto/ed25519"
	"encoding/json"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// attesting makes a server sign attestations, with a key of before.
func attesting(t testing.TB) func(*assets.Config, *httpx.Options) {
	t.Helper()
	retired, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	attester, err := attest.New(attest.Config{Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), Retired: []ed25519.PublicKey{retired}})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *assets.Config, _ *httpx.Options) { c.Attest = attester }
}

func TestAttestation(t *testing.T) { backends.EachDatabase(t, testAttestation) }

func testAttestation(t *testing.T, db backends.Database) {
	srv := newDraft(t, resttest.WithDatabase(db), attesting(t))
	get := func() *attest.Statement {
		t.Helper()
		keys, err := attest.ParseKeys(srv.Send(call{Method: "GET", Path: "/api/v1/public/assets/keys.json"}).Body.Bytes())
		if err != nil || len(keys) != 2 {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		rec := srv.Send(call{Method: "GET", Path: "{base}/{id}/versions/1/attestation", As: "reader"})
		want{Status: 200}.Check(t, srv, rec)
		s, err := attest.Verifier{Keys: keys}.Envelope(rec.Body.Bytes())
		if err != nil {
			t.Fatalf("%v: %s", err, rec.Body)
		}
		return s
	}
	none := want{Status: 404, Code: "not_attested"}
	none.Check(t, srv, srv.Send(call{Method: "GET", Path: "{base}/{id}/versions/1/attestation", As: "reader"}))
	srv.Must(200, call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"approve","version":1}`})
	if s := get(); s.PredicateType != attest.ApprovalType || s.Predicate.Reviews[0].By != "ann" || s.Predicate.Reviews[0].Via != assets.ViaREST || s.Predicate.StoreID == "" || s.Predicate.EventID == "" {
		t.Errorf("an approval: %+v", s)
	}
	srv.Must(200, call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"archive"}`})
	if s := get(); s.PredicateType != attest.WithdrawalType || s.Predicate.Policy != nil {
		t.Errorf("a withdrawal: %+v", s)
	}
	for _, c := range []struct {
		path, as string
		want     want
	}{
		{"{base}/{id}/versions/2/attestation", "reader", want{Status: 404, Code: "not_found"}},
		{"{base}/{id}/versions/approved/attestation", "reader", want{Status: 404, Code: "not_approved"}},
		{"{base}/{id}/versions/0/attestation", "reader", want{Status: 422, Locs: []string{"path.version"}}},
		{"{base}/{id}/versions/1/attestation", "other", want{Status: 404, Code: "not_found"}},
		{"{base}/{id}/versions/1/attestation", "", want{Status: 401, Code: "unauthorized"}},
	} {
		c.want.Check(t, srv, srv.Send(call{Method: "GET", Path: c.path, As: c.as}))
	}
}

func TestAttestationKeys(t *testing.T) {
	t.Parallel()
	notConfigured := want{Status: 404, Code: "not_configured"}
	srv := newDraft(t)
	notConfigured.Check(t, srv, srv.Send(call{Method: "GET", Path: "/api/v1/public/assets/keys.json"}))
	notConfigured.Check(t, srv, srv.Send(call{Method: "GET", Path: "{base}/{id}/versions/1/attestation", As: "reader"}))

	srv = newDraft(t, attesting(t))
	rec := srv.Send(call{Method: "GET", Path: "/api/v1/public/assets/keys.json?v=1"})
	want{Status: 200}.Check(t, srv, rec)
	var set attest.KeySet
	if err := json.Unmarshal(rec.Body.Bytes(), &set); err != nil || len(set.Keys) != 2 || set.Keys[0].X != "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik" || set.Keys[0].Use != "sig" {
		t.Errorf("%s, %v", rec.Body, err)
	}
}
