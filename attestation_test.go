package assets_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// recordingAttester keeps what it had to state.
type recordingAttester struct {
	mu  sync.Mutex
	all []assets.Attested
}

func (r *recordingAttester) Attest(a assets.Attested) (assets.Attestation, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, a)
	return assets.Attestation{Statement: []byte("{}"), KeyID: "key", Signature: []byte("signature")}, nil
}

func (r *recordingAttester) PublicKeys() []assets.PublicKey { return nil }

// attested returns a Library with its attester.
func attested(t *testing.T) (*recordingAttester, *assets.Library) {
	t.Helper()
	attester, cfg := &recordingAttester{}, assetstest.Config()
	cfg.Attest = attester
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return attester, lib
}

// withoutIdentity is a store that has no StoreID.
type withoutIdentity struct{ assets.Store }

func TestStatedFacts(t *testing.T) {
	t.Parallel()
	attester, lib := attested(t)
	s := &story{t, lib, ""}
	made, err := lib.Create(t.Context(), assetstest.User("w", "maker"), assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "v1"}})
	if err != nil {
		t.Fatal(err)
	}
	s.id = made.ID
	s.decide("ann", assets.ActionApprove, 1)
	s.decide("bob", assets.ActionArchive, 1)
	store, err := lib.Store().(assets.StoreIdentifier).StoreID(t.Context())
	if err != nil || store == "" || len(attester.all) != 2 {
		t.Fatalf("store %q, %v; %d statements", store, err, len(attester.all))
	}
	for i, by := range []string{"ann", "bob"} {
		a := attester.all[i]
		if a.Withdrawn != (i == 1) || a.StoreID != store || a.EventID == "" || a.Version.Number != 1 || len(a.Reviews) != 1 || a.Reviews[0].By != by {
			t.Errorf("statement %d is of %+v", i, a)
		}
	}
}

// TestAttestationOfTheNewestChange: a statement of before does not stand for an approval
// or a withdrawal that a Library without an attester has recorded since.
func TestAttestationOfTheNewestChange(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	without, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Attest = &recordingAttester{}
	with, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	made, err := with.Create(t.Context(), assetstest.User("w", "maker"), assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "v1"}})
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t, with, made.ID}
	for i, c := range []struct {
		lib    *assets.Library
		action assets.Action
		want   string // "approval", "withdrawal", or the code of the error
	}{
		{with, assets.ActionApprove, "approval"},
		{without, assets.ActionRequestChanges, "not_attested"},
		{with, assets.ActionSubmit, "not_attested"},
		{without, assets.ActionApprove, "not_attested"},
		{with, assets.ActionRequestChanges, "withdrawal"},
		{with, assets.ActionSubmit, "withdrawal"},
		{without, assets.ActionApprove, "not_attested"},
		{without, assets.ActionRequestChanges, "not_attested"},
		{with, assets.ActionSubmit, "not_attested"},
		{with, assets.ActionApprove, "approval"},
	} {
		s.lib = c.lib
		s.decide("ann", c.action, 1)
		a, err := with.Attestation(t.Context(), assetstest.User("w", "ann"), made.ID, 1)
		got := assets.Code(err)
		switch {
		case err != nil:
		case a.Withdrawn:
			got = "withdrawal"
		default:
			got = "approval"
		}
		if got != c.want {
			t.Errorf("after %d changes: %s, %v; want %s", i+1, got, err, c.want)
		}
	}
}

// TestErasureIsStated: an approval that an erasure withdraws has its statement, by whom.
func TestErasureIsStated(t *testing.T) {
	t.Parallel()
	attester, lib := attested(t)
	id := erasable(t, lib)
	approved := len(attester.all)
	if _, err := lib.Erase(t.Context(), ann, id, 3, "a request"); err != nil {
		t.Fatal(err)
	}
	stated := attester.all[approved:]
	if len(stated) != 2 {
		t.Fatalf("%d statements", len(stated))
	}
	for i, a := range stated {
		if !a.Withdrawn || a.Version.Number != assets.Number(1+2*i) || len(a.Reviews) != 1 || a.Reviews[0].By != "ann" || a.Reviews[0].At == 0 {
			t.Errorf("statement %d is of %+v", i, a)
		}
	}
}

// A store without an id is refused, by New and in a call: no statement lacks the id.
func TestAttestNeedsTheIdentityOfTheStore(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Attest = &recordingAttester{}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Store = withoutIdentity{cfg.Store}
	if _, err := assets.New(cfg); err == nil || !strings.Contains(err.Error(), "Config.Attest needs a Store with StoreID") {
		t.Errorf("New: %v", err)
	}
	_, err = lib.With(cfg.Store).Create(t.Context(), assetstest.User("w", "ann"), assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "v1"}})
	if err == nil || assets.Code(err) != "internal_error" || errors.Is(err, assets.ErrNotFound) || !strings.Contains(err.Error(), "has no StoreID") {
		t.Errorf("With: %v", err)
	}
}
