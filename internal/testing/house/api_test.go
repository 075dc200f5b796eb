package house_test

import (
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"strings"
	"testing"
)

// TestExportedInterfaceHasNoInternalType: what an importable package exports
// can be named by those who import it.
func TestExportedInterfaceHasNoInternalType(t *testing.T) {
	t.Parallel()
	modules, err := moduleFolders()
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range modules {
		paths := importablePackages(t, folder)
		if len(paths) == 0 {
			continue
		}
		packages, err := runGoList(folder, append([]string{"-deps", "-export", "-json=ImportPath,Export"}, paths...)...)
		if err != nil {
			t.Fatal(err)
		}
		exports := map[string]string{}
		for _, p := range packages {
			exports[p.ImportPath] = p.Export
		}
		imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
			return os.Open(exports[path])
		})
		for _, path := range paths {
			p, err := imports.Import(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, shown := range internalTypes(p, isInternalOfProject) {
				t.Error(shown)
			}
		}
	}
}

// importablePackages returns the import paths of a module's packages that
// other modules can import.
func importablePackages(t *testing.T, folder string) (paths []string) {
	t.Helper()
	packages, err := runGoList(folder, "-json=ImportPath,Name", "./...")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if p.importable() {
			paths = append(paths, p.ImportPath)
		}
	}
	return paths
}

func isInternalOfProject(p *types.Package) bool {
	_, ours := withinProject(p.Path())
	return ours && isInternal(p.Path())
}

// internalTypes returns a message for each use of an internal type in what a
// package exports: functions, variables, constants, aliases, fields, and
// methods, also promoted ones.
func internalTypes(p *types.Package, internal func(*types.Package) bool) []string {
	c := &interfaceCheck{internal: internal, seen: map[types.Type]bool{}}
	for _, name := range p.Scope().Names() {
		object := p.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		where := p.Path() + "." + name
		if named, ok := object.Type().(*types.Named); ok && isTypeName(object) {
			c.declared(where, named)
			continue
		}
		c.uses(where, object.Type())
	}
	return c.found
}

func isTypeName(object types.Object) bool {
	name, ok := object.(*types.TypeName)
	return ok && !name.IsAlias()
}

// interfaceCheck collects the internal types that an exported interface uses.
type interfaceCheck struct {
	internal func(*types.Package) bool
	seen     map[types.Type]bool
	found    []string
}

// declared checks what a declared type exports.
func (c *interfaceCheck) declared(where string, named *types.Named) {
	if c.seen[named] {
		return
	}
	c.seen[named] = true
	for parameter := range named.TypeParams().TypeParams() {
		c.uses(where+"["+parameter.String()+"]", parameter.Constraint())
	}
	if types.IsInterface(named) {
		c.uses(where, named.Underlying())
		return
	}
	methods := types.NewMethodSet(types.NewPointer(named))
	for selection := range methods.Methods() {
		if method := selection.Obj(); method.Exported() {
			c.uses(where+"."+method.Name(), selection.Type())
		}
	}
	c.uses(where, named.Underlying())
}

// uses checks a type that an exported declaration has. Fields and methods that
// are not exported are not checked.
func (c *interfaceCheck) uses(where string, typ types.Type) {
	switch typ := typ.(type) {
	case *types.Alias:
		c.named(where, typ.Obj())
		c.uses(where, typ.Rhs())
	case *types.Named:
		c.named(where, typ.Obj())
		for argument := range typ.TypeArgs().Types() {
			c.uses(where, argument)
		}
		if !typ.Obj().Exported() { // its methods and fields can be used all the same
			c.declared(where, typ)
		}
	case *types.TypeParam:
		// declared checks the constraint of a type's, signature that of a function's.
	case *types.Pointer:
		c.uses(where, typ.Elem())
	case *types.Slice:
		c.uses(where, typ.Elem())
	case *types.Array:
		c.uses(where, typ.Elem())
	case *types.Chan:
		c.uses(where, typ.Elem())
	case *types.Map:
		c.uses(where, typ.Key())
		c.uses(where, typ.Elem())
	case *types.Tuple:
		for v := range typ.Variables() {
			c.uses(where, v.Type())
		}
	case *types.Signature:
		for parameter := range typ.TypeParams().TypeParams() {
			c.uses(where, parameter.Constraint())
		}
		c.uses(where, typ.Params())
		c.uses(where, typ.Results())
	case *types.Struct:
		for field := range typ.Fields() {
			if field.Exported() {
				c.uses(where+"."+field.Name(), field.Type())
			} else if embedded, ok := types.Unalias(field.Type()).(*types.Named); ok && field.Embedded() {
				c.declared(where, embedded) // promotes its fields
			}
		}
	case *types.Interface:
		for method := range typ.Methods() {
			if method.Exported() {
				c.uses(where+"."+method.Name(), method.Type())
			}
		}
	case *types.Union:
		for term := range typ.Terms() {
			c.uses(where, term.Type())
		}
	}
}

func (c *interfaceCheck) named(where string, name *types.TypeName) {
	if name.Pkg() == nil || !c.internal(name.Pkg()) {
		return
	}
	message := fmt.Sprintf("%s uses the internal type %s.%s", where, name.Pkg().Path(), name.Name())
	if len(c.found) == 0 || c.found[len(c.found)-1] != message {
		c.found = append(c.found, message)
	}
}

// TestInternalTypesFindsEach runs the check on a package that shows an
// internal type in each way there is.
func TestInternalTypesFindsEach(t *testing.T) {
	t.Parallel()
	internal := typeCheck(t, "x/internal/secret", `package secret
		type T struct{}
		func (T) Shown() T { return T{} }
		type I interface{ M() }`, nil)
	p := typeCheck(t, "x", `package x
		import "x/internal/secret"
		func Function() secret.T { panic(0) }
		func Generic[V secret.I](V) {}
		func Hidden() hidden { panic(0) }
		func Nested(map[string][]func(chan<- *secret.T)) {}
		func Fine() int { return 0 }
		var Variable secret.T
		type Alias = secret.T
		type Field struct { F secret.T; f secret.T }
		type Embeds struct { embedded }
		type Promotes struct { promoted }
		type Has struct{}
		func (*Has) Method(secret.T) {}
		func (Has) method(secret.T) {}
		type Interface interface { M(secret.T) }
		type embedded struct{ secret.T }
		type promoted struct{ P *secret.T }
		type hidden struct{ t secret.T }
		func (hidden) Method() secret.T { panic(0) }
		type Own struct{ own secret.T }`, internal)
	found := strings.Join(internalTypes(p, func(p *types.Package) bool { return p == internal }), "\n")
	for _, want := range []string{
		"x.Function ", "x.Generic ", "x.Hidden.Method ", "x.Nested ", "x.Variable ", "x.Alias ", "x.Field.F ", "x.Embeds.Shown ", "x.Promotes.P ", "x.Has.Method ", "x.Interface.M ",
	} {
		if !strings.Contains(found, want) {
			t.Errorf("%s is not found in:\n%s", want, found)
		}
	}
	for _, wrong := range []string{"x.Fine", "x.Own", "x.Field.f", "x.Has.method", "x.Hidden.t"} {
		if strings.Contains(found, wrong) {
			t.Errorf("%s is found in:\n%s", wrong, found)
		}
	}
}
