package house_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

// typeCheck compiles the source of a package that imports at most one other.
func typeCheck(t *testing.T, path, source string, imports *types.Package) *types.Package {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path+".go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: importerFunc(func(path string) (*types.Package, error) {
		if imports == nil || imports.Path() != path {
			return nil, errors.New("no package " + path)
		}
		return imports, nil
	})}
	p, err := config.Check(path, files, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }
