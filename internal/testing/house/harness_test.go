package house_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// modulePath is the path of the root module. Modules below it, such as
// modulePath/blob/s3, belong to the project too.
const modulePath = "github.com/10ex/assets"

// moduleRoot is the folder of the root module.
const moduleRoot = "../../.."

var update = flag.Bool("update", false, "write the table of imports in docs/architecture.md")

// goPackage is a package as go list describes it.
type goPackage struct {
	ImportPath string
	Name       string
	Export     string // the file of its export data
	Module     struct{ Path string }
	Imports    []string
	Deps       []string // what it imports, directly or indirectly
}

// importable reports whether other modules can import the package.
func (p goPackage) importable() bool {
	return p.Name != "main" && !isInternal(p.ImportPath)
}

// isInternal reports whether an import path names an internal package.
func isInternal(importPath string) bool {
	return slices.Contains(strings.Split(importPath, "/"), "internal")
}

// withinProject returns the path of a package relative to the root module.
func withinProject(importPath string) (string, bool) {
	if importPath == modulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

var listOnce = sync.OnceValues(func() (map[string]goPackage, error) {
	all := map[string]goPackage{}
	modules, err := moduleFolders()
	if err != nil {
		return nil, err
	}
	for _, folder := range modules {
		packages, err := runGoList(folder, "-deps", "-json=ImportPath,Name,Module,Imports,Deps", "./...")
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			if within, ok := withinProject(p.ImportPath); ok {
				all[within] = p
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New("go list has no package of the project")
	}
	return all, nil
})

// goList returns the packages of all modules of the project by their path
// relative to the root module.
func goList(t *testing.T) map[string]goPackage {
	t.Helper()
	all, err := listOnce()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// runGoList runs go list in a folder.
func runGoList(folder string, args ...string) ([]goPackage, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(context.Background(), "go", append([]string{"list"}, args...)...)
	cmd.Dir, cmd.Stderr = folder, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.Join(err, errors.New(stderr.String()))
	}
	var packages []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// moduleFolders returns the folder of each module of the project.
func moduleFolders() ([]string, error) {
	var folders []string
	err := walk(func(file string) error {
		if filepath.Base(file) == "go.mod" {
			folders = append(folders, filepath.Dir(file))
		}
		return nil
	})
	return folders, err
}

// walk calls fn with each file of the project, except those in folders that
// the go command ignores too.
func walk(fn func(file string) error) error {
	return filepath.WalkDir(moduleRoot, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if file != moduleRoot && (name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		return fn(file)
	})
}

// sourceFile is a parsed Go file.
type sourceFile struct {
	*ast.File
	files *token.FileSet
	path  string // relative to the root module, with slashes
}

// at returns the place of a position for messages.
func (f sourceFile) at(pos token.Pos) string {
	p := f.files.Position(pos)
	p.Filename = f.path
	return p.String()
}

// isTest reports whether only go test compiles the file.
func (f sourceFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// importable reports whether the file belongs to a package that other modules
// can import.
func (f sourceFile) importable() bool {
	return !f.isTest() && f.Name.Name != "main" && !isInternal(path.Dir(f.path))
}

var parseOnce = sync.OnceValues(func() ([]sourceFile, error) {
	var parsed []sourceFile
	files := token.NewFileSet()
	err := walk(func(file string) error {
		if filepath.Ext(file) != ".go" {
			return nil
		}
		syntax, err := parser.ParseFile(files, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(moduleRoot, file)
		parsed = append(parsed, sourceFile{syntax, files, filepath.ToSlash(relative)})
		return err
	})
	if err == nil && len(parsed) == 0 {
		err = errors.New("the project has no Go file")
	}
	return parsed, err
})

// sourceFiles returns every Go file of the project, whatever its build
// constraints.
func sourceFiles(t *testing.T) []sourceFile {
	t.Helper()
	parsed, err := parseOnce()
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
