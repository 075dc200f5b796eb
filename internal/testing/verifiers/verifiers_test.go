package verifiers_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/secure-systems-lab/go-securesystemslib/signerverifier"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/internal/testing/attested"
	"github.com/10ex/assets/internal/testing/testproc"
)

// proof is a file of an export with its envelope.
type proof struct {
	name      string
	file      []byte
	statement []byte
	signature []byte
	keyID     string
}

// key signs the attestations, and older signed those from before the keys were rotated.
var (
	key   = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	older = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, ed25519.SeedSize))
)

// publicKeys returns the keys that verifiers know by their IDs, as keys.json has them.
func publicKeys() map[string]ed25519.PublicKey {
	all := map[string]ed25519.PublicKey{}
	for _, private := range []ed25519.PrivateKey{key, older} {
		public := private.Public().(ed25519.PublicKey)
		all[attest.NewPublicKey(public).ID] = public
	}
	return all
}

// proofs returns the files of an export of some assets, one of them carried over by a
// rollback, and two files with what the route of attestations returns: a withdrawal, and
// an approval that the older key signed.
func proofs(t *testing.T) (all []proof) {
	t.Helper()
	return append(exported(t), rotated(t)...)
}

// rotated approves two assets, one before the keys are rotated, and withdraws the approval
// of the other one.
func rotated(t *testing.T) []proof {
	t.Helper()
	cfg, ann := assetstest.Config(), assetstest.User("w", "ann")
	use := func(c attest.Config) *assets.Library {
		attester, err := attest.New(c)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Attest = attester
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return lib
	}
	review := func(lib *assets.Library, id assets.ID, action assets.Action) {
		if _, err := lib.Review(t.Context(), ann, id, assets.Decision{Action: action, Version: 1, Comment: "why"}); err != nil {
			t.Fatal(err)
		}
	}
	approve := func(lib *assets.Library, text string) assets.ID {
		made, err := lib.Create(t.Context(), ann, assets.NewAsset{Type: assets.TypeCopy, Title: text, NewVersion: assets.NewVersion{Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		review(lib, made.ID, assets.ActionApprove)
		return made.ID
	}
	before := approve(use(attest.Config{Key: older}), "before")
	lib := use(attest.Config{Key: key, Retired: []ed25519.PublicKey{older.Public().(ed25519.PublicKey)}})
	withdrawn := approve(lib, "withdrawn")
	review(lib, withdrawn, assets.ActionRequestChanges)
	read := func(id assets.ID, text string, by ed25519.PrivateKey, withdrawal bool) proof {
		a, err := lib.Attestation(t.Context(), ann, id, assets.Selector(1))
		if err != nil {
			t.Fatal(err)
		}
		if want := attest.NewPublicKey(by.Public().(ed25519.PublicKey)).ID; a.KeyID != want || bytes.Contains(a.Statement, []byte("asset-withdrawal")) != withdrawal {
			t.Fatalf("%s: signed by %s, want %s: %s", text, a.KeyID, want, a.Statement)
		}
		return proof{name: text, file: []byte(text), statement: a.Statement, signature: a.Signature, keyID: a.KeyID}
	}
	return []proof{read(before, "before", older, false), read(withdrawn, "withdrawn", key, true)}
}

// exported returns the files of an export.
func exported(t *testing.T) (all []proof) {
	t.Helper()
	files := attested.Unpack(t, attested.Export(
		t, key,
		attested.Asset{Title: "Asset 0", Text: "Everything blooms."},
		attested.Asset{Title: "Asset 1", Text: "Größe <1> & 漢字", RolledBack: true},
		attested.Asset{Title: "Asset 2", Text: strings.Repeat("x", 100_000)},
	))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		rest, ok := strings.CutPrefix(name, "data/")
		if !ok {
			continue
		}
		var e dsse.Envelope
		if err := json.Unmarshal(files["attestations/"+rest+attest.Extension], &e); err != nil {
			t.Fatal(err)
		}
		p := proof{name: rest, file: files[name], keyID: e.Signatures[0].KeyID}
		var err error
		if p.statement, err = base64.StdEncoding.DecodeString(e.Payload); err != nil {
			t.Fatal(err)
		}
		if p.signature, err = base64.StdEncoding.DecodeString(e.Signatures[0].Sig); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) != 3 {
		t.Fatalf("%d files with attestations", len(all))
	}
	return all
}

// flipped returns the proof with one bit of the file, the statement or the signature
// flipped.
func (p proof) flipped(random *rand.Rand) proof {
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		return b
	}
	switch random.IntN(3) {
	case 0:
		p.file = flip(p.file)
	case 1:
		p.statement = flip(p.statement)
	default:
		p.signature = flip(p.signature)
	}
	return p
}

// verifier returns an error unless the proof is right.
type verifier func(ctx context.Context, p proof) error

// hold requires that a verifier accepts each proof, and refuses so many flips.
func hold(t *testing.T, all []proof, flips int, j verifier) {
	t.Helper()
	for _, p := range all {
		if err := j(t.Context(), p); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not for security
	for i := range flips {
		if p := all[i%len(all)].flipped(random); j(t.Context(), p) == nil {
			t.Fatalf("flip %d of %s is accepted", i, p.name)
		}
	}
	t.Logf("%d attestations accepted, %d flips refused", len(all), flips)
}

// checkSubject returns an error unless the statement is about the file.
func checkSubject(p proof) error {
	var s struct {
		Subject []struct{ Digest map[string]string }
	}
	if err := json.Unmarshal(p.statement, &s); err != nil {
		return err
	}
	if sum := sha256.Sum256(p.file); len(s.Subject) != 1 || s.Subject[0].Digest["sha256"] != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("the statement is about another file")
	}
	return nil
}

// named is a verifier under the id that the key has in the envelope.
type named struct {
	dsse.Verifier
	id string
}

func (n named) KeyID() (string, error) { return n.id, nil }

func TestGoJudge(t *testing.T) {
	t.Parallel()
	var verifiers []dsse.Verifier
	for id, public := range publicKeys() {
		text, err := attest.EncodePublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := signerverifier.LoadKey(text)
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := signerverifier.NewED25519SignerVerifierFromSSLibKey(loaded)
		if err != nil {
			t.Fatal(err)
		}
		verifiers = append(verifiers, named{verifier, id})
	}
	hold(t, proofs(t), 1000, func(ctx context.Context, p proof) error {
		v, err := dsse.NewEnvelopeVerifier(verifiers...)
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Verify(ctx, &dsse.Envelope{
			PayloadType: assets.StatementType, Payload: base64.StdEncoding.EncodeToString(p.statement),
			Signatures: []dsse.Signature{{KeyID: p.keyID, Sig: base64.StdEncoding.EncodeToString(p.signature)}},
		})
		if err != nil {
			return err
		}
		return checkSubject(p)
	})
}

// TestPythonJudge asks one Python process, line by line.
func TestPythonJudge(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // has Debian's modules, whatever is first in PATH
	err := exec.CommandContext(t.Context(), python, "-c", "import cryptography; from securesystemslib.signer import SSlibKey").Run()
	testproc.Require(t, "python3-securesystemslib", err)
	arguments := []string{"testdata/verify.py"}
	for id, public := range publicKeys() {
		arguments = append(arguments, id+"="+hex.EncodeToString(public))
	}
	cmd := exec.CommandContext(t.Context(), python, arguments...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}()
	answers, questions := json.NewDecoder(out), json.NewEncoder(in)
	hold(t, proofs(t), 1000, func(_ context.Context, p proof) error {
		a := assets.Attestation{Statement: p.statement, KeyID: p.keyID, Signature: p.signature}
		if err := questions.Encode(a.Envelope()); err != nil {
			t.Fatal(err)
		}
		var refusal *string
		if err := answers.Decode(&refusal); err != nil {
			t.Fatal(err)
		}
		if refusal != nil {
			return fmt.Errorf("%s", *refusal)
		}
		return checkSubject(p)
	})
}

// TestOpenSSLJudge runs a process for each verification, so it has fewer flips unless
// ASSETS_TEST_ALL is set.
func TestOpenSSLJudge(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	testproc.Require(t, "openssl", err)
	folder := t.TempDir()
	write := func(name string, text []byte) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	names := map[string]string{}
	for id, public := range publicKeys() {
		text, err := attest.EncodePublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		names[id] = write(fmt.Sprintf("key-%d.pem", len(names)), text)
	}
	flips := 60
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		flips = 1000
	}
	hold(t, proofs(t), flips, func(ctx context.Context, p proof) error {
		message := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(assets.StatementType), assets.StatementType, len(p.statement), p.statement)
		signed, signature := write("signed", message), write("signature", p.signature)
		err := exec.CommandContext(ctx, openssl, "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", names[p.keyID], "-in", signed, "-sigfile", signature).Run()
		if err != nil {
			return err
		}
		return checkSubject(p)
	})
}
