package whatspie_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// The list of sentinels that the other tests use is complete.
func TestEverySentinelIsListed(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "errors.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var declared []string
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, isValue := node.(*ast.ValueSpec); isValue && strings.HasPrefix(spec.Names[0].Name, "Err") {
			declared = append(declared, spec.Names[0].Name)
		}
		_, inFunc := node.(*ast.FuncDecl)
		return !inFunc
	})
	assert.ElementsMatch(t, declared, slices.Collect(maps.Keys(sentinels())))
}

// exportedTypes are those that the package in a folder declares, qualified.
func exportedTypes(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	var found []string
	for _, name := range files {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if types, isGen := decl.(*ast.GenDecl); isGen && types.Tok == gotoken.TYPE && !strings.HasSuffix(name, "_test.go") {
				for _, spec := range types.Specs {
					if typ, isType := spec.(*ast.TypeSpec); isType && typ.Name.IsExported() {
						found = append(found, file.Name.Name+"."+typ.Name.Name)
					}
				}
			}
		}
	}
	return found
}

// A new endpoint goes through the tests that hold for every endpoint.
func TestEveryEndpointIsListed(t *testing.T) {
	t.Parallel()
	severalCalls := []string{"CreateConfirmed", "Pair", "WaitPaired", "Watch"}
	tested := calls(newClient(t))
	service := reflect.TypeFor[*whatspie.DevicesService]()
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; !slices.Contains(severalCalls, name) {
			assert.Contains(t, tested, name, "calls in client_test.go")
		}
	}
}
