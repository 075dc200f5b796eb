package attest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The names of an export's files: see Verifier.Export.
const (
	payloadFolder     = "data"
	attestationFolder = "attestations"
	bagFile           = "bagit.txt"

	// Extension ends the name of an envelope behind the name of its file.
	Extension = ".dsse.json"
)

// tagFiles are the files of an export, beside its folders, that describe it. No statement is
// about them.
var tagFiles = []string{bagFile, "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", "metadata.json"}

// ErrNoStatement is the error of a file without a statement, ErrNoFile that of a
// statement without its file, and ErrUnknownFile that of a file that no export has where it is.
var (
	ErrNoStatement = errors.New("there is no statement about the file")
	ErrNoFile      = errors.New("the file of the statement is missing")
	ErrUnknownFile = errors.New("the file is no part of the export")
)

// Result is the result of verifying one file.
type Result struct {
	Path      string // within the export
	Statement *Statement
	Err       error // nil: the statement is verified, and the file is the one that was approved
}

// Export verifies the files of an export: a zip.Reader, or an os.DirFS of the folder that
// it was unpacked to. It calls report for each file below data/, for each statement that
// has no file there, and for every other file, also outside the folder with bagit.txt, that
// is none of those that describe an export. It returns an error if the export cannot be
// read, such as a zip with two entries of one name, or has no files.
func (v Verifier) Export(ctx context.Context, export fs.FS, report func(Result)) error {
	root, err := bagFolder(export)
	if err != nil {
		return err
	}
	found := 0
	err = walk(ctx, export, path.Join(root, payloadFolder), func(name string, regular bool) {
		found++
		rest := strings.TrimPrefix(name, path.Join(root, payloadFolder)+"/")
		s, err := v.exported(export, name, path.Join(root, attestationFolder, rest+Extension), regular)
		report(Result{name, s, err})
	})
	if errors.Is(err, fs.ErrNotExist) || err == nil && found == 0 {
		return errors.New("there are no files below " + payloadFolder + "/")
	}
	if err != nil {
		return err
	}
	return walk(ctx, export, ".", func(name string, regular bool) {
		if err := checkOther(export, root, name, regular); err != nil {
			report(Result{name, nil, err})
		}
	})
}

// checkOther returns why a file that is not below data/ may not be there, or nil.
func checkOther(export fs.FS, root, name string, regular bool) error {
	within := name
	if root != "." {
		var inside bool
		if within, inside = strings.CutPrefix(name, root+"/"); !inside {
			return ErrUnknownFile
		}
	}
	folder, rest, _ := strings.Cut(within, "/")
	switch {
	case rest == "" && regular && slices.Contains(tagFiles, within):
		return nil
	case rest == "":
		return ErrUnknownFile
	case folder == payloadFolder:
		return nil // it has been verified
	case folder != attestationFolder:
		return ErrUnknownFile
	}
	file, ok := strings.CutSuffix(rest, Extension)
	if _, err := fs.Stat(export, path.Join(root, payloadFolder, file)); !ok || err != nil {
		return ErrNoFile
	}
	return nil
}

// bagFolder returns the folder of an export that has its files.
func bagFolder(export fs.FS) (string, error) {
	top, err := fs.ReadDir(export, ".")
	if err != nil {
		return "", err
	}
	for _, entry := range top {
		if entry.Name() == bagFile {
			return ".", nil
		}
	}
	for _, entry := range top {
		if _, err := fs.Stat(export, path.Join(entry.Name(), bagFile)); err == nil {
			return entry.Name(), nil
		}
	}
	return "", fmt.Errorf("it is no export: there is no %s", bagFile)
}

// walk calls visit for everything below a folder that is no folder.
func walk(ctx context.Context, export fs.FS, folder string, visit func(name string, regular bool)) error {
	return fs.WalkDir(export, folder, func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && !d.IsDir() {
			visit(name, d.Type().IsRegular())
		}
		return err
	})
}

// exported verifies one file of an export.
func (v Verifier) exported(export fs.FS, name, envelope string, regular bool) (*Statement, error) {
	if !regular {
		return nil, errors.New("it is no regular file")
	}
	text, err := readEnvelope(export, envelope)
	if err != nil {
		return nil, err
	}
	content, err := export.Open(name)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return v.File(text, content)
}

// readEnvelope reads an envelope of at most maxEnvelope bytes.
func readEnvelope(export fs.FS, name string) ([]byte, error) {
	f, err := export.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoStatement
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxEnvelope+1))
	if err == nil && len(text) > maxEnvelope {
		err = ErrMalformed
	}
	return text, err
}

// Beside verifies one file of a folder by the envelope beside it, which has the name of
// the file followed by Extension. name is that of either.
func (v Verifier) Beside(folder fs.FS, name string) Result {
	name = strings.TrimSuffix(name, Extension)
	info, err := fs.Stat(folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNoFile
	}
	if err != nil {
		return Result{name, nil, err}
	}
	s, err := v.exported(folder, name, name+Extension, info.Mode().IsRegular())
	return Result{name, s, err}
}
