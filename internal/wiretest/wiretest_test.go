package wiretest_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// Other tests rely on the list of sentinels.
func TestSentinels_complete(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "../../errors.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var declared []string
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, isValue := node.(*ast.ValueSpec); isValue && strings.HasPrefix(spec.Names[0].Name, "Err") {
			declared = append(declared, spec.Names[0].Name)
		}
		_, isFunc := node.(*ast.FuncDecl)
		return !isFunc
	})
	assert.ElementsMatch(t, declared, slices.Collect(maps.Keys(wiretest.Sentinels())))
}

// Other tests make every call, including those of endpoints that are added later.
func TestCalls_complete(t *testing.T) {
	t.Parallel()
	client := wiretest.NewClient(t)
	calls, idCalls := wiretest.Calls(client), wiretest.IDCalls(client, 1)
	names, err := filepath.Glob("../../*.go")
	require.NoError(t, err)
	for _, name := range names {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if method, isFunc := decl.(*ast.FuncDecl); isFunc && isSingleCall(method) {
				assert.Contains(t, calls, method.Name.Name, "wiretest.Calls")
				delete(calls, method.Name.Name)
				if params := method.Type.Params.List; len(params) > 1 && params[1].Names[0].Name == "id" {
					assert.Contains(t, idCalls, method.Name.Name, "wiretest.IDCalls")
				}
			}
		}
	}
	assert.Empty(t, calls, "calls that are not endpoints")
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
