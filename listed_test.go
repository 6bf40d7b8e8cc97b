package whatspie_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
			if gen, isGen := decl.(*ast.GenDecl); isGen && gen.Tok == gotoken.TYPE && !strings.HasSuffix(name, "_test.go") {
				for _, spec := range gen.Specs {
					if typ, isType := spec.(*ast.TypeSpec); isType && typ.Name.IsExported() {
						found = append(found, file.Name.Name+"."+typ.Name.Name)
					}
				}
			}
		}
	}
	return found
}

// Every method of a service that takes call options and makes a single call is in calls.
func TestCalls_containEveryEndpoint(t *testing.T) {
	t.Parallel()
	tested := calls(newClient(t))
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if method, isFunc := decl.(*ast.FuncDecl); isFunc && isSingleCall(method) {
				assert.Contains(t, tested, method.Name.Name, "calls in client_test.go")
				delete(tested, method.Name.Name)
			}
		}
	}
	assert.Empty(t, tested, "calls that are not endpoints")
}

// isSingleCall reports whether a method of a service takes call options and calls no other exported method of it.
func isSingleCall(method *ast.FuncDecl) bool {
	params := method.Type.Params.List
	if method.Recv == nil || !method.Name.IsExported() || len(params) == 0 {
		return false
	}
	receiver := method.Recv.List[0]
	single := strings.HasSuffix(types.ExprString(receiver.Type), "Service") &&
		types.ExprString(params[len(params)-1].Type) == "...CallOption"
	ast.Inspect(method.Body, func(node ast.Node) bool {
		selector, isSelector := node.(*ast.SelectorExpr)
		if isSelector && len(receiver.Names) > 0 && types.ExprString(selector.X) == receiver.Names[0].Name {
			single = single && !selector.Sel.IsExported()
		}
		return true
	})
	return single
}

// isWrite reports whether an endpoint of calls sends a request that may change something.
func isWrite(t *testing.T, name string) bool {
	t.Helper()
	s := scriptOf(reply{status: http.StatusBadRequest})
	require.Error(t, calls(s.client(t))[name](t.Context()))
	require.Len(t, s.requests(), 1)
	return s.requests()[0].method != http.MethodGet
}
