package servercmd

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/10ex/assets/attest"
)

// verify verifies files by their attestations. It uses neither the data nor the network.
func verify(ctx context.Context, s *session, args []string) error {
	keyFile := s.flags.String("key", "", "`file` with the public keys: PEM, or keys.json as the server has it")
	approval := s.flags.String("approval-type", attest.ApprovalType, "`URI` of the predicate type of approvals, if the host has set its own")
	withdrawal := s.flags.String("withdrawal-type", attest.WithdrawalType, "`URI` of that of withdrawals")
	path, args := leading(args)
	if err := s.parse(args, 1-len(path)); err != nil {
		return err
	}
	if path = append(path, s.flags.Args()...); *keyFile == "" {
		return UsageErrorf("-key: is required")
	}
	text, err := os.ReadFile(*keyFile)
	if err != nil {
		return err
	}
	keys, err := attest.ParseKeys(text)
	if err != nil {
		return fmt.Errorf("%s: %w", *keyFile, err)
	}
	v := &verification{session: s, verifier: attest.Verifier{Keys: keys, ApprovalType: *approval, WithdrawalType: *withdrawal}}
	if err := v.path(ctx, path[0]); err != nil {
		return fmt.Errorf("%s: %w", path[0], err)
	}
	if v.failed > 0 {
		return fmt.Errorf("%s: %d of %d files failed", path[0], v.failed, v.files)
	}
	_, err = fmt.Fprintf(s.stdout, "all %d files are what was approved\n", v.files)
	return err
}

// leading returns an argument that stands before the flags, and the rest.
func leading(args []string) (first, rest []string) {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return args[:1], args[1:]
	}
	return nil, args
}

// verification is one run of the command.
type verification struct {
	session       *session
	verifier      attest.Verifier
	files, failed int
}

// path verifies a zip, the folder of one, or a file.
func (v *verification) path(ctx context.Context, name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return v.verifier.Export(ctx, os.DirFS(name), v.report)
	}
	archive, err := zip.OpenReader(name)
	if errors.Is(err, zip.ErrFormat) {
		v.report(v.verifier.Beside(os.DirFS(filepath.Dir(name)), filepath.Base(name)))
		return nil
	}
	if err != nil {
		return err
	}
	defer archive.Close()
	if _, err := os.Stat(name + attest.Extension); err == nil { // a bundle that is a zip
		v.report(v.verifier.Beside(os.DirFS(filepath.Dir(name)), filepath.Base(name)))
		return nil
	}
	return v.verifier.Export(ctx, archive, v.report)
}

// report prints a sentence about a file.
func (v *verification) report(r attest.Result) {
	v.files++
	if r.Err != nil {
		v.failed++
		fmt.Fprintf(v.session.stdout, "FAILED %q: %v\n", r.Path, r.Err)
		return
	}
	fmt.Fprintf(v.session.stdout, "ok %q: %s\n", r.Path, r.Statement)
}
